import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { cached, type Cache } from "aotcache";
import { memcached } from "aotcache/memcached";
import { redis } from "aotcache/redis";
import type { RemoteCacheOptions } from "../../../runtime/cache/options.ts";
import type { RemoteCache } from "../../../runtime/remote/cache.ts";
import { startProxy, type Proxy } from "../../support/proxy.ts";
import { startMemcached, startRedis, type Memcached, type RedisServer } from "../../support/servers/index.ts";
import { until } from "../../support/servers/until.ts";
import { heard, written } from "./bench.ts";

let redisServer: RedisServer;
let memcachedServer: Memcached;
beforeAll(async () => {
  [redisServer, memcachedServer] = await Promise.all([startRedis(), startMemcached()]);
});
afterAll(() => Promise.all([redisServer.stop(), memcachedServer.stop()]));

const TIMEOUT = 300;
/** What a busy machine may take, besides. */
const SLOW = 2000;

const STORES = {
  Redis: {
    port: () => redisServer.port,
    make: ({ host, port }: Proxy, options: RemoteCacheOptions): Cache => redis({ host, port, ...options }),
  },
  Memcached: {
    port: () => memcachedServer.nodes[0]!.port,
    make: ({ address }: Proxy, options: RemoteCacheOptions): Cache =>
      memcached({ servers: address, ...options }),
  },
};

describe.each(Object.entries(STORES))("the lock of a function on %s", (_, { port, make }) => {
  let tests = 0;

  /** A function under a distributed lock behind a line that can hang, and another process's hand on the same key. */
  async function stage() {
    const proxy = await startProxy({ port: port() });
    const namespace = `locks${++tests}`;
    const options = { namespace, timeout: `${TIMEOUT}ms`, lease: "30s" } as const;
    const cache = make(proxy, options);
    const { driver } = (cache as unknown as RemoteCache).client;
    const ends: ((value: string) => void)[] = [];
    let immediate = true;
    const fn = cached(
      async (n: number) => (immediate ? `${n}` : new Promise<string>((end) => ends.push(end))),
      { backend: cache, name: "fn", lock: "distributed" },
    );
    // The connection is there, and what is measured is not how long that takes.
    await until("it is connected", async () => (await fn(0), (await fn.cache.peek(0)) === "0"));
    await written(cache);
    return {
      ...{ proxy, cache, driver, fn, ends },
      hold: () => void (immediate = false),
      async [Symbol.asyncDispose]() {
        await proxy.heal();
        await cache.close();
        await proxy.close();
      },
    };
  }

  test("hangs when it is asked for: nobody waits longer than the time-out, and the function runs", async () => {
    await using at = await stage();
    const events = heard(at.cache);
    const { acquire } = at.driver;
    vi.spyOn(at.driver, "acquire").mockImplementation((...args) => {
      at.proxy.treat("reply", { kind: "hold" });
      return acquire.apply(at.driver, args);
    });
    const start = performance.now();
    const calls = await Promise.all(Array.from({ length: 100 }, () => at.fn(1)));
    expect(performance.now() - start).toBeLessThan(TIMEOUT + SLOW);
    expect(new Set(calls)).toEqual(new Set(["1"]));
    expect(events.find(({ type }) => type === "error")).toMatchObject({
      key: at.fn.cache.key(1),
      reason: "the lock failed; the function runs without it",
      error: { name: "CacheError" },
    });
    expect(at.fn.cache.stats()).toMatchObject({ errors: 0, inFlight: 0, runs: 2 });
  });

  test("hangs, and the function's own time-out counts, not the cache's", async () => {
    await using proxy = await startProxy({ port: port() });
    await using cache = make(proxy, { namespace: "own", timeout: "20s" });
    const fn = cached(async (n: number) => n, { backend: cache, name: "own", timeout: "50ms" });
    await fn(0);
    proxy.treat("reply", { kind: "hold" });
    const start = performance.now();
    expect(await fn(1)).toBe(1);
    expect(performance.now() - start).toBeLessThan(SLOW);
    await proxy.heal();
  });

  test("hangs while another process has it: who waits runs after the time-out", async () => {
    await using holder = await stage();
    await using at = await stage();
    const key = await (at.cache as unknown as RemoteCache).client.functionKey("uncompiled:fn@0(", "1)");
    expect(await holder.driver.acquire(key, "another", 30_000)).toBe(true);
    const call = at.fn(1);
    await until("it waits", () => at.fn.cache.stats().misses > 1);
    at.proxy.treat("reply", { kind: "hold" });
    const start = performance.now();
    expect(await call).toBe("1");
    expect(performance.now() - start).toBeLessThan(TIMEOUT + SLOW);
  });

  test("that was given though its answer was lost is given back, so that the next one need not wait", async () => {
    await using at = await stage();
    await using other = await stage();
    const { acquire } = at.driver;
    const spy = vi.spyOn(at.driver, "acquire").mockImplementation((...args) => {
      at.proxy.treat("reply", { kind: "hold" });
      return acquire.apply(at.driver, args);
    });
    expect(await at.fn(1)).toBe("1");
    spy.mockRestore();
    await at.proxy.heal();
    const key = await (at.cache as unknown as RemoteCache).client.functionKey("uncompiled:fn@0(", "1)");
    // The lease lasts for 30 s; what asks the store next gives back what is nobody's.
    await until("the lease is free", async () => {
      await at.fn.cache.peek(1).catch(() => undefined);
      return other.driver.acquire(key, "next", 1000);
    });
  });

  test("is free again when the result is in the store, and not before", async () => {
    await using at = await stage();
    await using other = await stage();
    at.hold();
    const key = await (at.cache as unknown as RemoteCache).client.functionKey("uncompiled:fn@0(", "1)");
    const call = at.fn(1);
    await until("it runs", () => at.ends.length === 1);
    expect(await other.driver.acquire(key, "other", 1000)).toBe(false);
    at.ends[0]!("value");
    expect(await call).toBe("value");
    await written(at.cache);
    await until("the lease is free", () => other.driver.acquire(key, "other", 1000));
    expect((await other.driver.get([key]))[0]).toBeDefined();
  });
});
