import { Buffer } from "node:buffer";
import type { Data, Driver, Item, Limits } from "../contract/driver.ts";
import { now } from "../platform/clock.ts";
import { Mutex } from "../platform/mutex.ts";
import { random } from "../platform/random.ts";
import { createClient, type MemcachedOptions } from "./client.ts";
import { readEntry, writeEntry, type Entry } from "./item.ts";
import { seconds, ServerLost, type Command, type FoundValue } from "./protocol.ts";
import { Servers, type ServerState } from "./servers.ts";
import { setTimeout } from "../platform/real-timers.ts";

export type { MemcachedOptions } from "./client.ts";

/**
 * Makes a driver for Memcached.
 *
 * Memcached counts expiry in seconds, cannot list or clear keys, and has no negative numbers. So each value carries
 * its exact expiry, a `ClearLog` records what was cleared, and changes that depend on a value use compare and swap.
 * Expiry is decided by the clocks of the processes, which should agree.
 *
 * If one of several servers is lost, its keys are misses, and changes of its keys reject.
 *
 * @param timeout - milliseconds that a server may be silent before it counts as lost. It should be shorter than the
 *   cache's own timeout, so that the keys of a lost server are misses before the whole request fails. Default: 200.
 * @throws {CacheError} `option-unknown`, `option-value`, `option-conflict` or `peer-missing`.
 */
export function createMemcachedDriver(options: MemcachedOptions, timeout = 200): Driver {
  return new MemcachedDriver(new Servers(createClient(options, timeout)), options.client === undefined);
}

const KEY_BYTES = 250;
/** How often other processes may win a compare and swap before the change rejects. */
const MAX_ATTEMPTS = 100;

/** The new state of a key. */
type Change = { readonly data: Data; readonly expires: number } | "delete";

class MemcachedDriver implements Driver {
  readonly name = "memcached";
  readonly limits: Limits = { keyBytes: KEY_BYTES, plainKeys: true, ttlGranularity: 1 };
  readonly #servers: Servers;
  readonly #ownsClient: boolean;
  readonly #mutex = new Mutex();
  #closing: Promise<void> | undefined;

  /** @param ownsClient - whether `close()` closes the client */
  constructor(servers: Servers, ownsClient: boolean) {
    this.#servers = servers;
    this.#ownsClient = ownsClient;
  }

  get raw(): unknown {
    return this.#servers.client;
  }

