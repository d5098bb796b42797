import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { cached } from "aotcache";

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

describe("the second call is a hit", () => {
  it.each([undefined, null, 0, -0, NaN, "", false, "text", { a: 1 }])("for a result of %o", (result) => {
    const run = vi.fn(() => result);
    const fn = cached((_: number) => run());
    expect(fn(1)).toBe(result);
    expect(fn(1)).toBe(result);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it.each([undefined, null, 0, ""])("for a promise of %o", async (result) => {
    const run = vi.fn();
    const fn = cached(async (_: number) => (run(), result));
    expect(await fn(1)).toBe(result);
    expect(await fn(1)).toBe(result);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it("without arguments", () => {
    const run = vi.fn(() => 7);
    const fn = cached(() => run());
    expect([fn(), fn()]).toEqual([7, 7]);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it("with equal objects, whatever the order of their properties", () => {
    const run = vi.fn();
    const fn = cached((filter: object) => (run(), Object.keys(filter).length));
    fn({ a: 1, b: [1, 2] });
    expect(fn({ b: [1, 2], a: 1 })).toBe(2);
    expect(run).toHaveBeenCalledTimes(1);
  });
});

describe("different arguments have separate entries", () => {
  it.each([
    [0, -0],
    [1, "1"],
    [1, 1n],
    [NaN, null],
    [undefined, null],
    [undefined, "undefined"],
    ["", 0],
    [{ a: undefined }, {}],
    [["a", "b"], ["a,b"]],
    ["{a:1}", { a: 1 }],
    [new Date(0), "1970-01-01T00:00:00.000Z"],
  ])("%o and %o", (one, other) => {
    const fn = cached((value: unknown) => ({ value }));
    expect(fn(one)).not.toBe(fn(other));
    expect(fn(one)).toBe(fn(one));
    expect(fn(other).value).toBe(other);
  });
});

describe("a result has the same kind on a hit", () => {
  it("sync remains sync", () => {
    const fn = cached((n: number) => n + 1);
    expect(fn(1)).toBe(2);
    expect(fn(1)).toBe(2);
  });

  it("an async function returns promises on hits", async () => {
    const fn = cached(async (n: number) => n + 1);
    await fn(1);
    expect(fn(1)).toBeInstanceOf(Promise);
    expect(await fn(1)).toBe(2);
  });

  it("a function that returns a promise without being async returns promises on hits", async () => {
    const fn = cached((n: number) => Promise.resolve({ n }));
    const first = await fn(1);
    expect(fn(1)).toBeInstanceOf(Promise);
    expect(await fn(1)).toBe(first);
    const byObject = cached((filter: { n: number }) => Promise.resolve(filter.n));
    await byObject({ n: 1 });
    expect(byObject({ n: 1 })).toBeInstanceOf(Promise);
  });

  it("an object whose `then` throws when it is read is a plain value", () => {
    const odd = {
      get then(): never {
        throw new Error("read");
      },
    };
    const fn = cached((_: number) => odd);
    expect(fn(1)).toBe(odd);
    expect(fn(1)).toBe(odd);
    expect(fn.cache.stats()).toMatchObject({ hits: 1, misses: 1 });
  });
});

describe("an entry expires", () => {
  it("exactly at its ttl: fresh before it, not at it", () => {
    const run = vi.fn(() => Date.now());
    const fn = cached((_: number) => run(), { ttl: 10 });
    const first = fn(1);
    vi.setSystemTime(1_009_999);
    expect(fn(1)).toBe(first);
    vi.setSystemTime(1_010_000);
    expect(fn(1)).toBe(1_010_000);
    expect(run).toHaveBeenCalledTimes(2);
  });

  it("relative to the end of the run", async () => {
    const run = vi.fn(() => new Promise<number>((resolve) => setTimeout(() => resolve(Date.now()), 5000)));
    const fn = cached(async (_: number) => run(), { ttl: 10 });
    const first = fn(1);
    await vi.advanceTimersByTimeAsync(5000);
    expect(await first).toBe(1_005_000);
    vi.setSystemTime(1_014_999);
    expect(await fn(1)).toBe(1_005_000);
    vi.setSystemTime(1_015_000);
    void fn(1);
    expect(run).toHaveBeenCalledTimes(2);
    await vi.runAllTimersAsync();
  });

  it("never, without a ttl", () => {
    const run = vi.fn(() => ({}));
    const fn = cached((_: number) => run());
    const first = fn(1);
    vi.setSystemTime(8e15);
    expect(fn(1)).toBe(first);
  });

  it("also for keys that are found by text", () => {
    const fn = cached((filter: { id: number }) => ({ filter }), { ttl: "500ms" });
    const first = fn({ id: 1 });
    vi.setSystemTime(1_000_499);
    expect(fn({ id: 1 })).toBe(first);
    vi.setSystemTime(1_000_500);
    expect(fn({ id: 1 })).not.toBe(first);
  });
});

describe("a function stores no more than `max` entries", () => {
  it("of its own, regardless of other functions", () => {
    const small = cached((n: number) => n, { max: 3 });
    const other = cached((n: number) => n);
    for (let n = 0; n < 100; n++) {
      small(n);
      other(n);
    }
    expect(small.cache.stats()).toMatchObject({ entries: 3, evictions: 97 });
    expect(other.cache.stats()).toMatchObject({ entries: 100, evictions: 0 });
  });

  it("10,000 by default", () => {
    const fn = cached((n: number) => n);
    for (let n = 0; n < 10_050; n++) fn(n);
    expect(fn.cache.stats()).toMatchObject({ entries: 10_000, evictions: 50 });
  });
});

describe("a recursive call", () => {
  it("uses the cache like any other", () => {
    const run = vi.fn();
    const fib = cached((n: number): number => (run(), n < 2 ? n : fib(n - 1) + fib(n - 2)));
    expect(fib(50)).toBe(12586269025);
    expect(run).toHaveBeenCalledTimes(51);
  });

  it("of an async function also uses the cache", async () => {
    const run = vi.fn();
    const fib = cached(async (n: number): Promise<number> => {
      run();
      return n < 2 ? n : (await fib(n - 1)) + (await fib(n - 2));
    });
    expect(await fib(50)).toBe(12586269025);
    expect(run).toHaveBeenCalledTimes(51);
  });
});
