import { expect, test } from "vitest";
import { cached, type Cache } from "aotcache";
import { until } from "../../support/servers/until.ts";
import type { CacheContext } from "./contract.ts";

/** A cached function on a cache, and the arguments of its runs. */
function countedFunction(cache: Cache, name = "double") {
  const runs: number[] = [];
  const fn = cached(async (n: number) => (runs.push(n), 2 * n), {
    backend: cache,
    namespace: "functions",
    name,
  });
  /** Resolves when other clients can read the result: a call does not wait for its write. */
  const stored = (n: number): Promise<unknown> =>
    until("the result is stored", async () => (await fn.cache.peek(n)) !== undefined);
  return { fn, runs, stored };
}

/** Functions and string keys on one cache. */
export function functions(context: CacheContext): void {
  test("string keys never collide with keys of functions", async () => {
    const cache = context.make({ namespace: context.namespace() });
    const { fn, runs, stored } = countedFunction(cache);
    expect(await fn(1)).toBe(2);
    await stored(1);
    const key = fn.cache.key(1);
    for (const like of [key, `f:${key}`, `:f:${key}`]) {
      expect(await cache.exists(like)).toBe(false);
      await cache.set(like, "mine");
    }
    expect([await fn(1), runs]).toEqual([2, [1]]);
    expect(await fn.cache.invalidate(1)).toBe(true);
    expect(await cache.get(key)).toBe("mine");
  });

  test("clear removes string keys and results of functions, but not those of another namespace", async () => {
    const [one, two] = [context.namespace(), context.namespace()].map((namespace) =>
      context.make({ namespace }),
    );
    const [first, second] = [countedFunction(one!, "first"), countedFunction(two!, "second")];
    await Promise.all([first.fn(1), second.fn(1), one!.set("key", 1)]);
    await Promise.all([first.stored(1), second.stored(1)]);
    await one!.clear();
    expect(await first.fn.cache.peek(1)).toBeUndefined();
    expect(await one!.exists("key")).toBe(false);
    await Promise.all([first.fn(1), second.fn(1)]);
    expect([first.runs, second.runs]).toEqual([[1, 1], [1]]);
  });

  test("stats of a cache count its string keys and its functions", async () => {
    const cache = context.make({ namespace: context.namespace() });
    const { fn } = countedFunction(cache);
    await fn(1);
    await until("the result is stored", () => cache.stats().sets === 1);
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

  test("a function on a closed cache runs each time and emits an error event", async () => {
    const cache = context.make({ namespace: context.namespace() });
    const { fn, runs, stored } = countedFunction(cache);
    await fn(1);
    await stored(1);
    await cache.close();
    const codes: unknown[] = [];
    cache.on("error", ({ error }) => codes.push((error as { code?: string }).code));
    expect([await fn(1), await fn(2)]).toEqual([2, 4]);
    expect(runs).toEqual([1, 1, 2]);
    await until("the error event is emitted", () => codes.length > 0);
    expect(new Set(codes)).toEqual(new Set(["closed"]));
  });
}
