/** Helpers of the suites for near tiers. */
import { onTestFinished } from "vitest";
import { cached, cacheOf, type Cache, type CachedOptions, type CacheHandle } from "aotcache";
import type { RemoteCacheOptions } from "../../../runtime/cache/options.ts";
import { until } from "../../support/servers/index.ts";

/** Makes a cache with a client of its own each time, as in another process. */
export type MakeCache = (options: RemoteCacheOptions) => Cache;

let count = 0;

/** A cache with a near tier, and another one of the same namespace without, as in another process. */
export function nearAndFar(
  make: MakeCache,
  near: RemoteCacheOptions["near"] = true,
): { near: Cache; far: Cache } {
  const namespace = `near${++count}`;
  const pair = { near: make({ namespace, near }), far: make({ namespace }) };
  onTestFinished(async () => void (await Promise.all([pair.near.close(), pair.far.close()])));
  return pair;
}

interface Result {
  readonly id: number;
  readonly run: number;
}

export interface Counting {
  readonly fn: (id: number) => Promise<Result>;
  readonly handle: CacheHandle<(id: number) => Promise<Result>>;
  /** Calls until the near tier has the entry. */
  warm(id: number): Promise<Result>;
  isNear(id: number): Promise<boolean>;
  /** Resolves when the near tier does not have the entry. */
  gone(id: number): Promise<void>;
  readonly runs: () => number;
  fails: boolean;
}

/** A function that returns the number of its run, on a cache. */
export function counting(backend: Cache, options: CachedOptions = {}): Counting {
  let runs = 0;
  const run = async (id: number): Promise<Result> => {
    runs++;
    if (self.fails) throw new Error("The function failed.");
    return { id, run: runs };
  };
  const fn = cached(run, { name: "counting", backend, ...options });
  const handle = cacheOf(fn);
  const isNear = async (id: number): Promise<boolean> => (await handle.explain(id)).near === true;
  const self: Counting = {
    ...{ fn, handle, isNear, fails: false },
    warm: (id) => until("near", async () => (await fn(id), (await isNear(id)) ? fn(id) : undefined)),
    gone: async (id) => void (await until("gone", async () => !(await isNear(id)) || undefined)),
    runs: () => runs,
  };
  return self;
}
