import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Data, Driver, Item } from "../../runtime/driver.ts";
import { until } from "../support/servers/until.ts";

const SECOND = 1000;
const DAY = 86_400 * SECOND;
const forever = (key: string, data: Data): Item => ({ key, data, ttl: Infinity });

/** What was read, as text, whatever form it came in. */
const text = (data: Data | undefined): string | undefined =>
  data === undefined ? undefined : bytes(data).toString();
const bytes = (data: Data): Buffer => Buffer.from(data as string);

/** Everything that a test asks of a driver; keys of different tests never meet. */
interface Bench {
  readonly driver: Driver;
  /** A second client of the same store, as in another process. */
  readonly other: Driver;
  /** A key that no other test uses, shaped as caches shape theirs; `tail` is its last part. */
  key(tail?: string): string;
  /** The value of one key as text. */
  read(key: string): Promise<string | undefined>;
}

/**
 * Registers the tests that every driver passes: each method of the contract, and its edges.
 *
 * @param name the store, as it stands in the titles of the tests
 * @param makeDriver makes a new client of one store, which the tests share
 *
 * @example
 * driverContract("redis", () => createRedisDriver({ url: server.url }));
 */
export function driverContract(name: string, makeDriver: () => Driver | Promise<Driver>): void {
  describe(`${name} keeps the contract of drivers:`, () => {
    const clients: Driver[] = [];
    let count = 0;
    const bench: Bench = {
      get driver() {
        return clients[0]!;
      },
      get other() {
        return clients[1]!;
      },
      key: (tail = "key") => `contract-${++count}:k:${tail}`,
      read: async (key) => text((await bench.driver.get([key]))[0]),
    };
    beforeAll(async () => {
      clients.push(await makeDriver(), await makeDriver());
    });
    afterAll(async () => {
      for (const client of clients) {
        await client.close();
        await client.close(); // a second time does nothing
      }
    });
    for (const suite of [values, expiry, additions, counters, clearing, invalidation, leases]) suite(bench);
  });
}

