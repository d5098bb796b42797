import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CacheError, cached, memory, type Cache } from "aotcache";

let cache: Cache;
beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  cache = memory();
});
afterEach(() => void vi.useRealTimers());

const VALUES = [null, 0, "", false, undefined, NaN, { a: 1 }];

describe("a cache in memory", () => {
  it("add stores a value only if the key is free", async () => {
    expect(await cache.add("key", 1, { ttl: 10 })).toBe(true);
    expect(await cache.add("key", 2, { ttl: 99 })).toBe(false);
    expect(await cache.get("key")).toBe(1);
    expect(await cache.ttl("key")).toBe(10);
    vi.setSystemTime(10_000);
    expect(await cache.add("key", 3)).toBe(true);
    expect(await Promise.all([cache.add("new", 1), cache.add("new", 2)])).toEqual([true, false]);
  });

  it("add considers a key taken whatever its value is", async () => {
    for (const value of VALUES) {
      await cache.set("key", value);
      expect(await cache.add("key", "other")).toBe(false);
    }
  });

  it("exists returns whether a key is stored, whatever its value is", async () => {
    expect(await cache.exists("key")).toBe(false);
    for (const value of VALUES) {
      await cache.set("key", value);
      expect(await cache.exists("key")).toBe(true);
    }
    await cache.delete("key");
    expect(await cache.exists("key")).toBe(false);
  });

  it("get returns the fallback on a miss only", async () => {
    expect(await cache.get("key")).toBeUndefined();
    expect(await cache.get("key", "fallback")).toBe("fallback");
    for (const value of VALUES) {
      await cache.set("key", value);
      expect(await cache.get("key", "fallback")).toBe(value);
    }
  });

  it("set replaces value and expiry", async () => {
    await cache.set("key", 1, { ttl: 10 });
    await cache.set("key", 2);
    expect(await cache.ttl("key")).toBe(Infinity);
    await cache.set("key", 3, { ttl: "500ms" });
    expect([await cache.get("key"), await cache.ttl("key")]).toEqual([3, 0.5]);
  });

  it("stores a value until exactly its ttl, by default the cache's, by default forever", async () => {
    const short = memory({ ttl: "1m" });
    await short.set("own", 1, { ttl: 10 });
    await short.set("default", 1);
    await short.set("forever", 1, { ttl: "forever" });
    vi.setSystemTime(9_999);
    expect(await short.multiGet(["own", "default", "forever"])).toEqual([1, 1, 1]);
    vi.setSystemTime(10_000);
    expect(await short.exists("own")).toBe(false);
    vi.setSystemTime(60_000);
    expect(await short.multiGet(["own", "default", "forever"])).toEqual([undefined, undefined, 1]);
  });

  it("multiGet returns values in the order of the keys", async () => {
    await cache.multiSet([
      ["a", 1],
      ["b", null],
    ]);
    expect(await cache.multiGet(["b", "x", "a", "a"])).toEqual([null, undefined, 1, 1]);
    expect(await cache.multiGet([])).toEqual([]);
    expect(await cache.multiGet(new Set(["a"]))).toEqual([1]);
  });

  it("multiSet accepts pairs, a Map or an object, and empty input", async () => {
    await cache.multiSet([["a", 1]], { ttl: 10 });
    await cache.multiSet(new Map([["b", 2]]));
    await cache.multiSet({ c: 3, ["__proto__"]: 4 });
    for (const none of [[], new Map<string, unknown>(), {}]) await cache.multiSet(none);
    expect(await cache.multiGet(["a", "b", "c", "__proto__"])).toEqual([1, 2, 3, 4]);
    expect(await cache.ttl("a")).toBe(10);
    expect(cache.stats().sets).toBe(4);
  });

  it("delete returns whether the key was stored", async () => {
    await cache.set("key", undefined);
    expect(await cache.delete("key")).toBe(true);
    expect(await cache.delete("key")).toBe(false);
    await cache.set("key", 1, { ttl: 1 });
    vi.setSystemTime(1000);
    expect(await cache.delete("key")).toBe(false);
  });

  it("increment starts from 0, returns the new number, and preserves the ttl", async () => {
    expect(await cache.increment("count")).toBe(1);
    expect(await cache.increment("count", 5)).toBe(6);
    expect(await cache.increment("count", -10)).toBe(-4);
    expect(await cache.ttl("count")).toBe(Infinity);
    await cache.set("count", 1, { ttl: 10 });
    vi.setSystemTime(4_000);
    await cache.increment("count");
    expect(await cache.ttl("count")).toBe(6);
    vi.setSystemTime(10_000);
    expect(await cache.increment("count")).toBe(1);
    const all = Array.from({ length: 100 }, () => cache.increment("many"));
    expect(new Set(await Promise.all(all)).size).toBe(100);
  });

  it.each([
    ["1"],
    [1.5],
    [NaN],
    [null],
    [undefined],
    [1n],
    [{ valueOf: () => 1 }],
    [
      {
        valueOf() {
          throw new Error("no");
        },
      },
    ],
    [2 ** 53],
  ])("increment of %o rejects with a TypeError and changes nothing", async (value) => {
    await cache.set("key", value);
    await expect(cache.increment("key")).rejects.toBeInstanceOf(TypeError);
    expect(await cache.get("key")).toBe(value);
  });

  it.each([1.5, NaN, Infinity, "1", 1n, null])("increment by %o rejects with a TypeError", async (delta) => {
    await expect(cache.increment("key", delta as never)).rejects.toBeInstanceOf(TypeError);
    expect(await cache.exists("key")).toBe(false);
  });

  it("increment rejects results beyond the safe integers", async () => {
    await cache.set("key", Number.MAX_SAFE_INTEGER);
    await expect(cache.increment("key")).rejects.toBeInstanceOf(TypeError);
  });

  it("expire sets a new ttl", async () => {
    expect(await cache.expire("key", 10)).toBe(false);
    await cache.set("key", 1);
    expect(await cache.expire("key", 10)).toBe(true);
    expect(await cache.ttl("key")).toBe(10);
    expect(await cache.expire("key", "forever")).toBe(true);
    expect(await cache.ttl("key")).toBe(Infinity);
  });

  it("ttl returns seconds, and undefined for a missing key", async () => {
    expect(await cache.ttl("key")).toBeUndefined();
    await cache.set("key", 1, { ttl: "2m" });
    vi.setSystemTime(500);
    expect(await cache.ttl("key")).toBe(119.5);
    vi.setSystemTime(120_000);
    expect(await cache.ttl("key")).toBeUndefined();
  });

  it.each([0, -1, NaN, "10 s", "", "soon", null, {}])("a ttl of %o rejects", async (ttl) => {
    const options = { ttl: ttl as never };
    await cache.set("there", 1);
    for (const run of [
      () => cache.set("key", 1, options),
      () => cache.add("there", 1, options),
      () => cache.multiSet([], options),
      () => cache.expire("missing", options.ttl),
    ]) {
      await expect(run()).rejects.toMatchObject({ name: "CacheError", code: "ttl-invalid" });
    }
  });

  it("an unknown option rejects and names the nearest one", async () => {
    const error = await cache.set("key", 1, { tll: 5 } as never).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CacheError);
    expect(error).toMatchObject({ code: "option-unknown" });
    expect((error as Error).message).toContain("`ttl`");
    expect(await cache.exists("key")).toBe(false);
  });

  it("clear without a namespace rejects, unless `{ all: true }` is passed", async () => {
    await cache.set("key", 1);
    await expect(cache.clear()).rejects.toMatchObject({ code: "clear-refused" });
    await expect(cache.clear({ all: false })).rejects.toMatchObject({ code: "clear-refused" });
    expect(await cache.exists("key")).toBe(true);
    await cache.clear({ all: true });
    expect(await cache.exists("key")).toBe(false);
  });

  it("clear removes its own keys and the entries of its functions only", async () => {
    const [one, two] = [memory({ namespace: "main" }), memory({ namespace: "main" })];
    const fn = cached((n: number) => n, { backend: one });
    fn(1);
    await one.set("key", 1);
    await two.set("key", 2);
    await one.clear();
    expect([one.stats().entries, fn.cache.stats().entries]).toEqual([0, 0]);
    expect(await two.get("key")).toBe(2);
  });

  it("string keys never collide with keys of functions", async () => {
    const fn = cached((n: number) => n, { backend: cache, namespace: "x", name: "fn" });
    fn(1);
    expect(await cache.exists(fn.cache.key(1))).toBe(false);
    await cache.set(fn.cache.key(1), "mine");
    expect(fn(1)).toBe(1);
  });

  it("stores at most max keys", async () => {
    const small = memory({ max: 3 });
    const evicted: unknown[] = [];
    small.on("evict", ({ key }) => evicted.push(key));
    for (const key of ["a", "b", "c"]) await small.set(key, key);
    await small.get("a");
    await small.set("d", "d");
    expect(evicted).toEqual(["c"]);
    expect(small.stats()).toMatchObject({ entries: 3, evictions: 1 });
    expect(await small.multiGet(["a", "b", "c", "d"])).toEqual(["a", "b", undefined, "d"]);
  });

  it("accepts any text as a key", async () => {
    const keys = ["", " ", "a:b", "__proto__", "-0", "é", "\n", "x".repeat(10_000)];
    await cache.multiSet(keys.map((key) => [key, key] as const));
    expect(await cache.multiGet(keys)).toEqual(keys);
  });

  it("stats count string keys and functions", async () => {
    const fn = cached((n: number) => n, { backend: cache });
    fn(1);
    fn(1);
    await cache.get("missing");
    await cache.set("key", 1);
    await cache.get("key");
    await cache.get("key");
    expect(cache.stats()).toEqual({
      hits: 3,
      nearHits: 0,
      misses: 2,
      stale: 0,
      sets: 2,
      errors: 0,
      bypassed: 0,
      evictions: 0,
      entries: 2,
      hitRatio: 0.6,
    });
  });

  it("close releases all entries, and may be called twice and by `await using`", async () => {
    const fn = cached((n: number) => n, { backend: cache });
    await cache.set("key", 1);
    fn(1);
    await cache.close();
    await cache.close();
    await cache[Symbol.asyncDispose]();
    expect(cache.stats().entries).toBe(0);
  });

  it("after close, a function runs at each call, and each run emits an error", async () => {
    const fn = cached((n: number) => ({ n }), { backend: cache });
    const first = fn(1);
    await cache.close();
    const errors: unknown[] = [];
    cache.on("error", ({ error, reason }) => errors.push([(error as CacheError).code, reason]));
    const [second, third] = [fn(1), fn(1)];
    expect(new Set([first, second, third]).size).toBe(3);
    expect(errors).toEqual([
      ["closed", "This cache is closed; make a new one, or close it later."],
      ["closed", "This cache is closed; make a new one, or close it later."],
    ]);
    expect(cache.stats()).toMatchObject({ entries: 0, errors: 2 });
  });

  it("a run that ends after close is not stored", async () => {
    let end = (): void => undefined;
    const fn = cached(() => new Promise<number>((resolve) => (end = () => resolve(1))), { backend: cache });
    const run = fn();
    await cache.close();
    end();
    expect(await run).toBe(1);
    expect(cache.stats().entries).toBe(0);
  });

  it("timeout has no effect, because memory answers at once", async () => {
    const hasty = memory({ timeout: "1ms" });
    await hasty.set("key", 1);
    expect(await hasty.get("key")).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a cache in memory with a serializer", () => {
  it("returns a separate value to each reader, so no reader can change the stored one", async () => {
    const copying = memory({ serializer: "generic" });
    const value = { list: [1], at: new Date(0) };
    await copying.set("key", value);
    value.list.push(2);
    const [one, two] = await copying.multiGet<typeof value>(["key", "key"]);
    expect([one, two]).toEqual([
      { list: [1], at: new Date(0) },
      { list: [1], at: new Date(0) },
    ]);
    expect(one).not.toBe(two);
  });

  it("a value that its serializer cannot read is a miss", async () => {
    let isBroken = false;
    const broken = memory({
      serializer: {
        name: "broken",
        encode: String,
        decode: (data) => {
          if (isBroken) throw new Error("cannot be read");
          return data;
        },
      },
    });
    await broken.set("key", "text");
    isBroken = true;
    expect(await broken.get("key", "fallback")).toBe("fallback");
    expect(broken.stats()).toMatchObject({ hits: 0, misses: 1 });
  });

  it("starts the ttl when a value is written, however long that takes", async () => {
    const slow = memory({ serializer: "generic" });
    await slow.set("key", "text", { ttl: 10 });
    expect(await slow.ttl("key")).toBe(10);
    vi.setSystemTime(10_000);
    expect(await slow.get("key")).toBeUndefined();
  });

  it("stores results of functions by reference, according to their `copy`", () => {
    const fn = cached((n: number) => ({ n }), { backend: memory({ serializer: "json" }), copy: "none" });
    expect(fn(1)).toBe(fn(1));
  });
});

describe("a cache in memory with maxBytes", () => {
  const kilobyte = "x".repeat(1000);

  it("evicts entries without a second read until the new one fits", async () => {
    const small = memory({ maxBytes: 3500 });
    const evicted: unknown[] = [];
    small.on("evict", ({ key }) => evicted.push(key));
    for (const key of ["a", "b", "c"]) await small.set(key, kilobyte);
    await small.get("a");
    await small.set("d", kilobyte);
    expect(evicted).toEqual(["c"]);
    await small.set("e", kilobyte.repeat(2));
    expect(evicted.sort()).toEqual(["b", "c", "d"]);
    expect(small.stats()).toMatchObject({ entries: 2, evictions: 3 });
    expect(await small.multiGet(["a", "e"])).toEqual([kilobyte, kilobyte.repeat(2)]);
  });

  it("does not store a value above the bound, and removes the one that it would replace", async () => {
    const small = memory({ maxBytes: 1500 });
    const evicted: unknown[] = [];
    small.on("evict", ({ key }) => evicted.push(key));
    await small.set("other", 1);
    await small.set("key", "small");
    await small.set("key", kilobyte.repeat(2));
    expect(await small.multiGet(["key", "other"])).toEqual([undefined, 1]);
    expect(evicted).toEqual(["key"]);
  });

  it("does not count entries that are removed, replaced, expired or cleared", async () => {
    const small = memory({ maxBytes: 3500, namespace: "small" });
    const fill = () => small.multiSet(["a", "b", "c"].map((key) => [key, kilobyte] as const));
    await fill();
    await fill();
    await small.delete("a");
    await small.set("a", kilobyte);
    await small.clear();
    await fill();
    await small.expire("a", 1);
    vi.setSystemTime(1000);
    await small.get("a");
    await small.set("a", kilobyte);
    expect(small.stats()).toMatchObject({ entries: 3, evictions: 0 });
  });

  it("applies to keys and functions together, and evicts from the largest tier", async () => {
    const shared = memory({ maxBytes: 6000 });
    const evicted: unknown[] = [];
    shared.on("evict", ({ key, id }) => evicted.push(id ?? key));
    const options = { backend: shared, namespace: "x" };
    const large = cached((n: number) => `${n}`.repeat(1000), { ...options, name: "large" });
    const little = cached((n: number) => n, { ...options, name: "little" });
    little(1);
    await shared.set("key", kilobyte);
    for (const n of [1, 2, 3, 4, 5, 6]) large(n);
    expect(evicted).toEqual(["x:large@0", "x:large@0"]);
    expect(await shared.get("key")).toBe(kilobyte);
    expect(little.cache.stats().entries + large.cache.stats().entries).toBe(5);
  });

  it("counts keys, and values in their stored form", async () => {
    const small = memory({ maxBytes: 1400, serializer: "json" });
    await small.set("k".repeat(600), "a");
    await small.set("l".repeat(600), "a");
    expect(small.stats().entries).toBe(1);
    await small.set(
      "list",
      Array.from({ length: 20 }, () => "0123456789"),
    );
    expect(small.stats()).toMatchObject({ entries: 2, evictions: 1 });
  });
});
