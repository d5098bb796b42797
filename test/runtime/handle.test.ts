import { mock } from "node:test";
import { describe, expect, it, vi } from "vitest";
import { cached, cacheOf, type CacheHandle } from "aotcache";
import { thrown } from "../support/caught.ts";

describe("cacheOf() of a spy", () => {
  const fn = cached((n: number) => n, { namespace: "x", name: "fn" });

  it("is that of the function that it wraps, if the spy tells", () => {
    expect(cacheOf(vi.fn(fn)).key(1)).toBe("x:fn@0(1)");
    const jest = Object.assign((n: number) => fn(n), { mock: {}, getMockImplementation: () => fn });
    const sinon = Object.assign((n: number) => fn(n), { wrappedMethod: fn });
    expect([cacheOf(jest).key(1), cacheOf(sinon).key(1)]).toEqual(["x:fn@0(1)", "x:fn@0(1)"]);
  });

  it("says otherwise that it is one", () => {
    for (const spy of [vi.spyOn({ fn }, "fn"), mock.method({ fn }, "fn"), mock.fn()])
      expect(thrown(() => cacheOf(spy))).toMatchObject({
        code: "not-cached",
        message: expect.stringContaining(
          "is a spy or a mock, which does not tell what it wraps; keep the cached function",
        ),
      });
  });
});

