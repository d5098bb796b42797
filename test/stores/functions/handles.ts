import type { RemoteCache } from "../../../runtime/remote/cache.ts";
import { invalidating, invalidation } from "aotcache/internal";
import { expect, test } from "vitest";
import { cached, configure } from "aotcache";
import { until } from "../../support/servers/until.ts";
import {
  countedRuns,
  onOtherClient,
  pausedRuns,
  storedEntry,
  writesDone,
  type FunctionContext,
} from "./context.ts";
import { nameOf } from "./values.ts";

/** The handle of a cached function. */
export function handles(context: FunctionContext): void {
  test("@invalidates removes the entry before the caller of the function continues", async () => {
    const names = new Map([[1, "old"]]);
    const { fn } = countedRuns(context, (id: number) => names.get(id));
    const other = onOtherClient(context, nameOf(fn.cache.key(1)), (id: number) => names.get(id));
    const save = async (id: number, name: string): Promise<number> =>
      invalidating({ save: async () => names.set(id, name).size }, () => invalidation(fn, undefined, [id]));
    expect([await fn(1), await other.fn(1)]).toEqual(["old", "old"]);
    await writesDone(context.cache);
    expect(await save(1, "new")).toBe(1);
    expect([await other.fn(1), await fn(1)]).toEqual(["new", "new"]);
  });

  test("invalidateWhere() is refused, and names what can do it", async () => {
    const { fn } = countedRuns(context, (n: number) => n);
    await expect(fn.cache.invalidateWhere({ n: 1 })).rejects.toMatchObject({
      code: "clear-refused",
      message: expect.stringContaining("tags") as string,
    });
  });

  test("key returns the text of the key without a request", () => {
    const name = context.unique();
    const { fn, runs } = countedRuns(context, (_: unknown) => 1, { name, namespace: "x", version: "7" });
    expect(fn.cache.key({ a: [1, "b"] })).toBe(`x:${name}@7({a:[1,"b"]})`);
    expect(runs).toEqual([]);
  });

  test("peek returns a stored result of any process, and never runs", async () => {
    const { fn, runs } = countedRuns(context, (n: number) => ({ n }));
    expect(await fn.cache.peek(1)).toBeUndefined();
    await fn(1);
    expect(await fn.cache.peek(1)).toEqual({ n: 1 });
    await writesDone(context.cache);
    const two = onOtherClient(context, nameOf(fn.cache.key(1)), (n: number) => ({ n }));
    expect(await two.fn.cache.peek(1)).toEqual({ n: 1 });
    expect([runs, two.runs]).toEqual([[[1]], []]);
    expect(fn.cache.stats()).toMatchObject({ hits: 0, misses: 1 });
  });

  test("invalidate returns whether an entry was removed, and the next call runs, in every process", async () => {
    const one = countedRuns(context, (n: number) => n);
    const two = onOtherClient(context, nameOf(one.fn.cache.key(1)), (n: number) => n);
    expect(await one.fn.cache.invalidate(1)).toBe(false);
    await one.fn(1);
    await writesDone(context.cache);
    expect(await two.fn.cache.invalidate(2)).toBe(false);
    expect(await two.fn.cache.invalidate(1)).toBe(true);
    expect(await two.fn.cache.invalidate(1)).toBe(false);
    await one.fn(1);
    expect(one.runs).toEqual([[1], [1]]);
  });

  test("invalidate also drops a pending write", async () => {
    const { fn, runs } = countedRuns(context, (n: number) => n);
    await fn(1);
    expect(await fn.cache.invalidate(1)).toBe(true);
    expect(await fn.cache.peek(1)).toBeUndefined();
    await writesDone(context.cache);
    expect(await fn.cache.peek(1)).toBeUndefined();
    await fn(1);
    expect(runs).toHaveLength(2);
  });

  test("refresh runs and stores the result; until then calls get the old one", async () => {
    const { fn, ends } = pausedRuns(context);
    const two = onOtherClient(context, nameOf(fn.cache.key(1)), (_: number) => "run");
    await fn.cache.prime([1], "old");
    const refreshed = fn.cache.refresh(1);
    await until("it runs", () => ends.length === 1);
    expect([await fn(1), await two.fn(1)]).toEqual(["old", "old"]);
    ends[0]!.resolve("new");
    expect(await refreshed).toBe("new");
    expect([await fn(1), await two.fn(1)]).toEqual(["new", "new"]);
    expect([ends.length, two.runs]).toEqual([1, []]);
  });

  test("calls of a missing key join a refresh", async () => {
    const { fn, ends } = pausedRuns(context);
    const refreshed = fn.cache.refresh(1);
    await until("it runs", () => ends.length === 1);
    const joined = fn(1);
    ends[0]!.resolve("new");
    expect(await Promise.all([refreshed, joined])).toEqual(["new", "new"]);
    expect(ends).toHaveLength(1);
  });

  test("the result of a refresh that is not stored takes the old one with it", async () => {
    const { fn, runs } = countedRuns(context, (_: number): number | undefined => undefined, {
      skip: "undefined",
    });
    await fn.cache.prime([1], 1);
    expect(await fn.cache.refresh(1)).toBeUndefined();
    await fn(1);
    expect(runs).toHaveLength(2);
  });

  test("a refresh that ends while another process refreshes takes the old value with it", async () => {
    const one = pausedRuns(context);
    const two = pausedRuns({ ...context, cache: context.other }, { name: nameOf(one.fn.cache.key(1)) });
    await one.fn.cache.prime([1], "old");
    const first = one.fn.cache.refresh(1);
    await until("the first runs", () => one.ends.length === 1);
    const second = two.fn.cache.refresh(1);
    await until("the second runs", () => two.ends.length === 1);
    one.ends[0]!.resolve("first");
    expect(await first).toBe("first");
    expect([await one.fn.cache.peek(1), await two.fn.cache.peek(1)]).toEqual([undefined, undefined]);
    two.ends[0]!.resolve("second");
    expect(await second).toBe("second");
    expect([await one.fn(1), await two.fn(1)]).toEqual(["second", "second"]);
  });

  test("a refresh that ends while its process refreshes again takes the old value with it", async () => {
    const { fn, ends } = pausedRuns(context);
    await fn.cache.prime([1], "old");
    const both = [fn.cache.refresh(1), fn.cache.refresh(1)];
    await until("both run", () => ends.length === 2);
    ends[0]!.resolve("first");
    expect(await both[0]).toBe("first");
    expect(await fn.cache.peek(1)).toBeUndefined();
    ends[1]!.reject(new Error("down"));
    await expect(both[1]).rejects.toThrow("down");
    expect(await fn.cache.peek(1)).toBeUndefined();
  });

  test("a failed refresh rejects with its error and leaves the entry", async () => {
    const { fn, ends } = pausedRuns(context);
    await fn.cache.prime([1], "old");
    const refreshed = fn.cache.refresh(1);
    await until("it runs", () => ends.length === 1);
    const down = new Error("down");
    ends[0]!.reject(down);
    await expect(refreshed).rejects.toBe(down);
    expect(await fn(1)).toBe("old");
  });

  test("prime stores a value for all processes without a run", async () => {
    const { fn, runs } = countedRuns(context, (n: number) => `run ${n}`);
    const two = onOtherClient(context, nameOf(fn.cache.key(1)), (n: number) => `run ${n}`);
    await fn.cache.prime([1], "primed");
    expect([await fn(1), await two.fn(1)]).toEqual(["primed", "primed"]);
    await fn.cache.prime([1], "again");
    expect([await fn(1), await two.fn(1)]).toEqual(["again", "again"]);
    expect([runs, two.runs]).toEqual([[], []]);
  });

  test("prime rejects a value that cannot be stored, and leaves the entry", async () => {
    const { fn } = countedRuns<[number], unknown>(context, (n: number) => n);
    await fn.cache.prime([1], "old");
    await expect(fn.cache.prime([1], () => 1)).rejects.toMatchObject({ code: "unstorable" });
    expect(await fn.cache.peek(1)).toBe("old");
  });

  test("a primed value remains when an earlier run ends", async () => {
    const { fn, ends } = pausedRuns(context);
    const early = fn(1);
    await until("it runs", () => ends.length === 1);
    await fn.cache.prime([1], "primed");
    ends[0]!.resolve("run");
    expect(await early).toBe("run");
    await writesDone(context.cache);
    expect(await fn(1)).toBe("primed");
  });

  test("bypass runs and stores nothing", async () => {
    const { fn, runs } = countedRuns(context, (n: number) => n);
    expect([await fn.cache.bypass(1), await fn.cache.bypass(1)]).toEqual([1, 1]);
    await writesDone(context.cache);
    expect(await fn.cache.peek(1)).toBeUndefined();
    expect(runs).toHaveLength(2);
  });

  test("clear removes every entry of this function in every process, and no others", async () => {
    const name = context.unique();
    const one = countedRuns(context, (n: number) => n, { name });
    const two = onOtherClient(context, name, (n: number) => n);
    const next = countedRuns(context, (n: number) => n, { name: `${name}Next` });
    await Promise.all([1, 2, 3].flatMap((n) => [one.fn(n), next.fn(n)]));
    await writesDone(context.cache);
    await two.fn.cache.clear();
    for (const n of [1, 2, 3])
      expect([await one.fn.cache.peek(n), await next.fn.cache.peek(n)]).toEqual([undefined, n]);
    await one.fn(1);
    await writesDone(context.cache);
    expect(await two.fn.cache.peek(1)).toBe(1);
  });

  test("explain returns where a call's result would come from", async () => {
    const { fn } = countedRuns(context, (n: number) => n, { ttl: 100 });
    const { driver } = (context.cache as unknown as RemoteCache).client;
    expect(await fn.cache.explain(1)).toMatchObject({
      key: fn.cache.key(1),
      ttl: 100,
      backend: driver.name,
      state: "absent",
    });
    await fn(1);
    expect((await fn.cache.explain(1)).state).toBe("fresh");
    await writesDone(context.cache);
    expect((await fn.cache.explain(1)).state).toBe("fresh");
    expect(await storedEntry(context.cache, fn.cache.key(1)).get()).toBeDefined();
  });

  test("a function of unknown type has a handle before its first run", async () => {
    const runs: number[] = [];
    const fn = cached((n: number) => (runs.push(n), Promise.resolve(n)), {
      backend: context.cache,
      name: context.unique(),
    });
    await fn.cache.prime([1], 5);
    expect(await fn.cache.peek(1)).toBe(5);
    expect(await fn.cache.invalidate(1)).toBe(true);
    expect(await fn.cache.refresh(1)).toBe(1);
    expect(await fn.cache.peek(1)).toBeUndefined();
    expect(await fn.cache.refresh(2)).toBe(2);
    expect(await fn(2)).toBe(2);
    expect(runs).toEqual([1, 2]);
  });

  test("a sync function that is refreshed before its first call stays in memory", async () => {
    configure({ default: context.cache });
    const runs: number[] = [];
    const fn = cached((n: number) => (runs.push(n), { n }), { name: context.unique() });
    const first = await fn.cache.refresh(1);
    expect(fn(1)).toBe(first);
    expect(runs).toEqual([1]);
    expect(await storedEntry(context.cache, fn.cache.key(1)).get()).toBeUndefined();
  });
}
