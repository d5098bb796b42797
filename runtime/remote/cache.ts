import {
  checkClear,
  checkDelta,
  checkKey,
  closedError,
  keysIn,
  pairsIn,
  ttlIn,
  type Entries,
} from "../cache/arguments.ts";
import { cacheStats } from "../call/counters.ts";
import { MISS } from "../codec/codec.ts";
import type { Cache, CacheEventName, CacheListener, CacheStats, SetOptions } from "../contract/cache.ts";
import type { Item } from "../contract/driver.ts";
import type { Duration } from "../contract/duration.ts";
import { CacheError } from "../contract/errors.ts";
import { ttlOf } from "../contract/ttl.ts";
import { addChecksum } from "./key-checksum.ts";
import { RemoteStore } from "./store.ts";

/** Codes of errors that the store or the value causes. All others are mistakes of the caller and emit no event. */
const FAILURE_CODES: readonly string[] = ["timeout", "unavailable", "unstorable"];

/** The operations on string keys over a store outside the process. Failures reject with a `CacheError`. */
export class RemoteCache extends RemoteStore implements Cache {
  readonly #operations = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  get namespace(): string | undefined {
    return this.client.options.namespace;
  }

  get raw(): unknown {
    return this.client.driver.raw;
  }

  add(key: string, value: unknown, options?: SetOptions): Promise<boolean> {
    return this.#operate([key], async () => {
      const ttl = ttlIn("add()", options, this.ttlMs);
      const item = await this.#item(key, value, ttl);
      const added = await this.client.request("add", () => this.client.driver.add(item));
      if (added) this.#recordSet(key);
      return added;
    });
  }

  exists(key: string): Promise<boolean> {
    return this.#operate([key], async () => {
      const stored = await this.client.stringKey(key);
      return this.client.request("exists", () => this.client.driver.exists(stored));
    });
  }

  get<T = unknown>(key: string, fallback?: T): Promise<T | undefined> {
    return this.#operate([key], async () => {
      const [value] = await this.#read([key]);
      return value === MISS ? fallback : (value as T);
    });
  }

  set(key: string, value: unknown, options?: SetOptions): Promise<void> {
    return this.#operate([key], () => this.#set([[key, value]], ttlIn("set()", options, this.ttlMs)));
  }

  multiGet<T = unknown>(keys: Iterable<string>): Promise<(T | undefined)[]> {
    return this.#operate([], async () => {
      const values = await this.#read(keysIn(keys));
      return values.map((value) => (value === MISS ? undefined : (value as T)));
    });
  }

  multiSet(entries: Entries, options?: SetOptions): Promise<void> {
    return this.#operate([], () => {
      const ttl = ttlIn("multiSet()", options, this.ttlMs);
      return this.#set(pairsIn(entries), ttl);
    });
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
      return this.client.request("expire", () => this.client.driver.expire(stored, ms));
    });
  }

  ttl(key: string): Promise<number | undefined> {
    return this.#operate([key], async () => {
      const stored = await this.client.stringKey(key);
      const ms = await this.client.request("ttl", () => this.client.driver.ttl(stored));
      return ms === undefined ? undefined : ms / 1000;
    });
  }

  clear(options?: { all?: boolean }): Promise<void> {
    return this.#operate([], async () => {
      checkClear(this.namespace, options);
      await this.client.clearPrefix(this.namespace === undefined ? "" : await this.client.scope);
    });
  }

  stats(): CacheStats {
    return cacheStats(this.total());
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
    const stored = await Promise.all(keys.map(async (key) => this.client.stringKey(key)));
    const found = await Promise.all(stored.map((key) => this.client.read(key)));
    const values = await Promise.all(
      found.map(async ({ content }) => (content === undefined ? MISS : this.decode(content))),
    );
    for (const [index, value] of values.entries()) {
      this.counters[value === MISS ? "misses" : "hits"]++;
      this.events.emit(value === MISS ? "miss" : "hit", () => ({ key: keys[index] }));
    }
    return values;
  }

  async #set(pairs: readonly (readonly [string, unknown])[], ttl: number): Promise<void> {
    if (pairs.length === 0) return;
    // All values are encoded before the first is sent: if one cannot be encoded, nothing is stored.
    const items = await Promise.all(pairs.map(([key, value]) => this.#item(key, value, ttl)));
    await this.client.request("set", () => this.client.driver.set(items));
    for (const [key] of pairs) this.#recordSet(key);
  }

  async #item(key: string, value: unknown, ttl: number): Promise<Item> {
    const [data, stored] = await Promise.all([this.encode(value), this.client.stringKey(key)]);
    return { key: stored, data: addChecksum(stored, data), ttl };
  }

  #recordSet(key: string): void {
    this.counters.sets++;
    this.events.emit("set", () => ({ key }));
  }
}
