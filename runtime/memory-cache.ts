import type { Cache, CacheStats, SetOptions } from "./cache.ts";
import { now } from "./clock.ts";
import type { Duration } from "./duration.ts";
import { CacheError } from "./errors.ts";
import { hitRatio, type CacheEventName, type CacheListener } from "./events.ts";
import { Entry, type Tier } from "./memory.ts";
import { MemoryStore } from "./memory-store.ts";
import { touch } from "./epoch.ts";
import { suggest } from "./suggest.ts";
import { placeOf } from "./trie.ts";
import { ttlOf } from "./ttl.ts";

/** Options of {@link memory}. */
export interface MemoryOptions {
  /** First part of every key; `clear()` needs it. Default: none. */
  namespace?: string;
  /** How long a value is kept where no ttl is given; a number is seconds. Default: forever. */
  ttl?: Duration;
  /** Most keys kept by `cache.set`, and most entries of each function. Default: 10,000. */
  max?: number;
}

/**
 * Makes a cache in the memory of this process: bounded, expiring, nothing to install.
 *
 * @throws {CacheError} `option-unknown`, `option-value` or `ttl-invalid`.
 * @example
 * configure({ default: memory({ max: 50_000, ttl: "5m" }) });
 */
export function memory(options: MemoryOptions = {}): MemoryCache {
  return new MemoryCache(options);
}

const MEMORY: readonly string[] = ["namespace", "ttl", "max"] satisfies (keyof MemoryOptions)[];
const SET: readonly string[] = ["ttl"] satisfies (keyof SetOptions)[];

/** Refuses what is no option: a misspelt one would be without effect and without a word. */
function check(what: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null) {
    throw new CacheError("option-value", `${what} takes an object of options, like \`{ ttl: 10 }\`.`);
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const nearest = suggest(name, known);
    const help = nearest ? `write \`${nearest}\`` : `it takes ${known.join(", ")}`;
    throw new CacheError("option-unknown", `${what} has no option \`${name}\`; ${help}.`);
  }
}

/** The cache in memory. Its own keys are one tier; each cached function that uses it has another. */
export class MemoryCache extends MemoryStore implements Cache {
  readonly namespace: string | undefined;
  readonly #keys: Tier;

  constructor(options: MemoryOptions) {
    check("memory()", options, MEMORY);
    const { namespace, ttl = "forever", max = 10_000 } = options;
    if (!Number.isSafeInteger(max) || max < 1) {
      throw new CacheError(
        "option-value",
        `memory()'s \`max\` is ${String(max)}; write a whole number of entries above zero.`,
      );
    }
    if (namespace !== undefined && (typeof namespace !== "string" || namespace === "")) {
      throw new CacheError("option-value", "memory()'s `namespace` is no text; write one, or leave it out.");
    }
    super(ttlOf(ttl), max);
    this.namespace = namespace;
    this.#keys = this.tier(1, max);
    this.#keys.onEvict = ({ a }) => {
      this.counters.evictions++;
      this.events.emit("evict", () => ({ key: a as string }));
    };
  }

  get raw(): unknown {
    return undefined;
  }

  async add(key: string, value: unknown, options?: SetOptions): Promise<boolean> {
    const expires = this.#expiry(options);
    if (this.#find(key)) return false;
    this.#keep(key, value, expires);
    return true;
  }

  async exists(key: string): Promise<boolean> {
    return this.#find(key) !== undefined;
  }

  async get<T = unknown>(key: string, fallback?: T): Promise<T | undefined> {
    return this.#read<T>(key, fallback);
  }

  async set(key: string, value: unknown, options?: SetOptions): Promise<void> {
    this.#keep(key, value, this.#expiry(options));
  }

  async multiGet<T = unknown>(keys: Iterable<string>): Promise<(T | undefined)[]> {
    return Array.from(keys, (key) => this.#read<T>(key, undefined));
  }

  async multiSet(
    entries: Iterable<readonly [string, unknown]> | Readonly<Record<string, unknown>>,
    options?: SetOptions,
  ): Promise<void> {
    const expires = this.#expiry(options);
    const pairs = Symbol.iterator in entries ? entries : Object.entries(entries);
    for (const [key, value] of pairs) this.#keep(key, value, expires);
  }

  async delete(key: string): Promise<boolean> {
    const entry = this.#find(key);
    return entry !== undefined && this.#keys.drop(entry);
  }

  async increment(key: string, delta = 1): Promise<number> {
    const entry = this.#find(key);
    if (!Number.isSafeInteger(delta))
      throw new TypeError(`increment: the delta ${String(delta)} is not an integer.`);
    if (entry && !Number.isSafeInteger(entry.value))
      throw new TypeError(`increment: the value of "${key}" is not an integer.`);
    const sum = Number(entry?.value ?? 0) + delta;
    if (!Number.isSafeInteger(sum))
      throw new TypeError(`increment: "${key}" would leave the range of safe integers.`);
    if (entry) entry.value = sum;
    else this.#keep(key, sum, this.#expiry());
    return sum;
  }

  async expire(key: string, ttl: Duration): Promise<boolean> {
    const ms = ttlOf(ttl);
    const entry = this.#find(key);
    if (entry) entry.expires = now() + ms;
    return entry !== undefined;
  }

  async ttl(key: string): Promise<number | undefined> {
    const entry = this.#find(key);
    return entry && (entry.expires - now()) / 1000;
  }

  async clear(options: { all?: boolean } = {}): Promise<void> {
    check("clear()", options, ["all"]);
    if (this.namespace === undefined && options.all !== true) {
      throw new CacheError(
        "clear-refused",
        "clear() on a cache without a namespace would remove everything; give the cache a `namespace` or write clear({ all: true }).",
      );
    }
    this.empty();
  }

  stats(): CacheStats {
    const total = this.total();
    const { hits, misses, stale, sets, errors, bypassed, evictions } = total;
    return {
      hits,
      misses,
      stale,
      sets,
      errors,
      bypassed,
      evictions,
      entries: this.size(),
      hitRatio: hitRatio(total),
    };
  }

  on(event: CacheEventName, listener: CacheListener): () => void {
    const off = this.events.on(event, listener);
    // Functions look for listeners when they bind to their cache, so that a hit need not.
    touch();
    return () => {
      off();
      touch();
    };
  }

  async close(): Promise<void> {
    this.empty();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #find(key: string): Entry | undefined {
    const entry = this.#keys.get1(key);
    if (entry === undefined || entry.expires > now()) return entry;
    this.#keys.drop(entry);
    return undefined;
  }

  #read<T>(key: string, fallback: T | undefined): T | undefined {
    const entry = this.#find(key);
    this.counters[entry ? "hits" : "misses"]++;
    this.events.emit(entry ? "hit" : "miss", () => ({ key }));
    if (entry === undefined) return fallback;
    entry.visited = true;
    return entry.value as T;
  }

  #keep(key: string, value: unknown, expires: number): void {
    this.#keys.keep(new Entry(placeOf([key]), value, expires, false), now());
    this.counters.sets++;
    this.events.emit("set", () => ({ key }));
  }

  #expiry(options: SetOptions = {}): number {
    check("set()", options, SET);
    return now() + (options.ttl === undefined ? this.ttlMs : ttlOf(options.ttl));
  }
}
