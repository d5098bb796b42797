import { expect, test } from "vitest";
import type { Cache } from "aotcache";
import { until } from "../../support/servers/until.ts";
import type { CacheContext } from "./contract.ts";

const DAY = 86_400;

/** Expiry: ttls of values, their defaults, and how they change. */
export function expiry(context: CacheContext): void {
  /** Expects the remaining seconds, minus the time that a slow machine may have used. */
  async function expectLeft(cache: Cache, key: string, ttl: number): Promise<void> {
    const left = await cache.ttl(key);
    expect(left).toBeGreaterThan(ttl - 20);
    expect(left).toBeLessThanOrEqual(ttl);
  }

  test("ttl returns undefined for a missing key, and Infinity for a key without expiry", async () => {
    const key = context.key();
    expect(await context.cache.ttl(key)).toBeUndefined();
    await context.cache.set(key, 1);
    expect(await context.cache.ttl(key)).toBe(Infinity);
  });

  test.each([
    [60, 60],
    ["90s", 90],
    ["5m", 300],
    ["2h", 7200],
    ["40d", 40 * DAY],
    [100 * 365 * DAY, 100 * 365 * DAY],
  ] as const)("the ttl of a value is stored: %s", async (ttl, seconds) => {
    const keys = ["set", "add", "multi", "expire"].map((tail) => context.key(tail));
    await context.cache.set(keys[0]!, 1, { ttl });
    await context.cache.add(keys[1]!, 1, { ttl });
    await context.cache.multiSet({ [keys[2]!]: 1 }, { ttl });
    await context.cache.set(keys[3]!, 1);
    await context.cache.expire(keys[3]!, ttl);
    for (const key of keys) await expectLeft(context.other, key, seconds);
  });

  test("a value exists for its ttl and no longer, also below one second", async () => {
    const key = context.key();
    const start = performance.now();
    await context.cache.set(key, 1, { ttl: "300ms" });
    // A read may be late, so only a read that was in time counts.
    const early = await context.cache.get(key);
    if (performance.now() - start < 300) expect(early).toBe(1);
    await until("the value has expired", async () => (await context.cache.get(key)) === undefined);
    expect(performance.now() - start).toBeGreaterThanOrEqual(299);
    expect(await context.cache.exists(key)).toBe(false);
    expect(await context.cache.ttl(key)).toBeUndefined();
    expect(await context.cache.expire(key, 10)).toBe(false);
    expect(await context.cache.delete(key)).toBe(false);
    expect(await context.cache.add(key, 2)).toBe(true);
  });

  test("set replaces the value and its expiry, also with no expiry", async () => {
    const key = context.key();
    await context.cache.set(key, 1, { ttl: 60 });
    await context.cache.set(key, 2, { ttl: 600 });
    await expectLeft(context.cache, key, 600);
    await context.cache.set(key, 3);
    expect(await context.cache.ttl(key)).toBe(Infinity);
    expect(await context.cache.get(key)).toBe(3);
  });

  test("a ttl argument overrides the ttl of the cache, also with `forever`", async () => {
    const cache = context.make({ namespace: context.namespace(), ttl: "10m" });
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

  test("values and counters expire after the ttl of the cache", async () => {
    const cache = context.make({ namespace: context.namespace(), ttl: "200ms" });
    await cache.set("key", 1);
    await cache.increment("count");
    await until(
      "both have expired",
      async () => !(await cache.exists("key")) && !(await cache.exists("count")),
    );
  });

  test("expire sets, changes and removes an expiry, and does not change the value", async () => {
    const key = context.key();
    expect(await context.cache.expire(key, 60)).toBe(false);
    expect(await context.cache.exists(key)).toBe(false);
    await context.cache.set(key, "value");
    for (const ttl of [60, "40d", 1.5] as const) expect(await context.cache.expire(key, ttl)).toBe(true);
    expect(await context.cache.ttl(key)).toBeLessThanOrEqual(1.5);
    expect(await context.other.expire(key, "forever")).toBe(true);
    expect(await context.cache.ttl(key)).toBe(Infinity);
    expect(await context.cache.get(key)).toBe("value");
  });

  test.each([0, -1, NaN, -Infinity, "10 s", "", "soon", null, {}])(
    "rejects the invalid ttl %o",
    async (ttl) => {
      const options = { ttl: ttl as never };
      const [there, free] = [context.key("there"), context.key("free")];
      await context.cache.set(there, 1);
      for (const run of [
        () => context.cache.set(free, 1, options),
        () => context.cache.add(there, 1, options),
        () => context.cache.multiSet([], options),
        () => context.cache.multiSet({ [free]: 1 }, options),
        () => context.cache.expire(free, options.ttl),
        () => context.cache.expire(there, options.ttl),
      ]) {
        await expect(run()).rejects.toMatchObject({ name: "CacheError", code: "ttl-invalid" });
      }
      expect(await context.cache.exists(free)).toBe(false);
      expect(await context.cache.ttl(there)).toBe(Infinity);
    },
  );

  test("rejects an unknown option and names the nearest one", async () => {
    const options = { tll: 5 } as object;
    const key = context.key();
    for (const run of [
      () => context.cache.set(key, 1, options),
      () => context.cache.add(key, 1, options),
      () => context.cache.multiSet([], options),
      () => context.cache.clear(options),
    ]) {
      await expect(run()).rejects.toMatchObject({ name: "CacheError", code: "option-unknown" });
    }
    await expect(context.cache.set(key, 1, options)).rejects.toThrow("write `ttl`");
    await expect(context.cache.set(key, 1, null as never)).rejects.toMatchObject({ code: "option-value" });
    await expect(context.cache.set(key, 1, 10 as never)).rejects.toMatchObject({ code: "option-value" });
    expect(await context.cache.exists(key)).toBe(false);
  });
}
