import { Buffer } from "node:buffer";
import type { Stamp } from "./entry.ts";
import { readStamp, writeStamp } from "./entry.ts";
import type { Answers, Command, Values } from "./protocol.ts";

/** A prefix that was cleared: values under it are gone if their stamp counts less. */
interface Clearing {
  readonly count: number;
  readonly prefix: string;
}

/** Keys of the driver's own begin with a byte that no key of a cache has. */
export const OWN = "\x01";

const STAMP = `${OWN}stamp`;
const LOG = `${OWN}clears`;

/** The log must not be thrown out of memcached for lack of readers: each process reads it once in so long. */
const REFRESH = 60_000;
/** Bytes of the log that fit into one item of any memcached. */
const LARGEST = 1_000_000;

/** The highest count that a stamp can hold. */
const MOST = 2 ** 32 - 1;

/** The log behind the stamp, so that it is no older. */
const BOTH: readonly Command[] = [
  { do: "get", key: STAMP },
  { do: "get", key: LOG },
];

/** Times that somebody else may be faster, before something is wrong. */
const ATTEMPTS = 100;
const UNSETTLED = "memcached does not keep what was cleared.";

type Send = (commands: readonly Command[]) => Promise<Answers>;
type Read = (keys: readonly string[]) => Promise<Values>;

/**
 * What was cleared on one server. Memcached cannot list its keys, so `clear` removes nothing: it notes the prefix in
 * a log and counts up a stamp, and every value carries the stamp of its time. The stamp is read behind whatever
 * else is read or written, in the same round trip; the log only when the stamp has changed.
 *
 * Each server has a log of its own, so that a lost one takes nothing from the others. If memory pressure threw it
 * out, nobody can tell what was cleared: a new epoch begins, and everything on that server is a miss.
 */
export class ClearLog {
  readonly #send: Send;
  readonly #read: Read;
  #stamp: Stamp | undefined;
  #log: readonly Clearing[] = [];
  #readAt = -Infinity;

  constructor(send: Send, read: Read) {
    this.#send = send;
    this.#read = read;
  }

