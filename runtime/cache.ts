/// <reference lib="esnext.disposable" preserve="true" />
import type { Duration } from "./duration.ts";
import type { CacheEventName, CacheListener } from "./events.ts";

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
  /** Values kept right now, those of functions included. */
  readonly entries: number;
  /** Between 0 and 1. */
  readonly hitRatio: number;
}

/**
 * One interface over every store. `memory()` makes one; every operation behaves alike on all of them.
 *
 * @example
 * const cache = memory({ ttl: "1h" });
 * await cache.set("greeting", "hello", { ttl: 10 });
 * await cache.get("greeting"); // "hello"
 */
export interface Cache extends AsyncDisposable {
  /** First part of every key of this cache. */
  readonly namespace: string | undefined;
  /** Keeps a value only if the key is free; true if it was. Atomic. */
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
  /** Adds to a number, starting from 0, and gives the new one; keeps the ttl. `TypeError` on what is no integer. */
  increment(key: string, delta?: number): Promise<number>;
  /** Gives a key a new ttl; `"forever"` removes the expiry; false if the key is missing. */
  expire(key: string, ttl: Duration): Promise<boolean>;
  /** Seconds left; `Infinity` without expiry; `undefined` if the key is missing. */
  ttl(key: string): Promise<number | undefined>;
  /**
   * Removes everything in this cache's namespace and nothing else.
   * @throws {CacheError} `clear-refused` without a namespace, unless `{ all: true }`.
   */
  clear(options?: { all?: boolean }): Promise<void>;
  /** The client underneath. */
  readonly raw: unknown;
  stats(): CacheStats;
  /** Listens to an event; returns a function that stops it. */
  on(event: CacheEventName, listener: CacheListener): () => void;
  /** Releases what the cache holds; a second call does nothing. */
  close(): Promise<void>;
}
