import { cached, type Cache, type Cached, type CachedOptions, type CacheEvent } from "aotcache";
import { deferred, type Deferred } from "../../support/deferred.ts";
import type { RemoteCacheOptions } from "../../../runtime/cache/options.ts";
import type { Data } from "../../../runtime/contract/driver.ts";
import type { RemoteCache } from "../../../runtime/remote/cache.ts";
import type { RemoteCalls } from "../../../runtime/remote/calls.ts";

/** A store outside of this process, and how caches on it are made. */
export interface Backend {
  /** As it stands in the titles of the tests. */
  readonly name: string;
  /** Makes a cache on the store: another client of the same one each time, as in another process. */
  make(options: RemoteCacheOptions): Cache;
}

/** What the suites work with; functions and namespaces of different tests never meet. */
export interface Bench extends Backend {
  /** Makes a cache that is closed when all tests are over. */
  make(options?: RemoteCacheOptions): Cache;
  /** A cache that the tests share. */
  readonly cache: Cache;
  /** Another client of the same store and namespace: what another process would have. */
  readonly other: Cache;
  /** A name that no other test uses. */
  unique(): string;
}

type Async<A extends unknown[], R> = (...args: A) => Promise<R>;

/** A cached function under a name of its own, and the arguments of its runs. */
export function counted<A extends unknown[], R>(
  bench: Bench,
  run: (...args: A) => R | Promise<R>,
  options: CachedOptions = {},
): { readonly fn: Cached<Async<A, R>>; readonly runs: A[] } {
  const runs: A[] = [];
  const counting = async (...args: A): Promise<R> => {
    runs.push(args);
    return run(...args);
  };
  const fn = cached(counting, { backend: bench.cache, name: bench.unique(), ...options });
  return { fn, runs };
}

/** The same function in another process: under the same name, on another client. */
export function elsewhere<A extends unknown[], R>(
  bench: Bench,
  name: string,
  run: (...args: A) => R | Promise<R>,
  options: CachedOptions = {},
): { readonly fn: Cached<Async<A, R>>; readonly runs: A[] } {
  return counted(bench, run, { backend: bench.other, ...options, name });
}

/** A cached function whose runs end when the test says so. */
export function held(bench: Bench, options: CachedOptions = {}) {
  const ends: Deferred<string>[] = [];
  const { fn, runs } = counted(
    bench,
    (_: number) => {
      const end = deferred<string>();
      ends.push(end);
      return end.promise;
    },
    options,
  );
  return { fn, runs, ends };
}

/** Resolves when no write is on its way. */
export const written = (cache: Cache): Promise<void> =>
  ((cache as unknown as RemoteCache).remote as RemoteCalls).settled();

/** The events of a cache from now on, in their order. */
export function heard(cache: Cache): CacheEvent[] {
  const events: CacheEvent[] = [];
  for (const type of ["hit", "miss", "stale", "set", "bypass", "error", "evict"] as const)
    cache.on(type, (event) => events.push(event));
  return events;
}

/** The name under which the store has a call, and what is there. */
export function stored(cache: Cache, key: string) {
  const { driver } = (cache as unknown as RemoteCache).client;
  const head = key.slice(0, key.indexOf("(") + 1);
  const name = async (): Promise<string> =>
    (cache as unknown as RemoteCache).client.functionKey(head, key.slice(head.length));
  return {
    name,
    get: async (): Promise<Data | undefined> => (await driver.get([await name()]))[0],
    set: async (data: Data): Promise<void> => driver.set([{ key: await name(), data, ttl: Infinity }]),
  };
}