function values(bench: Bench): void {
  test("nothing is read, stored and removed for empty lists", async () => {
    expect(await bench.driver.get([])).toEqual([]);
    expect(await bench.driver.delete([])).toEqual([]);
    expect(await bench.driver.set([])).toBeUndefined();
  });

  test("values are read in the order of their keys, with undefined for those that are missing", async () => {
    const [a, b, missing] = [bench.key("a"), bench.key("b"), bench.key("missing")];
    await bench.driver.set([forever(a, "1"), forever(b, "2")]);
    const found = await bench.driver.get([b, missing, a, b]);
    expect(found.map(text)).toEqual(["2", undefined, "1", "2"]);
  });

  test("a hundred keys are stored, read and removed together", async () => {
    const keys = Array.from({ length: 100 }, (_, index) => bench.key(`${index}`));
    await bench.driver.set(keys.map((key) => forever(key, `value of ${key}`)));
    expect((await bench.driver.get(keys)).map(text)).toEqual(keys.map((key) => `value of ${key}`));
    expect(await bench.driver.delete(keys)).toEqual(keys.map(() => true));
    expect(await bench.driver.get(keys)).toEqual(keys.map(() => undefined));
  });

  test.each<[string, Data]>([
    ["no byte at all", ""],
    ["text beyond ASCII", "größer als 😀\u2028"],
    ["line ends and zeros", "a\r\nEND\r\n\0"],
    ["every byte", Uint8Array.from({ length: 256 }, (_, byte) => byte)],
    ["a part of a larger buffer", new Uint8Array([9, 1, 2, 9]).subarray(1, 3)],
    ["a megabyte", Uint8Array.from({ length: 1_000_000 }, (_, index) => (index * 31) % 251)],
    ["a megabyte of text", "é".repeat(500_000)],
  ])("a value comes back as it was stored: %s", async (_, data) => {
    const key = bench.key();
    await bench.driver.set([forever(key, data)]);
    const [found] = await bench.driver.get([key]);
    expect(bytes(found!).equals(bytes(data))).toBe(true);
  });

  test("keys are told apart up to their last byte, however long the store takes them", async () => {
    const { keyBytes } = bench.driver.limits;
    const head = bench.key("");
    const [a, b] = ["a", "b"].map((last) => head + "x".repeat(keyBytes - head.length - 1) + last);
    await bench.driver.set([forever(a!, "a"), forever(b!, "b")]);
    expect([await bench.read(a!), await bench.read(b!)]).toEqual(["a", "b"]);
  });

  test.each(["{a:1}", "{}", "}{", "a}b{c", "{", "*?[a-z]\\", "%20", "'\"`$"])(
    "punctuation in keys means nothing: %s",
    async (tail) => {
      const [key, near] = [bench.key(tail), bench.key(`${tail}.`)];
      await bench.driver.set([forever(key, "1"), forever(near, "2")]);
      expect((await bench.driver.get([key, near])).map(text)).toEqual(["1", "2"]);
      expect(await bench.driver.invalidate(key)).toBe(true);
      expect(await bench.driver.acquire(key, "me", 10 * SECOND)).toBe(true);
      expect(await bench.driver.acquire(near, "me", 10 * SECOND)).toBe(true);
      expect(await bench.driver.delete([key, near])).toEqual([false, true]);
    },
  );

  test("keys with white space and letters of all kinds are kept apart, if the store takes them", async () => {
    if (bench.driver.limits.plainKeys) return expect(bench.driver.limits.keyBytes).toBeGreaterThan(0);
    const keys = ["a b", "a\nb", "a\r\nb", "a\0b", "é", "e\u0301", "😀"].map((tail) => bench.key(tail));
    await bench.driver.set(keys.map((key) => forever(key, key)));
    expect((await bench.driver.get(keys)).map(text)).toEqual(keys);
  });

  test("delete says of each key whether it was there", async () => {
    const [a, missing] = [bench.key("a"), bench.key("missing")];
    await bench.driver.set([forever(a, "1")]);
    expect(await bench.driver.delete([missing, a])).toEqual([false, true]);
    expect(await bench.driver.delete([a])).toEqual([false]);
  });

  test("exists tells a value without bytes from none", async () => {
    const key = bench.key();
    expect(await bench.driver.exists(key)).toBe(false);
    await bench.driver.set([forever(key, "")]);
    expect(await bench.driver.exists(key)).toBe(true);
  });

  test("what one client stores the other reads", async () => {
    const key = bench.key();
    await bench.driver.set([forever(key, "shared")]);
    expect((await bench.other.get([key])).map(text)).toEqual(["shared"]);
  });
}

