/** What `aotcache/testing` has for tests of functions. */
import fc from "fast-check";
import * as runner from "vitest";
import { cached, cacheOf, configure, memory, resetAll } from "aotcache";
import { keyv } from "aotcache/keyv";
import { expectCacheable, isolateCache, withoutCache } from "aotcache/testing";

const { describe, expect, it } = runner;

const counting = (options: object = {}): ((n: number) => Promise<number>) & { runs: number } => {
  const counted = cached(
    async (n: number): Promise<number> => {
      fn.runs++;
      return n * 2;
    },
    { ttl: "1m", ...options },
  );
  const fn = Object.assign(counted, { runs: 0 });
  return fn;
};

describe("isolateCache", () => {
  const double = counting();
  isolateCache(runner);

  it.each([1, 2])("gives test %i an empty cache and counters of zero", async (test) => {
    expect(cacheOf(double).stats()).toMatchObject({ hits: 0, misses: 0, entries: 0 });
    expect([await double(1), await double(1), double.runs]).toEqual([2, 2, test]);
    expect(cacheOf(double).stats()).toMatchObject({ hits: 1, misses: 1 });
  });

  it("empties the caches at once inside of a hook", async () => {
    await double(1);
    await isolateCache();
    expect(cacheOf(double).stats()).toMatchObject({ hits: 0, misses: 0, entries: 0 });
  });
});

describe("resetAll", () => {
  it("empties every cache in memory, also one that is not configured, and keeps runs in flight from storing", async () => {
    const own = counting({ backend: memory() });
    const builtIn = counting();
    await own(1);
    const running = builtIn(1);
    await resetAll();
    await running;
    await Promise.all([own(1), builtIn(1)]);
    expect([own.runs, builtIn.runs]).toEqual([2, 2]);
  });

  it("empties the namespaces of configured stores, and no others", async () => {
    const store = new Map();
    const [mine, other] = [keyv(store, { namespace: "mine" }), keyv(store, { namespace: "other" })];
    configure({ backends: { mine } });
    for (const cache of [mine, other]) await cache.set("key", 1);
    await resetAll();
    expect([await mine.get("key"), await other.get("key")]).toEqual([undefined, 1]);
    configure({ backends: {} });
  });
});

describe("withoutCache", () => {
  it("runs with caching off until the promise settles, and returns the result", async () => {
    const double = counting();
    await double(1);
    expect(await withoutCache(async () => [await double(1), await double(1)])).toEqual([2, 2]);
    expect(double.runs).toBe(3);
    expect([await double(1), double.runs]).toEqual([2, 3]);
  });

  it("turns caching on again after an error", async () => {
    const double = counting();
    const fail = (): never => {
      throw new Error("no");
    };
    expect(() => withoutCache(fail)).toThrow("no");
    await expect(withoutCache(async () => fail())).rejects.toThrow("no");
    await double(1);
    await double(1);
    expect(double.runs).toBe(1);
  });
});

describe("expectCacheable", () => {
  it("accepts a function of its arguments, also one that fails", async () => {
    await expectCacheable((text: string, n: number) => ({ text, n }), [fc.string(), fc.nat()]);
    await expectCacheable(
      async (n: number) => {
        if (n > 5) throw new RangeError("too many");
        return n;
      },
      [fc.nat()],
    );
  });

  it("rejects different results for equal arguments, also of a cached function", async () => {
    let count = 0;
    const counter = cached((n: number) => n + ++count, { name: "counter" });
    await expect(expectCacheable(counter, [fc.nat()])).rejects.toThrow(
      /equal arguments gave different results/,
    );
    const byIdentity = new WeakMap<object, number>();
    const numbered = (value: object): number => {
      if (!byIdentity.has(value)) byIdentity.set(value, ++count);
      return byIdentity.get(value)!;
    };
    await expect(expectCacheable(numbered, [fc.record({ a: fc.nat() })])).rejects.toThrow(
      /different results/,
    );
  });

  it("rejects a result that can be read once", async () => {
    const stream = async (n: number): Promise<Response> => new Response(String(n));
    await expect(expectCacheable(stream, [fc.nat()])).rejects.toThrow(
      /cannot be cached: the result can be read only once/,
    );
  });
});
