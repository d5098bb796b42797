/** While a function fails, an old value stands in without asking the function at each call. */
import { afterEach, beforeEach, describe, expect, it, vi, type Mock } from "vitest";
import { cached, memory, type Cache, type CachedOptions, type CacheHandle } from "aotcache";
import { keyv } from "aotcache/keyv";

const START = 1_000_000;
const at = (seconds: number): void => void vi.setSystemTime(START + seconds * 1000);

beforeEach(() => void vi.useFakeTimers({ now: START, toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

interface Failing {
  readonly fn: () => Promise<number>;
  readonly handle: CacheHandle<(n: number) => Promise<number>>;
  readonly run: Mock<(n: number) => Promise<number>>;
}

/** A function that fails once its value for 1 is old. */
async function failing(backend: Cache, options: CachedOptions): Promise<Failing> {
  const run = vi.fn(async (n: number) => n);
  const fn = cached(async (n: number) => run(n), { ttl: 10, name: "fn", backend, ...options });
  expect(await fn(1)).toBe(1);
  await vi.waitUntil(async () => (await fn.cache.peek(1)) === 1);
  run.mockReset().mockRejectedValue(new Error("down"));
  return { fn: () => fn(1), handle: fn.cache, run };
}

describe.each([
  ["memory", () => memory()],
  ["a store outside of memory", () => keyv(new Map())],
])("in %s, the function is tried once a second", (_, make) => {
  it("under sie, and its callers get the old value at once", async () => {
    const { fn, run } = await failing(make(), { sie: "1h" });
    at(20);
    for (let i = 0; i < 5; i++) expect(await fn()).toBe(1);
    expect(run).toHaveBeenCalledTimes(1);
    at(20.999);
    await fn();
    expect(run).toHaveBeenCalledTimes(1);
    at(21);
    for (let i = 0; i < 5; i++) expect(await fn()).toBe(1);
    expect(run).toHaveBeenCalledTimes(2);
    run.mockReset().mockResolvedValue(2);
    at(22);
    expect(await fn()).toBe(2);
  });

  it("under swr", async () => {
    const store = make();
    const { fn, run } = await failing(store, { swr: "1h" });
    for (const seconds of [20, 21]) {
      at(seconds);
      const failed = new Promise<void>((resolve) => store.on("error", () => resolve()));
      expect(await fn()).toBe(1);
      await failed;
      for (let i = 0; i < 20; i++) expect(await fn()).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      expect(run).toHaveBeenCalledTimes(seconds - 19);
    }
  });

  it("unless the old value was removed, or a refresh is asked for", async () => {
    const { fn, handle, run } = await failing(make(), { sie: "1h" });
    at(20);
    expect(await fn()).toBe(1);
    await expect(handle.refresh(1)).rejects.toThrow("down");
    expect(run).toHaveBeenCalledTimes(2);
    await handle.invalidate(1);
    await expect(fn()).rejects.toThrow("down");
    expect(run).toHaveBeenCalledTimes(3);
  });
});
