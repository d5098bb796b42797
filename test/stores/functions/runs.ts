import { expect, test } from "vitest";
import { until } from "../../support/servers/until.ts";
import { countedRuns, pausedRuns, writesDone, type FunctionContext } from "./context.ts";

type PausedFunction = ReturnType<typeof pausedRuns>["fn"];

const TAGS = ["dropped"];

const DROPS = [
  ["invalidate", (fn: PausedFunction) => fn.cache.invalidate(1)],
  ["clear", (fn: PausedFunction) => fn.cache.clear()],
  ["invalidateTags", (_: PausedFunction, { other }: FunctionContext) => other.invalidateTags(TAGS)],
] as const;

/** What happens while a function runs. */
export function runs(context: FunctionContext): void {
  test.each([
    ...DROPS.map(([name, drop]) => [name, "local", drop] as const),
    ...DROPS.map(([name, drop]) => [name, "none", drop] as const),
    ...DROPS.map(([name, drop]) => [name, "distributed", drop] as const),
  ])(
    "%s during a run, lock=%s: waiting callers get the old result, which is not stored, and later callers run",
    async (_, lock, drop) => {
      const { fn, ends } = pausedRuns(context, { lock, tags: TAGS });
      const early = fn(1);
      await until("it runs", () => ends.length === 1);
      await drop(fn, context);
      // With the distributed lock the next run waits for the holder of the lease.
      if (lock === "distributed") ends[0]!.resolve("old");
      const late = fn(1);
      await until("it runs again", () => ends.length === 2);
      ends[0]!.resolve("old");
      expect(await early).toBe("old");
      await writesDone(context.cache);
      expect(await fn.cache.peek(1)).toBeUndefined();
      ends[1]!.resolve("new");
      expect(await late).toBe("new");
      expect(await fn(1)).toBe("new");
      await writesDone(context.cache);
      expect(await fn(1)).toBe("new");
      expect(fn.cache.stats().inFlight).toBe(0);
      expect(ends).toHaveLength(2);
    },
  );

  test.each(DROPS)(
    "%s during the lookup of 100 callers: one run, which begins afterwards",
    async (_, drop) => {
      const { fn, ends } = pausedRuns(context);
      const calls = Array.from({ length: 100 }, () => fn(1));
      await drop(fn, context);
      await until("it runs", () => ends.length === 1);
      ends[0]!.resolve("new");
      expect(new Set(await Promise.all(calls))).toEqual(new Set(["new"]));
      expect(ends).toHaveLength(1);
    },
  );

  test.each(["local", "distributed"] as const)(
    "a run behind its deadline holds nobody up, lock=%s; its result is stored unless the key was removed",
    async (lock) => {
      for (const isRemoved of [false, true]) {
        // With a lock, the next run takes the key over, so that it is the next result that counts.
        const kept = lock === "local" && !isRemoved ? "late" : undefined;
        const { fn, ends } = pausedRuns(context, { deadline: "100ms", lock });
        await expect(fn(1)).rejects.toMatchObject({ name: "CacheError", code: "deadline" });
        const next = expect(fn(1)).rejects.toMatchObject({ code: "deadline" });
        await until("the next call runs", () => ends.length === 2);
        await next;
        if (isRemoved) await fn.cache.invalidate(1);
        ends[0]!.resolve("late");
        if (kept) await until("it is stored", async () => (await fn.cache.peek(1)) === kept);
        ends[1]!.resolve("later");
        await writesDone(context.cache);
        if (kept || isRemoved) expect(await fn.cache.peek(1)).toBe(kept);
        expect(fn.cache.stats().inFlight).toBe(0);
      }
    },
  );

  test("a run behind its deadline does not keep the result of the next one out", async () => {
    const { fn, ends } = pausedRuns(context, { deadline: "500ms" });
    await expect(fn(1)).rejects.toMatchObject({ code: "deadline" });
    const next = fn(1);
    await until("the next call runs", () => ends.length === 2);
    ends[0]!.resolve("late");
    await until("it is stored", async () => (await fn.cache.peek(1)) === "late");
    ends[1]!.resolve("newer");
    expect(await next).toBe("newer");
    await writesDone(context.cache);
    expect(await fn.cache.peek(1)).toBe("newer");
  });

  test("invalidate during a run returns true once", async () => {
    const { fn, ends } = pausedRuns(context);
    const call = fn(1);
    await until("it runs", () => ends.length === 1);
    expect(await fn.cache.invalidate(1)).toBe(true);
    expect(await fn.cache.invalidate(1)).toBe(false);
    ends[0]!.resolve("old");
    await call;
  });

  test("invalidate of another key has no effect", async () => {
    const { fn, ends } = pausedRuns(context);
    const call = fn(1);
    await until("it runs", () => ends.length === 1);
    expect(await fn.cache.invalidate(2)).toBe(false);
    ends[0]!.resolve("kept");
    await call;
    await writesDone(context.cache);
    expect(await fn.cache.peek(1)).toBe("kept");
  });

  test("clear of one function does not affect runs of another, including refreshes", async () => {
    const [one, two] = [pausedRuns(context), pausedRuns(context)];
    const call = two.fn(1);
    await until("it runs", () => two.ends.length === 1);
    await one.fn.cache.clear();
    two.ends[0]!.resolve("kept");
    expect(await call).toBe("kept");
    await writesDone(context.cache);
    expect(await two.fn.cache.peek(1)).toBe("kept");
  });

  test("clear of the whole cache during a run: the result is not stored", async () => {
    const cache = context.make({ namespace: context.unique() });
    const { fn, ends } = pausedRuns(context, { backend: cache });
    const early = fn(1);
    await until("it runs", () => ends.length === 1);
    await cache.clear();
    const late = fn(1);
    await until("it runs again", () => ends.length === 2);
    ends[0]!.resolve("old");
    await early;
    await writesDone(cache);
    expect(await fn.cache.peek(1)).toBeUndefined();
    ends[1]!.resolve("new");
    await late;
    await writesDone(cache);
    expect(await fn.cache.peek(1)).toBe("new");
  });

  test("the newer result remains when the older run ends last", async () => {
    const { fn, ends } = pausedRuns(context);
    const early = fn(1);
    await until("it runs", () => ends.length === 1);
    await fn.cache.invalidate(1);
    const late = fn(1);
    await until("it runs again", () => ends.length === 2);
    ends[1]!.resolve("new");
    await late;
    ends[0]!.resolve("old");
    await early;
    await writesDone(context.cache);
    expect(await fn(1)).toBe("new");
  });

  test("the result of a function that invalidates its own key is not stored", async () => {
    const { fn, runs } = countedRuns(context, async (n: number): Promise<number> => {
      await fn.cache.invalidate(n);
      return n;
    });
    await fn(1);
    await writesDone(context.cache);
    await fn(1);
    expect(runs).toHaveLength(2);
  });

  test("a function that calls itself with other arguments uses the cache", async () => {
    const { fn, runs } = countedRuns(context, async (n: number): Promise<number> => {
      return n < 2 ? n : (await fn(n - 1)) + (await fn(n - 2));
    });
    expect(await fn(20)).toBe(6765);
    expect(runs).toHaveLength(21);
  });

  test("an error is passed to all waiting callers unchanged, and is never stored", async () => {
    const { fn, ends } = pausedRuns(context);
    const calls = Promise.allSettled(Array.from({ length: 100 }, () => fn(1)));
    await until("it runs", () => ends.length === 1);
    const down = new Error("down");
    ends[0]!.reject(down);
    for (const call of await calls) expect(call).toMatchObject({ status: "rejected", reason: down });
    for (const reason of [undefined, null, "text"]) {
      const call = fn(1);
      await until("it runs again", () => ends.length > 1);
      ends.pop()!.reject(reason);
      expect(await call.then(String, (error: unknown) => [error])).toEqual([reason]);
    }
    const last = fn(1);
    await until("it runs", () => ends.length > 1);
    ends.pop()!.resolve("well");
    expect(await last).toBe("well");
    expect(fn.cache.stats()).toMatchObject({ errors: 4, runs: 1, inFlight: 0 });
  });
}
