import type { ChainableCommander, Redis } from "ioredis";
import type { Data, Driver, Following, FollowOptions, Item, Limits } from "../contract/driver.ts";
import { CacheError } from "../contract/errors.ts";
import { Comparisons, incrementPlainly } from "./comparisons.ts";
import { RedisConnection, refusedCommand } from "./connection.ts";
import { followRedis, isRefusal, UnprovedError } from "./follow.ts";
import { slotOf } from "./hash-slot.ts";
import { readRedisOptions, type RedisOptions } from "./options.ts";
import { addAll, setAllIf, ttls } from "./many-keys.ts";
import { DELETE_IF, EXPIRE_IF, INCREMENT, REPLACE_START, SET_IF } from "./scripts.ts";
import { millisecondsOf, px, toArgument } from "./values.ts";

/**
 * Keys of one MGET. More keys are sent as several commands, so that the server can serve other clients in between.
 * It answers 1000 keys in a fifth of a millisecond. Smaller commands are not faster for any caller (measured from 32
 * to 256, with 256 callers).
 */
const MAX_KEYS_PER_MGET = 1000;
/** After so many attempts to follow changes, a proxy counts as the reason why none arrive. */
const MAX_UNPROVED = 3;
/** Keys that `clear()` scans per step. */
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
  /** See `Driver`. */
  onRefusal: ((error: Error) => void) | undefined = undefined;
  readonly #connection: RedisConnection;
  /** The connection for reads, and the one that the server tracks if that must not be the client of a user. */
  #reads: RedisConnection;
  #tracked: RedisConnection | undefined;
  /** Attempts in a row to follow changes of which none arrived. */
  #unproved = 0;
  readonly #comparisons: Comparisons;
  /** A connection of its own for changes that must not be made twice, if the client would send them again. */
  #once: RedisConnection | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: RedisOptions) {
    this.#connection = new RedisConnection(readRedisOptions(options), (error) => this.onRefusal?.(error));
    this.#reads = this.#connection;
    this.#comparisons = new Comparisons(this.#connection);
  }

  get raw(): unknown {
    return this.#connection.client;
  }

  get(keys: readonly string[]): Promise<readonly (Data | undefined)[]> {
    const { client } = this.#reads;
    if (keys.length === 0) return Promise.resolve([]);
    if (this.#reads.cluster) return this.#getBySlot(keys);
    // Fast path of most reads: it adds a single promise to the client's own.
    if (client.status === "ready") {
      this.#reads.watch();
      return this.#getAll(client as Redis, keys);
    }
    return this.#reads.run((ready) => this.#getAll(ready, keys));
  }

  /** Uses MGET also for one key: GET fails on a key of another type, which MGET reports as missing. */
  #getAll(client: Redis, keys: readonly string[]): Promise<readonly (Data | undefined)[]> {
    if (keys.length > MAX_KEYS_PER_MGET) return this.#getParts(client, keys);
    return client.mgetBuffer(keys as string[]).then(
      (values) => this.#checkValues(values, keys),
      (error: unknown) => {
        if (refusedCommand(error) !== undefined) return this.#getEach(client, keys, error);
        throw this.#connection.explain(error as Error);
      },
    );
  }

  /** For a server that refuses MGET. */
  #getEach(client: Redis, keys: readonly string[], refusal: unknown): Promise<readonly (Data | undefined)[]> {
    return this.#connection.allowed(
      "mget",
      () => Promise.reject(refusal as Error),
      async () => this.#checkValues(await Promise.all(keys.map((key) => client.getBuffer(key))), keys),
    );
  }

  async #getParts(client: Redis, keys: readonly string[]): Promise<readonly (Data | undefined)[]> {
    const parts: Promise<readonly (Data | undefined)[]>[] = [];
    for (let from = 0; from < keys.length; from += MAX_KEYS_PER_MGET)
      parts.push(this.#getAll(client, keys.slice(from, from + MAX_KEYS_PER_MGET)));
    return (await Promise.all(parts)).flat();
  }

  /** The values of an MGET, with `undefined` for `null`. Throws if the reply has another form. */
  #checkValues(reply: unknown, keys: readonly string[]): (Data | undefined)[] {
    if (!isList<Buffer | null | undefined>(reply, keys.length)) throw this.#connection.desynchronised();
    for (let i = 0; i < reply.length; i++) reply[i] ??= undefined;
    return reply as (Buffer | undefined)[];
  }

  async #getBySlot(keys: readonly string[]): Promise<readonly (Data | undefined)[]> {
    const values: (Data | undefined)[] = new Array<undefined>(keys.length).fill(undefined);
    const errors: unknown[] = [];
    let commands = 0;
    const read = async (client: Redis, group: string[], indexes?: readonly number[]): Promise<void> => {
      commands++;
      let reply: unknown;
      try {
        reply = await client.mgetBuffer(group);
      } catch (error) {
        errors.push(error);
        return;
      }
      for (const [index, value] of this.#checkValues(reply, group).entries())
        values[indexes?.[index] ?? index] = value;
    };
    await this.#bySlot(keys, read, this.#reads);
    // If only some nodes fail, their keys are misses.
    if (errors.length > 0 && errors.length === commands) throw this.#connection.explain(errors[0] as Error);
    return values;
  }

  /** The methods for many keys are not for a cluster, where each key is on a node of its own. */
  get addAll(): Driver["addAll"] {
    if (this.#connection.cluster) return undefined;
    return (items) => addAll(this.#exactlyOnce, items, (item) => this.add(item));
  }

  get setAllIf(): Driver["setAllIf"] {
    if (this.#connection.cluster) return undefined;
    return (items, starts) =>
      setAllIf(this.#exactlyOnce, { items, starts }, (item, start) => this.setIf(item, start));
  }

  get ttls(): Driver["ttls"] {
    if (this.#connection.cluster) return undefined;
    return (keys) => ttls(this.#connection, keys, (key) => this.ttl(key));
  }

  async set(items: readonly Item[]): Promise<void> {
    await this.#each(items, (batch, item) => batch.set(...setArguments(item)));
  }

  async add(item: Item): Promise<boolean> {
    return this.#exactlyOnce.run(async (client) => {
      return (await client.set(...setArguments(item), "NX")) === "OK";
    });
  }

  async delete(keys: readonly string[]): Promise<readonly boolean[]> {
    const removed = await this.#connection.allowed(
      "unlink",
      () => this.#each(keys, (batch, key) => batch.unlink(key)),
      () => this.#each(keys, (batch, key) => batch.del(key)),
    );
    return removed.map(isOne);
  }

  async exists(key: string): Promise<boolean> {
    return isOne(await this.#connection.run((client) => client.exists(key)));
  }

  async increment(key: string, delta: number, ttl: number): Promise<number> {
    if (!Number.isSafeInteger(delta)) throw new TypeError(`The delta ${delta} is not an integer.`);
    const connection = this.#exactlyOnce;
    const sum = await connection.allowed<unknown>(
      "evalsha",
      () => connection.run((client) => INCREMENT.run(client, [key], delta, px(ttl))),
      () => incrementPlainly((this.#once ??= this.#connection.duplicate()), key, delta, expiryOf(ttl)),
    );
    if (sum === null)
      throw new TypeError(`The value of ${key} is not an integer, or the sum is not a safe integer.`);
    return Number(sum);
  }

  async expire(key: string, ttl: number): Promise<boolean> {
    const ms = px(ttl);
    return this.#connection.run(async (client) => {
      if (ms !== "") return isOne(await client.pexpire(key, ms));
      // PERSIST returns 0 both for a missing key and for a key without expiry.
      const [, exists] = await Promise.all([client.persist(key), client.exists(key)]);
      return isOne(exists);
    });
  }

  async ttl(key: string): Promise<number | undefined> {
    // The user's client may be configured to return numbers as strings.
    return millisecondsOf(await this.#connection.run<unknown>((client) => client.pttl(key)));
  }

  async clear(prefix: string): Promise<void> {
    const { cluster, keyPrefix } = this.#connection;
    const pattern = `${(keyPrefix + prefix).replace(/[\\*?[\]]/g, "\\$&")}*`;
    const prefixBytes = Buffer.byteLength(keyPrefix);
    try {
      await this.#connection.run(async (client) => {
        const nodes = cluster ? cluster.nodes("master") : [client];
        await Promise.all(nodes.map((node) => this.#clearNode(node, pattern, prefixBytes)));
      });
    } catch (cause) {
      if (refusedCommand(cause) === undefined) throw cause;
      throw new CacheError(
        "clear-refused",
        `Redis refuses the command ${refusedCommand(cause)} to this user, so it cannot list what to clear (${(cause as Error).message}); allow the command, or invalidate keys one by one.`,
        { cause },
      );
    }
  }

  async #clearNode(node: Redis, pattern: string, prefixBytes: number): Promise<void> {
    let cursor: string = "0";
    do {
      const [next, found] = await node.scanBuffer(cursor, "MATCH", pattern, "COUNT", SCAN_COUNT);
      // The client adds its prefix to keys in commands, but does not remove it from keys in replies.
      const keys = found.map((key) => key.subarray(prefixBytes));
      await this.#connection.allowed(
        "unlink",
        () => this.#bySlot(keys, (client, group) => client.unlink(group)),
        () => this.#bySlot(keys, (client, group) => client.del(group)),
      );
      cursor = next.toString();
    } while (cursor !== "0");
  }

  async setIf({ key, data, ttl }: Item, start: string): Promise<boolean> {
    const [, value, ...expiry] = setArguments({ key, data, ttl });
    return this.#comparisons.run({
      ...{ script: SET_IF, key, start, args: [value, px(ttl)] },
      change: (transaction) => transaction.set(key, value, ...expiry),
    });
  }

  async replaceStart(key: string, start: string, replacement: string): Promise<boolean> {
    return this.#comparisons.run({
      ...{ script: REPLACE_START, key, start, args: [replacement] },
      change: (transaction) => transaction.setrange(key, 0, replacement),
    });
  }

  async deleteIf(key: string, start: string): Promise<boolean> {
    return this.#comparisons.run({
      ...{ script: DELETE_IF, key, start, args: [] },
      change: (transaction) => transaction.del(key),
    });
  }

  async expireIf(key: string, start: string, ttl: number): Promise<boolean> {
    return this.#comparisons.run({
      ...{ script: EXPIRE_IF, key, start, args: [px(ttl)] },
      change: (transaction) => transaction.pexpire(key, px(ttl)),
    });
  }

  async follow(
    onChange: (keys: readonly string[] | undefined) => void,
    onLost: (error: Error) => void,
    { probe }: FollowOptions,
  ): Promise<Following> {
    // The server tracks what a connection reads, for one receiver. So the client of a user is left alone.
    const reads = this.#connection.isOwn
      ? this.#connection
      : (this.#tracked ??= this.#connection.duplicate());
    const lost = (error: Error): void => {
      this.#reads = this.#connection;
      onLost(error);
    };
    try {
      const following = await reads.run((client) => followRedis(client, { probe, onChange, onLost: lost }));
      this.#unproved = 0;
      this.#reads = reads;
      return following;
    } catch (error) {
      const isUnproved = error instanceof UnprovedError && ++this.#unproved >= MAX_UNPROVED;
      throw Object.assign(error as Error, { refused: isUnproved || isRefusal(error) });
    }
  }

  reconnect(): void {
    this.#connection.desynchronised();
  }

  close(): Promise<void> {
    return (this.#closing ??= Promise.all([
      this.#comparisons.close(),
      this.#once?.close(),
      this.#tracked?.close(),
      this.#connection.close(),
    ]).then(() => undefined));
  }

  /** The connection for changes that must not be made twice. */
  get #exactlyOnce(): RedisConnection {
    if (!this.#connection.resends) return this.#connection;
    return (this.#once ??= this.#connection.duplicate());
  }

  #slotOf(key: string | Buffer): number {
    const { keyPrefix } = this.#connection;
    if (keyPrefix === "") return slotOf(key);
    return slotOf(typeof key === "string" ? keyPrefix + key : Buffer.concat([Buffer.from(keyPrefix), key]));
  }

  /**
   * Sends one command for all keys; on a cluster one command per slot, all at once.
   *
   * @param send gets the indexes of its keys in the list, unless it gets all keys
   */
  async #bySlot<K extends string | Buffer>(
    keys: readonly K[],
    send: (client: Redis, group: K[], indexes?: readonly number[]) => Promise<unknown>,
    connection: RedisConnection = this.#connection,
  ): Promise<void> {
    if (keys.length === 0) return;
    if (!connection.cluster) {
      await connection.run((client) => send(client, [...keys]));
      return;
    }
    const slots = new Map<number, { group: K[]; indexes: number[] }>();
    for (const [index, key] of keys.entries()) {
      const slot = this.#slotOf(key);
      let ofSlot = slots.get(slot);
      if (!ofSlot) slots.set(slot, (ofSlot = { group: [], indexes: [] }));
      ofSlot.group.push(key);
      ofSlot.indexes.push(index);
    }
    await connection.run((client) =>
      Promise.all([...slots.values()].map(({ group, indexes }) => send(client, group, indexes))),
    );
  }

  /** Sends one command per item, all in one write; on a cluster, each to its node. */
  async #each<T>(
    items: readonly T[],
    send: (batch: Redis | ChainableCommander, item: T) => unknown,
  ): Promise<unknown[]> {
    if (items.length === 0) return [];
    return this.#connection.run(async (client) => {
      if (items.length === 1 || this.#connection.cluster)
        return Promise.all(items.map((item) => send(client, item)));
      const pipeline = client.pipeline();
      for (const item of items) send(pipeline, item);
      const replies = (await pipeline.exec()) ?? [];
      return replies.map(([error, reply]) => {
        if (error) throw error;
        return reply;
      });
    });
  }
}

const isList = <T>(reply: unknown, length: number): reply is T[] =>
  Array.isArray(reply) && reply.length === length;

const isOne = (reply: unknown): boolean => Number(reply) === 1;

function expiryOf(ttl: number): readonly ["PX", string] | readonly [] {
  const ms = px(ttl);
  return ms === "" ? [] : ["PX", ms];
}

/** Typed as if there were always an expiry: ioredis has a signature with and one without, but none for both. */
function setArguments({ key, data, ttl }: Item): [key: string, value: string | Buffer, px: "PX", ms: string] {
  return [key, toArgument(data), ...(expiryOf(ttl) as ["PX", string])];
}
