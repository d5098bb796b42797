/** Calls with objects, which memory finds by a hash: they are answered as if it found them by the text of their keys. */
import { execFileSync } from "node:child_process";
import { beforeEach, describe, expect, it, test, vi } from "vitest";
import { CachedFunction } from "../../runtime/call/cached-function.ts";
import { features } from "../../runtime/call/features.ts";
import { keyPlaceFor } from "../../runtime/call/slow-path.ts";
import { cachedFunctionOf } from "../../runtime/functions/link.ts";
import { cached, cacheOf, configure, memory, type CacheEvent, type MemoryCache } from "aotcache";
import type * as Bound from "../support/bound.ts";
import { encode } from "../support/encode.ts";
import { random } from "../support/random.ts";

const { any1 } = (await import("../support/bound.ts?compiled" as string)) as typeof Bound;

let runs = 0;
const uncompiled = cached((_value: object): number => ++runs, { name: "uncompiled" });
const FORMS = [
  ["compiled", any1 as (value: object) => number],
  ["uncompiled", uncompiled],
] as const;

let cache: MemoryCache;
const warn = vi.spyOn(console, "warn");
beforeEach(() => {
  warn.mockReset().mockImplementation(() => undefined);
  cache = memory({ max: 10_000 });
  configure({ default: cache });
});

describe.each(FORMS)("a call of a function that is %s", (_, fn) => {
  const handle = cacheOf(fn);

  it("is found by equal values, and not by others", () => {
    const first = fn({ at: [1, 2], id: "a" });
    expect(fn({ id: "a", at: [1, 2] })).toBe(first);
    expect(fn({ id: "a", at: [1, -2] })).not.toBe(first);
    expect(fn({ id: "a", at: [1, 2] })).toBe(first);
  });

  it("with an object that was changed has another entry", () => {
    const value = { list: [1, 2, { deep: "a" }] as [number, number, { deep: string }] };
    const first = fn(value);
    value.list[2].deep = "b";
    const second = fn(value);
    expect(second).not.toBe(first);
    value.list[2].deep = "a";
    expect(fn(value)).toBe(first);
    value.list.push(0 as never);
    expect([first, second]).not.toContain(fn(value));
  });

  it("is the same for all operations of its handle", async () => {
    const value = { id: 1, points: [[1.5, 2]] };
    const equal = { points: [[1.5, 2]], id: 1 };
    expect((await handle.explain(value)).state).toBe("absent");
    expect(await handle.peek(value)).toBeUndefined();
    const first = fn(value);
    expect(await handle.explain(equal)).toMatchObject({ state: "fresh", key: handle.key(value) });
    expect(await handle.peek(equal)).toBe(first);
    const second = await handle.refresh(equal);
    expect(second).not.toBe(first);
    expect(fn(value)).toBe(second);
    await handle.prime([equal], -7);
    expect(fn(value)).toBe(-7);
    expect(await handle.invalidate(equal)).toBe(true);
    expect(await handle.invalidate(equal)).toBe(false);
    expect(await handle.peek(value)).toBeUndefined();
    expect(fn(value)).toBeGreaterThan(second);
    await handle.clear();
    expect((await handle.explain(value)).state).toBe("absent");
  });

  it("is counted", () => {
    const before = handle.stats();
    for (let call = 0; call < 3; call++) fn([call & 1]);
    const after = handle.stats();
    expect(after.misses - before.misses).toBe(2);
    expect(after.sets - before.sets).toBe(2);
    expect(after.hits - before.hits).toBe(1);
    expect(after.entries).toBe(2);
  });

  it("has the text of its key in events", () => {
    cache = memory({ max: 1 });
    configure({ default: cache });
    const events: CacheEvent[] = [];
    for (const name of ["hit", "miss", "set", "evict"] as const)
      cache.on(name, (event) => events.push(event));
    fn([1]);
    fn([1]);
    fn([2]);
    const [one, two] = [handle.key([1]), handle.key([2])];
    expect(one).toMatch(/\(\[1\]\)$/);
    expect(events.map(({ type, key }) => [type, key])).toEqual([
      ["miss", one],
      ["set", one],
      ["hit", one],
      ["miss", two],
      ["evict", one],
      ["set", two],
    ]);
  });

  it("that was stored before there was a listener has no key in the event of its eviction", () => {
    cache = memory({ max: 1 });
    configure({ default: cache });
    fn([1]);
    const evicted: (string | undefined)[] = [];
    cache.on("evict", ({ key }) => evicted.push(key));
    fn([2]);
    fn([3]);
    expect(evicted).toEqual([undefined, handle.key([2])]);
  });
});

