/** The near tier in front of Redis: copies of entries in memory, which follow the changes of the server. */
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { cached, cacheOf, type Cache, type CachedOptions } from "aotcache";
import { redis } from "aotcache/redis";
import type { NearOptions } from "../../../runtime/cache/near-options.ts";
import { startRedis, until, type RedisServer } from "../../support/servers/index.ts";

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

let count = 0;

/** A cache with a near tier, and another one of the same namespace without, as in another process. */
function caches(near: NearOptions | boolean = true): { readonly near: Cache; readonly far: Cache } {
  const namespace = `near${++count}`;
  const options = { url: server.url, namespace };
  const pair = { near: redis({ ...options, near }), far: redis(options) };
  onTestFinished(async () => void (await Promise.all([pair.near.close(), pair.far.close()])));
  return pair;
}

/** A function that returns the number of its run, on a cache. */
function counting(backend: Cache, options: CachedOptions = {}) {
  let runs = 0;
  const fn = cached(async (id: number) => ({ id, run: ++runs }), { name: "counting", backend, ...options });
  /** Calls until the near tier answers. */
  const warm = (id: number): Promise<unknown> =>
    until("near", async () => {
      await fn(id);
      return (await cacheOf(fn).explain(id)).near || undefined;
    });
  return { fn, warm, handle: cacheOf(fn), runs: () => runs };
}

test("a result that the store has is answered from memory, and counted", async () => {
  const { near } = caches();
  const { fn, warm, handle, runs } = counting(near);
  await warm(1);
  const before = handle.stats();
  const value = await fn(1);
  expect(await fn(1)).toBe(value);
  const { hits, nearHits } = handle.stats();
  expect([hits - before.hits, nearHits - before.nearHits]).toEqual([2, 2]);
  expect(near.stats().nearHits).toBe(nearHits);
  expect(runs()).toBe(1);
});

test.each<[string, (far: ReturnType<typeof counting>, cache: Cache) => Promise<unknown>]>([
  ["invalidate", ({ handle }) => handle.invalidate(1)],
  ["refresh", ({ handle }) => handle.refresh(1)],
  ["prime", ({ handle }) => handle.prime([1], { id: 1, run: 7 })],
  ["clear of the function", ({ handle }) => handle.clear()],
  ["clear of the cache", (_, cache) => cache.clear()],
])("%s elsewhere is seen within milliseconds", async (_, change) => {
  const { near, far } = caches();
  const { fn, warm, handle } = counting(near);
  const other = counting(far);
  await warm(1);
  const old = await fn(1);
  await change(other, far);
  await until("gone", async () => !(await handle.explain(1)).near || undefined);
  expect(await fn(1)).not.toBe(old);
});
