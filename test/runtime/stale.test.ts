import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { cached, memory, type CacheEvent } from "aotcache";
import { deferred } from "../support/deferred.ts";

const START = 1_000_000;
const rejections: unknown[] = [];
const onRejection = (reason: unknown): void => void rejections.push(reason);

beforeEach(() => {
  vi.useFakeTimers({ now: START });
  process.on("unhandledRejection", onRejection);
});
afterEach(() => {
  vi.useRealTimers();
  process.off("unhandledRejection", onRejection);
  expect(rejections.splice(0)).toEqual([]);
});

// Read before fake timers replace it: Node.js detects unhandled rejections in a later turn.
const realImmediate = setImmediate;
const nextTurn = (): Promise<void> => new Promise((resolve) => void realImmediate(() => resolve()));

const at = (seconds: number): void => void vi.setSystemTime(START + seconds * 1000);

describe("stale-while-revalidate", () => {
  it("returns the old value during the window after the ttl, and refreshes once in the background", async () => {
    let version = 1;
    const run = vi.fn(async () => version);
    const fn = cached(async (_: number) => run(), { ttl: 10, swr: 20 });
    expect(await fn(1)).toBe(1);
    version = 2;
    at(29.999);
    expect(await Promise.all([fn(1), fn(1), fn(1)])).toEqual([1, 1, 1]);
    expect(run).toHaveBeenCalledTimes(1);
    await vi.runAllTimersAsync();
    expect(run).toHaveBeenCalledTimes(2);
    expect(await fn(1)).toBe(2);
    expect(fn.cache.stats()).toMatchObject({ stale: 3, hits: 1, misses: 1, runs: 2, inFlight: 0 });
  });

  it("ends exactly when the window ends", async () => {
    let version = 1;
    const fn = cached(async (_: number) => version, { ttl: 10, swr: 20 });
    await fn(1);
    version = 2;
    at(30);
    expect(await fn(1)).toBe(2);
    expect(fn.cache.stats()).toMatchObject({ stale: 0, misses: 2 });
  });

  it("works for sync functions: the run happens in the background", async () => {
    let version = 1;
    const run = vi.fn(() => version);
    const fn = cached((_: number) => run(), { ttl: 10, swr: 20 });
    fn(1);
    version = 2;
    at(15);
    expect([fn(1), fn(1)]).toEqual([1, 1]);
    expect(run).toHaveBeenCalledTimes(1);
    await vi.runAllTimersAsync();
    expect(run).toHaveBeenCalledTimes(2);
    expect(fn(1)).toBe(2);
  });

  it("refreshes once with lock: none, too", async () => {
    const answer = deferred<number>();
    const run = vi.fn<() => Promise<number>>().mockResolvedValueOnce(1).mockReturnValue(answer.promise);
    const fn = cached(async (_: number) => run(), { ttl: 10, swr: 20, lock: "none" });
    await fn(1);
    at(15);
    await Promise.all([fn(1), fn(1)]);
    await vi.runAllTimersAsync();
    expect(await fn(1)).toBe(1);
    await vi.runAllTimersAsync();
    expect(run).toHaveBeenCalledTimes(2);
    answer.resolve(2);
    await vi.runAllTimersAsync();
    expect(await fn(1)).toBe(2);
  });

  it("keeps the old value when a refresh fails, which emits an error and is not an unhandled rejection", async () => {
    const cache = memory();
    const events: CacheEvent[] = [];
    cache.on("error", (event) => events.push(event));
    const error = new Error("down");
    for (const fail of [
      () => Promise.reject(error),
      () => {
        throw error;
      },
    ]) {
      const run = vi.fn<() => Promise<number>>().mockResolvedValueOnce(1).mockImplementation(fail);
      const fn = cached((_: number) => run(), { ttl: 10, swr: 20, backend: cache, name: "shaky" });
      vi.setSystemTime(START);
      await fn(1);
      at(15);
      expect(await fn(1)).toBe(1);
      await vi.runAllTimersAsync();
      await nextTurn();
      expect(events.splice(0)).toMatchObject([{ type: "error", key: "uncompiled:shaky@0(1)", error }]);
      at(20);
      expect(await fn(1)).toBe(1);
      await vi.runAllTimersAsync();
      await nextTurn();
      expect(run).toHaveBeenCalledTimes(3);
      expect(events.splice(0)).toHaveLength(1);
      at(30);
      await expect((async () => fn(1))()).rejects.toBe(error);
      expect(fn.cache.stats().inFlight).toBe(0);
    }
  });

  it("does not refresh an entry that was invalidated, cleared or primed before the refresh began", async () => {
    const run = vi.fn(async () => "run");
    const fn = cached(async (_: number) => run(), { ttl: 10, swr: 20 });
    for (const n of [1, 2]) await fn(n);
    at(15);
    await fn(1);
    await fn(2);
    expect(await fn.cache.invalidate(1)).toBe(true);
    await fn.cache.prime([2], "primed");
    await vi.runAllTimersAsync();
    expect(run).toHaveBeenCalledTimes(2);
    expect(await fn.cache.peek(1)).toBeUndefined();
    expect(await fn(2)).toBe("primed");
    at(26);
    await fn(2);
    await fn.cache.clear();
    await vi.runAllTimersAsync();
    expect(run).toHaveBeenCalledTimes(2);
    expect(fn.cache.stats()).toMatchObject({ inFlight: 0, entries: 0 });
  });

  it("a call after the window runs at once, and cancels the pending refresh", async () => {
    let version = 1;
    const run = vi.fn(() => version);
    const fn = cached((_: number) => run(), { ttl: 10, swr: 20 });
    fn(1);
    at(29);
    fn(1);
    version = 2;
    at(30);
    expect(fn(1)).toBe(2);
    await vi.runAllTimersAsync();
    expect(run).toHaveBeenCalledTimes(2);
    expect(fn.cache.stats().inFlight).toBe(0);
  });
});

