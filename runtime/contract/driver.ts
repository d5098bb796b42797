/**
 * The contract between a cache and its store: keys are texts, values are bytes, times are milliseconds.
 *
 * A driver knows nothing of namespaces, serializers, time-outs or functions; the cache above it does. What it
 * throws is what its client throws: the cache makes a `CacheError` of it.
 */

/**
 * Milliseconds for which a driver remembers an invalidation: one hour. A driver that has forgotten it cannot tell that
 * a longer run began before it, so {@link Driver.setIfCurrent} should refuse results of runs that are this old.
 */
export const INVALIDATION_TTL_MS = 3_600_000;

/** What is stored. A text is stored as UTF-8; what is read may come back as either. */
export type Data = string | Uint8Array;

/** One thing to store. */
export interface Item {
  readonly key: string;
  readonly data: Data;
  /** Milliseconds; `Infinity` for no expiry. */
  readonly ttl: number;
}

/** What a store cannot do otherwise; the cache and the suite of drivers keep to it. */
export interface Limits {
  /** Longest key in bytes of UTF-8; longer ones are replaced by a hash. */
  readonly keyBytes: number;
  /** The store takes no white space or control bytes in keys. */
  readonly plainKeys: boolean;
  /** Expiry is exact to so many milliseconds. */
  readonly ttlGranularity: number;
  /**
   * Among whom `add`, `increment`, `setIfCurrent` and leases are atomic: all clients of the `store`, or only the
   * callers in one `process`. Default: `store`.
   */
  readonly atomic?: "store" | "process";
}

/**
 * A store. Every method is one round trip per server at the most.
 *
 * Integers are stored by the cache as their decimal digits and nothing else, so that a store may count with them.
 */
export interface Driver {
  /** `redis`, `memcached`: for messages and `explain`. */
  readonly name: string;
  readonly limits: Limits;
  /** The client underneath. */
  readonly raw: unknown;
  /** The values of keys, in their order; `undefined` for what is not there. */
  get(keys: readonly string[]): Promise<readonly (Data | undefined)[]>;
  /** Replaces values and expiries. */
  set(items: readonly Item[]): Promise<void>;
  /** Stores only if the key is free; true if it was. Atomic. */
  add(item: Item): Promise<boolean>;
  /** Removes keys; for each, whether it was there. */
  delete(keys: readonly string[]): Promise<readonly boolean[]>;
  exists(key: string): Promise<boolean>;
  /**
   * Adds to the integer of a key and gives the new one; a missing key starts from 0 with `ttl`, another keeps
   * its own. Atomic. `TypeError` if the value is no integer.
   */
  increment(key: string, delta: number, ttl: number): Promise<number>;
  /** Gives a key a new ttl; false if it is missing. */
  expire(key: string, ttl: number): Promise<boolean>;
  /** Milliseconds left; `Infinity` without expiry; `undefined` if the key is missing. */
  ttl(key: string): Promise<number | undefined>;
  /** Removes every key that starts with the text, and nothing else. */
  clear(prefix: string): Promise<void>;
  /**
   * Removes a key, tells whether it was there, and remembers when, for {@link INVALIDATION_TTL_MS}, so that
   * {@link setIfCurrent} refuses the results of runs that began before.
   */
  invalidate(key: string): Promise<boolean>;
  /** Stores what a run that began `age` milliseconds ago found, unless the key was invalidated since; true if stored. */
  setIfCurrent(item: Item, age: number): Promise<boolean>;
  /** Takes a lease; false if somebody else has it. It ends by itself. */
  acquire(key: string, token: string, lease: number): Promise<boolean>;
  /** Makes one's own lease last longer; false if it is lost. */
  renew(key: string, token: string, lease: number): Promise<boolean>;
  /** Ends one's own lease. */
  release(key: string, token: string): Promise<void>;
  /** The store answers to something else than what was asked: the connection cannot be trusted any more. */
  reconnect?(): void;
  /** Releases connections that the driver made; those of a client it was given stay. */
  close(): Promise<void>;
}
