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
} from "../cache/arguments.ts";
import { cacheStats, totalOf } from "../call/counters.ts";
import { prependText } from "../codec/bytes.ts";
import { MISS } from "../codec/codec.ts";
import type { Cache, CacheEventName, CacheListener, CacheStats, SetOptions } from "../contract/cache.ts";
import type { Data, Driver, Item } from "../contract/driver.ts";
import type { Duration } from "../contract/duration.ts";
import { CacheError } from "../contract/errors.ts";
import { tagsIn } from "../contract/tags.ts";
import { ttlOf } from "../contract/ttl.ts";
import { keyPlaceOf } from "../memory/trie.ts";
import type { NearTier } from "../near/near-tier.ts";
import { memoryTime } from "../platform/clock.ts";
import { addChecksum } from "./key-checksum.ts";
import { KeyTags, type EntryTags } from "./key-tags.ts";
import type { RemoteOptions } from "./options.ts";
import { RemoteStore } from "./store.ts";

/** Codes of errors that the store or the value causes. All others are mistakes of the caller and emit no event. */
const FAILURE_CODES: readonly string[] = ["timeout", "unavailable", "unstorable"];

type Pairs = readonly (readonly [key: string, value: unknown])[];

/** The operations on string keys over a store outside the process. Failures reject with a `CacheError`. */
export class RemoteCache extends RemoteStore implements Cache {
  readonly #operations = new Set<Promise<unknown>>();
  readonly #tags = new KeyTags(this.client);
  /** Values of keys, encoded, so that each reader gets its own. */
  readonly #nearKeys: NearTier | undefined;
  #closing: Promise<void> | undefined;

  constructor(driver: Driver, options: RemoteOptions) {
    super(driver, options);
    if (options.near) this.#nearKeys = this.nearTier(1, undefined, this.counters);
  }

  get namespace(): string | undefined {
    return this.client.options.namespace;
  }

  get raw(): unknown {
    return this.client.driver.raw;
  }

