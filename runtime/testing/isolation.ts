/** Tests that do not see each other's cached results. */
import { resetAll, storesInMemory } from "../cache/reset-all.ts";
import { configuredCaches } from "../cache/configure.ts";
import { bumpEpoch } from "../call/epoch.ts";
import { resetCounters } from "../call/counters.ts";
import type { Store } from "../call/store.ts";
import { isThenable } from "../platform/is-thenable.ts";

/** The function of a test runner that {@link isolateCache} needs. */
export interface HookRunner {
  readonly beforeEach: (run: () => Promise<void>) => unknown;
}

/**
 * Gives each test of a file empty caches and counters of zero: those in memory, and the namespaces of configured stores.
 *
 * Call it with a runner at the top of a test file, or await it without one in `beforeEach`.
 *
 * @param runner the module of the test runner
 * @example
 * import * as runner from "node:test"; // or "vitest", or "@jest/globals"
 * import { isolateCache } from "aotcache/testing";
 *
 * isolateCache(runner);
 */
export function isolateCache(runner: HookRunner): void;
export function isolateCache(): Promise<void>;
export function isolateCache(runner?: HookRunner): Promise<void> | void {
  if (!runner) return reset();
  runner.beforeEach(reset);
}

async function reset(): Promise<void> {
  await resetAll();
  for (const store of [...storesInMemory(), ...configuredCaches()]) resetCounters(store as unknown as Store);
}

let off = 0;
let before: string | undefined;

/**
 * Runs something with caching off, as `AOTCACHE_DISABLE=1` does, and returns its result. If it is a promise, caching is
 * off until it settles, for everything in the process.
 *
 * @example
 * const load = cached(async (id: number) => ({ id }), { name: "load" });
 * const fresh = await withoutCache(() => load(42));
 */
export function withoutCache<T>(run: () => T): T {
  if (off++ === 0) {
    before = process.env["AOTCACHE_DISABLE"];
    process.env["AOTCACHE_DISABLE"] = "1";
    bumpEpoch();
  }
  const end = (): void => {
    if (--off > 0) return;
    if (before === undefined) delete process.env["AOTCACHE_DISABLE"];
    else process.env["AOTCACHE_DISABLE"] = before;
    bumpEpoch();
  };
  let result: T;
  try {
    result = run();
  } catch (error) {
    end();
    throw error;
  }
  if (!isThenable(result)) {
    end();
    return result;
  }
  return Promise.resolve(result).finally(end) as T;
}
