/** The tests of cached functions on every remote store. */
import { afterAll, afterEach, beforeAll, describe, vi } from "vitest";
import { configure, type Cache } from "aotcache";
import type { RemoteCacheOptions } from "../../../runtime/cache/options.ts";
import { abort } from "./abort.ts";
import { batches } from "./batches.ts";
import type { Backend, FunctionContext } from "./context.ts";
import { compiled } from "./compiled.ts";
import { entries } from "./entries.ts";
import { events } from "./events.ts";
import { freshness } from "./freshness.ts";
import { handles } from "./handles.ts";
import { stampedes } from "./stampedes.ts";
import { keys } from "./keys.ts";
import { placement } from "./placement.ts";
import { results } from "./results.ts";
import { runs } from "./runs.ts";
import { serializers } from "./serializers.ts";
import { tags } from "./tags.ts";
import { values } from "./values.ts";

/** A busy machine must not look like a dead server. */
const LONG_TIMEOUT: RemoteCacheOptions = { timeout: "20s" };

type Suites = Readonly<Record<string, (context: FunctionContext) => void>>;

const SUITES = {
  values,
  freshness,
  entries,
  serializers,
  placement,
  keys,
  handles,
  events,
  results,
  runs,
  abort,
  compiled,
  stampedes,
  tags,
  batches,
} satisfies Suites;

/**
 * Registers the tests of cached functions on a remote store.
 *
 * @param suites Left out: all
 * @example
 * remoteContract({ name: "Redis", make: (options) => redis({ url: server.url, ...options }) });
 */
export function remoteContract(backend: Backend, suites: Suites = SUITES): void {
  describe(`a cached function on ${backend.name}`, () => {
    const made: Cache[] = [];
    const make = (options: RemoteCacheOptions = {}): Cache => {
      const cache = backend.make({ ...LONG_TIMEOUT, ...options });
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
    const context: FunctionContext = {
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
    for (const [title, suite] of Object.entries(suites)) describe(title, () => suite(context));
  });
}