describe("an object that is frozen, with everything in it,", () => {
  /** A proxy that counts the reads of properties. */
  const counted = <T extends object>(target: T) => {
    const reads: PropertyKey[] = [];
    const get = (from: T, name: PropertyKey): unknown => {
      reads.push(name);
      return Reflect.get(from, name);
    };
    return { reads, value: new Proxy(target, { get }) };
  };
  const { freeze } = Object;

  it.each<[what: string, target: object]>([
    ["a list", freeze([1, 2])],
    ["a record", freeze({ a: 1, b: "x" })],
    ["lists of records", freeze({ points: freeze([freeze({ x: 1 }), freeze({ x: 2 })]) })],
  ])("is read only once: %s", (_, target) => {
    const { reads, value } = counted(target);
    // In a list, because each call looks for an `AbortSignal` among the properties of an argument.
    const list = freeze([value]);
    const first = uncompiled(list);
    expect(reads).not.toEqual([]);
    reads.length = 0;
    expect(uncompiled(list)).toBe(first);
    expect(reads).toEqual([]);
    expect(uncompiled([structuredClone(target)])).toBe(first);
  });

  it.each<[what: string, make: () => { value: object; change: () => void }]>([
    [
      "a list in it",
      () => {
        const list = [1];
        return { value: freeze({ list }), change: () => list.push(2) };
      },
    ],
    [
      "a record deep in it",
      () => {
        const record = { a: 1 };
        return { value: freeze([freeze([record])]), change: () => (record.a = 2) };
      },
    ],
    [
      "the result of a getter",
      () => {
        let result = 1;
        const value = Object.defineProperty({}, "a", { get: () => result, enumerable: true });
        return { value: freeze(value), change: () => (result = 2) };
      },
    ],
    [
      "the result of a getter deep in it",
      () => {
        let result = 1;
        const inner = freeze(Object.defineProperty([0], 0, { get: () => result, enumerable: true }));
        return { value: freeze([inner]), change: () => (result = 2) };
      },
    ],
    [
      "a Map in it",
      () => {
        const map = new Map([[1, 1]]);
        return { value: freeze([freeze(map)]), change: () => map.set(1, 2) };
      },
    ],
    [
      "a Date",
      () => {
        const date = freeze(new Date(0));
        return { value: date, change: () => date.setTime(1) };
      },
    ],
    [
      "bytes in it",
      () => {
        const bytes = Uint8Array.of(1);
        return { value: freeze([bytes]), change: () => (bytes[0] = 2) };
      },
    ],
  ])("is not one of which a part can change: %s", (_, make) => {
    const { value, change } = make();
    const first = uncompiled(value);
    change();
    const second = uncompiled(value);
    expect(second).not.toBe(first);
    expect(uncompiled(value)).toBe(second);
  });

  it("is only that object if it becomes frozen later", () => {
    const value = { list: [1] };
    const first = uncompiled(value);
    value.list.push(2);
    freeze(value.list);
    freeze(value);
    const second = uncompiled(value);
    expect([second, uncompiled({ list: [1] })]).toEqual([second, first]);
    expect(second).not.toBe(first);
  });
});

// `encode` throws if values share a hash and not a text, or the other way round.
describe("objects with more sets of names than are numbered", () => {
  const next = random(3);
  const below = (count: number): number => Math.floor(next() * count);
  const shuffled = <T>(list: readonly T[]): T[] =>
    list
      .map((item) => ({ item, order: next() }))
      .sort((one, other) => one.order - other.order)
      .map(({ item }) => item);
  const inAnyOrder = (value: object): object => Object.fromEntries(shuffled(Object.entries(value)));
  const objectOf = (count: number): object =>
    Object.fromEntries(Array.from({ length: count }, () => [below(40).toString(36), below(2)]));

  it("share a hash if and only if they are equal, before they are too many and after", () => {
    const values = Array.from({ length: 10_000 }, (_, index) => objectOf(index % 9));
    const texts = values.map(encode);
    expect(new Set(texts).size).toBeGreaterThan(5000);
    expect(values.map((value) => encode(inAnyOrder(value)))).toEqual(texts);
  });

  it("also with more names than a set may have", () => {
    const values = Array.from({ length: 200 }, (_, index) =>
      Object.fromEntries(Array.from({ length: 30 + (index % 5) }, (_, at) => [`name${at}`, below(2)])),
    );
    const texts = values.map(encode);
    expect(values.map((value) => encode(inAnyOrder(value)))).toEqual(texts);
  });
});