function expiry(bench: Bench): void {
  /** Whether a key has so many milliseconds left, less what a slow machine may have used up. */
  async function left(key: string): Promise<number> {
    return (await bench.driver.ttl(key)) ?? NaN;
  }
  const about = (ttl: number): [number, number] => [
    ttl - 10 * SECOND,
    ttl + bench.driver.limits.ttlGranularity,
  ];
  async function expectLeft(key: string, ttl: number): Promise<void> {
    const [least, most] = about(ttl);
    const ms = await left(key);
    expect(ms).toBeGreaterThan(least);
    expect(ms).toBeLessThanOrEqual(most);
  }

  test("the ttl of a missing key is undefined, of one without expiry Infinity", async () => {
    const key = bench.key();
    expect(await bench.driver.ttl(key)).toBeUndefined();
    await bench.driver.set([forever(key, "1")]);
    expect(await bench.driver.ttl(key)).toBe(Infinity);
  });

  test.each([
    ["a minute", 60 * SECOND],
    ["40 days", 40 * DAY],
    ["more than 2^31 milliseconds", 2 ** 31 + 60 * SECOND],
    ["ten years", 3650 * DAY],
    ["a fraction of a millisecond more", 60 * SECOND + 0.25],
  ])("a ttl is kept: %s", async (_, ttl) => {
    const [set, added, stored] = [bench.key("set"), bench.key("added"), bench.key("stored")];
    await bench.driver.set([{ key: set, data: "1", ttl }]);
    await bench.driver.add({ key: added, data: "1", ttl });
    await bench.driver.setIfCurrent({ key: stored, data: "1", ttl }, 0);
    for (const key of [set, added, stored]) await expectLeft(key, Math.ceil(ttl));
  });

  test("a value is there for its ttl, and not longer: below a second, too", async () => {
    const key = bench.key();
    const start = performance.now();
    await bench.driver.set([{ key, data: "1", ttl: 300 }]);
    // What is read may be late, so only what was read in time counts.
    const early = await bench.driver.get([key]);
    if (performance.now() - start < 300) expect(early.map(text)).toEqual(["1"]);
    await until("the value is gone", async () => (await bench.read(key)) === undefined);
    expect(performance.now() - start).toBeGreaterThanOrEqual(300 - bench.driver.limits.ttlGranularity);
    expect(await bench.driver.exists(key)).toBe(false);
    expect(await bench.driver.ttl(key)).toBeUndefined();
    expect(await bench.driver.expire(key, SECOND)).toBe(false);
    expect(await bench.driver.delete([key])).toEqual([false]);
    expect(await bench.driver.add({ key, data: "2", ttl: Infinity })).toBe(true);
  });

  test("set replaces value and expiry, also by none", async () => {
    const key = bench.key();
    await bench.driver.set([{ key, data: "1", ttl: 60 * SECOND }]);
    await bench.driver.set([{ key, data: "2", ttl: 600 * SECOND }]);
    expect(await bench.read(key)).toBe("2");
    await expectLeft(key, 600 * SECOND);
    await bench.driver.set([forever(key, "3")]);
    expect(await bench.driver.ttl(key)).toBe(Infinity);
  });

  test("values that are stored together have each its own ttl", async () => {
    const [short, long, none] = [bench.key("short"), bench.key("long"), bench.key("none")];
    await bench.driver.set([
      { key: short, data: "1", ttl: 60 * SECOND },
      { key: long, data: "2", ttl: 40 * DAY },
      forever(none, "3"),
    ]);
    await expectLeft(short, 60 * SECOND);
    await expectLeft(long, 40 * DAY);
    expect(await bench.driver.ttl(none)).toBe(Infinity);
  });

  test("expire gives, changes and removes an expiry, and the value stays", async () => {
    const key = bench.key();
    await bench.driver.set([forever(key, "value")]);
    expect(await bench.driver.expire(key, 60 * SECOND)).toBe(true);
    await expectLeft(key, 60 * SECOND);
    expect(await bench.driver.expire(key, 40 * DAY)).toBe(true);
    await expectLeft(key, 40 * DAY);
    expect(await bench.driver.expire(key, Infinity)).toBe(true);
    expect(await bench.driver.ttl(key)).toBe(Infinity);
    expect(await bench.driver.expire(key, Infinity)).toBe(true);
    expect(await bench.read(key)).toBe("value");
  });

  test("expire with a short ttl makes a value end", async () => {
    const key = bench.key();
    await bench.driver.set([forever(key, "value")]);
    expect(await bench.driver.expire(key, 1)).toBe(true);
    await until("the value is gone", async () => (await bench.read(key)) === undefined);
  });

  test("expire of a missing key is false and makes none", async () => {
    const key = bench.key();
    expect(await bench.driver.expire(key, SECOND)).toBe(false);
    expect(await bench.driver.expire(key, Infinity)).toBe(false);
    expect(await bench.driver.exists(key)).toBe(false);
  });
}

function additions(bench: Bench): void {
  test("add stores under a free key, and changes nothing under one that is taken", async () => {
    const key = bench.key();
    expect(await bench.driver.add(forever(key, "first"))).toBe(true);
    expect(await bench.driver.add({ key, data: "second", ttl: SECOND })).toBe(false);
    expect(await bench.read(key)).toBe("first");
    expect(await bench.driver.ttl(key)).toBe(Infinity);
  });

  test("of many that add at the same time one succeeds", async () => {
    const key = bench.key();
    const added = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const driver = index % 2 ? bench.driver : bench.other;
        return (await driver.add(forever(key, `${index}`))) ? [`${index}`] : [];
      }),
    );
    expect(added.flat()).toEqual([await bench.read(key)]);
  });
}

