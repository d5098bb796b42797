import { describe, expect, it, vi } from "vitest";
import { cached, cacheOf } from "aotcache";
import { deferred } from "../support/deferred.ts";

describe("concurrent calls of a missing key", () => {
  it("share one run and its result", async () => {
    const answer = deferred<object>();
    const run = vi.fn(() => answer.promise);
    const fn = cached(async (_: number) => run());
    const calls = Array.from({ length: 1000 }, () => fn(1));
    expect(fn.cache.stats()).toMatchObject({ inFlight: 1, misses: 1000, entries: 0 });
    answer.resolve({ ok: true });
    const results = await Promise.all(calls);
    expect(new Set(results).size).toBe(1);
    expect(run).toHaveBeenCalledTimes(1);
    expect(fn.cache.stats()).toMatchObject({ inFlight: 0, runs: 1, sets: 1, entries: 1 });
  });

  it("share one run with objects in the key", async () => {
    const run = vi.fn();
    const fn = cached(async (filter: { id: number }) => (run(), filter.id));
    expect(await Promise.all([fn({ id: 1 }), fn({ id: 1 }), fn({ id: 2 })])).toEqual([1, 1, 2]);
    expect(run).toHaveBeenCalledTimes(2);
  });

  it("share the error if the run fails, which is not stored", async () => {
    const answer = deferred<number>();
    const run = vi.fn(() => answer.promise);
    const fn = cached(async (_: number) => run());
    const calls = Promise.allSettled(Array.from({ length: 300 }, () => fn(1)));
    const error = new Error("down");
    answer.reject(error);
    for (const outcome of await calls) expect(outcome).toMatchObject({ status: "rejected", reason: error });
    expect(run).toHaveBeenCalledTimes(1);
    expect(fn.cache.stats()).toMatchObject({ inFlight: 0, errors: 1, runs: 0, entries: 0 });

    run.mockResolvedValueOnce(5);
    expect(await fn(1)).toBe(5);
    expect(run).toHaveBeenCalledTimes(2);
  });

  it("each run with lock: none", async () => {
    const run = vi.fn(async (n: number) => n);
    const fn = cached(async (n: number) => run(n), { lock: "none" });
    await Promise.all([fn(1), fn(1), fn(1)]);
    expect(run).toHaveBeenCalledTimes(3);
    await fn(1);
    expect(run).toHaveBeenCalledTimes(3);
    expect(fn.cache.stats()).toMatchObject({ inFlight: 0, hits: 1 });
  });

  it("from inside the run do not wait for it: a function that calls itself with its own key runs again", async () => {
    let depth = 0;
    const fn = cached(async (n: number): Promise<number> => (depth++ < 3 ? fn(n) : n));
    expect(await fn(1)).toBe(1);
    expect(fn.cache.stats()).toMatchObject({ inFlight: 0, entries: 1 });
  });

  it("of two functions with the same name are two runs", async () => {
    const one = cached(async function same(n: number) {
      return `one ${n}`;
    });
    const two = cached(async function same(n: number) {
      return `two ${n}`;
    });
    expect(await Promise.all([one(1), two(1)])).toEqual(["one 1", "two 1"]);
    expect([await one(1), await two(1)]).toEqual(["one 1", "two 1"]);
    expect(cacheOf(one).key(1)).toBe(cacheOf(two).key(1));
  });
});
