import { expect, test } from "vitest";
import { cached, type Cache } from "aotcache";
import { until } from "../../support/servers/until.ts";
import type { Bench } from "./contract.ts";

/** A cached function on a cache, and how often it ran. */
function counted(cache: Cache, name = "double") {
  const runs: number[] = [];
  const fn = cached(async (n: number) => (runs.push(n), 2 * n), {
    backend: cache,
    namespace: "functions",
    name,
  });
  /** What is kept is there for others, too: a write is not waited for. */
  const kept = (n: number): Promise<unknown> =>
    until("the result is kept", async () => (await fn.cache.peek(n)) !== undefined);
  return { fn, runs, kept };
}

/** Functions and keys of `cache.set` on one cache. */
export function functions(bench: Bench): void {
  test("keys of functions and keys of set live apart", async () => {
    const cache = bench.make({ namespace: bench.namespace() });
    const { fn, runs, kept } = counted(cache);
    expect(await fn(1)).toBe(2);
    await kept(1);
    const key = fn.cache.key(1);
    for (const like of [key, `f:${key}`, `:f:${key}`]) {
      expect(await cache.exists(like)).toBe(false);
      await cache.set(like, "mine");
    }
    expect([await fn(1), runs]).toEqual([2, [1]]);
    expect(await fn.cache.invalidate(1)).toBe(true);
    expect(await cache.get(key)).toBe("mine");
  });

  test("clear removes the results of functions with the keys, and not those in another namespace", async () => {
    const [one, two] = [bench.namespace(), bench.namespace()].map((namespace) => bench.make({ namespace }));
    const [first, second] = [counted(one!, "first"), counted(two!, "second")];
    await Promise.all([first.fn(1), second.fn(1), one!.set("key", 1)]);
    await Promise.all([first.kept(1), second.kept(1)]);
    await one!.clear();
    expect(await first.fn.cache.peek(1)).toBeUndefined();
    expect(await one!.exists("key")).toBe(false);
    await Promise.all([first.fn(1), second.fn(1)]);
    expect([first.runs, second.runs]).toEqual([[1, 1], [1]]);
  });

  test("the numbers of a cache are those of its keys and its functions", async () => {
    const cache = bench.make({ namespace: bench.namespace() });
    const { fn } = counted(cache);
    await fn(1);
    await until("the result is kept", () => cache.stats().sets === 1);
    await fn(1);
    await cache.get("missing");
    await cache.set("key", 1);
    await cache.get("key");
    expect(cache.stats()).toMatchObject({
      hits: 2,
      misses: 2,
      sets: 2,
      stale: 0,
      bypassed: 0,
      errors: 0,
      hitRatio: 0.5,
    });
  });

  test("on a closed cache a function just runs, and that is said", async () => {
    const cache = bench.make({ namespace: bench.namespace() });
    const { fn, runs, kept } = counted(cache);
    await fn(1);
    await kept(1);
    await cache.close();
    const codes: unknown[] = [];
    cache.on("error", ({ error }) => codes.push((error as { code?: string }).code));
    expect([await fn(1), await fn(2)]).toEqual([2, 4]);
    expect(runs).toEqual([1, 1, 2]);
    await until("it is said", () => codes.length > 0);
    expect(new Set(codes)).toEqual(new Set(["closed"]));
  });
}