describe("stale-if-error", () => {
  const failing = () => {
    const error = new Error("down");
    const run = vi.fn<() => Promise<number>>().mockResolvedValueOnce(1).mockRejectedValue(error);
    return { fn: cached(async (_: number) => run(), { ttl: 10, sie: 20 }), run, error };
  };

  it("returns the old value during the window after the ttl if the function fails", async () => {
    const { fn, run, error } = failing();
    await fn(1);
    at(29.999);
    expect(await Promise.all([fn(1), fn(1)])).toEqual([1, 1]);
    expect(run).toHaveBeenCalledTimes(2);
    at(30);
    await expect(fn(1)).rejects.toBe(error);
  });

  it("runs the function first, so a new value is returned as soon as there is one", async () => {
    const { fn, run } = failing();
    await fn(1);
    at(15);
    expect(await fn(1)).toBe(1);
    run.mockResolvedValue(2);
    vi.advanceTimersByTime(1000);
    expect(await fn(1)).toBe(2);
  });

  it("works for sync functions", () => {
    const error = new Error("down");
    const run = vi
      .fn<() => number>()
      .mockReturnValueOnce(1)
      .mockImplementation(() => {
        throw error;
      });
    const fn = cached((_: number) => run(), { ttl: 10, sie: 20 });
    fn(1);
    at(29);
    expect(fn(1)).toBe(1);
    expect(fn.cache.stats()).toMatchObject({ stale: 1, errors: 1 });
    at(30);
    expect(() => fn(1)).toThrow(error);
  });

  it("does not replace the error of a call without an entry, nor of a requested refresh", async () => {
    const { fn, error } = failing();
    await fn(1);
    await expect(fn(2)).rejects.toBe(error);
    at(15);
    await expect(fn.cache.refresh(1)).rejects.toBe(error);
  });

  it("does not return a value that was invalidated during the run", async () => {
    const answer = deferred<number>();
    const run = vi.fn<() => Promise<number>>().mockResolvedValueOnce(1).mockReturnValue(answer.promise);
    const fn = cached(async (_: number) => run(), { ttl: 10, sie: 20 });
    await fn(1);
    at(15);
    const call = fn(1);
    await fn.cache.invalidate(1);
    const error = new Error("down");
    answer.reject(error);
    await expect(call).rejects.toBe(error);
  });

  it("applies where stale-while-revalidate ends", async () => {
    const error = new Error("down");
    const run = vi.fn<() => Promise<number>>().mockResolvedValueOnce(1).mockRejectedValue(error);
    const fn = cached(async (_: number) => run(), { ttl: 10, swr: 10, sie: 30 });
    await fn(1);
    at(15);
    expect(await fn(1)).toBe(1);
    await vi.runAllTimersAsync();
    at(39);
    expect(await fn(1)).toBe(1);
    expect(run).toHaveBeenCalledTimes(3);
    at(40);
    await expect(fn(1)).rejects.toBe(error);
  });
});
