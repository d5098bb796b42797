import { expect, test, vi } from "vitest";
import type { RemoteCache } from "../../../runtime/remote/cache.ts";
import { until } from "../../support/servers/until.ts";
import { countedRuns, onOtherClient, writesDone, type FunctionContext } from "./context.ts";

const TAGS = (id: number): string[] => [`user:${id}`, "users"];

/** The option `tags`. */
export function tags(context: FunctionContext): void {
  const tagged = (options = {}) => countedRuns(context, (id: number) => ({ id }), { tags: TAGS, ...options });

  test("a tag makes the results that have it misses, in every process", async () => {
    const { fn, runs } = tagged();
    const name = fn.cache.key(1).replace(/^.*:|@.*$/g, "");
    const far = onOtherClient(context, name, (id: number) => ({ id }), { tags: TAGS });
    await Promise.all([fn(1), fn(2)]);
    await writesDone(context.cache);
    expect(await Promise.all([far.fn(1), far.fn(2), fn(1), fn(2)])).toEqual(
      [1, 2, 1, 2].map((id) => ({ id })),
    );
    // Two keys may be on two servers, so their runs begin in any order.
    expect([runs.splice(0).flat().sort(), far.runs]).toEqual([[1, 2], []]);
    await context.other.invalidateTags("user:1");
    expect(await fn.cache.peek(1)).toBeUndefined();
    expect((await fn.cache.explain(1)).state).toBe("absent");
    await Promise.all([fn(1), fn(2)]);
    await writesDone(context.cache);
    await Promise.all([far.fn(1), far.fn(2)]);
    expect([runs.splice(0), far.runs]).toEqual([[[1]], []]);
    await context.cache.invalidateTags(["users"]);
    await Promise.all([far.fn(1), far.fn(2)]);
    expect(far.runs.flat().sort()).toEqual([1, 2]);
  });

  test("a read with tags is one request", async () => {
    const cache = context.make({ namespace: context.unique() });
    const { fn } = tagged({ backend: cache });
    await Promise.all([fn(1), fn(2)]);
    await writesDone(cache);
    const get = vi.spyOn((cache as unknown as RemoteCache).client.driver, "get");
    expect(await Promise.all([fn(1), fn(2)])).toEqual([{ id: 1 }, { id: 2 }]);
    expect(get).toHaveBeenCalledTimes(1);
    expect(get.mock.calls[0]![0]).toHaveLength(5);
  });

  test("an invalidation is one request that leaves nothing behind", async () => {
    const cache = context.make({ namespace: context.unique() });
    const { fn } = tagged({ backend: cache });
    await Promise.all(Array.from({ length: 20 }, (_, id) => fn(id)));
    await writesDone(cache);
    const { driver, tagKeys } = (cache as unknown as RemoteCache).client;
    const remove = vi.spyOn(driver, "delete");
    await cache.invalidateTags("users");
    expect(remove).toHaveBeenCalledTimes(1);
    const [key] = await tagKeys.call((cache as unknown as RemoteCache).client, ["users"]);
    expect(await driver.get([key!])).toEqual([undefined]);
  });

  test("a state that the store has evicted makes its entries misses", async () => {
    const { fn, runs } = tagged();
    await fn(1);
    await writesDone(context.cache);
    const { client } = context.cache as unknown as RemoteCache;
    await client.driver.delete(await client.tagKeys(["users"]));
    await fn(1);
    await writesDone(context.cache);
    await fn(1);
    expect(runs).toHaveLength(2);
  });

  test("refreshed and primed values have the tags, and an old value does not survive as stale", async () => {
    const { fn, runs } = tagged({ ttl: "1h", swr: "1h", sie: "1h" });
    await fn.cache.prime([1], { id: -1 });
    expect(await fn(1)).toEqual({ id: -1 });
    await context.other.invalidateTags("user:1");
    expect(await fn(1)).toEqual({ id: 1 });
    await writesDone(context.cache);
    await fn.cache.refresh(1);
    await context.other.invalidateTags("user:1");
    expect(await fn(1)).toEqual({ id: 1 });
    expect(runs).toHaveLength(3);
  });

  test("the state of a tag lasts longer than its entries, and not for ever", async () => {
    const cache = context.make({ namespace: context.unique() });
    const { client } = cache as unknown as RemoteCache;
    const left = async (): Promise<number> => {
      const [key] = await client.tagKeys(["users"]);
      return (await client.driver.ttl(key!))! / 1000;
    };
    const short = tagged({ backend: cache, ttl: 100 });
    await short.fn(1);
    await writesDone(cache);
    expect(await left()).toBeGreaterThan(190);
    expect(await left()).toBeLessThan(Infinity);
    if (client.driver.limits.atomic === "process") return;
    const long = tagged({ backend: cache, ttl: 10_000 });
    await long.fn(1);
    await until("it is extended", async () => (await left()) > 10_000);
    expect(await Promise.all([short.fn(1), long.fn(1)])).toEqual([{ id: 1 }, { id: 1 }]);
    expect([short.runs, long.runs]).toEqual([[[1]], [[1]]]);
  });

  test("a `ttl` that is a function leaves no state behind for ever", async () => {
    const cache = context.make({ namespace: context.unique() });
    const { client } = cache as unknown as RemoteCache;
    // There, the state cannot be extended when the ttl is known.
    if (client.driver.limits.atomic === "process") return;
    const [key] = await client.tagKeys(["users"]);
    const left = async (): Promise<number> => (await client.driver.ttl(key!))! / 1000;
    const short = tagged({ backend: cache, ttl: () => 100 });
    await short.fn(1);
    await writesDone(cache);
    expect(await left()).toBeGreaterThan(190);
    expect(await left()).toBeLessThan(Infinity);
    const long = tagged({ backend: cache, ttl: () => 100_000 });
    await long.fn(1);
    await until("it is extended", async () => (await left()) > 100_000);
    expect(await Promise.all([short.fn(1), long.fn(1)])).toEqual([{ id: 1 }, { id: 1 }]);
    expect([short.runs, long.runs]).toEqual([[[1]], [[1]]]);
  });

  test("results that were stored with other tags, or without, are misses", async () => {
    const { fn, runs } = tagged();
    const name = fn.cache.key(1).replace(/^.*:|@.*$/g, "");
    await fn(1);
    await writesDone(context.cache);
    const other = onOtherClient(context, name, (id: number) => ({ id }), { tags: ["users"] });
    await other.fn(1);
    await writesDone(context.other);
    expect(await other.fn(1)).toEqual({ id: 1 });
    // Another client, because two functions of one cache cannot have the same id.
    const backend = context.make({ namespace: "functions" });
    const untagged = onOtherClient(context, name, (id: number) => ({ id }), { backend });
    await untagged.fn(1);
    await writesDone(backend);
    expect(await fn(1)).toEqual({ id: 1 });
    expect([runs, other.runs, untagged.runs]).toEqual([[[1], [1]], [[1]], [[1]]]);
  });
}
