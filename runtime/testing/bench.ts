/** What all tests of the suite share: two clients of one store, unique keys, and assertions. */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { Data, Driver, Item } from "../contract/driver.ts";

export const SECOND = 1000;
export const DAY: number = 86_400 * SECOND;

/** Tests take less than a second, but more on a busy machine. */
const TEST_TIMEOUT_MS = 30_000;
/** How long a test waits for one condition. */
const WAIT_TIMEOUT_MS = TEST_TIMEOUT_MS / 2;

/** The store under test, and its keys. No two tests, and no two runs of the suite, use the same key. */
export interface Bench {
  readonly driver: Driver;
  /** A second client of the same store, as in another process. */
  readonly other: Driver;
  /** The client for one of many concurrent calls: both in turn, or always the first if only a process is atomic. */
  client(turn: number): Driver;
  /** A new namespace. */
  namespace(): string;
  /** A new key in the form that caches use; `tail` is its last part. */
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
    test: (title: string, run: () => Promise<void>) => void it(title, run, TEST_TIMEOUT_MS),
  };
  return bench;
}

type Register = (title: string, run: () => Promise<void>, timeout?: number) => unknown;

/** An item without expiry. */
export const forever = (key: string, data: Data): Item => ({ key, data, ttl: Infinity });

const utf8Encoder = new TextEncoder();

/** Data as bytes. */
const bytesOf = (data: Data): Uint8Array => (typeof data === "string" ? utf8Encoder.encode(data) : data);

/** Data as text. A driver may return either form. */
export const readText = (data: Data | undefined): string | undefined =>
  data === undefined ? undefined : new TextDecoder().decode(bytesOf(data));

/** Reads keys and compares the values as text. */
export async function expectValues(
  driver: Driver,
  keys: readonly string[],
  expected: readonly (string | undefined)[],
): Promise<void> {
  deepEqual((await driver.get(keys)).map(readText), expected);
}

/** Compares bytes without printing them: the values have up to a megabyte. */
export function expectBytes(found: Data | undefined, expected: Data): void {
  ok(found !== undefined, "nothing was found");
  const [a, b] = [bytesOf(found), bytesOf(expected)];
  equal(a.length, b.length, "the number of bytes");
  equal(
    a.findIndex((byte, index) => byte !== b[index]),
    -1,
    "the first byte that differs",
  );
}

/** Calls `check` again and again until it resolves to true. Fails after {@link WAIT_TIMEOUT_MS}. */
export async function waitUntil(what: string, check: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + WAIT_TIMEOUT_MS;
  while (!(await check())) {
    ok(performance.now() < end, `timed out waiting until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Checks the time that a key has left: `ttl` milliseconds, or up to ten seconds less on a slow machine. */
export async function expectTtl(driver: Driver, key: string, ttl: number): Promise<void> {
  const left = await driver.ttl(key);
  const max = ttl + driver.limits.ttlGranularity;
  ok(
    left !== undefined && left > ttl - 10 * SECOND && left <= max,
    `${left} ms are left of ${ttl}; the driver declares an accuracy of ${driver.limits.ttlGranularity} ms`,
  );
}
