/** The tests that every cache passes, whatever its store. */
import { afterAll, beforeAll, describe } from "vitest";
import type { CacheOptions } from "../../../runtime/cache/options.ts";
import type { Cache } from "aotcache";
import { expiry } from "./contract-expiry.ts";
import { functions } from "./contract-functions.ts";
import { life } from "./contract-life.ts";
import { namespaces } from "./contract-namespaces.ts";
import { operations } from "./contract-operations.ts";
import { tags } from "./contract-tags.ts";
import { values } from "./contract-values.ts";

/** A store, and how to create caches on it. */
export interface Store {
  /** The name in test titles. */
  readonly name: string;
  /** Creates a cache with another client of the same store each time, as in another process. */
  make(options: CacheOptions): Cache;
  /** Each cache has its own store, so no two caches share entries. */
  readonly isAlone?: boolean;
  /** Values are stored by reference. */
  readonly asIs?: boolean;
}

/** The context of a suite. Keys of different tests are distinct. */
export interface CacheContext extends Store {
  /** The cache that the tests share. */
  readonly cache: Cache;
  /** Another client of the same store and namespace; the same cache if `isAlone`. */
  readonly other: Cache;
  /** Returns a key that no other test uses; it ends with `tail`. */
  key(tail?: string): string;
  /** Returns a namespace that no other test uses. */
  namespace(): string;
}

/** A busy machine must not look like a dead server. */
const LONG_TIMEOUT: CacheOptions = { timeout: "20s" };

/**
 * Registers the tests that every cache passes, whatever its store.
 *
 * @example
 * cacheContract({ name: "redis", make: (options) => redis({ url: server.url, ...options }) });
 */
export function cacheContract(store: Store): void {
  describe(`a cache on ${store.name}`, () => {
    const made: Cache[] = [];
    const make = (options: CacheOptions): Cache => {
      const cache = store.make({ ...LONG_TIMEOUT, ...options });
      made.push(cache);
      return cache;
    };
    let count = 0;
    let caches: Cache[] = [];
    beforeAll(() => {
      const cache = make({ namespace: "contract" });
      caches = [cache, store.isAlone ? cache : make({ namespace: "contract" })];
    });
    afterAll(async () => {
      await Promise.all(made.map((cache) => cache.close()));
    });
    const context: CacheContext = {
      ...store,
      make,
      get cache() {
        return caches[0]!;
      },
      get other() {
        return caches[1]!;
      },
      key: (tail = "key") => `${++count}:${tail}`,
      namespace: () => `ns${++count}`,
    };
    for (const suite of [operations, values, expiry, namespaces, tags, functions, life]) suite(context);
  });
}
