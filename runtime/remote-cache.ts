import type { Cache, CacheStats, SetOptions } from "./cache.ts";
import type { CacheEventName, CacheListener } from "./events.ts";
import { hitRatio } from "./events.ts";
import type { Duration } from "./duration.ts";
import { CacheError } from "./errors.ts";
import { touch } from "./epoch.ts";
import { MISS, RemoteStore } from "./remote-store.ts";
import { ttlOf } from "./ttl.ts";

/** The operations on string keys over a store that is not in memory. What fails rejects with a typed error. */
export class RemoteCache extends RemoteStore implements Cache {
  #closing: Promise<void> | undefined;

  get namespace(): string | undefined {
    return this.options.namespace;
  }

  get raw(): unknown {
    return this.driver.raw;
  }

  async add(key: string, value: unknown, options?: SetOptions): Promise<boolean> {
    const item = await this.#item(key, value, options);
    return this.ask("add", () => this.driver.add(item));
  }

  async exists(key: string): Promise<boolean> {
    const stored = await this.ownKey(key);
    return this.ask("exists", () => this.driver.exists(stored));
  }

  async get<T = unknown>(key: string, fallback?: T): Promise<T | undefined> {
    const [value] = await this.#read([key]);
    return value === MISS ? fallback : (value as T);
  }

  async set(key: string, value: unknown, options?: SetOptions): Promise<void> {
    await this.multiSet([[key, value]], options);
  }

  async multiGet<T = unknown>(keys: Iterable<string>): Promise<(T | undefined)[]> {
    const values = await this.#read([...keys]);
    return values.map((value) => (value === MISS ? undefined : (value as T)));
  }

  async multiSet(
    entries: Iterable<readonly [string, unknown]> | Readonly<Record<string, unknown>>,
    options?: SetOptions,
  ): Promise<void> {
    const pairs = Symbol.iterator in entries ? [...entries] : Object.entries(entries);
    const items = await Promise.all(pairs.map(([key, value]) => this.#item(key, value, options)));
    if (items.length === 0) return;
    await this.ask("set", () => this.driver.set(items));
    this.counters.sets += items.length;
    for (const [key] of pairs) this.events.emit("set", () => ({ key }));
  }

  async delete(key: string): Promise<boolean> {
    const stored = await this.ownKey(key);
    const [was] = await this.ask("delete", () => this.driver.delete([stored]));
    return was === true;
  }

  async increment(key: string, delta = 1): Promise<number> {
    if (!Number.isSafeInteger(delta))
      throw new TypeError(`increment: the delta ${String(delta)} is not an integer.`);
    const stored = await this.ownKey(key);
    return this.ask("increment", () => this.driver.increment(stored, delta, this.ttlMs));
  }

  async expire(key: string, ttl: Duration): Promise<boolean> {
    const ms = ttlOf(ttl);
    const stored = await this.ownKey(key);
    return this.ask("expire", () => this.driver.expire(stored, ms));
  }

  async ttl(key: string): Promise<number | undefined> {
    const stored = await this.ownKey(key);
    const ms = await this.ask("ttl", () => this.driver.ttl(stored));
    return ms === undefined ? undefined : ms / 1000;
  }

  async clear(options: { all?: boolean } = {}): Promise<void> {
    if (this.namespace === undefined && options.all !== true) {
      throw new CacheError(
        "clear-refused",
        "clear() on a cache without a namespace would remove everything; give the cache a `namespace` or write clear({ all: true }).",
      );
    }
    await this.driver.clear(this.scope);
  }

  stats(): CacheStats {
    const { hits, misses, stale, sets, errors, bypassed, evictions } = this.counters;
    const counted = { hits, misses, stale, sets, errors, bypassed, evictions };
    return { ...counted, entries: 0, hitRatio: hitRatio(this.counters) };
  }

  on(event: CacheEventName, listener: CacheListener): () => void {
    const off = this.events.on(event, listener);
    touch();
    return () => {
      off();
      touch();
    };
  }

  close(): Promise<void> {
    return (this.#closing ??= this.driver.close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #read(keys: readonly string[]): Promise<unknown[]> {
    const stored = await Promise.all(keys.map((key) => this.ownKey(key)));
    const found = await Promise.all(stored.map((key) => this.read(key)));
    return Promise.all(
      found.map(async (data, index) => {
        const value = data === undefined ? MISS : await this.decode(data, undefined);
        this.counters[value === MISS ? "misses" : "hits"]++;
        this.events.emit(value === MISS ? "miss" : "hit", () => ({ key: keys[index] }));
        return value;
      }),
    );
  }

  async #item(key: string, value: unknown, options: SetOptions | undefined) {
    const ttl = options?.ttl === undefined ? this.ttlMs : ttlOf(options.ttl);
    return { key: await this.ownKey(key), data: await this.encode(value, undefined), ttl };
  }
}
