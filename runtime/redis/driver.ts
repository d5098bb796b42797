import type { ChainableCommander, Redis } from "ioredis";
import { INVALIDATION_TTL_MS, type Data, type Driver, type Item, type Limits } from "../contract/driver.ts";
import { ServerClocks } from "./server-clock.ts";
import { RedisConnection } from "./connection.ts";
import { readRedisOptions, type RedisOptions } from "./options.ts";
import { INCREMENT, INVALIDATE, RELEASE, RENEW, SET_IF_CURRENT, TIME, type Script } from "./scripts.ts";
import { besideKey, slotOf } from "./hash-slot.ts";

/**
 * Keys of one MGET: what is asked for together beyond that goes as several commands, one behind the other, so that
 * other clients of the server have their turns in between. It takes a fifth of a millisecond to answer so many; fewer
 * are no faster for anybody (measured from 32 to 256, with 256 callers).
 */
const MOST_KEYS = 1000;
/** Keys that are looked at in one step of `clear`. */
const SCAN_COUNT = 1000;

/**
 * Makes a driver for Redis 6 or later: standalone, behind sentinels, or a cluster. It connects at its first use.
 *
 * @throws {CacheError} `option-unknown`, `option-value`, `option-conflict`, or `peer-missing` without ioredis.
 */
export function createRedisDriver(options: RedisOptions = {}): Driver {
  return new RedisDriver(options);
}

class RedisDriver implements Driver {
  readonly name = "redis";
  readonly limits: Limits = { keyBytes: 512, plainKeys: false, ttlGranularity: 1 };
  readonly #link: RedisConnection;
  readonly #clocks = new ServerClocks();
  #closing: Promise<void> | undefined;

  constructor(options: RedisOptions) {
    // After a failover another server answers, with a clock of its own.
    this.#link = new RedisConnection(readRedisOptions(options), () => this.#clocks.forget());
  }

  get raw(): unknown {
    return this.#link.client;
  }

  get(keys: readonly string[]): Promise<readonly (Data | undefined)[]> {
    const { client } = this.#link;
    if (keys.length === 0) return Promise.resolve([]);
    if (this.#link.cluster) return this.#getBySlot(keys);
    // The way of nearly all reads, with nothing on it but the client's own promise.
    if (client.status === "ready") return this.#getAll(client as Redis, keys);
    return this.#link.run((ready) => this.#getAll(ready, keys));
  }

  /** MGET for one key, too: what is no text at all, of another program, is a miss to it, and no error. */
  #getAll(client: Redis, keys: readonly string[]): Promise<readonly (Data | undefined)[]> {
    if (keys.length > MOST_KEYS) return this.#getParts(client, keys);
    return client.mgetBuffer(keys as string[]).then(
      (found) => this.#valuesOf(found, keys),
      (error: unknown) => {
        throw this.#link.explained(error as Error);
      },
    );
  }

  async #getParts(client: Redis, keys: readonly string[]): Promise<readonly (Data | undefined)[]> {
    const parts: Promise<readonly (Data | undefined)[]>[] = [];
    for (let from = 0; from < keys.length; from += MOST_KEYS)
      parts.push(this.#getAll(client, keys.slice(from, from + MOST_KEYS)));
    return (await Promise.all(parts)).flat();
  }

