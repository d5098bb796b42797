import type { RemoteCache } from "../../../runtime/remote/cache.ts";
import { expect, test } from "vitest";
import { cached, configure } from "aotcache";
import { until } from "../../support/servers/until.ts";
import { counted, elsewhere, held, stored, written, type Bench } from "./bench.ts";
import { nameOf } from "./values.ts";

/** What a handle does. */
export function handles(bench: Bench): void {
  test("key is the key's text, and asks nobody", () => {
    const name = bench.unique();
    const { fn, runs } = counted(bench, (_: unknown) => 1, { name, namespace: "x", version: "7" });
    expect(fn.cache.key({ a: [1, "b"] })).toBe(`x:${name}@7({a:[1,"b"]})`);
    expect(runs).toEqual([]);
  });

  test("peek finds what is kept, by whomever, and never runs", async () => {
    const { fn, runs } = counted(bench, (n: number) => ({ n }));
    expect(await fn.cache.peek(1)).toBeUndefined();
    await fn(1);
    expect(await fn.cache.peek(1)).toEqual({ n: 1 });
    await written(bench.cache);
    const two = elsewhere(bench, nameOf(fn.cache.key(1)), (n: number) => ({ n }));
    expect(await two.fn.cache.peek(1)).toEqual({ n: 1 });
    expect([runs, two.runs]).toEqual([[[1]], []]);
    expect(fn.cache.stats()).toMatchObject({ hits: 0, misses: 1 });
  });

  test("invalidate says whether something went, and the next call runs, in every process", async () => {
    const one = counted(bench, (n: number) => n);
    const two = elsewhere(bench, nameOf(one.fn.cache.key(1)), (n: number) => n);
    expect(await one.fn.cache.invalidate(1)).toBe(false);
    await one.fn(1);
    await written(bench.cache);
    expect(await two.fn.cache.invalidate(2)).toBe(false);
    expect(await two.fn.cache.invalidate(1)).toBe(true);
    expect(await two.fn.cache.invalidate(1)).toBe(false);
    await one.fn(1);
    expect(one.runs).toEqual([[1], [1]]);
  });

  test("invalidate also takes what is on its way to the store", async () => {
    const { fn, runs } = counted(bench, (n: number) => n);
    await fn(1);
    expect(await fn.cache.invalidate(1)).toBe(true);
    expect(await fn.cache.peek(1)).toBeUndefined();
    await written(bench.cache);
    expect(await fn.cache.peek(1)).toBeUndefined();
    await fn(1);
    expect(runs).toHaveLength(2);
  });

  test("refresh runs in any case, keeps the result, and others join it", async () => {
    const { fn, ends } = held(bench);
    await fn.cache.prime([1], "old");
    const refreshed = fn.cache.refresh(1);
    const joined = fn(1);
    expect(ends).toHaveLength(1);
    ends[0]!.resolve("new");
    expect(await Promise.all([refreshed, joined])).toEqual(["new", "new"]);
    await written(bench.cache);
    expect(await fn(1)).toBe("new");
    expect(ends).toHaveLength(1);
  });

  test("a refresh that fails gives its error and leaves what was there", async () => {
    const { fn, ends } = held(bench);
    await fn.cache.prime([1], "old");
    const refreshed = fn.cache.refresh(1);
    const down = new Error("down");
    ends[0]!.reject(down);
    await expect(refreshed).rejects.toBe(down);
    expect(await fn(1)).toBe("old");
  });

  test("prime keeps a value for everybody without a run", async () => {
    const { fn, runs } = counted(bench, (n: number) => `run ${n}`);
    const two = elsewhere(bench, nameOf(fn.cache.key(1)), (n: number) => `run ${n}`);
    await fn.cache.prime([1], "primed");
    expect([await fn(1), await two.fn(1)]).toEqual(["primed", "primed"]);
    await fn.cache.prime([1], "again");
    expect([await fn(1), await two.fn(1)]).toEqual(["again", "again"]);
    expect([runs, two.runs]).toEqual([[], []]);
  });

  test("prime rejects for what cannot be kept, and leaves what was there", async () => {
    const { fn } = counted<[number], unknown>(bench, (n: number) => n);
    await fn.cache.prime([1], "old");
    await expect(fn.cache.prime([1], () => 1)).rejects.toMatchObject({ code: "unstorable" });
    expect(await fn.cache.peek(1)).toBe("old");
  });

  test("a primed value stays when a run of before ends", async () => {
    const { fn, ends } = held(bench);
    const early = fn(1);
    await fn.cache.prime([1], "primed");
    await expect.poll(() => ends.length).toBe(1);
    ends[0]!.resolve("run");
    expect(await early).toBe("run");
    await written(bench.cache);
    expect(await fn(1)).toBe("primed");
  });

  test("bypass runs and keeps nothing", async () => {
    const { fn, runs } = counted(bench, (n: number) => n);
    expect([await fn.cache.bypass(1), await fn.cache.bypass(1)]).toEqual([1, 1]);
    await written(bench.cache);
    expect(await fn.cache.peek(1)).toBeUndefined();
    expect(runs).toHaveLength(2);
  });

  test("clear removes every entry of this function in every process, and nobody else's", async () => {
    const name = bench.unique();
    const one = counted(bench, (n: number) => n, { name });
    const two = elsewhere(bench, name, (n: number) => n);
    const next = counted(bench, (n: number) => n, { name: `${name}Next` });
    await Promise.all([1, 2, 3].flatMap((n) => [one.fn(n), next.fn(n)]));
    await written(bench.cache);
    await two.fn.cache.clear();
    for (const n of [1, 2, 3])
      expect([await one.fn.cache.peek(n), await next.fn.cache.peek(n)]).toEqual([undefined, n]);
    // By clocks alone a run that began just behind another process's clear cannot be told from one before.
    await until("results are kept again", async () => {
      await one.fn(1);
      await written(bench.cache);
      return (await one.fn.cache.peek(1)) === 1;
    });
    expect(one.runs.length).toBeLessThanOrEqual(5);
  });

  test("explain says where a call's answer would come from", async () => {
    const { fn } = counted(bench, (n: number) => n, { ttl: 100 });
    const { driver } = (bench.cache as unknown as RemoteCache).client;
    expect(await fn.cache.explain(1)).toMatchObject({
      key: fn.cache.key(1),
      ttl: 100,
      backend: driver.name,
      state: "absent",
    });
    await fn(1);
    expect((await fn.cache.explain(1)).state).toBe("fresh");
    await written(bench.cache);
    expect((await fn.cache.explain(1)).state).toBe("fresh");
    expect(await stored(bench.cache, fn.cache.key(1)).get()).toBeDefined();
  });

  test("a function whose type does not tell has a handle before its first run", async () => {
    const runs: number[] = [];
    const fn = cached((n: number) => (runs.push(n), Promise.resolve(n)), {
      backend: bench.cache,
      name: bench.unique(),
    });
    await fn.cache.prime([1], 5);
    expect(await fn.cache.peek(1)).toBe(5);
    expect(await fn.cache.invalidate(1)).toBe(true);
    expect(await fn.cache.refresh(1)).toBe(1);
    await written(bench.cache);
    expect(await fn(1)).toBe(1);
    expect(runs).toEqual([1]);
  });

  test("a sync function that is refreshed before its first call stays in memory", async () => {
    configure({ default: bench.cache });
    const runs: number[] = [];
    const fn = cached((n: number) => (runs.push(n), { n }), { name: bench.unique() });
    const first = await fn.cache.refresh(1);
    expect(fn(1)).toBe(first);
    expect(runs).toEqual([1]);
    expect(await stored(bench.cache, fn.cache.key(1)).get()).toBeUndefined();
  });
}
