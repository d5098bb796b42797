/**
 * The contract between a cache and its store: keys are strings, values are bytes, times are milliseconds.
 *
 * Namespaces, serializers, time-outs and functions are handled by the cache. A driver throws the errors of its client,
 * and the cache turns them into a `CacheError`.
 */

/** A stored value. A string is stored as UTF-8. A driver may return either type. */
export type Data = string | Uint8Array;

/** One entry to store. */
export interface Item {
  readonly key: string;
  readonly data: Data;
  /** Milliseconds; `Infinity` for no expiry. */
  readonly ttl: number;
  /**
   * For `add` of a lease: the key is taken until the store itself has removed what is there, even if that has expired by
   * the clock of this process, which may be wrong.
   */
  readonly isLease?: boolean;
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
   * The scope in which `add`, `increment` and the methods that compare are atomic: all clients of the `store`, or only
   * the callers in one `process`. Default: `store`.
   *
   * With `process`, {@link Driver.setIf} must still never bring a removed value back: if another client may have changed
   * the key in between, it stores the value such that readers do not find it.
   */
  readonly atomic?: "store" | "process";
}

/** What a driver reports of changes while it follows them. */
export interface FollowOptions {
  /** A key that no entry has, in the namespace of the cache. A driver may write it, to see whether changes arrive. */
  readonly probe: string;
}

/** Returned by {@link Driver.follow}. */
export interface Following {
  /**
   * Fulfils when all changes that the store made before the call were reported. Rejects if the connection is lost. Left
   * out: the driver calls `onLost` itself as soon as changes may not arrive.
   */
  check?(): Promise<void>;
  /** Ends the connection that reports changes. */
  stop?(): void;
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
   * Stores an entry only if the data of its key starts with `start`; returns whether it did so. Replaces the expiry, too.
   * Atomic: nothing changes the key between the comparison and the write.
   */
  setIf(item: Item, start: string): Promise<boolean>;
  /**
   * Replaces the first bytes of a value, if they are `start`, by as many others; returns whether it did so. Keeps the
   * rest and the expiry. Atomic.
   */
  replaceStart(key: string, start: string, replacement: string): Promise<boolean>;
  /** Removes a key only if its data starts with `start`; returns whether it did so. Atomic. */
  deleteIf(key: string, start: string): Promise<boolean>;
  /** {@link add} for several entries. Left out: each is added on its own. */
  addAll?: ((items: readonly Item[]) => Promise<readonly boolean[]>) | undefined;
  /** {@link setIf} for several entries, each with its own start. Left out: each is stored on its own. */
  setAllIf?: ((items: readonly Item[], starts: readonly string[]) => Promise<readonly boolean[]>) | undefined;
  /** {@link ttl} for several keys. Left out: each is asked for on its own. */
  ttls?: ((keys: readonly string[]) => Promise<readonly (number | undefined)[]>) | undefined;
  /** Sets a new ttl only if the data of the key starts with `start`; returns whether it did so. Atomic. */
  expireIf(key: string, start: string, ttl: number): Promise<boolean>;
  /** Set by the cache. Call it once for each command that the server refuses and that others replace. */
  onRefusal?: ((error: Error) => void) | undefined;
  /**
   * Reports the keys that are changed or removed from now on, by any client, expiry and eviction included: at least those
   * that {@link get} has read since they were last reported. Fulfils when that has begun. Rejects with an error whose
   * `refused` is truthy if the store cannot do it. Without this method, `near` needs a `ttl`.
   *
   * @param onChange `undefined` instead of keys: every key may have changed
   * @param onLost called once, when changes are no longer reported; the cache then calls `follow` again
   */
  follow?(
    onChange: (keys: readonly string[] | undefined) => void,
    onLost: (error: Error) => void,
    options: FollowOptions,
  ): Promise<Following | undefined> | Following | undefined;
  /** Replaces the connection. Called after a reply that belonged to another request. */
  reconnect?(): void;
  /** Closes the connections that the driver made, but not those of a client that was passed to it. */
  close(): Promise<void>;
}
