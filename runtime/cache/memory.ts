import { cacheStats, totalOf } from "../call/counters.ts";
import { Events } from "../call/events.ts";
import { empty, MemoryStore, sizeOf } from "../call/memory-store.ts";
import { TOO_LARGE } from "../call/refuse.ts";
import { invalidateInMemory, statesOf } from "../call/tags.ts";
import type { Cache, CacheEventName, CacheListener, CacheStats, SetOptions } from "../contract/cache.ts";
import type { Duration } from "../contract/duration.ts";
import { tagsIn } from "../contract/tags.ts";
import { CacheError } from "../contract/errors.ts";
import { ttlOf } from "../contract/ttl.ts";
import { enableLargeMemory } from "../memory/large.ts";
import type { TagState, Tier, TierMaker } from "../memory/tier.ts";
import { keyPlaceOf } from "../memory/trie.ts";
import { memoryTime } from "../platform/clock.ts";
import { warn } from "../platform/environment.ts";
import {
  checkClear,
  checkDelta,
  checkKey,
  closedError,
  keysIn,
  pairsIn,
  tagsOfSet,
  ttlIn,
  type Entries,
} from "./arguments.ts";
import { rememberMemory } from "./memories.ts";
import { MemorySerializer } from "./memory-serializer.ts";
import {
  checkOptions,
  checkSerializer,
  DEFAULT_MAX_ENTRIES,
  MEMORY_OPTION_NAMES,
  readCacheOptions,
  readCount,
  type CacheOptions,
} from "./options.ts";

/** Options of {@link memory}. */
export interface MemoryOptions extends CacheOptions {
  /** The most keys of `cache.set`, and separately the most entries of each function. Default: 10,000. */
  max?: number;
  /**
   * The most bytes of all keys and values together, by an estimate when they are stored, with 128 bytes for each entry.
   * A value that is larger by itself is not stored. An object that several values share counts in each. Default: an
   * eighth of the limit of the heap, which is 64 MiB in browsers. The cache without configuration has the same limit.
   */
  maxBytes?: number;
}

/**
 * Makes a cache in the memory of this process, bounded by count and by bytes.
 *
 * `cache.set` stores the value itself, so all readers share it. With a `serializer`, each reader gets a copy. Results
 * of functions are not serialized; their option `copy` protects them. `timeout` has no effect.
 *
 * Defaults: 10,000 keys and as many entries of each function, an eighth of the heap, no namespace, values without
 * expiry.
 *
 * @throws {CacheError} `option-unknown`, `option-value` or `ttl-invalid`.
 * @example
 * configure({ default: memory({ max: 50_000, ttl: "5m" }) });
 */
export function memory(options: MemoryOptions = {}): MemoryCache {
  return new MemoryCache(options);
}

type MaybePromise<T> = T | Promise<T>;

/** A cache in memory. Its string keys are one tier, and each cached function that uses it has another. */
export class MemoryCache extends MemoryStore implements Cache {
  override readonly events: Events = new Events("memory");
  readonly namespace: string | undefined;
  readonly #keys: Tier;
  readonly #serializer: MemorySerializer | undefined;
  #closed = false;
  /** Whether the warning about a value that is too large was written. */
  #isLargeSaid = false;

