/** Expired values do not stay in memory. */
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { cached, memory } from "aotcache";
import { Tier } from "../../runtime/memory/tier.ts";
import { keyPlaceOf } from "../../runtime/memory/trie.ts";

const SECOND = { timeout: 5000, interval: 20 };

describe("a sweep", () => {
  const tier = (expiries: readonly number[], max = 100_000): Tier => {
    const made = new Tier(1, max);
    for (const [key, expires] of expiries.entries())
      made.store(keyPlaceOf([key]), { value: key, expires, promised: false }, 0);
    return made;
  };

  it("removes what has expired, and tells when the next value expires", () => {
    const swept = tier([10, 30, Infinity, 20, 10]);
    expect(swept.sweep(9)).toBe(10);
    expect(swept.size).toBe(5);
    expect(swept.sweep(20)).toBe(30);
    expect([0, 1, 2, 3, 4].filter((key) => swept.get1(key) >= 0)).toEqual([1, 2]);
    expect(swept.sweep(30)).toBe(Infinity);
    expect(swept.size).toBe(1);
  });

  it("leaves what may still be returned as stale", () => {
    const swept = tier([10]);
    swept.grace = 5;
    expect(swept.sweep(14)).toBe(15);
    expect(swept.size).toBe(1);
    expect(swept.sweep(15)).toBe(Infinity);
    expect(swept.size).toBe(0);
  });

  it("of many values goes on later", () => {
    const swept = tier(Array<number>(25_000).fill(10));
    const sizes: number[] = [];
    while (swept.sweep(10) < Infinity) sizes.push(swept.size);
    expect(sizes).toEqual([15_000, 5_000]);
  });

  it("happens at a write, for platforms without timers", () => {
    const swept = tier([10, 20]);
    swept.store(keyPlaceOf(["new"]), { value: 1, expires: Infinity, promised: false }, 2000);
    expect(swept.size).toBe(1);
  });
});

it("does not fail calls where a program has a global `Deno` of its own", () => {
  vi.stubGlobal("Deno", { version: {} });
  onTestFinished(() => void vi.unstubAllGlobals());
  expect(cached((n: number) => n + 1, { ttl: "1ms", name: "besideDeno" })(1)).toBe(2);
});

describe("3,000 values of 100 kB, three times their ttl later", () => {
  const value = "x".repeat(100_000);
  const TTL_SECONDS = 10;

  /** A cache with the values, and a function that adds one. */
  function filled() {
    vi.useFakeTimers({ toFake: ["Date", "performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const cache = memory({ maxBytes: 1_000_000_000 });
    const fn = cached((n: number) => `${n}${value}`, { ttl: TTL_SECONDS, name: "large", backend: cache });
    const large = cached((_: number) => value, { ttl: TTL_SECONDS, name: "same", backend: cache });
    for (let n = 0; n < 3000; n++) large(n);
    expect(large.cache.stats()).toMatchObject({ entries: 3000, evictions: 0 });
    return { cache, fn, large };
  }

  it("are gone when the process is idle", async () => {
    const { cache, fn, large } = filled();
    // The timer of sweeps is real, and a value that expires soon sets it: it then takes all that has expired.
    const brief = cached((n: number) => n, { ttl: "10ms", name: "brief", backend: cache });
    brief(1);
    vi.setSystemTime(Date.now() + 3 * TTL_SECONDS * 1000);
    await vi.waitUntil(() => cache.stats().entries === 0, SECOND);
    expect([fn, large].map((each) => each.cache.stats().entries)).toEqual([0, 0]);
  });

  it("are gone when it is so busy that no timer fires", () => {
    const { fn, large } = filled();
    for (let second = 0; second < 3 * TTL_SECONDS; second++) {
      vi.setSystemTime(Date.now() + 1000);
      large(3000 + second);
      fn(second);
    }
    expect(large.cache.stats().entries).toBeLessThanOrEqual(TTL_SECONDS + 1);
  });
});

describe("without another call", () => {
  it("results and values are released within about a second of their expiry", async () => {
    const cache = memory({ maxBytes: 1_000_000 });
    const fn = cached((n: number) => ({ n }), { ttl: "50ms", name: "fn", backend: cache });
    const kept = cached((n: number) => ({ n }), { name: "kept", backend: cache });
    for (let n = 0; n < 100; n++) fn(n);
    kept(1);
    await cache.set("key", 1, { ttl: "20ms" });
    expect(cache.stats().entries).toBe(102);
    await vi.waitUntil(() => cache.stats().entries === 1, SECOND);
    expect(kept.cache.stats().entries).toBe(1);
    // Again, after the first sweep.
    fn(1);
    await vi.waitUntil(() => cache.stats().entries === 1, SECOND);
  });

  it("a stale value stays until its window is over", async () => {
    const cache = memory();
    const fn = cached((n: number) => n, { ttl: "10ms", swr: "1h", name: "fn", backend: cache });
    const brief = cached((n: number) => n, { ttl: "10ms", name: "brief", backend: cache });
    fn(1);
    brief(1);
    await vi.waitUntil(() => brief.cache.stats().entries === 0, SECOND);
    expect(fn.cache.stats().entries).toBe(1);
  });

  it("the process is not kept alive", () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    const before = timers();
    cached((n: number) => n, { ttl: "1h", name: "hour" })(1);
    cached((n: number) => n, { ttl: "2s", name: "seconds" })(1);
    expect(timers()).toBe(before);
  });
});
