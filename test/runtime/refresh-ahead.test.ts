import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { cached, memory, type CachedOptions, type CacheEvent } from "aotcache";

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

const at = (seconds: number): void => void vi.setSystemTime(seconds * 1000);

/** A cached function that returns the number of its run. */
function versions(options: CachedOptions) {
  let version = 0;
  const run = vi.fn(async () => ++version);
  return { run, fn: cached(async (_: number) => run(), options) };
}

describe("the option refresh", () => {
  it("starts one run behind the caller of the first hit in the last part of the ttl", async () => {
    const { fn, run } = versions({ ttl: 10, refresh: "80%" });
    await fn(1);
    at(7.999);
    await fn(1);
    await vi.runAllTimersAsync();
    expect(run).toHaveBeenCalledTimes(1);
    at(8);
    expect(await Promise.all([fn(1), fn(1), fn(1)])).toEqual([1, 1, 1]);
    await vi.runAllTimersAsync();
    expect(run).toHaveBeenCalledTimes(2);
    expect(await fn(1)).toBe(2);
    at(15.9);
    expect(await fn(1)).toBe(2);
  });

  it("counts such an answer as a hit, and tells so in events and in explain()", async () => {
    const store = memory();
    const events: string[] = [];
    for (const type of ["hit", "stale"] as const)
      store.on(type, (event: CacheEvent) => events.push(event.type));
    const { fn } = versions({ ttl: 10, refresh: "80%", backend: store });
    await fn(1);
    at(9);
    await fn(1);
    expect(await fn.cache.explain(1)).toMatchObject({ state: "fresh", ttl: 10 });
    expect(await fn.cache.peek(1)).toBe(1);
    expect(fn.cache.stats()).toMatchObject({ hits: 1, stale: 0, misses: 1 });
    expect(events).toEqual(["hit"]);
  });

  it("keeps the value no longer than its ttl if nobody asks before", async () => {
    const { fn, run } = versions({ ttl: 10, refresh: "80%" });
    await fn(1);
    at(10);
    expect(await fn(1)).toBe(2);
    expect(run).toHaveBeenCalledTimes(2);
  });

  it("is followed by the windows of swr and sie, which begin when the ttl has passed", async () => {
    let fails = false;
    const fn = cached(
      async (_: number) => {
        if (fails) throw new Error("down");
        return "value";
      },
      { ttl: 10, refresh: "80%", swr: 5, sie: 20 },
    );
    await fn(1);
    fails = true;
    at(14.9);
    expect(await fn(1)).toBe("value");
    expect(fn.cache.stats()).toMatchObject({ hits: 0, stale: 1 });
    await vi.runAllTimersAsync();
    at(29.9);
    expect(await fn(1)).toBe("value");
    at(30);
    await expect(fn(1)).rejects.toThrow("down");
  });

  it("leaves the value and tries again after `retry` if the run fails", async () => {
    let runs = 0;
    const fn = cached(
      async (_: number) => {
        if (++runs === 2) throw new Error("down");
        return runs;
      },
      { ttl: 100, refresh: "50%", retry: 5 },
    );
    await fn(1);
    at(60);
    expect(await fn(1)).toBe(1);
    await vi.runAllTimersAsync();
    expect(runs).toBe(2);
    at(64);
    expect(await fn(1)).toBe(1);
    await vi.runAllTimersAsync();
    expect(runs).toBe(2);
    at(66);
    expect(await fn(1)).toBe(1);
    await vi.runAllTimersAsync();
    expect(await fn(1)).toBe(3);
  });

  it("works on sync functions, and on each instance of a class", async () => {
    class Counter {
      runs = 0;
      read = cached((_: number) => ++this.runs, { ttl: 10, refresh: "80%" });
    }
    const one = new Counter();
    one.read(1);
    at(9);
    expect(one.read(1)).toBe(1);
    await vi.runAllTimersAsync();
    expect(one.read(1)).toBe(2);
  });

  it("needs a ttl that is a duration", () => {
    const fn = (n: number): number => n;
    expect(() => cached(fn, { refresh: "80%" })).toThrow("`refresh` has no effect without `ttl`.");
    expect(() => cached(fn, { ttl: () => 10, refresh: "80%" })).toThrow(
      "`refresh` has no effect with a `ttl` that is a function. Give `ttl` a duration, or write `swr`.",
    );
  });
});
