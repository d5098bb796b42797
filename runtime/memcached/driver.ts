import { Buffer } from "node:buffer";
import { createHash, randomBytes } from "node:crypto";
import { now } from "../platform/clock.ts";
import { INVALIDATION_TTL_MS, type Data, type Driver, type Item, type Limits } from "../contract/driver.ts";
import { clientOf, type MemcachedOptions } from "./client.ts";
import { OWN } from "./clear-log.ts";
import { readEntry, writeEntry, type Entry } from "./entry.ts";
import { seconds, ServerLost, type Command, type FoundValue } from "./protocol.ts";
import { Servers, type ServerState } from "./servers.ts";
import { Mutex } from "../platform/mutex.ts";

export type { MemcachedOptions } from "./client.ts";

/**
 * Makes a driver for Memcached.
 *
 * Memcached counts expiry in seconds, cannot list or clear keys, and knows no negative numbers: each value carries
 * its exact expiry, {@link Clears} notes what was cleared, and what depends on a value is done by compare and swap.
 * Expiry is told by the clocks of the processes, which should agree.
 *
 * With several servers, one that is lost makes its keys misses; what must change something on it rejects.
 *
 * @param timeout - milliseconds that a server may be silent before it counts as lost. Less than the cache's own
 *   time-out, so that a lost server's keys are misses before the cache gives up on all.
 * @throws {CacheError} `option-unknown`, `option-value`, `option-conflict` or `peer-missing`.
 */
export function createMemcachedDriver(options: MemcachedOptions, timeout = 200): Driver {
  return new MemcachedDriver(new Servers(clientOf(options, timeout)), options.client === undefined);
}

const KEY_BYTES = 250;
/** How far the clocks of two processes may be apart. */
const SKEW = 1000;
/** Most invalidations of which it is noted when they were first seen. */
const MOST_SEEN = 1000;
/** Times that others may be faster, before a change is given up. */
const ATTEMPTS = 100;

/** What a key shall be instead. */
type Change = { readonly data: Data; readonly expires: number } | "delete";

class MemcachedDriver implements Driver {
  readonly name = "memcached";
  readonly limits: Limits = { keyBytes: KEY_BYTES, plainKeys: true, ttlGranularity: 1 };
  readonly #servers: Servers;
  readonly #own: boolean;
  readonly #turns = new Mutex();
  /** The last invalidation of a key that this process came to know, and when. */
  readonly #seen = new Map<string, { readonly mark: string; readonly at: number }>();
  #closing: Promise<void> | undefined;

  /** @param own - whether the client is the driver's to close */
  constructor(servers: Servers, own: boolean) {
    this.#servers = servers;
    this.#own = own;
  }

  get raw(): unknown {
    return this.#servers.client;
  }