  constructor(options: MemoryOptions) {
    checkOptions("memory()", options, MEMORY_OPTION_NAMES);
    enableLargeMemory();
    const { namespace, ttl } = readCacheOptions("memory()", options);
    const { serializer } = options;
    checkSerializer("memory()", serializer);
    const max = readCount("memory()", "max", options.max) ?? DEFAULT_MAX_ENTRIES;
    super(ttl, max, readCount("memory()", "maxBytes", options.maxBytes));
    this.namespace = namespace;
    this.#serializer =
      serializer === undefined || serializer === "none" ? undefined : new MemorySerializer(serializer);
    this.#keys = this.tier(1, this.max);
    rememberMemory(this);
    this.#keys.onEvict = ({ a }) => {
      this.counters.evictions++;
      this.events.emit("evict", () => ({ key: a as string }));
    };
  }

  get raw(): unknown {
    return undefined;
  }

  override tier(depth: number, max: number = this.max, make?: TierMaker): Tier {
    const tier = super.tier(depth, max, make);
    tier.isOpen = () => !this.#closed || this.#refuseResult();
    return tier;
  }

  async add(key: string, value: unknown, options?: SetOptions): Promise<boolean> {
    this.#check(key);
    const ttl = ttlIn("add()", options, this.ttlMs);
    const tags = this.#tagsOf("add()", options);
    const stored = this.#serializer ? await this.#write(this.#serializer, key, value) : value;
    if (this.#find(key) >= 0) return false;
    this.#store(key, stored, ttl, tags);
    return true;
  }

  async exists(key: string): Promise<boolean> {
    this.#check(key);
    return this.#find(key) >= 0;
  }

  async get<T = unknown>(key: string, fallback?: T): Promise<T | undefined> {
    this.#check(key);
    const found = await this.#read(key);
    this.#recordRead(key, found);
    return found ? (found.value as T) : fallback;
  }

  async set(key: string, value: unknown, options?: SetOptions): Promise<void> {
    this.#check(key);
    const ttl = ttlIn("set()", options, this.ttlMs);
    const tags = this.#tagsOf("set()", options);
    this.#store(key, this.#serializer ? await this.#write(this.#serializer, key, value) : value, ttl, tags);
  }

  async multiGet<T = unknown>(keys: Iterable<string>): Promise<(T | undefined)[]> {
    this.#check();
    const list = keysIn(keys);
    const found = await Promise.all(list.map(async (key) => this.#read(key)));
    list.forEach((key, index) => this.#recordRead(key, found[index]));
    return found.map((each) => each?.value as T | undefined);
  }

  async multiSet(entries: Entries, options?: SetOptions): Promise<void> {
    this.#check();
    const ttl = ttlIn("multiSet()", options, this.ttlMs);
    const tags = this.#tagsOf("multiSet()", options);
    const pairs = pairsIn(entries);
    const serializer = this.#serializer;
    // Serializes all values before it stores the first: if one is unstorable, nothing changes.
    const stored =
      serializer && (await Promise.all(pairs.map(([key, value]) => this.#write(serializer, key, value))));
    for (const [index, [key, value]] of pairs.entries())
      this.#store(key, stored ? stored[index] : value, ttl, tags);
  }

  async delete(key: string): Promise<boolean> {
    this.#check(key);
    const entry = this.#find(key);
    if (entry < 0) return false;
    this.#keys.drop(entry);
    return true;
  }

  async increment(key: string, delta = 1): Promise<number> {
    this.#check(key);
    checkDelta(delta);
    const entry = this.#find(key);
    const value = entry < 0 ? 0 : this.#keys.values[entry];
    // A store outside of memory cannot count with a value that has tags.
    if (!Number.isSafeInteger(value) || (entry >= 0 && this.#keys.tags?.[entry]))
      throw new TypeError(`increment: the value of "${key}" is not an integer.`);
    const sum = (value as number) + delta;
    if (!Number.isSafeInteger(sum))
      throw new TypeError(`increment: "${key}" would leave the range of safe integers.`);
    if (entry < 0) this.#store(key, sum, this.ttlMs);
    else {
      this.#keys.values[entry] = sum;
      this.#recordSet(key);
    }
    return sum;
  }

  async expire(key: string, ttl: Duration): Promise<boolean> {
    this.#check(key);
    const ms = ttlOf(ttl);
    const entry = this.#find(key);
    if (entry >= 0) this.#keys.expire(entry, memoryTime() + ms);
    return entry >= 0;
  }

  async ttl(key: string): Promise<number | undefined> {
    this.#check(key);
    const entry = this.#find(key);
    return entry < 0 ? undefined : (this.#keys.expires[entry]! - memoryTime()) / 1000;
  }

  async clear(options?: { all?: boolean }): Promise<void> {
    this.#check();
    checkClear(this.namespace, options);
    empty(this);
  }

  async invalidateTags(tags: string | Iterable<string>): Promise<void> {
    this.#check();
    invalidateInMemory(this, tagsIn("invalidateTags()", tags));
  }

  stats(): Required<CacheStats> {
    return { ...cacheStats(totalOf(this)), entries: sizeOf(this) };
  }

  on(event: CacheEventName, listener: CacheListener): () => void {
    return this.events.on(event, listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    empty(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @throws {CacheError} `closed`, or `key-unkeyable`. */
  #check(...keys: unknown[]): void {
    if (this.#closed) throw closedError();
    for (const key of keys) checkKey(key);
  }

  /** Refuses a result of a function after the cache was closed, and emits an error event. */
  #refuseResult(): false {
    this.counters.errors++;
    this.events.emit("error", () => {
      const error = closedError();
      return { key: undefined, error, reason: error.message };
    });
    return false;
  }

  /** Reports that a value exceeds the whole cache. */
  #refuseLarge(key: string): void {
    this.counters.errors++;
    const reason = `the value of ${JSON.stringify(key)} is not stored: ${TOO_LARGE}`;
    this.events.emit("error", () => ({ key, error: new CacheError("unstorable", `${reason}.`), reason }));
    if (!this.#isLargeSaid) warn(`${reason}; store a part of it, or raise \`maxBytes\`.`);
    this.#isLargeSaid = true;
  }

  /** The number of a fresh entry, or -1. */
  #find(key: string): number {
    const entry = this.#keys.find(keyPlaceOf([key]));
    if (entry < 0 || this.#keys.expires[entry]! > memoryTime()) return entry;
    this.#keys.drop(entry);
    return -1;
  }

  #tagsOf(what: string, options: SetOptions | undefined): readonly TagState[] | undefined {
    const tags = tagsOfSet(what, options);
    return tags && statesOf(this, tags);
  }

  #store(key: string, value: unknown, ttl: number, tags?: readonly TagState[]): void {
    const time = memoryTime();
    const entry = { value, expires: time + ttl, promised: false, tags };
    const refused = this.#keys.store(keyPlaceOf([key]), entry, time);
    if (refused === "large") this.#refuseLarge(key);
    else this.#recordSet(key);
  }

  #read(key: string): MaybePromise<{ readonly value: unknown } | undefined> {
    const entry = this.#find(key);
    if (entry < 0) return undefined;
    const { value } = this.#keys.serve(entry);
    return this.#serializer ? this.#serializer.read(value) : { value };
  }

  #recordRead(key: string, found: unknown): void {
    this.counters[found ? "hits" : "misses"]++;
    this.events.emit(found ? "hit" : "miss", () => ({ key }));
  }

  #recordSet(key: string): void {
    this.counters.sets++;
    this.events.emit("set", () => ({ key }));
  }

  async #write(serializer: MemorySerializer, key: string, value: unknown): Promise<unknown> {
    try {
      return await serializer.write(value);
    } catch (error) {
      this.counters.errors++;
      const reason = (error as Error).message;
      this.events.emit("error", () => ({ key, error, reason }));
      throw error;
    }
  }
}