function counters(bench: Bench): void {
  const { MAX_SAFE_INTEGER } = Number;

  test("increment starts from 0, goes up and down, and stores bare digits", async () => {
    const key = bench.key();
    expect(await bench.driver.increment(key, 5, Infinity)).toBe(5);
    expect(await bench.driver.increment(key, -12, Infinity)).toBe(-7);
    expect(await bench.read(key)).toBe("-7");
    expect(await bench.driver.increment(key, 7, Infinity)).toBe(0);
    expect(await bench.read(key)).toBe("0");
    expect(await bench.driver.increment(key, 0, Infinity)).toBe(0);
  });

  test("increment counts on from a number that was set, of any size that is safe", async () => {
    const key = bench.key();
    await bench.driver.set([forever(key, `${MAX_SAFE_INTEGER - 1}`)]);
    expect(await bench.driver.increment(key, 1, Infinity)).toBe(MAX_SAFE_INTEGER);
    expect(await bench.driver.increment(key, -MAX_SAFE_INTEGER, Infinity)).toBe(0);
    expect(await bench.driver.increment(key, -MAX_SAFE_INTEGER, Infinity)).toBe(-MAX_SAFE_INTEGER);
    expect(await bench.read(key)).toBe(`${-MAX_SAFE_INTEGER}`);
  });

  test("a new counter gets the ttl, one that is there keeps its own", async () => {
    const [fresh, old] = [bench.key("fresh"), bench.key("old")];
    await bench.driver.set([forever(old, "1")]);
    for (const key of [fresh, old]) await bench.driver.increment(key, 1, 600 * SECOND);
    for (const key of [fresh, old]) await bench.driver.increment(key, 1, 10 * SECOND);
    expect(await bench.driver.ttl(fresh)).toBeGreaterThan(60 * SECOND);
    expect(await bench.driver.ttl(fresh)).toBeLessThanOrEqual(
      600 * SECOND + bench.driver.limits.ttlGranularity,
    );
    expect(await bench.driver.ttl(old)).toBe(Infinity);
  });

  test("no increment of many at the same time is lost", async () => {
    const key = bench.key();
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        (index % 2 ? bench.driver : bench.other).increment(key, 1, Infinity),
      ),
    );
    expect(results.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  });

  test.each(["text", "", " 1", "1 ", "1.5", "1e3", "0x10", "+1", "--1", "9007199254740992", "\0"])(
    "increment of what is no safe integer is a TypeError and changes nothing: %j",
    async (data) => {
      const key = bench.key();
      await bench.driver.set([{ key, data, ttl: 600 * SECOND }]);
      await expect(bench.driver.increment(key, 1, Infinity)).rejects.toThrow(TypeError);
      expect(await bench.read(key)).toBe(data);
      expect(await bench.driver.ttl(key)).toBeGreaterThan(60 * SECOND);
    },
  );

  test.each([
    [MAX_SAFE_INTEGER, 1],
    [-MAX_SAFE_INTEGER, -1],
    [MAX_SAFE_INTEGER, MAX_SAFE_INTEGER],
  ])("a sum that is no longer exact is a TypeError and changes nothing: %d + %d", async (from, delta) => {
    const key = bench.key();
    await bench.driver.set([forever(key, `${from}`)]);
    await expect(bench.driver.increment(key, delta, Infinity)).rejects.toThrow(TypeError);
    expect(await bench.read(key)).toBe(`${from}`);
  });

  test.each([0.5, NaN, Infinity, 2 ** 53])("a delta of %d is a TypeError", async (delta) => {
    const key = bench.key();
    await expect(bench.driver.increment(key, delta, Infinity)).rejects.toThrow(TypeError);
    expect(await bench.driver.exists(key)).toBe(false);
  });
}