  /** What a value written now carries. */
  async stamp(): Promise<Stamp> {
    if (!this.#stamp) await this.send([]);
    return this.#stamp!;
  }

  /** Sends commands, and learns of what was cleared before they were done. */
  async send(commands: readonly Command[]): Promise<Answers> {
    const due = performance.now() - this.#readAt > REFRESH;
    const answers = await this.#send([...commands, ...(due ? BOTH : BOTH.slice(0, 1))]);
    const stamp = stampIn(answers);
    if (stamp && due && !this.#learn(stamp, answers) && same(stamp, this.#stamp)) {
      await this.#put(LOG, writeLog(stamp.epoch, this.#log), answers);
    }
    if (!stamp || !same(stamp, this.#stamp)) await this.#catchUp();
    return answers;
  }

  /**
   * Reads keys, and learns of what was cleared before: what {@link send} does of gets, on the way of nearly all
   * calls, with no more promises than it takes.
   *
   * @returns what is there for each key, and behind them what is of no interest
   */
  read(keys: readonly string[]): Promise<Values> {
    if (performance.now() - this.#readAt > REFRESH) return this.#readDue(keys);
    return this.#read([...keys, STAMP]).then((values) => {
      const last = values[keys.length];
      const stamp = last && readStamp(last);
      if (stamp && same(stamp, this.#stamp)) return values;
      return this.#catchUp().then(() => values);
    });
  }

  async #readDue(keys: readonly string[]): Promise<Values> {
    const { found } = await this.send(keys.map((key) => ({ do: "get", key })));
    return keys.map((key) => {
      const there = found.get(key);
      return there?.own ? there.value : undefined;
    });
  }

  /** Whether what was written under a key with a stamp is still there. */
  covers(key: string, { epoch, count }: Stamp): boolean {
    if (epoch !== this.#stamp?.epoch) return false;
    if (count >= this.#stamp.count || key.startsWith(OWN)) return true;
    return !this.#log.some((clearing) => clearing.count > count && key.startsWith(clearing.prefix));
  }

  async clear(prefix: string): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const answers = await this.#send(BOTH);
      const stamp = stampIn(answers);
      const log = stamp && readLog(stamp, answers);
      if (!log) {
        await this.#renew(answers);
        continue;
      }
      const count = Math.max(stamp.count, ...log.map((clearing) => clearing.count)) + 1;
      const others = log.filter((clearing) => !clearing.prefix.startsWith(prefix));
      const value = writeLog(stamp.epoch, [...others, { count, prefix }]);
      if (value.length > LARGEST || count > MOST) {
        if (await this.#renew(answers)) return;
        continue;
      }
      // The log first: whoever sees the new stamp must find the reason for it.
      if (!(await this.#put(LOG, value, answers))) continue;
      return this.#raise({ epoch: stamp.epoch, count });
    }
    throw new Error(UNSETTLED);
  }

  /** Counts the stamp up to a number; two clearings at once may come here in the wrong order. */
  async #raise(to: Stamp): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const answers = await this.#send([{ do: "get", key: STAMP }]);
      const stamp = stampIn(answers);
      if (stamp?.epoch !== to.epoch || stamp.count >= to.count) return;
      if (await this.#put(STAMP, writeStamp(to), answers)) return;
    }
    throw new Error(UNSETTLED);
  }

  async #catchUp(): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const answers = await this.#send(BOTH);
      const stamp = stampIn(answers);
      if (stamp && this.#learn(stamp, answers)) return;
      await this.#renew(answers);
    }
    throw new Error(UNSETTLED);
  }

  #learn(stamp: Stamp, answers: Answers): boolean {
    // Answers are worked off one after the other, but what was asked for in between may be known already.
    if (stamp.epoch === this.#stamp?.epoch && stamp.count < this.#stamp.count) return true;
    const log = readLog(stamp, answers);
    if (!log) return false;
    this.#stamp = stamp;
    this.#log = log;
    this.#readAt = performance.now();
    return true;
  }

  /** Begins a new epoch; false if somebody else just did. */
  #renew(seen: Answers): Promise<boolean> {
    const epoch = Math.floor(Math.random() * 2 ** 32);
    return this.#put(STAMP, writeStamp({ epoch, count: 0 }), seen);
  }

  /** Stores an item of its own if it still is what was seen. */
  async #put(key: string, value: Buffer, seen: Answers): Promise<boolean> {
    const found = seen.found.get(key);
    const answers = await this.#send([
      found ? { do: "set", key, value: [value], cas: found.cas } : { do: "add", key, value: [value] },
    ]);
    return !answers.refused;
  }
}

const same = (a: Stamp, b: Stamp | undefined): boolean => a.epoch === b?.epoch && a.count === b.count;

function stampIn({ found }: Answers): Stamp | undefined {
  const stored = found.get(STAMP);
  return stored && readStamp(stored.value);
}

function writeLog(epoch: number, log: readonly Clearing[]): Buffer {
  return Buffer.from(JSON.stringify([epoch, ...log.map(({ count, prefix }) => [count, prefix])]));
}

/** The log that belongs to a stamp; `undefined` if it is lost. */
function readLog({ epoch, count }: Stamp, { found }: Answers): readonly Clearing[] | undefined {
  const stored = found.get(LOG);
  const log = (stored && parseLog(epoch, stored.value.toString())) ?? [];
  return count === 0 || log.some((clearing) => clearing.count >= count) ? log : undefined;
}

/** Reads a log; `undefined` for that of another epoch, and for what others wrote in its place. */
function parseLog(epoch: number, text: string): readonly Clearing[] | undefined {
  try {
    const [of, ...rows] = JSON.parse(text) as [number, ...[number, string][]];
    const log = rows.map(([count, prefix]): Clearing => ({ count, prefix }));
    return of === epoch && log.every(isClearing) ? log : undefined;
  } catch {
    return undefined;
  }
}

const isClearing = ({ count, prefix }: Clearing): boolean =>
  Number.isInteger(count) && count <= MOST && typeof prefix === "string";
