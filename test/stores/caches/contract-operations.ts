import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { CacheContext } from "./contract.ts";

const sha = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 40);
const LONG = "a key of 2,000 characters ".repeat(77).slice(0, 1999);

/** Keys with a special meaning for a store, a protocol, an object, or a naming scheme. */
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

/** The operations on one key and on many keys. */
export function operations(context: CacheContext): void {
  test("set stores a value that get returns, for every client", async () => {
    const key = context.key();
    expect(await context.cache.set(key, { any: "value" })).toBeUndefined();
    expect(await context.cache.get(key)).toEqual({ any: "value" });
    expect(await context.other.get(key)).toEqual({ any: "value" });
    await context.other.set(key, "another");
    expect(await context.cache.get(key)).toBe("another");
  });

  test("get returns the fallback on a miss only", async () => {
    const key = context.key();
    expect(await context.cache.get(key)).toBeUndefined();
    expect(await context.cache.get(key, "fallback")).toBe("fallback");
    for (const value of [null, undefined, 0, "", false]) {
      await context.cache.set(key, value);
      expect(await context.cache.get(key, "fallback")).toBe(value);
    }
  });

  test("exists returns whether a key is stored, whatever its value", async () => {
    const key = context.key();
    expect(await context.cache.exists(key)).toBe(false);
    for (const value of [null, undefined, 0, "", false]) {
      await context.cache.set(key, value);
      expect(await context.cache.exists(key)).toBe(true);
    }
  });

  test("delete returns whether the key was stored, whatever its value", async () => {
    const key = context.key();
    for (const value of [null, undefined, 0, "", false]) {
      await context.cache.set(key, value);
      expect(await context.cache.delete(key)).toBe(true);
      expect(await context.cache.delete(key)).toBe(false);
      expect(await context.cache.exists(key)).toBe(false);
    }
  });

  test("add stores a value under a free key, and changes nothing under a taken one", async () => {
    const key = context.key();
    expect(await context.cache.add(key, undefined, { ttl: 600 })).toBe(true);
    expect(await context.other.add(key, "second", { ttl: "forever" })).toBe(false);
    expect(await context.cache.get(key, "fallback")).toBeUndefined();
    expect(await context.cache.ttl(key)).toBeLessThanOrEqual(600);
    await context.cache.delete(key);
    expect(await context.cache.add(key, "third")).toBe(true);
  });

  test("exactly one of many concurrent adds succeeds", async () => {
    const key = context.key();
    const runs = Array.from({ length: 40 }, async (_, index) => {
      return (await (index % 2 ? context.cache : context.other).add(key, `${index}`)) ? [`${index}`] : [];
    });
    expect((await Promise.all(runs)).flat()).toEqual([await context.cache.get(key)]);
  });

  test("multiGet returns values in the order of the keys, undefined for a miss, and [] for []", async () => {
    const [a, b, missing] = [context.key("a"), context.key("b"), context.key("missing")];
    await context.cache.multiSet([
      [a, 1],
      [b, null],
    ]);
    expect(await context.cache.multiGet([b, missing, a, a])).toEqual([null, undefined, 1, 1]);
    expect(await context.cache.multiGet(new Set([a]))).toEqual([1]);
    expect(await context.cache.multiGet([])).toEqual([]);
  });

  test("multiSet accepts pairs, a Map or an object, and empty input", async () => {
    const keys = ["a", "b", "c"].map((tail) => context.key(tail));
    await context.cache.multiSet([[keys[0]!, 1]], { ttl: 600 });
    await context.cache.multiSet(new Map([[keys[1]!, 2]]));
    await context.cache.multiSet({ [keys[2]!]: 3 });
    for (const none of [[], new Map<string, unknown>(), {}]) {
      expect(await context.cache.multiSet(none)).toBeUndefined();
    }
    expect(await context.other.multiGet(keys)).toEqual([1, 2, 3]);
    expect(await context.cache.ttl(keys[0]!)).toBeLessThanOrEqual(600);
    expect(await context.cache.ttl(keys[1]!)).toBe(Infinity);
  });

  test("multiSet stores the last value of a repeated key", async () => {
    const key = context.key();
    await context.cache.multiSet([
      [key, 1],
      [key, 2],
    ]);
    expect(await context.cache.get(key)).toBe(2);
  });

  test("stores and returns 5,000 keys at once", async () => {
    const keys = Array.from({ length: 5000 }, (_, index) => context.key(`${index}`));
    await context.cache.multiSet(keys.map((key, index) => [key, { index }] as const));
    expect(await context.cache.multiGet(keys)).toEqual(keys.map((_, index) => ({ index })));
  });

  test("accepts any text as a key, and distinguishes all of them", async () => {
    const cache = context.make({ namespace: context.namespace() });
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

  test("increment starts from 0, counts up and down, and returns the new number", async () => {
    const key = context.key();
    expect(await context.cache.increment(key)).toBe(1);
    expect(await context.other.increment(key, 5)).toBe(6);
    expect(await context.cache.increment(key, -10)).toBe(-4);
    expect(await context.cache.increment(key, 0)).toBe(-4);
    expect(await context.other.get(key)).toBe(-4);
  });

  test("increment continues from a number that was set, and preserves the ttl", async () => {
    const key = context.key();
    await context.cache.set(key, Number.MAX_SAFE_INTEGER - 1, { ttl: 600 });
    expect(await context.cache.increment(key)).toBe(Number.MAX_SAFE_INTEGER);
    expect(await context.cache.get(key)).toBe(Number.MAX_SAFE_INTEGER);
    expect(await context.cache.ttl(key)).toBeLessThanOrEqual(600);
    expect(await context.cache.ttl(key)).toBeGreaterThan(500);
  });

  test("increment accepts -0 as an integer", async () => {
    const key = context.key();
    await context.cache.set(key, -0);
    expect(Object.is(await context.cache.get(key), -0)).toBe(true);
    expect(await context.cache.increment(key, -1)).toBe(-1);
  });

  test("no concurrent increment is lost", async () => {
    const key = context.key();
    const sums = await Promise.all(
      Array.from({ length: 50 }, (_, index) => (index % 2 ? context.cache : context.other).increment(key)),
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
  ])("increment of %o rejects with a TypeError that names the key, and changes nothing", async (value) => {
    const key = context.key();
    await context.cache.set(key, value, { ttl: 600 });
    const error: unknown = await context.cache.increment(key).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toContain(`"${key}"`);
    expect(await context.cache.get(key)).toEqual(value);
    expect(await context.cache.ttl(key)).toBeGreaterThan(500);
  });

  test.each([1.5, NaN, Infinity, "1", 1n, null, 2 ** 53])(
    "increment by %o rejects with a TypeError",
    async (delta) => {
      const key = context.key();
      const shown = typeof delta === "string" ? JSON.stringify(delta) : String(delta);
      const error = await context.cache.increment(key, delta as number).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(TypeError);
      expect((error as Error).message).toBe(`increment: the delta ${shown} is not an integer.`);
      expect(await context.cache.exists(key)).toBe(false);
    },
  );

  test("increment rejects results beyond the safe integers", async () => {
    const key = context.key();
    await context.cache.set(key, Number.MAX_SAFE_INTEGER);
    await expect(context.cache.increment(key)).rejects.toBeInstanceOf(TypeError);
    expect(await context.cache.get(key)).toBe(Number.MAX_SAFE_INTEGER);
  });

  test.each([1, null, undefined, Symbol("key"), ["a"]])(
    "rejects a key that is not a string: %o",
    async (key) => {
      const bad = key as never;
      for (const run of [
        () => context.cache.get(bad),
        () => context.cache.set(bad, 1),
        () => context.cache.add(bad, 1),
        () => context.cache.exists(bad),
        () => context.cache.delete(bad),
        () => context.cache.increment(bad),
        () => context.cache.expire(bad, 1),
        () => context.cache.ttl(bad),
        () => context.cache.multiGet([bad]),
        () => context.cache.multiSet([[bad, 1]]),
      ]) {
        await expect(run()).rejects.toMatchObject({ name: "CacheError", code: "key-unkeyable" });
      }
    },
  );

  test("rejects invalid lists of keys or pairs", async () => {
    for (const keys of ["ab", null, undefined, 5]) {
      await expect(context.cache.multiGet(keys as never)).rejects.toMatchObject({ code: "option-value" });
    }
    for (const entries of ["ab", null, 5, ["ab"], [1]]) {
      await expect(context.cache.multiSet(entries as never)).rejects.toMatchObject({ code: "option-value" });
    }
  });
}