  #valuesOf(found: unknown, keys: readonly string[]): (Data | undefined)[] {
    if (!isList<Buffer | null | undefined>(found, keys.length)) throw this.#link.isDesynchronised();
    for (let i = 0; i < found.length; i++) found[i] ??= undefined;
    return found as (Buffer | undefined)[];
  }

  async #getBySlot(keys: readonly string[]): Promise<readonly (Data | undefined)[]> {
    const values: (Data | undefined)[] = new Array<undefined>(keys.length).fill(undefined);
    const failed: unknown[] = [];
    let asked = 0;
    await this.#bySlot(keys, async (client, group, places) => {
      asked++;
      let found: unknown;
      try {
        found = await client.mgetBuffer(group);
      } catch (error) {
        failed.push(error);
        return;
      }
      for (const [index, value] of this.#valuesOf(found, group).entries())
        values[places?.[index] ?? index] = value;
    });
    // The keys of a node that is lost are misses, while others are well.
    if (failed.length > 0 && failed.length === asked) throw this.#link.explained(failed[0] as Error);
    return values;
  }

  async set(items: readonly Item[]): Promise<void> {
    await this.#each(items, (batch, item) => batch.set(...setArguments(item)));
  }

  async add(item: Item): Promise<boolean> {
    return this.#link.run(async (client) => {
      return (await client.set(...setArguments(item), "NX")) === "OK";
    });
  }

  async delete(keys: readonly string[]): Promise<readonly boolean[]> {
    return (await this.#each(keys, (batch, key) => batch.unlink(key))).map(isOne);
  }

  async exists(key: string): Promise<boolean> {
    return isOne(await this.#link.run((client) => client.exists(key)));
  }

  async increment(key: string, delta: number, ttl: number): Promise<number> {
    if (!Number.isSafeInteger(delta)) throw new TypeError(`The delta ${delta} is not an integer.`);
    const sum = await this.#script(INCREMENT, [key], delta, px(ttl));
    if (sum === null)
      throw new TypeError(`The value of ${key} is not an integer, or becomes too large for one.`);
    return Number(sum);
  }

  async expire(key: string, ttl: number): Promise<boolean> {
    const ms = px(ttl);
    return this.#link.run(async (client) => {
      if (ms !== "") return isOne(await client.pexpire(key, ms));
      // PERSIST tells a missing key from none without expiry no better than by 0.
      const [, there] = await Promise.all([client.persist(key), client.exists(key)]);
      return isOne(there);
    });
  }

  async ttl(key: string): Promise<number | undefined> {
    // A client may be set to give numbers as text.
    const ms = Number(await this.#link.run<unknown>((client) => client.pttl(key)));
    return ms === -2 ? undefined : ms === -1 ? Infinity : ms;
  }

  async clear(prefix: string): Promise<void> {
    const { cluster, keyPrefix } = this.#link;
    const pattern = `${(keyPrefix + prefix).replace(/[\\*?[\]]/g, "\\$&")}*`;
    const prefixBytes = Buffer.byteLength(keyPrefix);
    await this.#link.run(async (client) => {
      const nodes = cluster ? cluster.nodes("master") : [client];
      await Promise.all(nodes.map((node) => this.#clearNode(node, pattern, prefixBytes)));
    });
  }

  async #clearNode(node: Redis, pattern: string, prefixBytes: number): Promise<void> {
    let cursor: string = "0";
    do {
      const [next, found] = await node.scanBuffer(cursor, "MATCH", pattern, "COUNT", SCAN_COUNT);
      // The client puts its prefix before keys that it is given, and leaves it on those that it finds.
      const keys = found.map((key) => key.subarray(prefixBytes));
      await this.#bySlot(keys, (client, group) => client.unlink(group));
      cursor = next.toString();
    } while (cursor !== "0");
  }

  async invalidate(key: string): Promise<boolean> {
    const keys = [key, besideKey("@invalidated", key)];
    return this.#timed(key, await this.#script(INVALIDATE, keys, INVALIDATION_TTL_MS));
  }

  async setIfCurrent({ key, data, ttl }: Item, age: number): Promise<boolean> {
    const began = ServerClocks.now() - Math.round(age * 1000);
    if (age >= INVALIDATION_TTL_MS) return false;
    const node = this.#nodeOf(key);
    if (this.#clocks.onServer(node, began) === undefined) {
      this.#timed(key, [1, await this.#script(TIME, [key])]);
    }
    // By its age alone a run whose result is held up on the way would seem to have begun later than it did.
    const onServer = this.#clocks.onServer(node, began) ?? 0;
    const args = [toArgument(data), px(ttl), onServer, Math.round(age * 1000)];
    const keys = [key, besideKey("@invalidated", key)];
    return this.#timed(key, await this.#script(SET_IF_CURRENT, keys, ...args));
  }

  /** Whether a script did it, with the server's time, which is learnt from. */
  #timed(key: string, answer: unknown): boolean {
    const [done, time] = isList(answer, 2) ? answer.map(Number) : [];
    if (done === undefined || !Number.isSafeInteger(time)) throw this.#link.isDesynchronised();
    this.#clocks.learn(this.#nodeOf(key), time!);
    return done === 1;
  }

  async acquire(key: string, token: string, lease: number): Promise<boolean> {
    return this.add({ key: besideKey("@lease", key), data: token, ttl: lease });
  }

  async renew(key: string, token: string, lease: number): Promise<boolean> {
    return isOne(await this.#script(RENEW, [besideKey("@lease", key)], token, px(lease)));
  }

  async release(key: string, token: string): Promise<void> {
    await this.#script(RELEASE, [besideKey("@lease", key)], token);
  }

  reconnect(): void {
    this.#link.isDesynchronised();
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#link.close());
  }

  #script(script: Script, keys: readonly string[], ...args: (string | number | Buffer)[]): Promise<unknown> {
    return this.#link.run((client) => script.run(client, keys, ...args));
  }

  /** Which server a key is on, as far as that makes a difference. */
  #nodeOf(key: string): string {
    return this.#link.cluster?.slots[this.#slotOf(key)]?.[0] ?? "";
  }

  #slotOf(key: string | Buffer): number {
    const { keyPrefix } = this.#link;
    if (keyPrefix === "") return slotOf(key);
    return slotOf(typeof key === "string" ? keyPrefix + key : Buffer.concat([Buffer.from(keyPrefix), key]));
  }

  /**
   * Sends one command for all keys, on a cluster one for the keys of each slot, and all of them at once.
   *
   * @param send is given the places of its keys in the list, unless they are all of them
   */
  async #bySlot<K extends string | Buffer>(
    keys: readonly K[],
    send: (client: Redis, group: K[], places?: readonly number[]) => Promise<unknown>,
  ): Promise<void> {
    if (keys.length === 0) return;
    if (!this.#link.cluster) {
      await this.#link.run((client) => send(client, [...keys]));
      return;
    }
    const groups = new Map<number, { group: K[]; places: number[] }>();
    for (const [place, key] of keys.entries()) {
      const slot = this.#slotOf(key);
      let of = groups.get(slot);
      if (!of) groups.set(slot, (of = { group: [], places: [] }));
      of.group.push(key);
      of.places.push(place);
    }
    await this.#link.run((client) =>
      Promise.all([...groups.values()].map(({ group, places }) => send(client, group, places))),
    );
  }

  /** Sends a command for each of a list, all in one write; on a cluster each to its node. */
  async #each<T>(
    list: readonly T[],
    send: (batch: Redis | ChainableCommander, one: T) => unknown,
  ): Promise<unknown[]> {
    if (list.length === 0) return [];
    return this.#link.run(async (client) => {
      if (list.length === 1 || this.#link.cluster) return Promise.all(list.map((one) => send(client, one)));
      const pipeline = client.pipeline();
      for (const one of list) send(pipeline, one);
      const answers = (await pipeline.exec()) ?? [];
      return answers.map(([error, answer]) => {
        if (error) throw error;
        return answer;
      });
    });
  }
}

const isList = <T>(answer: unknown, length: number): answer is T[] =>
  Array.isArray(answer) && answer.length === length;

const isOne = (answer: unknown): boolean => Number(answer) === 1;

/** ioredis writes bytes only from a Buffer. */
function toArgument(data: Data): string | Buffer {
  if (typeof data === "string" || Buffer.isBuffer(data)) return data;
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

/** Milliseconds as Redis takes them: whole, none less than one; "" for what has no end that anybody will see. */
function px(ttl: number): string {
  return ttl > Number.MAX_SAFE_INTEGER ? "" : String(Math.max(1, Math.ceil(ttl)));
}

/** Typed as if there were always an expiry: ioredis has a signature for either, and none for both. */
function setArguments({ key, data, ttl }: Item): [key: string, value: string | Buffer, px: "PX", ms: string] {
  const ms = px(ttl);
  const args = [key, toArgument(data), ...(ms === "" ? [] : ["PX", ms])];
  return args as [string, string | Buffer, "PX", string];
}
