/** What the tests of the suite have in common: a store with two clients, keys of their own, and patience. */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { Data, Driver, Item } from "../contract/driver.ts";

export const SECOND = 1000;
export const DAY: number = 86_400 * SECOND;

/** Milliseconds that a test may take: none takes a second by itself, but a busy machine does. */
const PATIENCE = 30_000;

/** Everything that a test asks of a driver. Keys of different tests never meet, nor those of two runs. */
export interface Bench {
  readonly driver: Driver;
  /** A second client of the same store, as in another process. */
  readonly other: Driver;
  /**
   * The client for the turn-th of many calls at once: the two by turns, where the store is what makes calls
   * atomic; else always the first.
   */
  client(turn: number): Driver;
  /** A namespace that no other test uses. */
  namespace(): string;
  /** A key that no other test uses, shaped as caches shape theirs; `tail` is its last part. */
  key(tail?: string): string;
  /** The value of one key as text. */
  read(key: string): Promise<string | undefined>;
  /** Registers a test. */
  test(title: string, run: () => Promise<void>): void;
}

/** The clients and keys of one suite; `clients` is filled before its first test. */
export function benchOf(clients: readonly Driver[], it: Register): Bench & { readonly scope: string } {
  const scope = `contract-${crypto.randomUUID().slice(0, 8)}-`;
  let count = 0;
  const bench = {
    scope,
    get driver() {
      return clients[0]!;
    },
    get other() {
      return clients[1]!;
    },
    client: (turn: number) => clients[bench.driver.limits.atomic === "process" ? 0 : turn % 2]!,
    namespace: () => `${scope}${++count}`,
    key: (tail = "key") => `${bench.namespace()}:k:${tail}`,
    read: async (key: string) => readText((await bench.driver.get([key]))[0]),
    test: (title: string, run: () => Promise<void>) => void it(title, run, PATIENCE),
  };
  return bench;
}

type Register = (title: string, run: () => Promise<void>, timeout?: number) => unknown;

/** A thing to store that does not expire. */
export const forever = (key: string, data: Data): Item => ({ key, data, ttl: Infinity });

const utf8 = new TextEncoder();

/** What was stored or read, as bytes, whatever form it has. */
const bytesOf = (data: Data): Uint8Array => (typeof data === "string" ? utf8.encode(data) : data);

/** What was read, as text, whatever form it came in. */
export const readText = (data: Data | undefined): string | undefined =>
  data === undefined ? undefined : new TextDecoder().decode(bytesOf(data));

/** Reads keys and compares what is there, as texts. */
export async function reads(
  driver: Driver,
  keys: readonly string[],
  expected: readonly (string | undefined)[],
): Promise<void> {
  deepEqual((await driver.get(keys)).map(readText), expected);
}

/** Compares bytes: a difference in a megabyte is not printed. */
export function sameBytes(found: Data | undefined, expected: Data): void {
  ok(found !== undefined, "nothing was found");
  const [a, b] = [bytesOf(found), bytesOf(expected)];
  equal(a.length, b.length, "the number of bytes");
  equal(
    a.findIndex((byte, index) => byte !== b[index]),
    -1,
    "the first byte that differs",
  );
}

/** Looks again and again until `look` says true. Fails when the patience of a test is nearly over. */
export async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE / 2;
  while (!(await look())) {
    ok(performance.now() < end, `waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Whether a key has about so many milliseconds left: at most ten seconds less, for a slow machine. */
export async function hasLeft(driver: Driver, key: string, ttl: number): Promise<void> {
  const left = await driver.ttl(key);
  const most = ttl + driver.limits.ttlGranularity;
  ok(
    left !== undefined && left > ttl - 10 * SECOND && left <= most,
    `${left} ms are left of ${ttl}; the driver says that it is exact to ${driver.limits.ttlGranularity}`,
  );
}
