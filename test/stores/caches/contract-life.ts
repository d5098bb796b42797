import { expect, test, vi } from "vitest";
import { cached, type Cache, type CacheEventName } from "aotcache";
import type { CacheContext } from "./contract.ts";

const EVENTS: readonly CacheEventName[] = ["hit", "miss", "set", "error", "stale", "bypass", "evict"];

/** Every operation, on keys that no other test uses. */
const OPERATIONS: readonly [name: string, run: (cache: Cache) => Promise<unknown>][] = [
  ["add", (cache) => cache.add("key", 1)],
  ["exists", (cache) => cache.exists("key")],
  ["get", (cache) => cache.get("key")],
  ["set", (cache) => cache.set("key", 1)],
  ["multiGet", (cache) => cache.multiGet(["key"])],
  ["multiGet of nothing", (cache) => cache.multiGet([])],
  ["multiSet", (cache) => cache.multiSet({ key: 1 })],
  ["multiSet of nothing", (cache) => cache.multiSet({})],
  ["delete", (cache) => cache.delete("key")],
  ["increment", (cache) => cache.increment("key")],
  ["expire", (cache) => cache.expire("key", 1)],
  ["ttl", (cache) => cache.ttl("key")],
  ["clear", (cache) => cache.clear()],
];

/** Events, stats and closing of a cache. */
export function life(context: CacheContext): void {
  const make = (): Cache => context.make({ namespace: context.namespace() });

  test("emits hits, misses and sets, with the key as given", async () => {
    const cache = make();
    const events: string[] = [];
    const off = EVENTS.map((name) => cache.on(name, ({ type, key }) => events.push(`${type} ${key}`)));
    const long = "long ".repeat(200);
    await cache.get("a");
    await cache.set("a", 1);
    await cache.add("a", 2);
    await cache.add("b", 2);
    await cache.multiSet({ [long]: 3 });
    await cache.increment("count");
    await cache.increment("count");
    await cache.multiGet(["a", "none", long]);
    await cache.exists("a");
    await cache.ttl("a");
    await cache.expire("a", 60);
    await cache.delete("a");
    await cache.clear();
    off.forEach((stop) => stop());
    await cache.set("unheard", 1);
    expect(events).toEqual([
      ...["miss a", "set a", "set b", `set ${long}`, "set count", "set count"],
      ...["hit a", "miss none", `hit ${long}`],
    ]);
    expect(cache.stats()).toMatchObject({ hits: 2, misses: 2, sets: 6, errors: 0, hitRatio: 0.5 });
  });

  test("answers functions and closes while timers are fake", async () => {
    const cache = make();
    const fn = cached(async (id: number) => ({ id }), { backend: cache, name: "fakeTimers", ttl: 60 });
    await cache.set("warm", 1);
    // All that Vitest and Jest replace, but for `process.nextTick`, which Vitest cannot.
    const toFake = [
      "Date",
      "performance",
      "setTimeout",
      "clearTimeout",
      "setImmediate",
      "queueMicrotask",
    ] as const;
    vi.useFakeTimers({ toFake: [...toFake] });
    try {
      expect([await fn(1), await fn(1), await cache.get("warm")]).toEqual([{ id: 1 }, { id: 1 }, 1]);
    } finally {
      vi.useRealTimers();
    }
    await cache.close();
  });

  test("invalid arguments do not count as errors of the cache", async () => {
    const cache = make();
    await cache.set("text", "text");
    await expect(cache.increment("text")).rejects.toThrow(TypeError);
    await expect(cache.set("key", 1, { ttl: 0 })).rejects.toThrow("ttl");
    expect(cache.stats()).toMatchObject({ errors: 0, sets: 1 });
  });

  test("exposes its namespace", () => {
    expect(context.make({ namespace: "a:b" }).namespace).toBe("a:b");
    expect(context.make({}).namespace).toBeUndefined();
  });

  test.each(OPERATIONS)("rejects after it was closed: %s", async (_, run) => {
    const cache = make();
    await cache.close();
    await expect(run(cache)).rejects.toMatchObject({ name: "CacheError", code: "closed" });
  });

  test("close may be called before the first use, repeatedly, concurrently, and by `await using`", async () => {
    const cache = make();
    await Promise.all([cache.close(), cache.close()]);
    await cache.close();
    await cache[Symbol.asyncDispose]();
    expect(cache.stats()).toMatchObject({ hits: 0, errors: 0 });
  });

  test("operations that started before close complete", async () => {
    const namespace = context.namespace();
    const cache = context.make({ namespace });
    await cache.set("first", 1);
    const began = [
      cache.set("key", { kept: true }),
      cache.multiSet(Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`key ${index}`, "kept"]))),
      cache.increment("count"),
      cache.get("first"),
      cache.set("x".repeat(3000), "kept"),
    ];
    const closing = cache.close();
    await expect(cache.get("first")).rejects.toMatchObject({ code: "closed" });
    expect(await Promise.all(began)).toEqual([undefined, undefined, 1, 1, undefined]);
    await closing;
    if (context.isAlone) return;
    const other = context.make({ namespace });
    expect(await other.multiGet(["key", "key 99", "count", "x".repeat(3000)])).toEqual([
      { kept: true },
      "kept",
      1,
      "kept",
    ]);
  });

  test("closing one cache does not close another", async () => {
    const [one, two] = [make(), make()];
    await Promise.all([one.set("key", 1), two.set("key", 2)]);
    await one.close();
    expect(await two.get("key")).toBe(2);
  });
}