describe("a handle", () => {
  it("is `.cache` of what cached() returns, and cacheOf() of it", () => {
    const fn = cached((n: number) => n, { name: "fn" });
    fn(1);
    const typed: CacheHandle<(n: number) => number> = cacheOf(fn);
    expect(typed.stats()).toEqual(fn.cache.stats());
  });

  it("key returns the text of a key, and names the argument that has none", () => {
    const fn = cached((..._: unknown[]) => 1, { namespace: "x", name: "fn", version: "3" });
    expect(fn.cache.key(42, "en")).toBe('x:fn@3(42,"en")');
    expect(fn.cache.key()).toBe("x:fn@3()");
    expect(fn.cache.key({ b: 1, a: [undefined] }, undefined)).toBe("x:fn@3({a:[undefined],b:1})");
    expect(fn.cache.key(1, undefined, -0, 1n, null)).toBe("x:fn@3(1,undefined,-0,1n,null)");
    const error = thrown(() => fn.cache.key(1, () => 1));
    expect(error).toMatchObject({ code: "key-unkeyable" });
    expect((error as Error).message).toContain("arguments[1]");
  });

  it("peek returns the stored value and never runs the function", async () => {
    const run = vi.fn((n: number) => n * 2);
    const fn = cached((n: number) => run(n));
    expect(await fn.cache.peek(1)).toBeUndefined();
    expect(run).not.toHaveBeenCalled();
    fn(1);
    expect(await fn.cache.peek(1)).toBe(2);
    expect(await fn.cache.peek((() => 1) as never)).toBeUndefined();
    expect(fn.cache.stats()).toMatchObject({ hits: 0, misses: 1, bypassed: 0 });
  });

  it("refresh runs, stores and returns, whatever is stored", async () => {
    let version = 1;
    const fn = cached((_: number) => version);
    fn(1);
    version = 2;
    expect(await fn.cache.refresh(1)).toBe(2);
    expect(fn(1)).toBe(2);
    expect(await fn.cache.refresh(5)).toBe(2);
    expect(fn.cache.stats()).toMatchObject({ entries: 2, misses: 1, runs: 3 });
  });

  it("concurrent refreshes each run, and the last result is stored", async () => {
    let version = 0;
    const fn = cached(async (_: number) => ++version);
    expect(await Promise.all([fn.cache.refresh(1), fn.cache.refresh(1)])).toEqual([1, 2]);
    expect(await fn(1)).toBe(2);
    expect(fn.cache.stats().inFlight).toBe(0);
  });

  it("bypass runs and stores nothing", async () => {
    let version = 1;
    const fn = cached(async (_: number) => version);
    expect(await fn.cache.bypass(1)).toBe(1);
    expect(fn.cache.stats()).toMatchObject({ entries: 0, misses: 0 });
    await fn(1);
    version = 2;
    expect(await fn.cache.bypass(1)).toBe(2);
    expect(await fn(1)).toBe(1);
  });

  it("prime stores a value without a run, and returns it like the function", async () => {
    const run = vi.fn();
    const sync = cached((n: number) => (run(), n));
    await sync.cache.prime([1], 100);
    expect(sync(1)).toBe(100);
    const async = cached(async (n: number) => (run(), n));
    await async.cache.prime([1], 100);
    expect(async(1)).toBeInstanceOf(Promise);
    expect(await async(1)).toBe(100);
    expect(run).not.toHaveBeenCalled();
    const learned = cached((n: number) => Promise.resolve(n));
    await learned(0);
    await learned.cache.prime([1], 100);
    expect(await learned(1).then((value) => value + 1)).toBe(101);
    await expect(sync.cache.prime([Symbol("s") as never], 1)).rejects.toMatchObject({
      code: "key-unkeyable",
    });
  });

  it("refresh and bypass reject with the error of the function, thrown or rejected", async () => {
    const error = new Error("run");
    const sync = cached((_: number): number => {
      throw error;
    });
    const async = cached(async (_: number): Promise<number> => {
      throw error;
    });
    for (const { cache } of [sync, async]) {
      await expect(cache.refresh(1)).rejects.toBe(error);
      await expect(cache.bypass(1)).rejects.toBe(error);
      expect(cache.stats()).toMatchObject({ inFlight: 0, entries: 0 });
    }
  });

  it("does not affect the next call, whatever its own result was", async () => {
    const fail = vi.fn<() => number>().mockImplementationOnce(() => {
      throw new Error("once");
    });
    const fn = cached((_: number) => fail.mockReturnValue(7)());
    await fn.cache.refresh(1).catch(() => undefined);
    fn.cache.key(1);
    await fn.cache.peek(1);
    expect(fn(1)).toBe(7);
    expect(fn(1)).toBe(7);
    expect(fail).toHaveBeenCalledTimes(2);
  });

  it("may be used inside a run, and inside a run that a handle started", async () => {
    const fn = cached((n: number): string => (n === 0 ? "end" : `${n} ${fn.cache.key(n - 1)} ${fn(n - 1)}`));
    expect(await fn.cache.refresh(2)).toBe(
      "2 uncompiled:fn@0(1) 1 uncompiled:fn@0(0) end".replaceAll(":fn@", ":anonymous@"),
    );
    expect(fn.cache.stats()).toMatchObject({ entries: 3, runs: 3 });
    expect(await fn.cache.bypass(2)).toContain("end");
    expect(fn.cache.stats()).toMatchObject({ entries: 3, runs: 3, hits: 1 });
  });

  it("stats count from the definition", async () => {
    const fn = cached(async (n: number) => {
      if (n < 0) throw new Error("negative");
      return n;
    });
    await Promise.all([fn(1), fn(1)]);
    await fn(1);
    await fn(1);
    await fn(-1).catch(() => undefined);
    expect(fn.cache.stats()).toMatchObject({
      hits: 2,
      misses: 3,
      stale: 0,
      errors: 1,
      bypassed: 0,
      evictions: 0,
      sets: 1,
      runs: 1,
      inFlight: 0,
      entries: 1,
      hitRatio: 0.4,
    });
  });

  it("stats return the average run in seconds", async () => {
    vi.useFakeTimers({ now: 0 });
    const fn = cached((ms: number) => new Promise((resolve) => setTimeout(resolve, ms)));
    expect(fn.cache.stats().averageRun).toBe(0);
    const calls = [fn(1000), fn(2000)];
    await vi.runAllTimersAsync();
    await Promise.all(calls);
    expect(fn.cache.stats().averageRun).toBe(1.5);
    vi.useRealTimers();
  });

  it("explain returns the parts of the key, and where a result would come from", async () => {
    vi.useFakeTimers({ now: 0 });
    const fn = cached((id: number, ..._: unknown[]) => id, {
      namespace: "x",
      name: "fn",
      ttl: 10,
      swr: 10,
      ignore: ["id"],
    });
    expect(await fn.cache.explain(1, "en")).toEqual({
      key: 'x:fn@0(undefined,"en")',
      parts: [{ name: "...", text: 'undefined,"en"' }],
      omitted: [{ name: "id", why: "ignore=" }],
      ttl: 10,
      backend: "memory",
      state: "absent",
      miss: { why: "first", text: "no entry of the function is known" },
      at: undefined,
    });
    fn(1, "en");
    expect((await fn.cache.explain(2, "en")).state).toBe("fresh");
    vi.setSystemTime(19_999);
    expect((await fn.cache.explain(1, "en")).state).toBe("stale");
    vi.setSystemTime(20_000);
    expect((await fn.cache.explain(1, "en")).state).toBe("absent");
    vi.useRealTimers();
  });

  it("explain omits arguments that were not passed, and names those without a key", async () => {
    const fn = cached((..._: unknown[]) => 1);
    expect((await fn.cache.explain(1)).parts).toEqual([{ name: "...", text: "1" }]);
    expect((await fn.cache.explain()).parts).toEqual([{ name: "...", text: "" }]);
    expect(await fn.cache.explain(1, Symbol("s"))).toMatchObject({
      key: undefined,
      parts: [{ text: "(no key: arguments[1])" }],
      ttl: Infinity,
    });
  });
});
