import { expect, test } from "vitest";
import { until } from "../../support/servers/until.ts";
import { counted, held, written, type Bench } from "./bench.ts";

const DROPS = [
  ["invalidate", (fn: ReturnType<typeof held>["fn"]) => fn.cache.invalidate(1)],
  ["clear", (fn: ReturnType<typeof held>["fn"]) => fn.cache.clear()],
] as const;

/** What happens while a function runs. */
export function runs(bench: Bench): void {
  test.each([
    ...DROPS.map(([name, drop]) => [name, "local", drop] as const),
    ...DROPS.map(([name, drop]) => [name, "none", drop] as const),
    ...DROPS.map(([name, drop]) => [name, "distributed", drop] as const),
  ])(
    "%s during a run, lock=%s: who waits gets the old result, which is not kept, and later callers run",
    async (_, lock, drop) => {
      const { fn, ends } = held(bench, { lock });
      const early = fn(1);
      await until("it runs", () => ends.length === 1);
      await drop(fn);
      // With the distributed lock the next run waits for the one that has the lease.
      if (lock === "distributed") ends[0]!.resolve("old");
      const late = fn(1);
      await until("it runs anew", () => ends.length === 2);
      ends[0]!.resolve("old");
      expect(await early).toBe("old");
      await written(bench.cache);
      expect(await fn.cache.peek(1)).toBeUndefined();
      ends[1]!.resolve("new");
      expect(await late).toBe("new");
      expect(await fn(1)).toBe("new");
      await written(bench.cache);
      expect(await fn(1)).toBe("new");
      expect(fn.cache.stats().inFlight).toBe(0);
      expect(ends).toHaveLength(2);
    },
  );

  test.each(DROPS)("%s during the look-up: what the run finds is not kept", async (_, drop) => {
    const { fn, ends } = held(bench);
    const early = fn(1);
    const dropped = drop(fn);
    await until("it runs", () => ends.length === 1);
    await dropped;
    ends[0]!.resolve("old");
    expect(await early).toBe("old");
    await written(bench.cache);
    expect(await fn.cache.peek(1)).toBeUndefined();
  });

  test("invalidate during a run says true, once", async () => {
    const { fn, ends } = held(bench);
    const call = fn(1);
    await until("it runs", () => ends.length === 1);
    expect(await fn.cache.invalidate(1)).toBe(true);
    expect(await fn.cache.invalidate(1)).toBe(false);
    ends[0]!.resolve("old");
    await call;
  });

  test("invalidate of another key changes nothing", async () => {
    const { fn, ends } = held(bench);
    const call = fn(1);
    await until("it runs", () => ends.length === 1);
    expect(await fn.cache.invalidate(2)).toBe(false);
    ends[0]!.resolve("kept");
    await call;
    await written(bench.cache);
    expect(await fn.cache.peek(1)).toBe("kept");
  });

  test("clear of one function leaves the runs of another, refreshes included", async () => {
    const [one, two] = [held(bench), held(bench)];
    const call = two.fn(1);
    await until("it runs", () => two.ends.length === 1);
    await one.fn.cache.clear();
    two.ends[0]!.resolve("kept");
    expect(await call).toBe("kept");
    await written(bench.cache);
    expect(await two.fn.cache.peek(1)).toBe("kept");
  });

  test("clear of the whole cache during a run: the result is not kept", async () => {
    const cache = bench.make({ namespace: bench.unique() });
    const { fn, ends } = held(bench, { backend: cache });
    const early = fn(1);
    await until("it runs", () => ends.length === 1);
    await cache.clear();
    const late = fn(1);
    await until("it runs anew", () => ends.length === 2);
    ends[0]!.resolve("old");
    await early;
    await written(cache);
    expect(await fn.cache.peek(1)).toBeUndefined();
    ends[1]!.resolve("new");
    await late;
    await written(cache);
    expect(await fn.cache.peek(1)).toBe("new");
  });

  test("the newer result stays when the older run ends last", async () => {
    const { fn, ends } = held(bench);
    const early = fn(1);
    await until("it runs", () => ends.length === 1);
    await fn.cache.invalidate(1);
    const late = fn(1);
    await until("it runs anew", () => ends.length === 2);
    ends[1]!.resolve("new");
    await late;
    ends[0]!.resolve("old");
    await early;
    await written(bench.cache);
    expect(await fn(1)).toBe("new");
  });

  test("a function that invalidates its own key is not kept", async () => {
    const { fn, runs } = counted(bench, async (n: number): Promise<number> => {
      await fn.cache.invalidate(n);
      return n;
    });
    await fn(1);
    await written(bench.cache);
    await fn(1);
    expect(runs).toHaveLength(2);
  });

  test("a function that calls itself with other arguments goes through the cache", async () => {
    const { fn, runs } = counted(bench, async (n: number): Promise<number> => {
      return n < 2 ? n : (await fn(n - 1)) + (await fn(n - 2));
    });
    expect(await fn(20)).toBe(6765);
    expect(runs).toHaveLength(21);
  });

  test("an error is the one that was thrown, goes to all who wait, and is never kept", async () => {
    const { fn, ends } = held(bench);
    const calls = Promise.allSettled(Array.from({ length: 100 }, () => fn(1)));
    await until("it runs", () => ends.length === 1);
    const down = new Error("down");
    ends[0]!.reject(down);
    for (const call of await calls) expect(call).toMatchObject({ status: "rejected", reason: down });
    for (const odd of [undefined, null, "text"]) {
      const call = fn(1);
      await until("it runs anew", () => ends.length > 1);
      ends.pop()!.reject(odd);
      expect(await call.then(String, (reason: unknown) => [reason])).toEqual([odd]);
    }
    const last = fn(1);
    await until("it runs", () => ends.length > 1);
    ends.pop()!.resolve("well");
    expect(await last).toBe("well");
    expect(fn.cache.stats()).toMatchObject({ errors: 4, runs: 1, inFlight: 0 });
  });
}