  async get(keys: readonly string[]): Promise<readonly (Data | undefined)[]> {
    const [first] = keys;
    if (first === undefined) return [];
    const server = this.#servers.of(first);
    if (keys.every((key) => this.#servers.of(key) === server)) return this.#read(server, keys);
    const data = new Map<string, Data | undefined>();
    await this.#servers.spread(keys, identity, async (each, group) => {
      for (const [index, value] of (await this.#read(each, group)).entries()) data.set(group[index]!, value);
    });
    return keys.map((key) => data.get(key));
  }

  async set(items: readonly Item[]): Promise<void> {
    await this.#servers.spread(items, itemKey, async (server, group) => {
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        const stamp = await server.clears.stamp();
        await server.clears.send(
          group.map(({ key, data, ttl }) => store(key, writeEntry(data, now() + ttl, stamp), ttl)),
        );
        // Values with an old stamp would count as cleared, by a clear that this process did not know of yet.
        if (group.every(({ key }) => server.clears.covers(key, stamp))) return;
      }
      throw new Error(`memcached was cleared ${MAX_ATTEMPTS} times during one operation.`);
    });
  }

  async add(item: Item): Promise<boolean> {
    return this.#add(this.#servers.of(item.key), item);
  }

  async delete(keys: readonly string[]): Promise<readonly boolean[]> {
    return Promise.all(
      keys.map((key) => this.#mutex.run(key, () => this.#delete(this.#servers.of(key), key))),
    );
  }

  async exists(key: string): Promise<boolean> {
    return (await this.#readOne(key)) !== undefined;
  }

  async increment(key: string, delta: number, ttl: number): Promise<number> {
    let sum = 0;
    await this.#change(this.#servers.of(key), key, (entry) => {
      sum = (entry ? integer(key, entry.data) : 0) + delta;
      if (!Number.isSafeInteger(sum)) {
        throw new TypeError(`increment: the sum of "${key}" is not a safe integer.`);
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
    await this.#servers.onEach((server) => server.clears.clear(prefix));
  }

  async setIf({ key, data, ttl }: Item, start: string): Promise<boolean> {
    return this.#changeIf(key, start, () => ({ data, expires: now() + ttl }));
  }

  async replaceStart(key: string, start: string, replacement: string): Promise<boolean> {
    return this.#changeIf(key, start, ({ data, expires }) => {
      const rest = data.subarray(Buffer.byteLength(start));
      return { data: Buffer.concat([Buffer.from(replacement), rest]), expires };
    });
  }

  async deleteIf(key: string, start: string): Promise<boolean> {
    return this.#changeIf(key, start, () => "delete");
  }

  async expireIf(key: string, start: string, ttl: number): Promise<boolean> {
    // A lease that has expired has another holder, or will have.
    return this.#changeIf(key, start, ({ data }) => ({ data, expires: now() + ttl }), now());
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#servers.close().then(() => {
      if (this.#ownsClient) this.#servers.client.close();
    }));
  }

  /**
   * Removes a key, also an entry that is not live by the clock of this process. Removes exactly what it has found: of
   * several clients that delete a value, one finds it.
   */
  async #delete(server: ServerState, key: string): Promise<boolean> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const { found } = await server.clears.send([{ do: "get", key }]);
      const stored = found.get(key);
      if (!stored) return false;
      const { isRefused } = await server.send([{ do: "delete", key, cas: stored.cas }]);
      if (!isRefused) return this.#liveEntries(server, found).has(key);
      await pause(random() * Math.min(attempt, 16));
    }
    throw tooManyChanges(key);
  }

  /** Reads values. If the server is lost and others are not, all its keys are misses. */
  #read(server: ServerState, keys: readonly string[]): Promise<readonly (Data | undefined)[]> {
    return server.clears.read(keys).then(
      (values) => keys.map((key, index) => this.#liveEntry(server, key, values[index])?.data),
      (error: unknown) => {
        if (error instanceof ServerLost && error.partial) return keys.map(() => undefined);
        throw error;
      },
    );
  }

  async #readOne(key: string): Promise<Entry | undefined> {
    const server = this.#servers.of(key);
    try {
      const [value] = await server.clears.read([key]);
      return this.#liveEntry(server, key, value);
    } catch (error) {
      if (error instanceof ServerLost && error.partial) return undefined;
      throw error;
    }
  }

  /** The found entries that this driver wrote and that are live. */
  #liveEntries(
    server: ServerState,
    found: ReadonlyMap<string, FoundValue>,
    time?: number,
  ): ReadonlyMap<string, Entry> {
    const live = new Map<string, Entry>();
    for (const [key, { isOwn, value }] of found) {
      const entry = isOwn ? this.#liveEntry(server, key, value, time) : undefined;
      if (entry) live.set(key, entry);
    }
    return live;
  }

  /** The entry in a value; `undefined` if it has expired, was cleared or was invalidated. */
  #liveEntry(server: ServerState, key: string, value: Buffer | undefined, time = now()): Entry | undefined {
    const entry = value && readEntry(value);
    return entry && entry.expires > time && server.clears.covers(key, entry.stamp) ? entry : undefined;
  }

  async #add(server: ServerState, { key, data, ttl, isLease }: Item): Promise<boolean> {
    const stamp = await server.clears.stamp();
    const value = writeEntry(data, now() + ttl, stamp);
    const { isRefused } = await server.clears.send([{ ...store(key, value, ttl), do: "add" }]);
    if (!isRefused && server.clears.covers(key, stamp)) return true;
    // An item exists, but it may have expired, been cleared or been invalidated.
    const add = (entry: Entry | undefined): Change | undefined =>
      entry ? undefined : { data, expires: now() + ttl };
    return this.#change(server, key, add, isLease ? -Infinity : undefined);
  }

  /**
   * Changes an entry with a start.
   *
   * @param time - see `#change`. By default, also what has expired by the clock of this process is compared: by those of
   *   others, it may not have.
   */
  #changeIf(key: string, start: string, next: (entry: Entry) => Change, time = -Infinity): Promise<boolean> {
    const expected = Buffer.from(start);
    const change = (entry: Entry | undefined): Change | undefined =>
      entry?.data.subarray(0, expected.length).equals(expected) ? next(entry) : undefined;
    return this.#change(this.#servers.of(key), key, change, time);
  }

  /**
   * Changes a key by compare and swap; false if `next` returns `undefined`.
   *
   * Changes of one key within this process run one after the other, so that they compete with other processes only.
   *
   * @param next - returns the change for the live entry of the key
   * @param time - entries that have expired by then are not live
   */
  #change(
    server: ServerState,
    key: string,
    next: (entry: Entry | undefined) => Change | undefined,
    time?: number,
  ): Promise<boolean> {
    return this.#mutex.run(key, async () => {
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        const { found } = await server.clears.send([{ do: "get", key }]);
        const entry = this.#liveEntries(server, found, time).get(key);
        const change = next(entry);
        if (change === undefined) return false;
        // A clear that comes after the comparison also clears what replaces the entry: its stamp stays.
        const stamp = entry?.stamp ?? (await server.clears.stamp());
        const command: Command =
          change === "delete"
            ? { do: "delete", key }
            : store(key, writeEntry(change.data, change.expires, stamp), change.expires - now());
        const cas = found.get(key)?.cas;
        const { isRefused } = await server.send([cas ? { ...command, cas } : { ...command, do: "add" }]);
        if (!isRefused) return true;
        await pause(random() * Math.min(attempt, 16));
      }
      throw tooManyChanges(key);
    });
  }
}

const tooManyChanges = (key: string): Error =>
  new Error(`memcached: other processes changed "${key}" ${MAX_ATTEMPTS} times during one operation.`);

const identity = (key: string): string => key;
const itemKey = ({ key }: Item): string => key;

const store = (key: string, value: readonly Buffer[], ttl: number): Command => ({
  do: "set",
  key,
  value,
  expires: seconds(ttl, now()),
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function integer(key: string, data: Buffer): number {
  const text = data.length <= 17 ? data.toString() : "";
  const value = /^-?\d+$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new TypeError(`increment: the value of "${key}" is not an integer.`);
}
