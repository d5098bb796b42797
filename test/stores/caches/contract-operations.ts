import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { Bench } from "./contract.ts";

const sha = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 40);
const LONG = "a key of 2,000 characters ".repeat(77).slice(0, 1999);

/** Texts that a store, a protocol, an object or a scheme of names might take for something else. */
const KEYS = [
  ...["", " ", "  ", "a b", "a\nb", "a\r\nb", "\0", "\t", "\x7f", "é", "e\u0301", "😀", "\u2028"],
  ...[
    "#",
    `#${sha(`${LONG}a`)}`,
    ":",
    "::",
    "k:",
    "k:a",
    "f:a",
    "@",
    "@lease:a",
    "@invalidated{a}",
    "%20",
    "%3a",
  ],
  ...[
    "{a}",
    "{}",
    "}{",
    "*",
    "?",
    "[a-z]",
    "\\",
    "'\"`$",
    "__proto__",
    "constructor",
    "0",
    "-0",
    "(",
    "a(1)",
  ],
  ...[`${LONG}a`, `${LONG}b`, "x".repeat(100_000), "\ud800", "\udfff", "\ufffd", '"\\ud800"', "j:"],
];

/** The operations on one key and on many, whatever the values. */
export function operations(bench: Bench): void {
  test("set keeps a value under a key, which get gives, for every client", async () => {
    const key = bench.key();
    expect(await bench.cache.set(key, { any: "value" })).toBeUndefined();
    expect(await bench.cache.get(key)).toEqual({ any: "value" });
    expect(await bench.other.get(key)).toEqual({ any: "value" });
    await bench.other.set(key, "another");
    expect(await bench.cache.get(key)).toBe("another");
  });

  test("get gives the fallback on a miss only", async () => {
    const key = bench.key();
    expect(await bench.cache.get(key)).toBeUndefined();
    expect(await bench.cache.get(key, "fallback")).toBe("fallback");
    for (const value of [null, undefined, 0, "", false]) {
      await bench.cache.set(key, value);
      expect(await bench.cache.get(key, "fallback")).toBe(value);
    }
  });

  test("exists tells whether a key is there, whatever its value", async () => {
    const key = bench.key();
    expect(await bench.cache.exists(key)).toBe(false);
    for (const value of [null, undefined, 0, "", false]) {
      await bench.cache.set(key, value);
      expect(await bench.cache.exists(key)).toBe(true);
    }
  });

  test("delete says whether the key was there, whatever its value", async () => {
    const key = bench.key();
    for (const value of [null, undefined, 0, "", false]) {
      await bench.cache.set(key, value);
      expect(await bench.cache.delete(key)).toBe(true);
      expect(await bench.cache.delete(key)).toBe(false);
      expect(await bench.cache.exists(key)).toBe(false);
    }
  });

  test("add keeps a value under a free key, and changes nothing under one that is taken", async () => {
    const key = bench.key();
    expect(await bench.cache.add(key, undefined, { ttl: 600 })).toBe(true);
    expect(await bench.other.add(key, "second", { ttl: "forever" })).toBe(false);
    expect(await bench.cache.get(key, "fallback")).toBeUndefined();
    expect(await bench.cache.ttl(key)).toBeLessThanOrEqual(600);
    await bench.cache.delete(key);
    expect(await bench.cache.add(key, "third")).toBe(true);
  });

  test("of many that add at the same time one succeeds", async () => {
    const key = bench.key();
    const runs = Array.from({ length: 40 }, async (_, index) => {
      return (await (index % 2 ? bench.cache : bench.other).add(key, `${index}`)) ? [`${index}`] : [];
    });
    expect((await Promise.all(runs)).flat()).toEqual([await bench.cache.get(key)]);
  });

  test("multiGet gives values in the order of the keys, undefined for a miss, and [] for []", async () => {
    const [a, b, missing] = [bench.key("a"), bench.key("b"), bench.key("missing")];
    await bench.cache.multiSet([
      [a, 1],
      [b, null],
    ]);
    expect(await bench.cache.multiGet([b, missing, a, a])).toEqual([null, undefined, 1, 1]);
    expect(await bench.cache.multiGet(new Set([a]))).toEqual([1]);
    expect(await bench.cache.multiGet([])).toEqual([]);
  });

  test("multiSet takes pairs, a Map or an object, and nothing for nothing", async () => {
    const keys = ["a", "b", "c"].map((tail) => bench.key(tail));
    await bench.cache.multiSet([[keys[0]!, 1]], { ttl: 600 });
    await bench.cache.multiSet(new Map([[keys[1]!, 2]]));
    await bench.cache.multiSet({ [keys[2]!]: 3 });
    for (const none of [[], new Map<string, unknown>(), {}]) {
      expect(await bench.cache.multiSet(none)).toBeUndefined();
    }
    expect(await bench.other.multiGet(keys)).toEqual([1, 2, 3]);
    expect(await bench.cache.ttl(keys[0]!)).toBeLessThanOrEqual(600);
    expect(await bench.cache.ttl(keys[1]!)).toBe(Infinity);
  });

  test("of one key that stands twice in multiSet the last value stays", async () => {
    const key = bench.key();
    await bench.cache.multiSet([
      [key, 1],
      [key, 2],
    ]);
    expect(await bench.cache.get(key)).toBe(2);
  });

  test("5,000 keys are kept and given at once", async () => {
    const keys = Array.from({ length: 5000 }, (_, index) => bench.key(`${index}`));
    await bench.cache.multiSet(keys.map((key, index) => [key, { index }] as const));
    expect(await bench.cache.multiGet(keys)).toEqual(keys.map((_, index) => ({ index })));
  });

  test("any text is a key, and no two of them are one", async () => {
    const cache = bench.make({ namespace: bench.namespace() });
    await cache.multiSet(KEYS.map((key, index) => [key, `value ${index}`] as const));
    expect(await cache.multiGet(KEYS)).toEqual(KEYS.map((_, index) => `value ${index}`));
    for (const [index, key] of KEYS.entries()) {
      expect(await cache.get(key)).toBe(`value ${index}`);
      expect(await cache.add(key, 1)).toBe(false);
      expect(await cache.expire(key, 600)).toBe(true);
      expect(await cache.delete(key)).toBe(true);
      expect(await cache.increment(key)).toBe(1);
    }
    await cache.clear();
    expect(await cache.multiGet(KEYS)).toEqual(KEYS.map(() => undefined));
  });

  test("increment starts from 0, goes up and down, and gives the new number", async () => {
    const key = bench.key();
    expect(await bench.cache.increment(key)).toBe(1);
    expect(await bench.other.increment(key, 5)).toBe(6);
    expect(await bench.cache.increment(key, -10)).toBe(-4);
    expect(await bench.cache.increment(key, 0)).toBe(-4);
    expect(await bench.other.get(key)).toBe(-4);
  });

  test("increment counts on from a number that was set, and keeps the ttl", async () => {
    const key = bench.key();
    await bench.cache.set(key, Number.MAX_SAFE_INTEGER - 1, { ttl: 600 });
    expect(await bench.cache.increment(key)).toBe(Number.MAX_SAFE_INTEGER);
    expect(await bench.cache.get(key)).toBe(Number.MAX_SAFE_INTEGER);
    expect(await bench.cache.ttl(key)).toBeLessThanOrEqual(600);
    expect(await bench.cache.ttl(key)).toBeGreaterThan(500);
  });

  test("increment takes -0 for the integer that it is", async () => {
    const key = bench.key();
    await bench.cache.set(key, -0);
    expect(Object.is(await bench.cache.get(key), -0)).toBe(true);
    expect(await bench.cache.increment(key, -1)).toBe(-1);
  });

  test("no increment of many at the same time is lost", async () => {
    const key = bench.key();
    const sums = await Promise.all(
      Array.from({ length: 50 }, (_, index) => (index % 2 ? bench.cache : bench.other).increment(key)),
    );
    expect(sums.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  });

  test.each<[unknown]>([
    ["1"],
    [""],
    [1.5],
    [NaN],
    [null],
    [undefined],
    [true],
    [{ a: 1 }],
    [[1]],
    [2 ** 53],
  ])("increment of %o is a TypeError that names the key and changes nothing", async (value) => {
    const key = bench.key();
    await bench.cache.set(key, value, { ttl: 600 });
    const error: unknown = await bench.cache.increment(key).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toContain(`"${key}"`);
    expect(await bench.cache.get(key)).toEqual(value);
    expect(await bench.cache.ttl(key)).toBeGreaterThan(500);
  });

  test.each([1.5, NaN, Infinity, "1", 1n, null, 2 ** 53])("increment by %o is a TypeError", async (delta) => {
    const key = bench.key();
    const shown = typeof delta === "string" ? JSON.stringify(delta) : String(delta);
    const error = await bench.cache.increment(key, delta as number).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toBe(`increment: the delta ${shown} is not an integer.`);
    expect(await bench.cache.exists(key)).toBe(false);
  });

  test("increment never leaves the numbers that are exact", async () => {
    const key = bench.key();
    await bench.cache.set(key, Number.MAX_SAFE_INTEGER);
    await expect(bench.cache.increment(key)).rejects.toBeInstanceOf(TypeError);
    expect(await bench.cache.get(key)).toBe(Number.MAX_SAFE_INTEGER);
  });

  test.each([1, null, undefined, Symbol("key"), ["a"]])(
    "a key that is no text is refused: %o",
    async (key) => {
      const bad = key as never;
      for (const run of [
        () => bench.cache.get(bad),
        () => bench.cache.set(bad, 1),
        () => bench.cache.add(bad, 1),
        () => bench.cache.exists(bad),
        () => bench.cache.delete(bad),
        () => bench.cache.increment(bad),
        () => bench.cache.expire(bad, 1),
        () => bench.cache.ttl(bad),
        () => bench.cache.multiGet([bad]),
        () => bench.cache.multiSet([[bad, 1]]),
      ]) {
        await expect(run()).rejects.toMatchObject({ name: "CacheError", code: "key-unkeyable" });
      }
    },
  );

  test("what is no list of keys or pairs is refused", async () => {
    for (const keys of ["ab", null, undefined, 5]) {
      await expect(bench.cache.multiGet(keys as never)).rejects.toMatchObject({ code: "option-value" });
    }
    for (const entries of ["ab", null, 5, ["ab"], [1]]) {
      await expect(bench.cache.multiSet(entries as never)).rejects.toMatchObject({ code: "option-value" });
    }
  });
}
