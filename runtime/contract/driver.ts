/**
 * The contract between a cache and its store: keys are strings, values are bytes, times are milliseconds.
 *
 * Namespaces, serializers, time-outs and functions are handled by the cache. A driver throws the errors of its client,
 * and the cache turns them into a `CacheError`.
 */

/**
 * Milliseconds for which a driver remembers an invalidation: one hour. A driver that has forgotten it cannot tell that
 * a longer run began before it, so {@link Driver.setIfCurrent} should refuse results of runs that are this old.
 */
export const INVALIDATION_TTL_MS = 3_600_000;

/** A stored value. A string is stored as UTF-8. A driver may return either type. */
export type Data = string | Uint8Array;

/** One entry to store. */
export interface Item {
  readonly key: string;
  readonly data: Data;
  /** Milliseconds; `Infinity` for no expiry. */
  readonly ttl: number;
}

/** Limits of a store. The cache and `driverSuite` respect them. */
export interface Limits {
  /** Maximum length of a key in bytes of UTF-8. The cache replaces longer keys by a hash. */
  readonly keyBytes: number;
  /** `true` if keys must not contain white space or control bytes. */
  readonly plainKeys: boolean;
  /** Precision of expiry, in milliseconds. */
  readonly ttlGranularity: number;
  /**
   * The scope in which `add`, `increment`, `setIfCurrent` and leases are atomic: all clients of the `store`, or only
   * the callers in one `process`. Default: `store`.
   */
  readonly atomic?: "store" | "process";
}

/**
 * A store. Each method takes at most one round trip per server.
 *
 * The cache stores an integer as its decimal digits only, so that the store can increment it.
 */
export interface Driver {
  /** `redis`, `memcached`: for messages and `explain`. */
  readonly name: string;
  readonly limits: Limits;
  /** The client of the store, for `cache.raw`. */
  readonly raw: unknown;
  /** Returns the values of keys in the same order, with `undefined` for a missing key. */
  get(keys: readonly string[]): Promise<readonly (Data | undefined)[]>;
  /** Stores entries; replaces values and expiries. */
  set(items: readonly Item[]): Promise<void>;
  /** Stores an entry only if the key does not exist; returns whether it did so. Atomic. */
  add(item: Item): Promise<boolean>;
  /** Removes keys; returns for each whether it existed. */
  delete(keys: readonly string[]): Promise<readonly boolean[]>;
  exists(key: string): Promise<boolean>;
  /**
   * Adds to the integer of a key and returns the sum. A missing key starts at 0 with `ttl`; an existing key keeps its
   * ttl. Atomic.
   * @throws {TypeError} if the value is not an integer, or the sum is not a safe integer.
   */
  increment(key: string, delta: number, ttl: number): Promise<number>;
  /** Sets a new ttl; returns whether the key exists. */
  expire(key: string, ttl: number): Promise<boolean>;
  /** Returns the milliseconds left: `Infinity` without expiry, `undefined` if the key does not exist. */
  ttl(key: string): Promise<number | undefined>;
  /** Removes the keys that start with the prefix, and no others. */
  clear(prefix: string): Promise<void>;
  /**
   * Removes a key and returns whether it existed. Remembers the time for {@link INVALIDATION_TTL_MS}, so that
   * {@link setIfCurrent} refuses results of runs that began before.
   */
  invalidate(key: string): Promise<boolean>;
  /** Stores the result of a run that began `age` ms ago, unless the key was invalidated since; returns whether it did. */
  setIfCurrent(item: Item, age: number): Promise<boolean>;
  /** Takes a lease of `lease` milliseconds; returns `false` if another token holds it. */
  acquire(key: string, token: string, lease: number): Promise<boolean>;
  /** Extends the lease of a token to `lease` milliseconds from now; returns `false` if it was lost. */
  renew(key: string, token: string, lease: number): Promise<boolean>;
  /** Ends the lease of a token. */
  release(key: string, token: string): Promise<void>;
  /** Replaces the connection. Called after a reply that belonged to another request. */
  reconnect?(): void;
  /** Closes the connections that the driver made, but not those of a client that was passed to it. */
  close(): Promise<void>;
}
