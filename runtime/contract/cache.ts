/// <reference lib="esnext.disposable" preserve="true" />
import type { Duration } from "./duration.ts";

/** Options of `set`, `add` and `multiSet`. */
export interface SetOptions {
  /** How long the value is kept; a number is seconds. Default: the cache's `ttl`, else forever. */
  ttl?: Duration;
  /** Texts of at most 512 bytes: {@link Cache.invalidateTags} of one of them makes the key a miss. Default: none. */
  tags?: readonly string[];
}

/** Counters of a cache since it was made. */
export interface CacheStats {
  readonly hits: number;
  /** Those of them that the near tier answered. 0 in memory. */
  readonly nearHits: number;
  readonly misses: number;
  readonly stale: number;
  readonly sets: number;
  readonly errors: number;
  /** Calls of functions that had no key, or whose result could not be given to a second caller. */
  readonly bypassed: number;
  readonly evictions: number;
  /** Values stored now, results of functions included. Only memory counts them. */
  readonly entries?: number;
  /** Between 0 and 1. */
  readonly hitRatio: number;
}

/**
 * The operations on string keys. They are the same on every store. `memory()`, `redis()`, `memcached()`, `keyv()` and
 * `createCache()` make a cache.
 *
 * Errors are of the class {@link CacheError}. An operation rejects with
 * - `key-unkeyable` for a key that is not a string;
 * - `option-unknown`, `option-value` or `ttl-invalid` for wrong arguments;
 * - `timeout` or `unavailable` if the store fails;
 * - `unstorable` for a value that would not come back equal, or is too large for the store;
 * - `peer-missing` if the package of the serializer is not installed;
 * - `closed` after {@link close}.
 *
 * Every serializer stores an integer as its decimal digits.
 *
 * @example
 * const cache = memory({ ttl: "1h" });
 * await cache.set("greeting", "hello", { ttl: 10 });
 * await cache.get("greeting"); // "hello"
 */
export interface Cache extends AsyncDisposable {
  /** First part of every key of this cache; `undefined` without one. */
  readonly namespace: string | undefined;
  /** Stores a value only if the key does not exist; returns whether it did so. Atomic. */
  add(key: string, value: unknown, options?: SetOptions): Promise<boolean>;
  /** Returns whether a key exists, whatever its value. */
  exists(key: string): Promise<boolean>;
  /** Returns the value of a key, or `fallback` on a miss. A stored `undefined` is a hit; `exists` tells the difference. */
  get<T = unknown>(key: string, fallback?: T): Promise<T | undefined>;
  /** Stores a value; replaces the value and expiry that the key had. */
  set(key: string, value: unknown, options?: SetOptions): Promise<void>;
  /** Returns the values of keys in the same order, with `undefined` for a miss. */
  multiGet<T = unknown>(keys: Iterable<string>): Promise<(T | undefined)[]>;
  /** Stores pairs, the entries of a `Map`, or the properties of an object. If one value is unstorable, stores none. */
  multiSet(
    entries: Iterable<readonly [string, unknown]> | Readonly<Record<string, unknown>>,
    options?: SetOptions,
  ): Promise<void>;
  /** Removes a key; returns whether it existed. */
  delete(key: string): Promise<boolean>;
  /**
   * Adds `delta` to an integer and returns the sum. A missing key starts at 0. Keeps the ttl. Default: 1. Atomic.
   * @throws {TypeError} if `delta` or the value is not an integer, or the sum is not a safe integer.
   */
  increment(key: string, delta?: number): Promise<number>;
  /** Sets a new ttl; returns whether the key exists. A number is seconds; `"forever"` removes the expiry. */
  expire(key: string, ttl: Duration): Promise<boolean>;
  /** Returns the seconds left: `Infinity` without expiry, `undefined` if the key does not exist. */
  ttl(key: string): Promise<number | undefined>;
  /**
   * Removes every key in this cache's namespace, results of functions included. With `{ all: true }`, a cache
   * without a namespace removes everything in the store. Takes up to a minute instead of the `timeout`.
   * @throws {CacheError} `clear-refused` without a namespace or `all`, or if the store cannot list its keys.
   */
  clear(options?: { all?: boolean }): Promise<void>;
  /**
   * Makes all keys and results of functions on this cache that have one of the tags misses, in all processes. One write
   * for each tag, however many entries there are. Results of runs in flight are not stored. A text is one tag, commas
   * included; unknown tags are ignored.
   * @throws {CacheError} `option-value` if a tag is not a text, or has more than 512 bytes.
   */
  invalidateTags(tags: string | Iterable<string>): Promise<void>;
  /** The client of the store; `undefined` in memory. */
  readonly raw: unknown;
  /** Returns the counters, those of the functions on this cache included. */
  stats(): CacheStats;
  /**
   * Adds a listener; returns a function that removes it.
   * @throws {CacheError} `option-value` for an unknown event, or a listener that is not a function.
   */
  on(event: CacheEventName, listener: CacheListener): () => void;
  /**
   * Waits for operations that have begun, then closes the connections that the cache made. A second call does
   * nothing. Later operations reject with `closed`, and functions run uncached, with an `error` event.
   */
  close(): Promise<void>;
}

/** The name of an event of a cache. */
export type CacheEventName = "hit" | "miss" | "stale" | "set" | "bypass" | "error" | "evict" | "mismatch";

/** One event of a cache. */
export interface CacheEvent {
  readonly type: CacheEventName;
  /**
   * The text of the key; `undefined` if there is none, as in a `bypass` of a call without one, and for a result with an
   * object in its key that was stored in memory while the cache had no listener.
   */
  readonly key: string | undefined;
  /** `namespace:name@version` of the cached function; left out for string keys. */
  readonly id?: string;
  /** The error, for `error` and for `stale` under `sie`. The caller of a cached function does not get it. */
  readonly error?: unknown;
  /** One sentence, for `bypass` and `error`. */
  readonly reason?: string;
  /** The stored value of a hit that `configure({ verify })` has found to differ, for `mismatch`. */
  readonly kept?: unknown;
  /** What the function returned instead, for `mismatch`. */
  readonly computed?: unknown;
  /** Where the two first differ, for `mismatch`: `user.roles[2]`; empty if they differ as a whole. */
  readonly path?: string;
}

/** Called once for each event. An error that it throws becomes a warning on the console outside of production. */
export type CacheListener = (event: CacheEvent) => void;
