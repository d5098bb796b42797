import { describe, expect, it, vi } from "vitest";
import { cached, memory, type CachedOptions } from "aotcache";
import { deferred, type Deferred } from "../support/deferred.ts";

/** An async function whose runs end when the test ends them. */
function slow(options: CachedOptions = {}) {
  const runs: Deferred<string>[] = [];
  const fn = cached(async (_: number) => {
    const run = deferred<string>();
    runs.push(run);
    return run.promise;
  }, options);
  return { fn, runs };
}

describe("invalidate", () => {
  it("removes one entry and returns whether there was one", async () => {
    const run = vi.fn((n: number) => n);
    const fn = cached((n: number) => run(n));
    fn(1);
    fn(2);
    expect(await fn.cache.invalidate(1)).toBe(true);
    expect(await fn.cache.invalidate(1)).toBe(false);
    expect(await fn.cache.invalidate(3)).toBe(false);
    fn(1);
    fn(2);
    expect(run.mock.calls).toEqual([[1], [2], [1]]);
  });

  it("finds an entry by equal arguments, not by identity", async () => {
    const fn = cached((filter: { a: number; b?: number }) => filter.a);
    fn({ a: 1, b: 2 });
    expect(await fn.cache.invalidate({ b: 2, a: 1 })).toBe(true);
    expect(await fn.cache.peek({ a: 1, b: 2 })).toBeUndefined();
  });

  it("returns true for a stale entry that could still be returned, and false for one that could not", async () => {
    vi.useFakeTimers({ now: 0 });
    const fn = cached((n: number) => n, { ttl: 10, swr: 10 });
    fn(1);
    fn(2);
    vi.setSystemTime(15_000);
    expect(await fn.cache.invalidate(1)).toBe(true);
    vi.setSystemTime(20_000);
    expect(await fn.cache.invalidate(2)).toBe(false);
    vi.useRealTimers();
  });

  it("has taken effect when it returns: the next call runs", () => {
    const run = vi.fn();
    const fn = cached((_: number) => run());
    fn(1);
    void fn.cache.invalidate(1);
    fn(1);
    expect(run).toHaveBeenCalledTimes(2);
  });
});

describe.each(["local", "none"] as const)("during a run, with lock: %s,", (lock) => {
  it.each([
    ["invalidate", (fn: ReturnType<typeof slow>["fn"]) => fn.cache.invalidate(1)],
    ["clear", (fn: ReturnType<typeof slow>["fn"]) => fn.cache.clear()],
  ])(
    "%s: waiting callers get the old result, which is not stored, and later callers do not join",
    async (_, drop) => {
      const { fn, runs } = slow({ lock });
      const early = fn(1);
      await drop(fn);
      expect(await fn.cache.peek(1)).toBeUndefined();
      const late = fn(1);
      expect(runs).toHaveLength(2);
      runs[0]!.resolve("old");
      expect(await early).toBe("old");
      expect(await fn.cache.peek(1)).toBeUndefined();
      runs[1]!.resolve("new");
      expect(await late).toBe("new");
      expect(await fn(1)).toBe("new");
      expect(fn.cache.stats().inFlight).toBe(0);
    },
  );

  it("the newer result remains when the older run ends last", async () => {
    const { fn, runs } = slow({ lock });
    const early = fn(1);
    await fn.cache.invalidate(1);
    const late = fn(1);
    runs[1]!.resolve("new");
    await late;
    runs[0]!.resolve("old");
    await early;
    expect(await fn(1)).toBe("new");
  });

  it("prime: the primed value remains, and is returned at once", async () => {
    const { fn, runs } = slow({ lock });
    const early = fn(1);
    const priming = fn.cache.prime([1], "primed");
    expect(await fn(1)).toBe("primed");
    await priming;
    runs[0]!.resolve("old");
    expect(await early).toBe("old");
    expect(await fn(1)).toBe("primed");
  });

  it("refresh: its result remains, and later callers wait for it", async () => {
    const { fn, runs } = slow({ lock });
    const early = fn(1);
    const refreshed = fn.cache.refresh(1);
    const late = lock === "local" ? fn(1) : undefined;
    runs[1]!.resolve("new");
    expect(await refreshed).toBe("new");
    if (late) expect(await late).toBe("new");
    runs[0]!.resolve("old");
    expect(await early).toBe("old");
    expect(runs).toHaveLength(2);
    expect(await fn(1)).toBe("new");
  });
});