function clearing(bench: Bench): void {
  /** Stores under all keys, clears what starts with a text, and returns the keys that are left. */
  async function leftOver(keys: readonly string[], prefix: string): Promise<string[]> {
    await bench.driver.set(keys.map((key) => forever(key, "1")));
    await bench.driver.clear(prefix);
    const found = await bench.driver.get(keys);
    return keys.filter((_, index) => found[index] !== undefined);
  }

  test("clear removes a namespace, and none that begins or ends alike", async () => {
    const name = bench.key().split(":")[0]!;
    const keys = [`${name}:k:a`, `${name}:f:app:get@1(2)`, `${name}2:k:a`, `x${name}:k:a`, `x:k:${name}:k:a`];
    expect(await leftOver(keys, `${name}:`)).toEqual(keys.slice(2));
  });

  test("clear removes one function, and none whose name begins alike", async () => {
    const name = bench.key().split(":")[0]!;
    const keys = [
      `${name}:f:app:get@1(2)`,
      `${name}:f:app:get@1({})`,
      `${name}:f:app:get@12(2)`,
      `${name}:f:app:getAll@1(2)`,
      `${name}:k:app:get@1(2)`,
    ];
    expect(await leftOver(keys, `${name}:f:app:get@1(`)).toEqual(keys.slice(2));
  });

  test.each(["*", "?", "[a-z]", "[^b]", "\\", "\\*", "a*b", "{a}"])(
    "clear takes %s for what it is",
    async (sign) => {
      const name = bench.key().split(":")[0]!;
      const keys = [
        `${name}${sign}:k:1`,
        `${name}${sign}:k:2`,
        `${name}b:k:1`,
        `${name}aab:k:1`,
        `${name}:k:1`,
      ];
      expect(await leftOver(keys, `${name}${sign}:`)).toEqual(keys.slice(2));
    },
  );

  test("clear removes thousands of keys", async () => {
    const name = bench.key().split(":")[0]!;
    const keys = Array.from({ length: 3000 }, (_, index) => `${name}:k:${index}`);
    expect(await leftOver([...keys, `${name}-:k:1`], `${name}:`)).toEqual([`${name}-:k:1`]);
  });

  test("clear of a namespace without keys does nothing", async () => {
    const key = bench.key();
    expect(await leftOver([key], `${key.split(":")[0]!}-empty:`)).toEqual([key]);
  });

  test("what is stored after a clear stays, for both clients", async () => {
    const key = bench.key();
    expect(await leftOver([key], `${key.split(":")[0]!}:`)).toEqual([]);
    expect(await bench.other.get([key])).toEqual([undefined]);
    await bench.other.set([forever(key, "2")]);
    expect(await bench.read(key)).toBe("2");
  });
}

function invalidation(bench: Bench): void {
  test("invalidate removes a key and says whether it was there", async () => {
    const key = bench.key();
    await bench.driver.set([forever(key, "1")]);
    expect(await bench.driver.invalidate(key)).toBe(true);
    expect(await bench.read(key)).toBeUndefined();
    expect(await bench.driver.invalidate(key)).toBe(false);
  });

  test("the result of a run is stored if its key was never invalidated", async () => {
    const key = bench.key();
    expect(await bench.driver.setIfCurrent(forever(key, "1"), 5 * SECOND)).toBe(true);
    expect(await bench.driver.setIfCurrent(forever(key, "2"), 0)).toBe(true);
    expect(await bench.read(key)).toBe("2");
  });

  test("the result of a run that began before an invalidation is refused, for every client", async () => {
    const key = bench.key();
    await bench.driver.invalidate(key);
    expect(await bench.driver.setIfCurrent(forever(key, "old"), 60 * SECOND)).toBe(false);
    expect(await bench.other.setIfCurrent(forever(key, "old"), 60 * SECOND)).toBe(false);
    expect(await bench.read(key)).toBeUndefined();
  });

  test("a refused result leaves what is stored as it is", async () => {
    const key = bench.key();
    await bench.driver.invalidate(key);
    await bench.other.set([{ key, data: "new", ttl: 600 * SECOND }]);
    expect(await bench.driver.setIfCurrent(forever(key, "old"), 60 * SECOND)).toBe(false);
    expect(await bench.read(key)).toBe("new");
    expect(await bench.driver.ttl(key)).toBeLessThanOrEqual(
      600 * SECOND + bench.driver.limits.ttlGranularity,
    );
  });

  test("the result of a run that began after an invalidation is stored again", async () => {
    const key = bench.key();
    await bench.driver.invalidate(key);
    await until("a run that begins now is stored", () => bench.other.setIfCurrent(forever(key, "new"), 0));
    expect(await bench.read(key)).toBe("new");
  });

  test("an invalidation is about one key", async () => {
    const [key, near] = [bench.key("a"), bench.key("ab")];
    await bench.driver.invalidate(key);
    expect(await bench.driver.setIfCurrent(forever(near, "1"), 60 * SECOND)).toBe(true);
  });
}

