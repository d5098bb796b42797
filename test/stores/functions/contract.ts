import { afterAll, afterEach, beforeAll, describe, vi } from "vitest";
import { configure, type Cache } from "aotcache";
import type { RemoteCacheOptions } from "../../../runtime/cache/options.ts";
import { abort } from "./abort.ts";
import type { Backend, Bench } from "./bench.ts";
import { compiled } from "./compiled.ts";
import { entries } from "./entries.ts";
import { events } from "./events.ts";
import { freshness } from "./freshness.ts";
import { handles } from "./handles.ts";
import { herds } from "./stampedes.ts";
import { keys } from "./keys.ts";
import { placement } from "./placement.ts";
import { runs } from "./runs.ts";
import { serializers } from "./serializers.ts";
import { values } from "./values.ts";

/** A machine that does much else is no dead server. */
const PATIENT: RemoteCacheOptions = { timeout: "20s" };

/**
 * Registers the tests of cached functions that hold on every store outside of the process.
 *
 * @example
 * remoteContract({ name: "Redis", make: (options) => redis({ url: server.url, ...options }) });
 */
export function remoteContract(backend: Backend): void {
  describe(`a cached function on ${backend.name}`, () => {
    const made: Cache[] = [];
    const make = (options: RemoteCacheOptions = {}): Cache => {
      const cache = backend.make({ ...PATIENT, ...options });
      made.push(cache);
      return cache;
    };
    let count = 0;
    let cache!: Cache;
    let other!: Cache;
    beforeAll(() => {
      cache = make({ namespace: "functions" });
      other = make({ namespace: "functions" });
    });
    afterEach(() => {
      vi.useRealTimers();
      vi.unstubAllEnvs();
      configure({ default: undefined, backends: {}, serializers: {}, waitUntil: undefined } as never);
    });
    afterAll(async () => {
      await Promise.all(made.map((each) => each.close()));
    });
    const bench: Bench = {
      ...backend,
      make,
      get cache() {
        return cache;
      },
      get other() {
        return other;
      },
      unique: () => `f${++count}`,
    };
    const suites = {
      values,
      freshness,
      entries,
      serializers,
      placement,
      keys,
      handles,
      events,
      runs,
      abort,
      compiled,
      herds,
    };
    for (const [title, suite] of Object.entries(suites)) describe(title, () => suite(bench));
  });
}
