/** An uncompiled function remembers the hashes of records of the shape that it was first called with. */
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { cached, cacheKey, type Cached } from "aotcache";

beforeEach(() => void vi.spyOn(console, "warn").mockImplementation(() => undefined));

const values = fc.constantFrom<unknown>(
  0,
  -0,
  NaN,
  1,
  "1",
  "",
  1n,
  null,
  undefined,
  true,
  [],
  {},
  "x".repeat(300),
);

/** Records of the shape `{ a, b }`, and objects that look like one. */
const lookalikes = fc.tuple(values, values).chain(([a, b]) =>
  fc.constantFrom<unknown>(
    { a, b },
    { b, a },
    { a, b, c: undefined },
    { a },
    { a, c: b },
    Object.freeze({ a, b }),
    Object.assign(Object.create(null) as object, { a, b }),
    Object.defineProperty({ a }, "b", { value: b }),
    { a, get b() { return b; } }, // prettier-ignore
    { a, b, [Symbol.for("s")]: 1 },
    { a, b, [Symbol.toStringTag]: "Tagged" },
    Object.setPrototypeOf(Object.assign(new Date(0), { a, b }), Object.prototype),
    new Proxy({ a, b }, {}),
    [a, b],
  ),
);

const hasKey = (fn: Cached<(...args: never[]) => unknown>, ...args: unknown[]): boolean => {
  try {
    return fn.cache.key(...(args as never[])) !== "";
  } catch {
    return false;
  }
};

describe("a function that was first called with a record", () => {
  it("shares entries between equal arguments, and no others", () => {
    const calls = fc.array(fc.tuple(lookalikes, fc.constantFrom(undefined, 1)), { maxLength: 20 });
    fc.assert(
      fc.property(calls, (list) => {
        const fn = cached((record: unknown, other?: number) => ({ record, other }));
        fn({ a: 1, b: 1 });
        for (const [record, other] of list) {
          const answer = fn(record, other);
          expect(isDeepStrictEqual([answer.record, answer.other], [record, other])).toBe(true);
        }
        const distinct: unknown[][] = [];
        for (const call of [[{ a: 1, b: 1 }, undefined], ...list])
          if (!distinct.some((each) => isDeepStrictEqual(each, call))) distinct.push(call);
        const cacheable = distinct.filter(([record, other]) => hasKey(fn, record, other));
        expect(fn.cache.stats().misses).toBe(cacheable.length);
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it("takes an object whose getter returns something else each time for one of its values", () => {
    const fn = cached((_: { a: number }) => ({}));
    fn({ a: 0 });
    let reads = 0;
    fn({
      get a() {
        return ++reads;
      },
    });
    expect(fn({ a: 1 })).not.toBe(fn({ a: 2 }));
  });

  it("is called again while its argument is read", () => {
    const fn = cached((record: { a: number; b: number }) => [record.a, record.b]);
    fn({ a: 0, b: 0 });
    const outer = {
      a: 1,
      get b() {
        fn({ a: 8, b: 9 });
        return 2;
      },
    };
    fn(outer);
    expect(fn({ a: 1, b: 2 })).toEqual([1, 2]);
    expect(fn({ a: 8, b: 9 })).toEqual([8, 9]);
    expect(fn({ a: 8, b: 2 })).toEqual([8, 2]);
  });

  it("takes the key of an object that has one", () => {
    const fn = cached((_: object) => ({}));
    const plain = fn({ a: 1 });
    const keyed = Object.defineProperty({ a: 1 }, cacheKey, { value: () => "own" });
    expect(fn(keyed)).not.toBe(plain);
  });

  it("keeps its entries when it sees too many records to remember, and forgets what was removed", async () => {
    const fn = cached((record: { id: number }) => ({ ...record }), { max: 100 });
    const all = Array.from({ length: 2000 }, (_, id) => ({ id }));
    for (const record of all) expect(fn(record)).toEqual(record);
    const last = fn({ id: 1999 });
    expect(fn({ id: 1999 })).toBe(last);
    expect(await fn.cache.invalidate({ id: 1999 })).toBe(true);
    expect(fn({ id: 1999 })).not.toBe(last);
    await fn.cache.clear();
    expect(await fn.cache.peek({ id: 1999 })).toBeUndefined();
  });
});
