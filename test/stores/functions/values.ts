import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { configure, type CacheEvent } from "aotcache";
import {
  countedRuns,
  onOtherClient,
  recordEvents,
  storedEntry,
  writesDone,
  type FunctionContext,
} from "./context.ts";

class Money {
  readonly amount = 5;
}

const LARGE = "é".repeat(300_000) + "x".repeat(400_000);

const VALUES: readonly (readonly [name: string, value: unknown])[] = [
  ["undefined", undefined],
  ["null", null],
  ["0", 0],
  ["-0", -0],
  ["NaN", NaN],
  ["an empty text", ""],
  ["false", false],
  ["an integer", 42],
  ["a large bigint", 2n ** 80n],
  ["a Date", new Date(5)],
  [
    "a Map",
    new Map<unknown, unknown>([
      ["a", { b: 1 }],
      [{ k: 1 }, new Set([1])],
    ]),
  ],
  ["a Set", new Set([1, "1", null])],
  ["bytes", new Uint8Array([0, 255, 128])],
  ["an empty list", []],
  ["holes and undefined inside", { a: undefined, b: [undefined, null] }],
  ["nested", { list: [{ when: new Date(0), tags: new Set(["x"]), deep: { deeper: [1n, -0] } }] }],
  ["half a surrogate pair", "\ud800"],
  ["line breaks and null bytes", "a\r\nEND\r\n\0b"],
  ["a text that looks like an entry", "json/1 2:{}"],
  ["a value with a name of objects", JSON.parse('{"__proto__":{"a":1},"constructor":2}')],
  ["almost one megabyte", LARGE],
];

/** The results that callers receive. */
export function values(context: FunctionContext): void {
  test("runs once for equal arguments, also from another process", async () => {
    const one = countedRuns(context, (id: number, text: string) => ({ id, text }));
    expect(await one.fn(1, "a")).toEqual({ id: 1, text: "a" });
    expect(await one.fn(1, "a")).toEqual({ id: 1, text: "a" });
    expect(await one.fn(1, "b")).toEqual({ id: 1, text: "b" });
    await writesDone(context.cache);
    const two = onOtherClient(context, nameOf(one.fn.cache.key(1, "")), (id: number, text: string) => ({
      id,
      text,
    }));
    expect(await two.fn(1, "a")).toEqual({ id: 1, text: "a" });
    expect([one.runs, two.runs]).toEqual([
      [
        [1, "a"],
        [1, "b"],
      ],
      [],
    ]);
    expect(one.fn.cache.stats()).toMatchObject({
      hits: 1,
      misses: 2,
      runs: 2,
      sets: 2,
      errors: 0,
      inFlight: 0,
    });
    expect(two.fn.cache.stats()).toMatchObject({ hits: 1, misses: 0 });
  });

  test.each(VALUES)("returns any value as it was: %s", async (_, value) => {
    const { fn, runs } = countedRuns(context, () => value);
    const first = await fn();
    await writesDone(context.cache);
    const second = await fn();
    expect(isDeepStrictEqual(first, value)).toBe(true);
    expect(isDeepStrictEqual(second, value)).toBe(true);
    expect(runs).toHaveLength(1);
  });

  test.each([
    ["a function", () => ({ run: () => 1 })],
    ["a class instance", () => ({ list: [new Money()] })],
    ["a cycle", () => [1].reduce((all) => Object.assign(all, { all }), {})],
    ["a promise inside", () => ({ later: Promise.resolve(1) })],
  ])("returns a value that cannot be stored, and emits an error: %s", async (_, make) => {
    const cache = context.make({ namespace: context.unique() });
    const errors: CacheEvent[] = [];
    cache.on("error", (event) => errors.push(event));
    const value: object = make();
    const { fn, runs } = countedRuns(context, () => value, { backend: cache });
    expect(await fn()).toBe(value);
    expect(await fn()).toBe(value);
    expect(runs).toHaveLength(2);
    expect(errors).toHaveLength(2);
    expect(errors[0]).toMatchObject({
      key: fn.cache.key(),
      reason: "the result is not stored",
      error: { name: "CacheError", code: "unstorable" },
    });
    expect(await fn.cache.peek()).toBeUndefined();
    expect(fn.cache.stats()).toMatchObject({ errors: 2, sets: 0 });
  });

  test("each hit returns a separate value", async () => {
    const { fn, runs } = countedRuns(context, () => ({ list: [1] }));
    await fn();
    const hits = await Promise.all([fn(), fn(), fn()]);
    for (const hit of hits) hit.list.push(2);
    await writesDone(context.cache);
    expect(await fn()).toEqual({ list: [1] });
    expect(new Set(hits).size).toBe(3);
    expect(runs).toHaveLength(1);
  });

  test("changes by a caller to the first result do not affect the entry", async () => {
    const { fn } = countedRuns(context, () => ({ list: [1] }));
    (await fn()).list.push(2);
    expect(await fn()).toEqual({ list: [1] });
    await writesDone(context.cache);
    expect(await fn()).toEqual({ list: [1] });
  });

  test("does not wait for the write, and the next call of the process is a hit", async () => {
    const { fn, runs } = countedRuns(context, (n: number) => 2 * n);
    const there = storedEntry(context.cache, fn.cache.key(1));
    const [events, writes] = [recordEvents(context.cache), [] as Promise<void>[]];
    configure({ waitUntil: (write) => void writes.push(write) });
    expect(await fn(1)).toBe(2);
    expect(events.map(({ type }) => type)).toEqual(["miss"]);
    expect(await fn(1)).toBe(2);
    expect(runs).toHaveLength(1);
    expect(writes).toHaveLength(1);
    await writes[0];
    expect(await there.get()).toBeDefined();
    expect(events.map(({ type }) => type).sort()).toEqual(["hit", "miss", "set"]);
  });

  test("passes its writes to waitUntil, and continues if that throws", async () => {
    const writes: Promise<void>[] = [];
    configure({ waitUntil: (write) => void writes.push(write) });
    const { fn } = countedRuns(context, (n: number) => n);
    await fn(1);
    await fn(2);
    await fn(1);
    expect(writes).toHaveLength(2);
    expect(await Promise.all(writes)).toEqual([undefined, undefined]);
    expect(await storedEntry(context.cache, fn.cache.key(2)).get()).toBeDefined();
    configure({
      waitUntil: () => {
        throw new Error("too late");
      },
    });
    expect(await fn(3)).toBe(3);
    await writesDone(context.cache);
    expect(await fn.cache.peek(3)).toBe(3);
  });
}

/** The name in the text of a key: `uncompiled:NAME@0(1)`. */
export const nameOf = (key: string): string => key.slice(key.indexOf(":") + 1, key.indexOf("@"));
