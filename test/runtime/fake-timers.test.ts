/** Fake timers of a test move the time of memory, and hold up nothing that the runtime waits for. */
import { afterEach, expect, it, vi } from "vitest";
import { cached, memory } from "aotcache";
import { keyv } from "aotcache/keyv";

afterEach(() => void vi.useRealTimers());

/** Everything that Vitest can replace. By itself it leaves `nextTick` and `queueMicrotask` alone, which Jest replaces. */
const ALL = {
  toFake: ["Date", "performance", "setTimeout", "clearTimeout", "setImmediate", "queueMicrotask"],
} as const;

it("moves the ttl of functions and of keys in memory", async () => {
  vi.useFakeTimers();
  const run = vi.fn((n: number) => n);
  const fn = cached(run, { ttl: "1m", name: "fn" });
  const cache = memory({ ttl: "1m" });
  await cache.set("key", 1);
  fn(1);
  vi.advanceTimersByTime(59_999);
  expect([fn(1), await cache.get("key")]).toEqual([1, 1]);
  expect(run).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1);
  expect([fn(1), await cache.get("key")]).toEqual([1, undefined]);
  expect(run).toHaveBeenCalledTimes(2);
});

it("refreshes stale values, and closes a cache", async () => {
  const cache = keyv(new Map());
  let n = 0;
  const near = cached(() => ++n, { ttl: "1m", swr: "1h", name: "near" });
  const far = cached(async (id: number) => id, { backend: cache, name: "far", ttl: "1m" });
  vi.useFakeTimers({ ...ALL, toFake: [...ALL.toFake] });
  expect([near(), await far(1), await far(1)]).toEqual([1, 1, 1]);
  vi.setSystemTime(Date.now() + 61_000);
  expect(near()).toBe(1);
  await vi.waitFor(() => expect(near()).toBe(2));
  vi.useRealTimers();
  await cache.close();
});

it("holds nothing up in a copy of the runtime that is loaded while timers are fake", async () => {
  vi.useFakeTimers({ ...ALL, toFake: [...ALL.toFake] });
  vi.resetModules();
  const copy = { ...(await import("aotcache")), ...(await import("aotcache/keyv")) };
  const cache = copy.keyv(new Map());
  const fn = copy.cached(async (id: number) => id, { backend: cache, name: "fn", timeout: "1s" });
  expect(await fn(1)).toBe(1);
  await cache.close();
  const run = vi.fn((n: number) => n);
  const short = copy.cached(run, { ttl: "1m", name: "short" });
  short(1);
  vi.advanceTimersByTime(60_000);
  short(1);
  expect(run).toHaveBeenCalledTimes(2);
});
