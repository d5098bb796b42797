/** Helpers of the suites for cached functions on a remote store. */
import { cached, type Cache, type Cached, type CachedOptions, type CacheEvent } from "aotcache";
import { deferred, type Deferred } from "../../support/deferred.ts";
import type { RemoteCacheOptions } from "../../../runtime/cache/options.ts";
import type { Data } from "../../../runtime/contract/driver.ts";
import type { RemoteCache } from "../../../runtime/remote/cache.ts";
import type { RemoteCalls } from "../../../runtime/remote/calls.ts";

/** A store outside of this process, and how to create caches on it. */
export interface Backend {
  /** The name in test titles. */
  readonly name: string;
  /** Creates a cache with another client of the same store each time, as in another process. */
  make(options: RemoteCacheOptions): Cache;
}

/** The context of a suite. Functions and namespaces of different tests are distinct. */
export interface FunctionContext extends Backend {
  /** Creates a cache that is closed after all tests. */
  make(options?: RemoteCacheOptions): Cache;
  /** The cache that the tests share. */
  readonly cache: Cache;
  /** Another client of the same store and namespace, as in another process. */
  readonly other: Cache;
  /** Returns a name that no other test uses. */
  unique(): string;
}

type Async<A extends unknown[], R> = (...args: A) => Promise<R>;

/** A cached function with a unique name, and the arguments of its runs. */
export function countedRuns<A extends unknown[], R>(
  context: FunctionContext,
  run: (...args: A) => R | Promise<R>,
  options: CachedOptions = {},
): { readonly fn: Cached<Async<A, R>>; readonly runs: A[] } {
  const runs: A[] = [];
  const counting = async (...args: A): Promise<R> => {
    runs.push(args);
    return run(...args);
  };
  const fn = cached(counting, { backend: context.cache, name: context.unique(), ...options });
  return { fn, runs };
}

/** A function with the same name on another client, as in another process. */
export function onOtherClient<A extends unknown[], R>(
  context: FunctionContext,
  name: string,
  run: (...args: A) => R | Promise<R>,
  options: CachedOptions = {},
): { readonly fn: Cached<Async<A, R>>; readonly runs: A[] } {
  return countedRuns(context, run, { backend: context.other, ...options, name });
}

/** A cached function whose runs end when the test ends them. */
export function pausedRuns(context: FunctionContext, options: CachedOptions = {}) {
  const ends: Deferred<string>[] = [];
  const { fn, runs } = countedRuns(
    context,
    (_: number) => {
      const end = deferred<string>();
      ends.push(end);
      return end.promise;
    },
    options,
  );
  return { fn, runs, ends };
}

/** Resolves when no write is pending. */
export const writesDone = (cache: Cache): Promise<void> =>
  ((cache as unknown as RemoteCache).remote as RemoteCalls).settled();

/** Collects the events of a cache in order. */
export function recordEvents(cache: Cache): CacheEvent[] {
  const events: CacheEvent[] = [];
  for (const type of ["hit", "miss", "stale", "set", "bypass", "error", "evict"] as const)
    cache.on(type, (event) => events.push(event));
  return events;
}

/** The stored key of a call, and its stored data. */
export function storedEntry(cache: Cache, key: string) {
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