describe("during a run", () => {
  it("calls still join the newer run after an older run has ended", async () => {
    const { fn, runs } = slow();
    const early = fn(1);
    await fn.cache.invalidate(1);
    const late = fn(1);
    runs[0]!.resolve("old");
    await early;
    const last = fn(1);
    expect(runs).toHaveLength(2);
    runs[1]!.resolve("new");
    expect(await Promise.all([late, last])).toEqual(["new", "new"]);
  });

  it("a clear of the whole cache prevents its result from being stored", async () => {
    const backend = memory();
    const { fn, runs } = slow({ backend });
    const early = fn(1);
    await backend.clear({ all: true });
    const late = fn(1);
    expect(runs).toHaveLength(2);
    runs[0]!.resolve("old");
    runs[1]!.resolve("new");
    expect(await early).toBe("old");
    expect(await late).toBe("new");
    expect(await fn(1)).toBe("new");
  });

  it("an invalidate of another key has no effect", async () => {
    const { fn, runs } = slow();
    const call = fn(1);
    expect(await fn.cache.invalidate(2)).toBe(false);
    runs[0]!.resolve("kept");
    await call;
    expect(await fn(1)).toBe("kept");
  });

  it("invalidate returns true, because it removed the run", async () => {
    const { fn, runs } = slow();
    const call = fn(1);
    expect(await fn.cache.invalidate(1)).toBe(true);
    expect(await fn.cache.invalidate(1)).toBe(false);
    runs[0]!.resolve("old");
    await call;
  });

  it.each([
    ["invalidate", (fn: { cache: { invalidate(n: number): unknown } }) => fn.cache.invalidate(1)],
    ["clear", (fn: { cache: { clear(): unknown } }) => fn.cache.clear()],
  ])("an async function that drops its own key by %s before it awaits is not stored", async (_, drop) => {
    const run = vi.fn();
    const fn = cached(async (n: number): Promise<number> => {
      run();
      void drop(fn);
      return n;
    });
    await fn(1);
    await fn(1);
    expect(run).toHaveBeenCalledTimes(2);
    expect(fn.cache.stats()).toMatchObject({ inFlight: 0, entries: 0 });
  });
});

describe("during a sync run", () => {
  const backend = memory({ namespace: "sync" });
  it.each([
    ["invalidate", (fn: { cache: { invalidate(n: number): unknown } }) => fn.cache.invalidate(1)],
    ["clear of the function", (fn: { cache: { clear(): unknown } }) => fn.cache.clear()],
    ["clear of the cache", () => backend.clear()],
  ])("%s prevents the result from being stored", (_, drop) => {
    const run = vi.fn();
    const fn = cached(
      (n: number): number => {
        run();
        void drop(fn as never);
        return n;
      },
      { backend },
    );
    expect([fn(1), fn(1)]).toEqual([1, 1]);
    expect(run).toHaveBeenCalledTimes(2);
    expect(fn.cache.stats().entries).toBe(0);
  });

  it("prime wins over the result", () => {
    const fn = cached((_: number): string => {
      void fn.cache.prime([1], "primed");
      return "run";
    });
    expect([fn(1), fn(1)]).toEqual(["run", "primed"]);
  });
});

describe("clear", () => {
  it("removes all entries of one function, and no others", async () => {
    const one = cached((n: number | { n: number }) => ({ n }));
    const other = cached((n: number) => ({ n }));
    const before = [one(1), one({ n: 1 }), other(1)];
    await one.cache.clear();
    expect(one.cache.stats().entries).toBe(0);
    expect(one(1)).not.toBe(before[0]);
    expect(one({ n: 1 })).not.toBe(before[1]);
    expect(other(1)).toBe(before[2]);
  });
});
