/** What a near tier keeps of a driver that reports changes in any order relative to its replies. */
import { expect, onTestFinished, test } from "vitest";
import { cached, cacheOf, type CachedOptions, type CacheEvent } from "aotcache";
import { createCache, type Data, type Driver } from "aotcache/driver";
import { MapDriver, MapServer } from "../../../fixtures/apps/driver/map-driver.ts";
import { deferred } from "../../support/deferred.ts";
import { until } from "../../support/servers/index.ts";
import { counting } from "./context.ts";

/** A driver whose replies and reports wait for the test. */
class FollowedDriver extends MapDriver {
  onChange: (keys: readonly string[] | undefined) => void = () => undefined;
  onLost: (error: Error) => void = () => undefined;
  followed = 0;
  /** Called with the keys of a read before its reply is passed on. */
  beforeReply: ((keys: readonly string[]) => unknown) | undefined;

  follow(
    ...[onChange, onLost]: Parameters<NonNullable<Driver["follow"]>>
  ): ReturnType<NonNullable<Driver["follow"]>> {
    this.followed++;
    Object.assign(this, { onChange, onLost });
    return undefined;
  }

  override async get(keys: readonly string[]): Promise<(Data | undefined)[]> {
    const values = await super.get(keys);
    await this.beforeReply?.(keys);
    return values;
  }
}

function setUp(options: CachedOptions = {}, near: object | boolean = true) {
  const driver = new FollowedDriver(new MapServer());
  const cache = createCache(driver, { namespace: "n", near });
  onTestFinished(() => cache.close());
  return { driver, cache, ...counting(cache, options) };
}

test("a reply that a change has overtaken is not kept", async () => {
  const { driver, fn, isNear, warm } = setUp();
  await fn(1);
  await until("stored", async () => driver.raw.values.size > 0 || undefined);
  driver.beforeReply = (keys) => void driver.onChange(keys);
  for (let turn = 0; turn < 3; turn++) await fn(1);
  expect(await isNear(1)).toBe(false);
  driver.beforeReply = undefined;
  await warm(1);
});

test("a change while the end of an entry is asked for is not lost", async () => {
  const { driver, fn, isNear } = setUp();
  await fn(1);
  const ttl = driver.ttl.bind(driver);
  driver.ttl = async (key) => {
    driver.onChange([key]);
    return ttl(key);
  };
  for (let turn = 0; turn < 3; turn++) await fn(1);
  expect(await isNear(1)).toBe(false);
});

test("changes of the store drop entries, also those with a tag", async () => {
  const { driver, warm, isNear } = setUp({ tags: ["users"] });
  const keysOf = (kind: string): string[] =>
    [...driver.raw.values.keys()].filter((key) => key.startsWith(`n:${kind}:`));
  await warm(1);
  driver.onChange(keysOf("f"));
  expect(await isNear(1)).toBe(false);
  await warm(1);
  driver.onChange(keysOf("t"));
  expect(await isNear(1)).toBe(false);
  await warm(1);
  driver.onChange(undefined);
  expect(await isNear(1)).toBe(false);
});

test("the result of a run is stored although the tier is emptied during the run", async () => {
  const { driver, cache } = setUp();
  const end = deferred<string>();
  let runs = 0;
  const run = async (_: number): Promise<string> => {
    runs++;
    return end.promise;
  };
  const fn = cached(run, { backend: cache });
  const first = fn(1);
  await until("it runs", () => runs === 1);
  driver.onChange(undefined);
  const joined = fn(1);
  end.resolve("result");
  expect([await first, await joined, await fn(1), runs]).toEqual(["result", "result", "result", 1]);
});

test("`maxBytes` bounds the entries of all functions", async () => {
  const { warm, handle } = setUp({}, { maxBytes: 2000 });
  for (let id = 0; id < 30; id++) await warm(id);
  const { entries, evictions } = handle.stats();
  expect([entries + evictions, entries > 0, entries < 15]).toEqual([30, true, true]);
});

test("a lost connection stops answers at once, and is replaced", async () => {
  const { driver, warm, isNear } = setUp();
  await warm(1);
  driver.onLost(new Error("lost"));
  expect(await isNear(1)).toBe(false);
  await until("followed again", () => driver.followed === 2 || undefined);
  await warm(1);
});