function leases(bench: Bench): void {
  test("of many that ask for a lease at the same time one gets it", async () => {
    const key = bench.key();
    const asked = Array.from({ length: 40 }, (_, index) =>
      (index % 2 ? bench.driver : bench.other).acquire(key, `token ${index}`, 60 * SECOND),
    );
    expect((await Promise.all(asked)).filter(Boolean)).toEqual([true]);
  });

  test("a lease is renewed and released by its holder only", async () => {
    const key = bench.key();
    expect(await bench.driver.acquire(key, "holder", 60 * SECOND)).toBe(true);
    expect(await bench.other.renew(key, "other", 60 * SECOND)).toBe(false);
    await bench.other.release(key, "other");
    expect(await bench.other.acquire(key, "other", 60 * SECOND)).toBe(false);
    expect(await bench.driver.renew(key, "holder", 60 * SECOND)).toBe(true);
    await bench.driver.release(key, "holder");
    expect(await bench.other.acquire(key, "other", 60 * SECOND)).toBe(true);
    expect(await bench.driver.renew(key, "holder", 60 * SECOND)).toBe(false);
  });

  test("a lease ends by itself, not before its time, and cannot be renewed then", async () => {
    const key = bench.key();
    const start = performance.now();
    expect(await bench.driver.acquire(key, "dead", 200)).toBe(true);
    await until("the lease is free", () => bench.other.acquire(key, "next", 60 * SECOND));
    expect(performance.now() - start).toBeGreaterThanOrEqual(200 - bench.driver.limits.ttlGranularity);
    expect(await bench.driver.renew(key, "dead", SECOND)).toBe(false);
    await bench.driver.release(key, "dead");
    expect(await bench.driver.acquire(key, "third", SECOND)).toBe(false);
  });

  test("a renewed lease lasts longer", async () => {
    const key = bench.key();
    expect(await bench.driver.acquire(key, "holder", 60 * SECOND)).toBe(true);
    expect(await bench.driver.renew(key, "holder", 1)).toBe(true);
    await until("the lease is free", () => bench.other.acquire(key, "next", 60 * SECOND));
  });

  test("a lease that nobody has is not renewed, and its release does nothing", async () => {
    const key = bench.key();
    expect(await bench.driver.renew(key, "nobody", SECOND)).toBe(false);
    expect(await bench.driver.release(key, "nobody")).toBeUndefined();
    expect(await bench.driver.acquire(key, "somebody", SECOND)).toBe(true);
  });

  test("leases and values of one key are apart", async () => {
    const key = bench.key();
    await bench.driver.acquire(key, "holder", 60 * SECOND);
    expect(await bench.driver.exists(key)).toBe(false);
    await bench.driver.set([forever(key, "1")]);
    await bench.driver.invalidate(key);
    expect(await bench.driver.renew(key, "holder", 60 * SECOND)).toBe(true);
    await bench.driver.release(key, "holder");
    expect(await bench.driver.setIfCurrent(forever(key, "old"), 60 * SECOND)).toBe(false);
  });
}
