import { expect, test } from "vitest";
import type { Cache } from "aotcache";
import { until } from "../../support/servers/until.ts";
import type { Bench } from "./contract.ts";

const DAY = 86_400;

/** How long values are kept. */
export function expiry(bench: Bench): void {
  /** Checks the seconds left, less what a slow machine may have used up. */
  async function expectLeft(cache: Cache, key: string, ttl: number): Promise<void> {
    const left = await cache.ttl(key);
    expect(left).toBeGreaterThan(ttl - 20);
    expect(left).toBeLessThanOrEqual(ttl);
  }

  test("the ttl of a missing key is undefined, of one without expiry Infinity", async () => {
    const key = bench.key();
    expect(await bench.cache.ttl(key)).toBeUndefined();
    await bench.cache.set(key, 1);
    expect(await bench.cache.ttl(key)).toBe(Infinity);
  });

  test.each([
    [60, 60],
    ["90s", 90],
    ["5m", 300],
    ["2h", 7200],
    ["40d", 40 * DAY],
    [100 * 365 * DAY, 100 * 365 * DAY],
  ] as const)("a ttl is kept: %s", async (ttl, seconds) => {
    const keys = ["set", "add", "multi", "expire"].map((tail) => bench.key(tail));
    await bench.cache.set(keys[0]!, 1, { ttl });
    await bench.cache.add(keys[1]!, 1, { ttl });
    await bench.cache.multiSet({ [keys[2]!]: 1 }, { ttl });
    await bench.cache.set(keys[3]!, 1);
    await bench.cache.expire(keys[3]!, ttl);
    for (const key of keys) await expectLeft(bench.other, key, seconds);
  });

  test("a value is there for its ttl and not longer, below a second, too", async () => {
    const key = bench.key();
    const start = performance.now();
    await bench.cache.set(key, 1, { ttl: "300ms" });
    // What is read may be late, so only what was read in time counts.
    const early = await bench.cache.get(key);
    if (performance.now() - start < 300) expect(early).toBe(1);
    await until("the value is gone", async () => (await bench.cache.get(key)) === undefined);
    expect(performance.now() - start).toBeGreaterThanOrEqual(299);
    expect(await bench.cache.exists(key)).toBe(false);
    expect(await bench.cache.ttl(key)).toBeUndefined();
    expect(await bench.cache.expire(key, 10)).toBe(false);
    expect(await bench.cache.delete(key)).toBe(false);
    expect(await bench.cache.add(key, 2)).toBe(true);
  });

  test("set replaces value and expiry, also by none", async () => {
    const key = bench.key();
    await bench.cache.set(key, 1, { ttl: 60 });
    await bench.cache.set(key, 2, { ttl: 600 });
    await expectLeft(bench.cache, key, 600);
    await bench.cache.set(key, 3);
    expect(await bench.cache.ttl(key)).toBe(Infinity);
    expect(await bench.cache.get(key)).toBe(3);
  });

  test("the ttl of an argument goes before that of the cache, forever included", async () => {
    const cache = bench.make({ namespace: bench.namespace(), ttl: "10m" });
    await cache.set("default", 1);
    await cache.set("undefined", 1, { ttl: undefined } as object);
    await cache.set("own", 1, { ttl: 60 });
    await cache.set("forever", 1, { ttl: "forever" });
    await cache.add("added", 1);
    await cache.multiSet({ many: 1 });
    await cache.increment("count");
    for (const key of ["default", "undefined", "added", "many", "count"]) await expectLeft(cache, key, 600);
    await expectLeft(cache, "own", 60);
    expect(await cache.ttl("forever")).toBe(Infinity);
  });

  test("the ttl of the cache ends a value, and a counter", async () => {
    const cache = bench.make({ namespace: bench.namespace(), ttl: "200ms" });
    await cache.set("key", 1);
    await cache.increment("count");
    await until("both are gone", async () => !(await cache.exists("key")) && !(await cache.exists("count")));
  });

  test("expire gives, changes and removes an expiry, and the value stays", async () => {
    const key = bench.key();
    expect(await bench.cache.expire(key, 60)).toBe(false);
    expect(await bench.cache.exists(key)).toBe(false);
    await bench.cache.set(key, "value");
    for (const ttl of [60, "40d", 1.5] as const) expect(await bench.cache.expire(key, ttl)).toBe(true);
    expect(await bench.cache.ttl(key)).toBeLessThanOrEqual(1.5);
    expect(await bench.other.expire(key, "forever")).toBe(true);
    expect(await bench.cache.ttl(key)).toBe(Infinity);
    expect(await bench.cache.get(key)).toBe("value");
  });

  test.each([0, -1, NaN, -Infinity, "10 s", "", "soon", null, {}])("a ttl of %o is refused", async (ttl) => {
    const options = { ttl: ttl as never };
    const [there, free] = [bench.key("there"), bench.key("free")];
    await bench.cache.set(there, 1);
    for (const run of [
      () => bench.cache.set(free, 1, options),
      () => bench.cache.add(there, 1, options),
      () => bench.cache.multiSet([], options),
      () => bench.cache.multiSet({ [free]: 1 }, options),
      () => bench.cache.expire(free, options.ttl),
      () => bench.cache.expire(there, options.ttl),
    ]) {
      await expect(run()).rejects.toMatchObject({ name: "CacheError", code: "ttl-invalid" });
    }
    expect(await bench.cache.exists(free)).toBe(false);
    expect(await bench.cache.ttl(there)).toBe(Infinity);
  });

  test("an option that there is not is refused, with the nearest one", async () => {
    const options = { tll: 5 } as object;
    const key = bench.key();
    for (const run of [
      () => bench.cache.set(key, 1, options),
      () => bench.cache.add(key, 1, options),
      () => bench.cache.multiSet([], options),
      () => bench.cache.clear(options),
    ]) {
      await expect(run()).rejects.toMatchObject({ name: "CacheError", code: "option-unknown" });
    }
    await expect(bench.cache.set(key, 1, options)).rejects.toThrow("write `ttl`");
    await expect(bench.cache.set(key, 1, null as never)).rejects.toMatchObject({ code: "option-value" });
    await expect(bench.cache.set(key, 1, 10 as never)).rejects.toMatchObject({ code: "option-value" });
    expect(await bench.cache.exists(key)).toBe(false);
  });
}