  async get(keys: readonly string[]): Promise<readonly (Data | undefined)[]> {
    const [first] = keys;
    if (first === undefined) return [];
    const place = this.#servers.of(first);
    if (keys.every((key) => this.#servers.of(key) === place)) return this.#read(place, keys);
    const data = new Map<string, Data | undefined>();
    await this.#servers.spread(keys, itself, async (each, group) => {
      for (const [index, value] of (await this.#read(each, group)).entries()) data.set(group[index]!, value);
    });
    return keys.map((key) => data.get(key));
  }

  async set(items: readonly Item[]): Promise<void> {
    await this.#servers.spread(items, keyText, async (place, group) => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const stamp = await place.clears.stamp();
        await place.clears.send(
          group.map(({ key, data, ttl }) => store(key, writeEntry(data, now() + ttl, stamp), ttl)),
        );
        // What was cleared before this began, and was not known here yet, would take the values with it.
        if (group.every(({ key }) => place.clears.covers(key, stamp))) return;
      }
      throw new Error("memcached is cleared all the time.");
    });
  }

  async add(item: Item): Promise<boolean> {
    return this.#add(this.#servers.of(item.key), item);
  }

  async delete(keys: readonly string[]): Promise<readonly boolean[]> {
    const was = new Set<string>();
    await this.#servers.spread(keys, itself, async (place, group) => {
      const { found } = await place.clears.send(
        group.flatMap((key): Command[] => [
          { do: "get", key },
          { do: "delete", key },
        ]),
      );
      for (const key of this.#alive(place, found).keys()) was.add(key);
    });
    return keys.map((key) => was.delete(key));
  }

  async exists(key: string): Promise<boolean> {
    return (await this.#readOne(key)) !== undefined;
  }

  async increment(key: string, delta: number, ttl: number): Promise<number> {
    let sum = 0;
    await this.#change(this.#servers.of(key), key, (entry) => {
      sum = (entry ? integer(key, entry.data) : 0) + delta;
      if (!Number.isSafeInteger(sum)) {
        throw new TypeError(`increment: "${key}" would leave the range of safe integers.`);
      }
      return { data: String(sum), expires: entry ? entry.expires : now() + ttl };
    });
    return sum;
  }

  async expire(key: string, ttl: number): Promise<boolean> {
    return this.#change(
      this.#servers.of(key),
      key,
      (entry) => entry && { data: entry.data, expires: now() + ttl },
    );
  }

  async ttl(key: string): Promise<number | undefined> {
    const entry = await this.#readOne(key);
    return entry && entry.expires - now();
  }

  async clear(prefix: string): Promise<void> {
    await this.#servers.everywhere((place) => place.clears.clear(prefix));
  }

  async invalidate(key: string): Promise<boolean> {
    const place = this.#servers.of(key);
    const mark = `${now()}:${randomBytes(8).toString("hex")}`;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const stamp = await place.clears.stamp();
      const { found } = await place.clears.send([
        { do: "get", key },
        // What takes the value's place is dead for every reader, but tells a run that wants to store its result,
        // and has read that there is nothing, that this has changed.
        store(key, writeEntry(mark, 0, stamp), INVALIDATION_TTL_MS),
        // This one stays when something new is stored there.
        store(
          derived("invalid", key),
          writeEntry(mark, now() + INVALIDATION_TTL_MS, stamp),
          INVALIDATION_TTL_MS,
        ),
      ]);
      const was = this.#alive(place, found).has(key);
      if (!place.clears.covers(derived("invalid", key), stamp)) continue;
      this.#see(key, mark);
      return was;
    }
    throw new Error("memcached is cleared all the time.");
  }

  async setIfCurrent({ key, data, ttl }: Item, age: number): Promise<boolean> {
    const began = { tick: performance.now() - age, time: now() - age };
    const marker = derived("invalid", key);
    return this.#change(
      this.#servers.of(key),
      key,
      (_, others) => {
        const mark = others.get(marker)?.data.toString();
        if (mark !== undefined && this.#isSince(key, mark, began)) return undefined;
        return { data, expires: now() + ttl };
      },
      [marker],
    );
  }

  async acquire(key: string, token: string, lease: number): Promise<boolean> {
    return this.#add(this.#servers.of(key), { key: derived("lease", key), data: token, ttl: lease });
  }

  async renew(key: string, token: string, lease: number): Promise<boolean> {
    return this.#change(this.#servers.of(key), derived("lease", key), (entry) =>
      entry?.data.toString() === token ? { data: token, expires: now() + lease } : undefined,
    );
  }

  async release(key: string, token: string): Promise<void> {
    await this.#change(this.#servers.of(key), derived("lease", key), (entry) =>
      entry?.data.toString() === token ? "delete" : undefined,
    );
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#servers.close().then(() => {
      if (this.#own) this.#servers.client.close();
    }));
  }

  /** Reads what is there; nothing on a server that is lost while others are well. */
  #read(place: ServerState, keys: readonly string[]): Promise<readonly (Data | undefined)[]> {
    return place.clears.read(keys).then(
      (values) => keys.map((key, index) => this.#entry(place, key, values[index])?.data),
      (error: unknown) => {
        if (error instanceof ServerLost && error.partial) return keys.map(() => undefined);
        throw error;
      },
    );
  }

  async #readOne(key: string): Promise<Entry | undefined> {
    const place = this.#servers.of(key);
    try {
      const [value] = await place.clears.read([key]);
      return this.#entry(place, key, value);
    } catch (error) {
      if (error instanceof ServerLost && error.partial) return undefined;
      throw error;
    }
  }

  /** Of what was found, what this driver wrote and what has neither expired nor been cleared nor invalidated. */
  #alive(place: ServerState, found: ReadonlyMap<string, FoundValue>): ReadonlyMap<string, Entry> {
    const alive = new Map<string, Entry>();
    for (const [key, { own, value }] of found) {
      const entry = own ? this.#entry(place, key, value) : undefined;
      if (entry) alive.set(key, entry);
    }
    return alive;
  }

  /** The entry that a value is, if it is one that is alive. */
  #entry(place: ServerState, key: string, value: Buffer | undefined): Entry | undefined {
    const entry = value && readEntry(value);
    if (entry?.expires === 0) this.#see(key, entry.data.toString());
    return entry && entry.expires > now() && place.clears.covers(key, entry.stamp) ? entry : undefined;
  }

  async #add(place: ServerState, { key, data, ttl }: Item): Promise<boolean> {
    const stamp = await place.clears.stamp();
    const value = writeEntry(data, now() + ttl, stamp);
    const { refused } = await place.clears.send([{ ...store(key, value, ttl), do: "add" }]);
    if (!refused && place.clears.covers(key, stamp)) return true;
    // Something is there; it may be dead.
    return this.#change(place, key, (entry) => (entry ? undefined : { data, expires: now() + ttl }));
  }

  /**
   * Changes a key by compare and swap; false if `next` finds that there is nothing to change.
   *
   * Changes of one key wait for each other, so that they compete with those of other processes only.
   */
  #change(
    place: ServerState,
    key: string,
    next: (entry: Entry | undefined, others: ReadonlyMap<string, Entry>) => Change | undefined,
    others: readonly string[] = [],
  ): Promise<boolean> {
    return this.#turns.run(key, async () => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const { found } = await place.clears.send([key, ...others].map((each) => ({ do: "get", key: each })));
        const alive = this.#alive(place, found);
        const change = next(alive.get(key), alive);
        if (change === undefined) return false;
        const stamp = await place.clears.stamp();
        const command: Command =
          change === "delete"
            ? { do: "delete", key }
            : store(key, writeEntry(change.data, change.expires, stamp), change.expires - now());
        const cas = found.get(key)?.cas;
        const { refused } = await place.send([cas ? { ...command, cas } : { ...command, do: "add" }]);
        if (!refused) return true;
        await pause(Math.random() * Math.min(attempt, 16));
      }
      throw new Error(`memcached: others change "${key}" all the time.`);
    });
  }

  #see(key: string, mark: string): void {
    if (this.#seen.get(key)?.mark === mark) return;
    this.#seen.delete(key);
    this.#seen.set(key, { mark, at: performance.now() });
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > MOST_SEEN) this.#seen.delete(oldest!);
  }

  /**
   * Whether an invalidation came after a run began. It did not if this process knew of it before, whatever the
   * clocks say; else they decide, and in doubt it did.
   */
  #isSince(key: string, mark: string, began: { readonly tick: number; readonly time: number }): boolean {
    const seen = this.#seen.get(key);
    if (seen?.mark === mark && seen.at <= began.tick) return false;
    return parseFloat(mark) >= began.time - SKEW;
  }
}

const itself = (key: string): string => key;
const keyText = ({ key }: Item): string => key;

const store = (key: string, value: readonly Buffer[], ttl: number): Command => ({
  do: "set",
  key,
  value,
  expires: seconds(ttl, now()),
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A key of the driver's own that belongs to a key of the cache. */
function derived(kind: "lease" | "invalid", key: string): string {
  const name = `${OWN}${kind}:${key}`;
  if (Buffer.byteLength(name) <= KEY_BYTES) return name;
  return `${OWN}${kind}#${createHash("sha256").update(key).digest("hex")}`;
}

function integer(key: string, data: Buffer): number {
  const text = data.length <= 17 ? data.toString() : "";
  const value = /^-?\d+$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new TypeError(`increment: the value of "${key}" is not an integer.`);
}
