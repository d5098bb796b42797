import { expect, test, vi } from "vitest";
import { configure, type CachedOptions, type CacheEvent } from "aotcache";
import type { RemoteCache } from "../../../runtime/remote/cache.ts";
import { deferred } from "../../support/deferred.ts";
import { until } from "../../support/servers/until.ts";
import {
  countedRuns,
  onOtherClient,
  recordEvents,
  pausedRuns,
  storedEntry,
  writesDone,
  type FunctionContext,
} from "./context.ts";
import { nameOf } from "./values.ts";

/**
 * Moves the clock of this process. The clocks of the stores do not move, so entries remain there after their
 * `ttl`.
 */
function clock() {
  vi.useFakeTimers({ toFake: ["Date"] });
  const start = Date.now();
  return { at: (seconds: number) => void vi.setSystemTime(start + seconds * 1000) };
}

/** How long results are stored, and which ones. */
export function freshness(context: FunctionContext): void {
  test("stores a result for its ttl and no longer; the default is the ttl of the cache", async () => {
    const cache = context.make({ namespace: context.unique(), ttl: "600ms" });
    const lifetime = async (options: CachedOptions): Promise<number> => {
      const { fn, runs } = countedRuns(context, (n: number) => n, { backend: cache, ...options });
      const start = performance.now();
      await fn(1);
      await writesDone(cache);
      expect(await fn.cache.peek(1)).toBe(1);
      await until("it runs again", async () => (await fn(1), runs.length > 1), { every: 10 });
      return performance.now() - start;
    };
    const [inherited, own] = await Promise.all([lifetime({}), lifetime({ ttl: "1200ms" })]);
    // A store may round its expiry, and a busy machine is late.
    expect(inherited).toBeGreaterThan(590);
    expect(own).toBeGreaterThan(1190);
    expect(own).toBeLessThan(5000);
  });

  test.each([
    ["is stored", {}, "new"],
    ["is not stored", { skip: (result: string) => result === "new" }, undefined],
  ])(
    "a refresh replaces what expires meanwhile by the clock of its process: its result %s",
    async (_, options, kept) => {
      const time = clock();
      const { fn, ends } = pausedRuns(context, { ttl: 60, ...options });
      const first = fn(1);
      await until("it runs", () => ends.length === 1);
      ends[0]!.resolve("old");
      await first;
      await writesDone(context.cache);
      const refreshed = fn.cache.refresh(1);
      await until("it runs again", () => ends.length === 2);
      time.at(3600);
      ends[1]!.resolve("new");
      expect(await refreshed).toBe("new");
      await writesDone(context.cache);
      // As another process would, whose clock is behind.
      time.at(1);
      expect(await fn.cache.peek(1)).toBe(kept);
    },
  );

  test("jitter shortens the ttl by random amounts", async () => {
    const { driver } = (
      context.cache as unknown as { client: { driver: { ttl(key: string): Promise<number> } } }
    ).client;
    const { fn } = countedRuns(context, (n: number) => n, { ttl: 1000, jitter: "50%" });
    const calls = Array.from({ length: 40 }, (_, n) => n);
    await Promise.all(calls.map((n) => fn(n)));
    await writesDone(context.cache);
    const left = await Promise.all(
      calls.map(async (n) => driver.ttl(await storedEntry(context.cache, fn.cache.key(n)).name())),
    );
    expect(Math.max(...left)).toBeLessThanOrEqual(1_000_000);
    expect(Math.min(...left)).toBeGreaterThan(480_000);
    expect(Math.max(...left) - Math.min(...left)).toBeGreaterThan(100_000);
  });

  test("with swr, returns the stale value at once, refreshes once in the background, then returns the new value", async () => {
    const time = clock();
    const { fn, runs, ends } = pausedRuns(context, { ttl: 10, swr: 10 });
    const first = fn(1);
    await until("it runs", () => ends.length === 1);
    ends[0]!.resolve("old");
    await first;
    await writesDone(context.cache);
    time.at(9.9);
    expect(await fn(1)).toBe("old");
    time.at(10);
    expect(await Promise.all([fn(1), fn(1), fn(1)])).toEqual(["old", "old", "old"]);
    await until("it is refreshed", () => ends.length === 2);
    expect(await fn(1)).toBe("old");
    expect((await fn.cache.explain(1)).state).toBe("stale");
    ends[1]!.resolve("new");
    await until("the new value is stored", async () => (await fn.cache.peek(1)) === "new");
    expect(await fn(1)).toBe("new");
    expect(runs).toHaveLength(2);
    expect(fn.cache.stats()).toMatchObject({ hits: 2, stale: 4, misses: 1, runs: 2 });
  });

  test("with refresh, a call behind that part of the ttl is a hit, and one run in all processes replaces the value", async () => {
    const time = clock();
    const options: CachedOptions = { ttl: 10, refresh: "80%" };
    let version = 0;
    const end = deferred<undefined>();
    const run = (): number | Promise<number> => (++version > 1 ? end.promise.then(() => version) : version);
    const here = countedRuns(context, run, options);
    const there = onOtherClient(context, here.fn.cache.key().split(/[:@]/)[1]!, run, options);
    await here.fn();
    await writesDone(context.cache);
    time.at(7.9);
    expect(await there.fn()).toBe(1);
    time.at(8);
    expect(await Promise.all([here.fn(), here.fn(), there.fn()])).toEqual([1, 1, 1]);
    expect((await here.fn.cache.explain()).state).toBe("fresh");
    await until("it is refreshed", () => version > 1);
    end.resolve(undefined);
    await until("the new value is stored", async () => (await there.fn()) === version);
    expect(here.fn.cache.stats()).toMatchObject({ hits: 2, stale: 0, misses: 1 });
    const { isAtomic } = (context.cache as unknown as RemoteCache).client;
    if (isAtomic) expect([...here.runs, ...there.runs]).toHaveLength(2);
  });

  test("with refresh, the value is gone when the ttl has passed", async () => {
    const time = clock();
    let version = 0;
    const { fn } = countedRuns(context, () => ++version, { ttl: 10, refresh: "80%" });
    await fn();
    await writesDone(context.cache);
    time.at(10);
    expect(await fn()).toBe(2);
    expect(fn.cache.stats()).toMatchObject({ hits: 0, stale: 0, misses: 2 });
  });

  test("with swr, the refresh and its write are passed to waitUntil", async () => {
    const time = clock();
    const background: Promise<void>[] = [];
    let version = 0;
    const { fn } = countedRuns(context, () => ++version, { ttl: 10, swr: 10 });
    await fn();
    await writesDone(context.cache);
    configure({ waitUntil: (work) => void background.push(work) });
    time.at(15);
    expect(await fn()).toBe(1);
    await until("both promises are passed on", () => background.length === 2);
    await Promise.all(background);
    expect(await storedEntry(context.cache, fn.cache.key()).get()).toBeDefined();
    expect(await fn()).toBe(2);
  });

  test("with swr and lock=distributed, a refresh whose lock fails is left to a later call", async () => {
    const time = clock();
    const cache = context.make({ namespace: context.unique() });
    const { fn, runs } = countedRuns(context, () => "old", {
      ...{ ttl: 10, swr: 10, lock: "distributed", backend: cache },
    });
    await fn();
    await writesDone(cache);
    await fn.cache.prime([], "old");
    const { client } = cache as unknown as RemoteCache;
    const key = await client.leaseKey(await storedEntry(cache, fn.cache.key()).name());
    await until("the lease is free", () => client.driver.add({ key, data: "another process", ttl: 60_000 }));
    time.at(15);
    const events = recordEvents(cache);
    expect(await fn()).toBe("old");
    await cache.close();
    await until("the refresh is given up", () => events.some(({ type }) => type === "error"));
    expect(events.at(-1)).toMatchObject({
      reason: "the refresh of a stale value failed",
      error: { code: "closed" },
    });
    expect(runs).toHaveLength(1);
  });

  test("with swr, waits for the new value after the stale period", async () => {
    const time = clock();
    let version = 0;
    const { fn } = countedRuns(context, () => ++version, { ttl: 10, swr: 10 });
    await fn();
    await writesDone(context.cache);
    time.at(20);
    expect(await fn.cache.peek()).toBeUndefined();
    expect((await fn.cache.explain()).state).toBe("absent");
    expect(await fn()).toBe(2);
  });

  test("with swr, a failed refresh leaves the stale value, and emits an error", async () => {
    const time = clock();
    const cache = context.make({ namespace: context.unique() });
    const errors: CacheEvent[] = [];
    cache.on("error", (event) => errors.push(event));
    const down = new Error("down");
    let fails = false;
    const { fn, runs } = countedRuns(
      context,
      () => {
        if (fails) throw down;
        return "old";
      },
      { ttl: 10, swr: 10, backend: cache },
    );
    await fn();
    await writesDone(cache);
    fails = true;
    time.at(15);
    expect(await fn()).toBe("old");
    await until("it failed", () => errors.length > 0);
    expect(errors[0]).toMatchObject({ error: down, key: fn.cache.key() });
    expect(await fn()).toBe("old");
    expect(runs.length).toBe(2);
    time.at(16);
    expect(await fn()).toBe("old");
    expect(fn.cache.stats().errors).toBeGreaterThan(0);
    await until("the second refresh has failed", () => runs.length === 3 && errors.length === 2);
  });

  test("with swr, a result that is invalidated during its refresh is not stored", async () => {
    const time = clock();
    const { fn, ends } = pausedRuns(context, { ttl: 10, swr: 10 });
    const first = fn(1);
    await until("it runs", () => ends.length === 1);
    ends[0]!.resolve("old");
    await first;
    await writesDone(context.cache);
    time.at(15);
    expect(await fn(1)).toBe("old");
    await until("it is refreshed", () => ends.length === 2);
    expect(await fn.cache.invalidate(1)).toBe(true);
    ends[1]!.resolve("older");
    const next = fn(1);
    await until("it runs again", () => ends.length === 3);
    ends[2]!.resolve("new");
    expect(await next).toBe("new");
    expect(await fn.cache.peek(1)).toBe("new");
  });

  test("with sie, returns the stale value if the function fails, and rejects after the stale period", async () => {
    const time = clock();
    const down = new Error("down");
    let fails = false;
    const { fn } = countedRuns(
      context,
      () => {
        if (fails) throw down;
        return "old";
      },
      { ttl: 10, sie: 10 },
    );
    await fn();
    await writesDone(context.cache);
    fails = true;
    time.at(15);
    expect((await fn.cache.explain()).state).toBe("stale");
    const stale = recordEvents(context.cache);
    expect(await fn()).toBe("old");
    expect(stale.filter(({ type }) => type === "stale")).toMatchObject([
      { error: down, key: fn.cache.key() },
    ]);
    time.at(20);
    await expect(fn()).rejects.toBe(down);
    expect(fn.cache.stats()).toMatchObject({ stale: 1, errors: 2 });
  });

  test("with sie, a value that is invalidated while the function fails is not returned", async () => {
    const time = clock();
    const end = deferred<string>();
    const results: (string | Promise<string>)[] = ["old", end.promise];
    const { fn, runs } = countedRuns(context, () => results.shift()!, { ttl: 10, sie: 10 });
    await fn();
    await writesDone(context.cache);
    time.at(15);
    const failing = fn();
    await until("it runs", () => runs.length === 2);
    await fn.cache.invalidate();
    end.reject(new Error("down"));
    await expect(failing).rejects.toThrow("down");
  });

  test.each([
    ["null", [null, undefined, ""], [1, 2]],
    ["undefined", [null, undefined, ""], [0, 2]],
    ["nullish", [null, undefined, 0], [2]],
    ["empty", ["", [], 0], [2]],
  ] as const)(
    "with skip=%s, returns the skipped results and does not store them",
    async (skip, results, kept) => {
      const { fn, runs } = countedRuns(context, (index: number): unknown => results[index], { skip });
      for (const index of [0, 1, 2, 0, 1, 2]) expect(await fn(index)).toEqual(results[index]);
      const skipped = runs.slice(results.length).map(([index]) => index);
      expect([0, 1, 2].filter((index) => !skipped.includes(index))).toEqual(kept);
    },
  );

  test("with a skip function, passes the result and the arguments, and stores nothing if it throws", async () => {
    const cache = context.make({ namespace: context.unique() });
    const events = recordEvents(cache);
    const seen: unknown[] = [];
    const { fn, runs } = countedRuns(context, (n: number, text: string) => `${n}${text}`, {
      backend: cache,
      skip: (result: string, n: number, text: string) => {
        seen.push([result, n, text]);
        if (n === 3) throw new Error("odd");
        return n === 1;
      },
    });
    for (const n of [1, 2, 3, 1, 2, 3]) expect(await fn(n, "a")).toBe(`${n}a`);
    expect(runs.map(([n]) => n)).toEqual([1, 2, 3, 1, 3]);
    expect(seen.slice(0, 2)).toEqual([
      ["1a", 1, "a"],
      ["2a", 2, "a"],
    ]);
    expect(events.filter(({ type }) => type === "error")).toMatchObject([
      { reason: "skip threw" },
      { reason: "skip threw" },
    ]);
  });

  test.each(["local", "distributed"] as const)(
    "with a ttl from the result and lock=%s, stores each result for its own time, or not at all",
    async (lock) => {
      const time = clock();
      const cache = context.make({ namespace: context.unique(), ttl: 20 });
      if (
        lock === "distributed" &&
        (cache as unknown as RemoteCache).client.driver.limits.atomic === "process"
      )
        return;
      const events = recordEvents(cache);
      const { fn, runs } = countedRuns(context, (ttl: number | undefined) => ({ ttl }), {
        ...{ backend: cache, lock, swr: 100 },
        ttl: (result: { ttl: number }, ttl: number) => (Object.is(result.ttl, ttl) ? ttl : 1),
      });
      const ttls = [10, undefined, 0, -1, NaN];
      for (const ttl of ttls) expect(await fn(ttl)).toEqual({ ttl });
      await writesDone(cache);
      const states = async (): Promise<string[]> =>
        Promise.all(ttls.map(async (ttl) => (await fn.cache.explain(ttl)).state));
      expect(await states()).toEqual(["fresh", "fresh", "absent", "absent", "absent"]);
      time.at(10);
      expect(await states()).toEqual(["stale", "fresh", "absent", "absent", "absent"]);
      time.at(20);
      expect(await states()).toEqual(["stale", "stale", "absent", "absent", "absent"]);
      expect(runs).toHaveLength(5);
      const errors = events.filter(({ type }) => type === "error");
      expect(errors).toMatchObject([{ error: { code: "ttl-invalid" }, key: fn.cache.key(NaN) }]);
      await fn.cache.prime([30], { ttl: 30 });
      expect(await fn.cache.peek(30)).toEqual({ ttl: 30 });
      await fn.cache.prime([0], { ttl: 0 });
      expect(await fn.cache.peek(0)).toBeUndefined();
    },
  );

  test("with lock=none, each caller of a missing key runs, and the result is stored", async () => {
    const { fn, runs } = countedRuns(context, (n: number) => n, { lock: "none" });
    expect(await Promise.all([fn(1), fn(1), fn(1)])).toEqual([1, 1, 1]);
    expect(runs).toHaveLength(3);
    expect(await fn(1)).toBe(1);
    await writesDone(context.cache);
    expect(await fn(1)).toBe(1);
    expect(runs).toHaveLength(3);
  });

  test("another process uses the freshness that the writer stored", async () => {
    const time = clock();
    const one = countedRuns(context, () => "old", { ttl: 10, swr: 1000 });
    await one.fn();
    await writesDone(context.cache);
    const two = onOtherClient(context, nameOf(one.fn.cache.key()), () => "new", { ttl: 100, swr: 1000 });
    expect((await two.fn.cache.explain()).state).toBe("fresh");
    time.at(11);
    expect((await two.fn.cache.explain()).state).toBe("stale");
  });
}