  add(key: string, value: unknown, options?: SetOptions): Promise<boolean> {
    return this.#operate([key], async () => {
      const ttl = ttlIn("add()", options, this.ttlMs);
      const tags = this.#tagsFor("add()", options, ttl);
      const item = await this.#item(key, value, ttl, tags);
      const { driver } = this.client;
      let added = await this.client.request("add", () => driver.add(item));
      const outdated = added ? undefined : await this.#outdatedStart(item.key);
      if (outdated !== undefined)
        added = await this.client.request("add", () => driver.setIf(item, outdated));
      if (added) this.#recordSet(key);
      return added;
    });
  }

  exists(key: string): Promise<boolean> {
    return this.#operate([key], async () => {
      const stored = await this.client.stringKey(key);
      const [exists, outdated] = await Promise.all([
        this.client.request("exists", () => this.client.driver.exists(stored)),
        this.#outdatedStart(stored),
      ]);
      return exists && outdated === undefined;
    });
  }

  get<T = unknown>(key: string, fallback?: T): Promise<T | undefined> {
    return this.#operate([key], async () => {
      const [value] = await this.#read([key]);
      return value === MISS ? fallback : (value as T);
    });
  }

  set(key: string, value: unknown, options?: SetOptions): Promise<void> {
    return this.#operate([key], () => this.#set("set()", [[key, value]], options));
  }

  multiGet<T = unknown>(keys: Iterable<string>): Promise<(T | undefined)[]> {
    return this.#operate([], async () => {
      const values = await this.#read(keysIn(keys));
      return values.map((value) => (value === MISS ? undefined : (value as T)));
    });
  }

  multiSet(entries: Entries, options?: SetOptions): Promise<void> {
    return this.#operate([], () => this.#set("multiSet()", pairsIn(entries), options));
  }

  delete(key: string): Promise<boolean> {
    return this.#operate([key], async () => {
      const stored = await this.client.stringKey(key);
      const [existed] = await this.client.request("delete", () => this.client.driver.delete([stored]));
      return existed === true;
    });
  }

  increment(key: string, delta = 1): Promise<number> {
    return this.#operate([key], async () => {
      checkDelta(delta);
      const stored = await this.client.stringKey(key);
      try {
        const sum = await this.client.request("increment", () =>
          this.client.driver.increment(stored, delta, this.ttlMs),
        );
        this.#recordSet(key);
        return sum;
      } catch (cause) {
        if (!(cause instanceof TypeError)) throw cause;
        const problem = `the value of "${key}" is not an integer, or the sum is not a safe integer`;
        throw new TypeError(`increment: ${problem}.`, { cause });
      }
    });
  }

  expire(key: string, ttl: Duration): Promise<boolean> {
    return this.#operate([key], async () => {
      const ms = ttlOf(ttl);
      const stored = await this.client.stringKey(key);
      if ((await this.#outdatedStart(stored)) !== undefined) return false;
      return this.client.request("expire", () => this.client.driver.expire(stored, ms));
    });
  }

  ttl(key: string): Promise<number | undefined> {
    return this.#operate([key], async () => {
      const stored = await this.client.stringKey(key);
      const [ms, outdated] = await Promise.all([
        this.client.request("ttl", () => this.client.driver.ttl(stored)),
        this.#outdatedStart(stored),
      ]);
      return ms === undefined || outdated !== undefined ? undefined : ms / 1000;
    });
  }

  clear(options?: { all?: boolean }): Promise<void> {
    return this.#operate([], async () => {
      checkClear(this.namespace, options);
      await this.client.clearPrefix(this.namespace === undefined ? "" : await this.client.scope);
    });
  }

  invalidateTags(tags: string | Iterable<string>): Promise<void> {
    return this.#operate([], () => this.#tags.invalidate(tagsIn("invalidateTags()", tags)));
  }

  stats(): CacheStats {
    return cacheStats(totalOf(this));
  }

  on(event: CacheEventName, listener: CacheListener): () => void {
    return this.events.on(event, listener);
  }

  override close(): Promise<void> {
    return (this.#closing ??= Promise.allSettled(this.#operations).then(() => super.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Runs one operation: refuses it once the cache is closing, and counts and reports failures. */
  async #operate<T>(keys: readonly string[], run: () => Promise<T>): Promise<T> {
    if (this.#closing) throw closedError();
    for (const key of keys) checkKey(key);
    const operation = run();
    this.#operations.add(operation);
    try {
      return await operation;
    } catch (error) {
      if (error instanceof CacheError && FAILURE_CODES.includes(error.code)) {
        this.counters.errors++;
        this.events.emit("error", () => ({ key: keys[0], error, reason: error.message }));
      }
      throw error;
    } finally {
      this.#operations.delete(operation);
    }
  }

  async #read(keys: readonly string[]): Promise<unknown[]> {
    const found = await Promise.all(
      keys.map(async (key) => this.#readNear(key) ?? (await this.#readStored(key))),
    );
    const values = await Promise.all(
      found.map(async (content) => (content === undefined ? MISS : this.decode(content))),
    );
    for (const [index, value] of values.entries()) {
      this.counters[value === MISS ? "misses" : "hits"]++;
      this.events.emit(value === MISS ? "miss" : "hit", () => ({ key: keys[index] }));
    }
    return values;
  }

  #readNear(key: string): Data | undefined {
    const tier = this.#nearKeys;
    if (!tier || tier.size === 0) return undefined;
    const entry = tier.find(keyPlaceOf([key]));
    if (entry < 0 || tier.expires[entry]! <= memoryTime() || !this.client.near!.isAlive()) return undefined;
    return tier.serve(entry).value as Data;
  }

  async #readStored(key: string): Promise<Data | undefined> {
    const { content, read } = await this.#tags.readKey(await this.client.stringKey(key));
    if (content !== undefined && this.#nearKeys)
      this.client.near!.keepKey(this.#nearKeys, keyPlaceOf([key]), read, content);
    return content;
  }

  /** The start of an entry whose tags were invalidated; `undefined` if it is current, or missing. */
  async #outdatedStart(stored: string): Promise<string | undefined> {
    return (await this.#tags.readKey(stored)).outdatedStart;
  }

  async #set(what: string, pairs: Pairs, options: SetOptions | undefined): Promise<void> {
    const ttl = ttlIn(what, options, this.ttlMs);
    const tagging = this.#tagsFor(what, options, ttl);
    if (pairs.length === 0) {
      await tagging;
      return;
    }
    // All values are encoded before the first is sent: if one cannot be encoded, nothing is stored.
    const encoded = await Promise.all(pairs.map(([key, value]) => this.#item(key, value, ttl, tagging)));
    await this.client.request("set", () => this.client.driver.set(encoded));
    for (const [key] of pairs) this.#recordSet(key);
  }

  /** The tags of a write, with their states in the store. */
  async #tagsFor(what: string, options: SetOptions | undefined, ttl: number): Promise<EntryTags | undefined> {
    const tags = tagsOfSet(what, options);
    return tags && this.#tags.forEntry(tags, ttl);
  }

  async #item(
    key: string,
    value: unknown,
    ttl: number,
    tagging: Promise<EntryTags | undefined>,
  ): Promise<Item> {
    const [data, stored, tags] = await Promise.all([this.encode(value), this.client.stringKey(key), tagging]);
    if (!tags) return { key: stored, data: addChecksum(stored, data), ttl };
    this.#tags.remember(stored, tags.names);
    return { key: stored, data: addChecksum(stored, prependText(tags.head, data)), ttl: tags.ttl };
  }

  #recordSet(key: string): void {
    this.counters.sets++;
    this.events.emit("set", () => ({ key }));
  }
}
