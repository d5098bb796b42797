import { expect, test, vi } from "vitest";
import { configure, type CachedOptions, type CacheEvent } from "aotcache";
import type { RemoteCache } from "../../../runtime/remote/cache.ts";
import { deferred } from "../../support/deferred.ts";
import { until } from "../../support/servers/until.ts";
import { counted, elsewhere, heard, held, stored, written, type Bench } from "./bench.ts";
import { nameOf } from "./values.ts";

/** Moves the clock of this process. The stores' own stand still: what is read behind `ttl` is there for longer. */
function clock() {
  vi.useFakeTimers({ toFake: ["Date"] });
  const start = Date.now();
  return { at: (seconds: number) => void vi.setSystemTime(start + seconds * 1000) };
}

/** How long results are kept, and which. */
export function freshness(bench: Bench): void {
  test("keeps a result for its ttl and not longer, the cache's if it has none of its own", async () => {
    const cache = bench.make({ namespace: bench.unique(), ttl: "600ms" });
    const lasts = async (options: CachedOptions): Promise<number> => {
      const { fn, runs } = counted(bench, (n: number) => n, { backend: cache, ...options });
      const start = performance.now();
      await fn(1);
      await written(cache);
      expect(await fn.cache.peek(1)).toBe(1);
      await until("it runs again", async () => (await fn(1), runs.length > 1), { every: 10 });
      return performance.now() - start;
    };
    const [inherited, own] = await Promise.all([lasts({}), lasts({ ttl: "1200ms" })]);
    // A store may count in steps of its own, and a busy machine is late.
    expect(inherited).toBeGreaterThan(590);
    expect(own).toBeGreaterThan(1190);
    expect(own).toBeLessThan(5000);
  });

  test("spreads expiry by its jitter, always before the ttl", async () => {
    const { driver } = (
      bench.cache as unknown as { client: { driver: { ttl(key: string): Promise<number> } } }
    ).client;
    const { fn } = counted(bench, (n: number) => n, { ttl: 1000, jitter: "50%" });
    const calls = Array.from({ length: 40 }, (_, n) => n);
    await Promise.all(calls.map((n) => fn(n)));
    await written(bench.cache);
    const left = await Promise.all(
      calls.map(async (n) => driver.ttl(await stored(bench.cache, fn.cache.key(n)).name())),
    );
    expect(Math.max(...left)).toBeLessThanOrEqual(1_000_000);
    expect(Math.min(...left)).toBeGreaterThan(480_000);
    expect(Math.max(...left) - Math.min(...left)).toBeGreaterThan(100_000);
  });

  test("with swr: the old value at once, one refresh behind it, then the new one", async () => {
    const time = clock();
    const { fn, runs, ends } = held(bench, { ttl: 10, swr: 10 });
    const first = fn(1);
    await until("it runs", () => ends.length === 1);
    ends[0]!.resolve("old");
    await first;
    await written(bench.cache);
    time.at(9.9);
    expect(await fn(1)).toBe("old");
    time.at(10);
    expect(await Promise.all([fn(1), fn(1), fn(1)])).toEqual(["old", "old", "old"]);
    await until("it is refreshed", () => ends.length === 2);
    expect(await fn(1)).toBe("old");
    expect((await fn.cache.explain(1)).state).toBe("stale");
    ends[1]!.resolve("new");
    await until("the new one is there", async () => (await fn.cache.peek(1)) === "new");
    expect(await fn(1)).toBe("new");
    expect(runs).toHaveLength(2);
    expect(fn.cache.stats()).toMatchObject({ hits: 2, stale: 4, misses: 1, runs: 2 });
  });

  test("with swr, the refresh and its write are handed to waitUntil", async () => {
    const time = clock();
    const behind: Promise<void>[] = [];
    let version = 0;
    const { fn } = counted(bench, () => ++version, { ttl: 10, swr: 10 });
    await fn();
    await written(bench.cache);
    configure({ waitUntil: (work) => void behind.push(work) });
    time.at(15);
    expect(await fn()).toBe(1);
    await until("both are handed over", () => behind.length === 2);
    await Promise.all(behind);
    expect(await stored(bench.cache, fn.cache.key()).get()).toBeDefined();
    expect(await fn()).toBe(2);
  });

  test("with swr and lock=distributed, a refresh whose lock fails is left to a later call", async () => {
    const time = clock();
    const cache = bench.make({ namespace: bench.unique() });
    const { fn, runs } = counted(bench, () => "old", {
      ...{ ttl: 10, swr: 10, lock: "distributed", backend: cache },
    });
    await fn();
    await written(cache);
    await fn.cache.prime([], "old");
    const { driver } = (cache as unknown as RemoteCache).client;
    const key = await stored(cache, fn.cache.key()).name();
    await until("the lease is free", () => driver.acquire(key, "another process", 60_000));
    time.at(15);
    const events = heard(cache);
    expect(await fn()).toBe("old");
    await cache.close();
    await until("it is given up", () => events.some(({ type }) => type === "error"));
    expect(events.at(-1)).toMatchObject({
      reason: "the refresh of a stale value failed",
      error: { code: "closed" },
    });
    expect(runs).toHaveLength(1);
  });

  test("with swr, behind its end: waits for the new value", async () => {
    const time = clock();
    let version = 0;
    const { fn } = counted(bench, () => ++version, { ttl: 10, swr: 10 });
    await fn();
    await written(bench.cache);
    time.at(20);
    expect(await fn.cache.peek()).toBeUndefined();
    expect((await fn.cache.explain()).state).toBe("absent");
    expect(await fn()).toBe(2);
  });

  test("with swr, a refresh that fails leaves the old value, and is an event", async () => {
    const time = clock();
    const cache = bench.make({ namespace: bench.unique() });
    const errors: CacheEvent[] = [];
    cache.on("error", (event) => errors.push(event));
    const down = new Error("down");
    let fails = false;
    const { fn, runs } = counted(
      bench,
      () => {
        if (fails) throw down;
        return "old";
      },
      { ttl: 10, swr: 10, backend: cache },
    );
    await fn();
    await written(cache);
    fails = true;
    time.at(15);
    expect(await fn()).toBe("old");
    await until("it failed", () => errors.length > 0);
    expect(errors[0]).toMatchObject({ error: down, key: fn.cache.key() });
    expect(await fn()).toBe("old");
    expect(fn.cache.stats().errors).toBeGreaterThan(0);
    await until("the second refresh is over", () => runs.length === 3 && errors.length === 2);
  });

  test("with swr, a result that is invalidated during its refresh is not kept", async () => {
    const time = clock();
    const { fn, ends } = held(bench, { ttl: 10, swr: 10 });
    const first = fn(1);
    await until("it runs", () => ends.length === 1);
    ends[0]!.resolve("old");
    await first;
    await written(bench.cache);
    time.at(15);
    expect(await fn(1)).toBe("old");
    await until("it is refreshed", () => ends.length === 2);
    expect(await fn.cache.invalidate(1)).toBe(true);
    ends[1]!.resolve("older");
    const next = fn(1);
    await until("it runs anew", () => ends.length === 3);
    ends[2]!.resolve("new");
    expect(await next).toBe("new");
    expect(await fn.cache.peek(1)).toBe("new");
  });

  test("with sie: the old value if the function fails, and the error behind its end", async () => {
    const time = clock();
    const down = new Error("down");
    let fails = false;
    const { fn } = counted(
      bench,
      () => {
        if (fails) throw down;
        return "old";
      },
      { ttl: 10, sie: 10 },
    );
    await fn();
    await written(bench.cache);
    fails = true;
    time.at(15);
    expect((await fn.cache.explain()).state).toBe("stale");
    const stale = heard(bench.cache);
    expect(await fn()).toBe("old");
    expect(stale.filter(({ type }) => type === "stale")).toMatchObject([
      { error: down, key: fn.cache.key() },
    ]);
    time.at(20);
    await expect(fn()).rejects.toBe(down);
    expect(fn.cache.stats()).toMatchObject({ stale: 1, errors: 2 });
  });

  test("with sie: what is invalidated while the function fails does not stand in", async () => {
    const time = clock();
    const end = deferred<string>();
    const results: (string | Promise<string>)[] = ["old", end.promise];
    const { fn, runs } = counted(bench, () => results.shift()!, { ttl: 10, sie: 10 });
    await fn();
    await written(bench.cache);
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
  ] as const)("with skip=%s: what it names is returned and not kept", async (skip, results, kept) => {
    const { fn, runs } = counted(bench, (index: number): unknown => results[index], { skip });
    for (const index of [0, 1, 2, 0, 1, 2]) expect(await fn(index)).toEqual(results[index]);
    const skipped = runs.slice(results.length).map(([index]) => index);
    expect([0, 1, 2].filter((index) => !skipped.includes(index))).toEqual(kept);
  });

  test("with a skip function: it sees the result and the arguments, and what it throws keeps nothing", async () => {
    const cache = bench.make({ namespace: bench.unique() });
    const events = heard(cache);
    const seen: unknown[] = [];
    const { fn, runs } = counted(bench, (n: number, text: string) => `${n}${text}`, {
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

  test("with lock=none: each caller of a cold key runs, and what they find is kept", async () => {
    const { fn, runs } = counted(bench, (n: number) => n, { lock: "none" });
    expect(await Promise.all([fn(1), fn(1), fn(1)])).toEqual([1, 1, 1]);
    expect(runs).toHaveLength(3);
    expect(await fn(1)).toBe(1);
    await written(bench.cache);
    expect(await fn(1)).toBe(1);
    expect(runs).toHaveLength(3);
  });

  test("another process judges freshness by what the writer said", async () => {
    const time = clock();
    const one = counted(bench, () => "old", { ttl: 10, swr: 1000 });
    await one.fn();
    await written(bench.cache);
    const two = elsewhere(bench, nameOf(one.fn.cache.key()), () => "new", { ttl: 100, swr: 1000 });
    expect((await two.fn.cache.explain()).state).toBe("fresh");
    time.at(11);
    expect((await two.fn.cache.explain()).state).toBe("stale");
  });
}
