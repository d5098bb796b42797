import { Buffer } from "node:buffer";
import { randomValues } from "../platform/random.ts";
import { readStamp, writeStamp, type Stamp } from "./item.ts";
import type { Answers, Command, Values } from "./protocol.ts";
import { performance } from "../platform/real-timers.ts";

/** A row of the log: values under the prefix are cleared if their stamp has a lower count. */
interface ClearedPrefix {
  readonly count: number;
  readonly prefix: string;
}

/** Starts the keys of the driver's own items. No key of a cache starts with this byte. */
const OWN_KEY_PREFIX = "\x01";

const STAMP_KEY = `${OWN_KEY_PREFIX}stamp`;
const LOG_KEY = `${OWN_KEY_PREFIX}clears`;

/** Each process reads the log at this interval even if it has not changed, so that memcached does not evict it. */
const LOG_REFRESH_MS = 60_000;
/** The log must fit into one item; the default limit of memcached is 1 MiB. */
const MAX_LOG_BYTES = 1_000_000;

/** The highest count that a stamp can hold. */
const MAX_COUNT = 2 ** 32 - 1;

/** Reads the log after the stamp, so that it is not older. */
const GET_STAMP_AND_LOG: readonly Command[] = [
  { do: "get", key: STAMP_KEY },
  { do: "get", key: LOG_KEY },
];

/** How often other processes may win a compare and swap before it counts as a failure. */
const MAX_ATTEMPTS = 100;
const LOG_LOST = "memcached does not store the log of what was cleared.";

type Send = (commands: readonly Command[]) => Promise<Answers>;
type ReadValues = (keys: readonly string[]) => Promise<Values>;

/**
 * The log of what was cleared on one server. Memcached cannot list its keys, so `clear` removes nothing: it adds the
 * prefix to a log and increments a stamp, and every value carries the stamp of its time. The stamp is read after
 * every other read or write, in the same round trip; the log only if the stamp has changed.
 *
 * Each server has its own log, so a lost server does not affect the others. If memcached has evicted the log, it is
 * unknown what was cleared: a new epoch begins, and everything on that server is a miss.
 */
export class ClearLog {
  readonly #send: Send;
  readonly #read: ReadValues;
  #stamp: Stamp | undefined;
  #log: readonly ClearedPrefix[] = [];
  #logReadAt = -Infinity;

  constructor(send: Send, read: ReadValues) {
    this.#send = send;
    this.#read = read;
  }