describe("a getter", () => {
  it("can call a cached function with objects while its object is read", () => {
    const inner = cached((list: readonly number[]) => list.length, { name: "inner" });
    const make = (last: number) => ({
      before: [1, 2],
      get between() {
        return inner([3, inner([4, last]), 5]);
      },
      last,
    });
    const first = uncompiled(make(6));
    expect(uncompiled(make(6))).toBe(first);
    expect(uncompiled({ before: [1, 2], between: 3, last: 6 })).toBe(first);
    expect(uncompiled(make(7))).not.toBe(first);
  });

  it("that throws keeps the call from being cached, and the reason names the argument", () => {
    const reasons: unknown[] = [];
    cache.on("bypass", ({ reason }) => reasons.push(reason));
    const value = {
      get a(): never {
        throw new Error("no");
      },
    };
    for (const [, fn] of FORMS) expect(fn(value)).not.toBe(fn(value));
    expect(new Set(reasons)).toEqual(
      new Set(["_value threw an error when it was read", "arguments[0] threw an error when it was read"]),
    );
    // The next call is hashed from the start.
    expect(uncompiled([1])).toBe(uncompiled([1]));
  });
});

test.each([1, 2047, 2048, 2049, 5000])("a list or a text of %i has the hash of its equals only", (length) => {
  const list = Array.from({ length }, (_, index) => index);
  const text = "x".repeat(length);
  const values = [
    list,
    [...list.slice(0, -1), -1],
    [-1, ...list.slice(1)],
    list.slice(0, -1),
    [list],
    list.map(String),
    list.map((x) => ({ x })),
    [text],
    [`${text.slice(0, -1)}y`],
    [`y${text.slice(1)}`],
    [`${text}\0`],
    Array.from(text),
    Object.fromEntries(list.map((at) => [`name${at}`, at])),
  ];
  const texts = values.map(encode);
  expect(texts).not.toContain(undefined);
  expect(values.map((value) => encode(structuredClone(value)))).toEqual(texts);
});

test.each([
  ["with one more argument", [undefined, undefined], [undefined, undefined, 1]],
  ["with -0 in place of 0", [0, undefined], [-0, undefined]],
])("the hash of a call is not that of the next one, %s", (_, others, next) => {
  const cachedFn = cachedFunctionOf(uncompiled)!;
  cachedFn.bind();
  const value = { id: 1 };
  const expected = keyPlaceFor(cachedFn, [value, ...next]);
  features.hashes!.find(cachedFn, [value, ...others]);
  expect(keyPlaceFor(cachedFn, [value, ...next])).toEqual(expected);
});

test("the hash of a call is not that of the next one, of another function", () => {
  const of = (name: string, parts: number): CachedFunction =>
    new CachedFunction({
      id: ["hashed", name, "0"],
      mode: "sync",
      parts: Array.from({ length: parts }, (_, at) => ({ name: `p${at}` })),
    });
  const [one, other] = [cachedFunctionOf(uncompiled)!, of("other", 3)];
  for (const each of [one, other]) each.bind();
  const slots = [{ id: 1 }, undefined, undefined];
  const expected = keyPlaceFor(other, slots);
  features.hashes!.find(one, slots);
  expect(keyPlaceFor(other, slots)).toEqual(expected);
});

describe.each(FORMS)("a long text as the argument of a function that is %s", (_, fn) => {
  const call = fn as (value: unknown) => number;
  const handle = cacheOf(call);

  it.each([
    ["of bytes", "a".repeat(10_000)],
    ["of all kinds of characters", "aé€😀".repeat(3000)],
    ["that is not well-formed", `${"\ud800".repeat(700)}a`],
  ])("%s is found again, and removed", async (_, text) => {
    const first = call(text);
    expect(call(`${text.slice(0, 500)}${text.slice(500)}`)).toBe(first);
    expect(call(`${text}b`)).not.toBe(first);
    expect(await handle.peek(text)).toBe(first);
    expect(handle.key(text)).toContain(JSON.stringify(text));
    expect(await handle.invalidate(text)).toBe(true);
    expect(call(text)).not.toBe(first);
  });
});

test.each([
  ["lists of 1,000 points", "(i) => Array.from({ length: 1000 }, (_, at) => [at, i / 8])"],
  ["texts of 20,000 characters", "(i) => `${i}${'abcd'.repeat(5000)}`"],
])("2,000 %s take less than 256 bytes each as keys", (_, argument) => {
  const entry = new URL("../../dist/runtime/index.js", import.meta.url).href;
  const script = `
    import { cached } from ${JSON.stringify(entry)};
    const fn = cached((argument) => argument.length, { name: "fn", max: 10_000 });
    const argumentOf = ${argument};
    const heap = () => (gc(), gc(), process.memoryUsage().heapUsed);
    for (let i = -100; i < 0; i++) fn(argumentOf(i));
    const before = heap();
    for (let i = 0; i < 2000; i++) fn(argumentOf(i));
    console.log(heap() - before);`;
  const args = ["--expose-gc", "--input-type=module", "--eval", script];
  const grown = Number(execFileSync(process.execPath, args, { encoding: "utf8" }));
  expect(grown).toBeLessThan(256 * 2000 + 2 ** 20);
});
