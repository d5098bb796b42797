/// <reference lib="esnext.disposable" preserve="true" />
import type { Duration } from "./duration.ts";

/** What `set`, `add` and `multiSet` take besides key and value. */
export interface SetOptions {
  /** How long the value is kept; a number is seconds. Default: the cache's `ttl`, else forever. */
  ttl?: Duration;
}

/** Numbers of a cache since it was made. */
export interface CacheStats {
  readonly hits: number;
  readonly misses: number;
  readonly stale: number;
  readonly sets: number;
  readonly errors: number;
  readonly bypassed: number;
  readonly evictions: number;
  /** Values kept right now, those of functions included; only memory counts them. */
  readonly entries?: number;
  /** Between 0 and 1. */
  readonly hitRatio: number;
}

/**
 * One interface over every store. `memory()`, `redis()` and `memcached()` make one; every operation behaves alike
 * on all of them.
 *
 * What a store cannot do or does not answer in time rejects with a {@link CacheError}: `timeout`, `unavailable`,
 * `unstorable`; after {@link close}, `closed`. Integers are written as digits by every serializer.
 *
 * @example
 * const cache = memory({ ttl: "1h" });
 * await cache.set("greeting", "hello", { ttl: 10 });
 * await cache.get("greeting"); // "hello"
 */
export interface Cache extends AsyncDisposable {
  /** First part of every key of this cache. */
  readonly namespace: string | undefined;
  /** Keeps a value only if the key is free; true if it was, else nothing is changed. Atomic. */
  add(key: string, value: unknown, options?: SetOptions): Promise<boolean>;
  /** Tells whether a key is there, whatever its value. */
  exists(key: string): Promise<boolean>;
  /** Gives the value of a key; `fallback` on a miss. A stored `undefined` is a value: `exists` tells. */
  get<T = unknown>(key: string, fallback?: T): Promise<T | undefined>;
  /** Replaces value and expiry of a key. */
  set(key: string, value: unknown, options?: SetOptions): Promise<void>;
  /** Gives the values of keys, in their order; `undefined` for a miss. */
  multiGet<T = unknown>(keys: Iterable<string>): Promise<(T | undefined)[]>;
  /** Keeps pairs, a `Map` or the properties of an object. */
  multiSet(
    entries: Iterable<readonly [string, unknown]> | Readonly<Record<string, unknown>>,
    options?: SetOptions,
  ): Promise<void>;
  /** Removes a key; true if it was there. */
  delete(key: string): Promise<boolean>;
  /** Adds to an integer, starting from 0, and gives the sum; keeps the ttl. `TypeError` on what is none. Atomic. */
  increment(key: string, delta?: number): Promise<number>;
  /** Gives a key a new ttl; `"forever"` removes the expiry; false if the key is missing. */
  expire(key: string, ttl: Duration): Promise<boolean>;
  /** Seconds left; `Infinity` without expiry; `undefined` if the key is missing. */
  ttl(key: string): Promise<number | undefined>;
  /**
   * Removes everything in this cache's namespace and nothing else. Not bound to the `timeout`, since a large
   * store takes longer, but to a minute.
   * @throws {CacheError} `clear-refused` without a namespace, unless `{ all: true }`: everything in the store.
   */
  clear(options?: { all?: boolean }): Promise<void>;
  /** The client underneath. */
  readonly raw: unknown;
  stats(): CacheStats;
  /** Listens to an event; returns a function that stops it. */
  on(event: CacheEventName, listener: CacheListener): () => void;
  /**
   * Ends what has begun and releases connections that the cache made; a second call does nothing. Afterwards
   * operations reject with `closed`, and functions run as if they were not cached, with an `error` event.
   */
  close(): Promise<void>;
}

/** What happens in a cache, by name; each listener gets one {@link CacheEvent}. */
export type CacheEventName = "hit" | "miss" | "stale" | "set" | "bypass" | "error" | "evict";

/** One event of a cache. */
export interface CacheEvent {
  readonly type: CacheEventName;
  /** Text of the key; undefined where a call has none (`bypass`). */
  readonly key: string | undefined;
  /** `namespace:name@version` of the cached function; undefined for a key of `cache.set`. */
  readonly id?: string;
  /** `error`: what was thrown; the caller of a cached function never sees it. */
  readonly error?: unknown;
  /** `bypass` and `error`: one sentence. */
  readonly reason?: string;
}

/** Called once for each event; what it throws is reported and otherwise ignored. */
export type CacheListener = (event: CacheEvent) => void;