test("reports of a connection that was lost are ignored", async () => {
  const { driver, warm, isNear } = setUp();
  await warm(1);
  const { onChange, onLost } = driver;
  onLost(new Error("lost"));
  await until("followed again", () => driver.followed === 2 || undefined);
  await warm(1);
  onChange(undefined);
  onLost(new Error("lost again"));
  expect(await isNear(1)).toBe(true);
});

test("a connection that is found to be lost while it is checked is replaced", async () => {
  const driver = new FollowedDriver(new MapServer());
  let followed = 0;
  driver.follow = (_, onLost) => {
    const isFirst = ++followed === 1;
    return {
      check: async () => {
        if (isFirst) onLost(new Error("lost"));
      },
    };
  };
  const cache = createCache(driver, { near: { lag: "50ms" } });
  onTestFinished(() => cache.close());
  const { warm } = counting(cache);
  await warm(1);
  await until("followed again", () => followed === 2 || undefined);
  await warm(1);
});

test("`copy` protects near values as it does those in memory", async () => {
  const frozen = setUp({ copy: "freeze" });
  expect(Object.isFrozen(await frozen.warm(1))).toBe(true);
  const cloned = setUp({ copy: "clone" });
  const value = await cloned.warm(1);
  (value as { id: number }).id = 7;
  expect((await cloned.fn(1)).id).toBe(1);
  expect(cloned.handle.stats().nearHits).toBeGreaterThan(0);
});

test("`max` bounds the entries of a function, and keys", async () => {
  const { warm, handle, cache } = setUp({ max: 2 }, { max: 3 });
  for (let id = 0; id < 5; id++) await warm(id);
  expect(handle.stats()).toMatchObject({ entries: 2, evictions: 3 });
  for (let id = 0; id < 5; id++) {
    await cache.set(`${id}`, id);
    await cache.get(`${id}`);
  }
  await until(
    "near",
    async () => (await cache.get("4"), cache.stats().nearHits > handle.stats().nearHits || undefined),
  );
});

test("a listener hears of near hits", async () => {
  const { warm, fn, cache, handle } = setUp();
  await warm(1);
  const hits: CacheEvent[] = [];
  cache.on("hit", (event) => hits.push(event));
  await fn(1);
  expect(hits).toEqual([{ type: "hit", key: handle.key(1), id: expect.any(String) as string }]);
});

test("a batch reads the ids that are near from memory", async () => {
  const driver = new FollowedDriver(new MapServer());
  const cache = createCache(driver, { near: true });
  onTestFinished(() => cache.close());
  const runs: (readonly number[])[] = [];
  const load = async (ids: readonly number[]): Promise<string[]> => {
    runs.push(ids);
    return ids.map((id) => `user ${id}`);
  };
  const users = cached(load, { backend: cache, name: "users", multi: "ids" });
  await users([1, 2]);
  await until("near", async () => (await users([1, 2]), cacheOf(users).stats().nearHits >= 2 || undefined));
  const reads: string[] = [];
  driver.beforeReply = (keys) => reads.push(...keys);
  expect(await users([1, 3, 2])).toEqual(["user 1", "user 3", "user 2"]);
  expect(new Set(reads).size).toBe(1);
  expect(runs.at(-1)).toEqual([3]);
});

test("calls in one turn after a long stop of the process are answered from before at most 7 times", async () => {
  const driver = new FollowedDriver(new MapServer());
  const checks = deferred<undefined>();
  driver.follow = (onChange, onLost) => {
    Object.assign(driver, { onChange, onLost });
    return { check: () => checks.promise };
  };
  const cache = createCache(driver, { near: { lag: "100ms" } });
  onTestFinished(() => cache.close());
  const { fn, handle } = counting(cache);
  await fn(1);
  await until("near", async () => (await fn(1), handle.stats().nearHits > 0 || undefined));
  const before = handle.stats().nearHits;
  const end = performance.now() + 150;
  while (performance.now() < end);
  for (let turn = 0; turn < 20; turn++) void fn(1);
  expect(handle.stats().nearHits - before).toBeLessThanOrEqual(7);
});
