import { afterAll, beforeAll, describe } from "vitest";
import type { CacheOptions } from "../../../runtime/cache/options.ts";
import type { Cache } from "aotcache";
import { expiry } from "./contract-expiry.ts";
import { functions } from "./contract-functions.ts";
import { life } from "./contract-life.ts";
import { namespaces } from "./contract-namespaces.ts";
import { operations } from "./contract-operations.ts";
import { values } from "./contract-values.ts";

/** A store, and how caches on it are made. */
export interface Store {
  /** As it stands in the titles of the tests. */
  readonly name: string;
  /** Makes a cache on the store: another client of the same one each time, as in another process. */
  make(options: CacheOptions): Cache;
  /** Each cache has a store of its own, so that two never meet. */
  readonly isAlone?: boolean;
  /** Values are kept as they are. */
  readonly asIs?: boolean;
}

/** What the suites ask of a store; keys of different tests never meet. */
export interface Bench extends Store {
  /** A cache that the tests share. */
  readonly cache: Cache;
  /** Another client of the same store and namespace; the same cache where each is alone. */
  readonly other: Cache;
  /** A key that no other test uses; `tail` is its last part. */
  key(tail?: string): string;
  /** A namespace that no other test uses. */
  namespace(): string;
}

/** A machine that does much else is no dead server. */
const PATIENT: CacheOptions = { timeout: "20s" };

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
      const cache = store.make({ ...PATIENT, ...options });
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
    const bench: Bench = {
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
    for (const suite of [operations, values, expiry, namespaces, functions, life]) suite(bench);
  });
}