  /** The stamp for a value that is written now. */
  async stamp(): Promise<Stamp> {
    if (!this.#stamp) await this.send([]);
    return this.#stamp!;
  }

  /** Sends commands. Then the log has all clears that came before their execution. */
  async send(commands: readonly Command[]): Promise<Answers> {
    const isDue = performance.now() - this.#logReadAt > LOG_REFRESH_MS;
    const answers = await this.#send([
      ...commands,
      ...(isDue ? GET_STAMP_AND_LOG : GET_STAMP_AND_LOG.slice(0, 1)),
    ]);
    const stamp = stampIn(answers);
    if (stamp && isDue && !this.#learn(stamp, answers) && isSame(stamp, this.#stamp)) {
      await this.#put(LOG_KEY, writeLog(stamp.epoch, this.#log), answers);
    }
    if (!stamp || !isSame(stamp, this.#stamp)) await this.#catchUp();
    return answers;
  }

  /**
   * Reads keys. Does the same as {@link send} with gets, but with fewer promises, because nearly all calls come
   * through here.
   *
   * @returns one value per key; more may follow
   */
  read(keys: readonly string[]): Promise<Values> {
    if (performance.now() - this.#logReadAt > LOG_REFRESH_MS) return this.#readDue(keys);
    return this.#read([...keys, STAMP_KEY]).then((values) => {
      const last = values[keys.length];
      const stamp = last && readStamp(last);
      if (stamp && isSame(stamp, this.#stamp)) return values;
      return this.#catchUp().then(() => values);
    });
  }

  async #readDue(keys: readonly string[]): Promise<Values> {
    const { found } = await this.send(keys.map((key) => ({ do: "get", key })));
    return keys.map((key) => {
      const stored = found.get(key);
      return stored?.isOwn ? stored.value : undefined;
    });
  }

  /** Whether a value that was written under a key with a stamp has not been cleared. */
  covers(key: string, { epoch, count }: Stamp): boolean {
    if (epoch !== this.#stamp?.epoch) return false;
    if (count >= this.#stamp.count) return true;
    return !this.#log.some((row) => row.count > count && key.startsWith(row.prefix));
  }

  async clear(prefix: string): Promise<void> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const answers = await this.#send(GET_STAMP_AND_LOG);
      const stamp = stampIn(answers);
      const log = stamp && readLog(stamp, answers);
      if (!log) {
        await this.#startEpoch(answers);
        continue;
      }
      const count = Math.max(stamp.count, ...log.map((row) => row.count)) + 1;
      const others = log.filter((row) => !row.prefix.startsWith(prefix));
      const value = writeLog(stamp.epoch, [...others, { count, prefix }]);
      if (value.length > MAX_LOG_BYTES || count > MAX_COUNT) {
        if (await this.#startEpoch(answers)) return;
        continue;
      }
      // The log first: a process that sees the new stamp must find its row.
      if (!(await this.#put(LOG_KEY, value, answers))) continue;
      return this.#raise({ epoch: stamp.epoch, count });
    }
    throw new Error(LOG_LOST);
  }

  /** Raises the stamp to a count. Two concurrent clears may get here in the wrong order. */
  async #raise(to: Stamp): Promise<void> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const answers = await this.#send([{ do: "get", key: STAMP_KEY }]);
      const stamp = stampIn(answers);
      if (stamp?.epoch !== to.epoch || stamp.count >= to.count) return;
      if (await this.#put(STAMP_KEY, writeStamp(to), answers)) return;
    }
    throw new Error(LOG_LOST);
  }

  async #catchUp(): Promise<void> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const answers = await this.#send(GET_STAMP_AND_LOG);
      const stamp = stampIn(answers);
      if (stamp && this.#learn(stamp, answers)) return;
      await this.#startEpoch(answers);
    }
    throw new Error(LOG_LOST);
  }

  #learn(stamp: Stamp, answers: Answers): boolean {
    // A reply may be older than what this process has learned meanwhile from another one.
    if (stamp.epoch === this.#stamp?.epoch && stamp.count < this.#stamp.count) return true;
    const log = readLog(stamp, answers);
    if (!log) return false;
    this.#stamp = stamp;
    this.#log = log;
    this.#logReadAt = performance.now();
    return true;
  }

  /** Begins a new epoch; false if another process just did. */
  #startEpoch(seen: Answers): Promise<boolean> {
    const epoch = randomValues(new Int32Array(1))[0]! >>> 0;
    return this.#put(STAMP_KEY, writeStamp({ epoch, count: 0 }), seen);
  }

  /** Stores the stamp or the log by compare and swap; false if it has changed since it was seen. */
  async #put(key: string, value: Buffer, seen: Answers): Promise<boolean> {
    const found = seen.found.get(key);
    const answers = await this.#send([
      found ? { do: "set", key, value: [value], cas: found.cas } : { do: "add", key, value: [value] },
    ]);
    return !answers.isRefused;
  }
}

const isSame = (a: Stamp, b: Stamp | undefined): boolean => a.epoch === b?.epoch && a.count === b.count;

function stampIn({ found }: Answers): Stamp | undefined {
  const stored = found.get(STAMP_KEY);
  return stored && readStamp(stored.value);
}

function writeLog(epoch: number, log: readonly ClearedPrefix[]): Buffer {
  return Buffer.from(JSON.stringify([epoch, ...log.map(({ count, prefix }) => [count, prefix])]));
}

/** The log that belongs to a stamp; `undefined` if memcached has lost it. */
function readLog({ epoch, count }: Stamp, { found }: Answers): readonly ClearedPrefix[] | undefined {
  const stored = found.get(LOG_KEY);
  const log = (stored && parseLog(epoch, stored.value.toString())) ?? [];
  return count === 0 || log.some((row) => row.count >= count) ? log : undefined;
}

/** Parses a log; `undefined` if it is of another epoch, or if another program wrote it. */
function parseLog(epoch: number, text: string): readonly ClearedPrefix[] | undefined {
  try {
    const [logEpoch, ...rows] = JSON.parse(text) as [number, ...[number, string][]];
    const log = rows.map(([count, prefix]): ClearedPrefix => ({ count, prefix }));
    return logEpoch === epoch && log.every(isValidRow) ? log : undefined;
  } catch {
    return undefined;
  }
}

const isValidRow = ({ count, prefix }: ClearedPrefix): boolean =>
  Number.isInteger(count) && count <= MAX_COUNT && typeof prefix === "string";
