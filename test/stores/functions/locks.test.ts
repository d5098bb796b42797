import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { cached, type Cache } from "aotcache";
import { memcached } from "aotcache/memcached";
import { redis } from "aotcache/redis";
import type { RemoteCacheOptions } from "../../../runtime/cache/options.ts";
import type { Driver } from "../../../runtime/contract/driver.ts";
import type { RemoteCache } from "../../../runtime/remote/cache.ts";
import type { RemoteClient } from "../../../runtime/remote/client.ts";
import { startProxy, type Proxy } from "../../support/proxy.ts";
import { startMemcached, startRedis, type Memcached, type RedisServer } from "../../support/servers/index.ts";
import { until } from "../../support/servers/until.ts";
import { recordEvents, writesDone } from "./context.ts";

let redisServer: RedisServer;
let memcachedServer: Memcached;
beforeAll(async () => {
  [redisServer, memcachedServer] = await Promise.all([startRedis(), startMemcached()]);
});
afterAll(() => Promise.all([redisServer.stop(), memcachedServer.stop()]));

const TIMEOUT_MS = 300;
/** The margin for a busy machine, in milliseconds. */
const SLACK_MS = 2000;

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

const clientOf = (cache: Cache): RemoteClient => (cache as unknown as RemoteCache).client;

/** The stored name of the result of `fn(1)`, and that of its lease. */
const resultKeyOf = async (cache: Cache): Promise<string> =>
  clientOf(cache).functionKey("uncompiled:fn@0(", "1)");
const leaseKeyOf = async (cache: Cache): Promise<string> =>
  clientOf(cache).leaseKey(await resultKeyOf(cache));

/** The connection hangs as soon as a lease is asked for. */
function holdRepliesOfTheLease({ driver, proxy }: { driver: Driver; proxy: Proxy }) {
  const { add } = driver;
  return vi.spyOn(driver, "add").mockImplementation((item) => {
    if (item.key.includes(":l:")) proxy.treat("reply", { kind: "hold" });
    return add.call(driver, item);
  });
}

describe.each(Object.entries(STORES))("the lock of a function on %s", (_, { port, make }) => {
  let tests = 0;

  /** A function with a distributed lock, on a connection that can hang, and a driver of another process. */
  async function stage() {
    const proxy = await startProxy({ port: port() });
    const namespace = `locks${++tests}`;
    const options = { namespace, timeout: `${TIMEOUT_MS}ms`, lease: "30s" } as const;
    const cache = make(proxy, options);
    const { driver } = clientOf(cache);
    const ends: ((value: string) => void)[] = [];
    let immediate = true;
    const fn = cached(
      async (n: number) => (immediate ? `${n}` : new Promise<string>((end) => ends.push(end))),
      { backend: cache, name: "fn", lock: "distributed" },
    );
    // Connect first, so that the time to connect is not measured.
    await until("it is connected", async () => (await fn(0), (await fn.cache.peek(0)) === "0"));
    await writesDone(cache);
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

  test("hangs: no call waits longer than the timeout, and the function runs", async () => {
    await using at = await stage();
    const events = recordEvents(at.cache);
    holdRepliesOfTheLease(at);
    const start = performance.now();
    const calls = await Promise.all(Array.from({ length: 100 }, () => at.fn(1)));
    expect(performance.now() - start).toBeLessThan(TIMEOUT_MS + SLACK_MS);
    expect(new Set(calls)).toEqual(new Set(["1"]));
    expect(events.find(({ type }) => type === "error")).toMatchObject({
      key: at.fn.cache.key(1),
      reason: "the lock failed; the function runs without it",
      error: { name: "CacheError" },
    });
    expect(at.fn.cache.stats()).toMatchObject({ errors: 0, inFlight: 0, runs: 2 });
  });

  test("hangs: the timeout of the function applies, not that of the cache", async () => {
    await using proxy = await startProxy({ port: port() });
    await using cache = make(proxy, { namespace: "own", timeout: "20s" });
    const fn = cached(async (n: number) => n, { backend: cache, name: "own", timeout: "50ms" });
    await fn(0);
    proxy.treat("reply", { kind: "hold" });
    const start = performance.now();
    expect(await fn(1)).toBe(1);
    expect(performance.now() - start).toBeLessThan(SLACK_MS);
    await proxy.heal();
  });

  test("hangs while another process holds it: a waiting call runs after the timeout", async () => {
    await using holder = await stage();
    await using at = await stage();
    const key = await leaseKeyOf(at.cache);
    expect(await holder.driver.add({ key, data: "another", ttl: 30_000 })).toBe(true);
    const call = at.fn(1);
    await until("it waits", () => at.fn.cache.stats().misses > 1);
    at.proxy.treat("reply", { kind: "hold" });
    const start = performance.now();
    expect(await call).toBe("1");
    expect(performance.now() - start).toBeLessThan(TIMEOUT_MS + SLACK_MS);
  });

  test("is released if it was granted but the reply was lost, so that the next call need not wait", async () => {
    await using at = await stage();
    await using other = await stage();
    const spy = holdRepliesOfTheLease(at);
    expect(await at.fn(1)).toBe("1");
    spy.mockRestore();
    await at.proxy.heal();
    const key = await leaseKeyOf(at.cache);
    // The lease lasts 30 s. The next request releases orphaned leases.
    await until("the lease is free", async () => {
      await at.fn.cache.peek(1).catch(() => undefined);
      return other.driver.add({ key, data: "next", ttl: 1000 });
    });
  });

  test("is released when the result is stored, and not before", async () => {
    await using at = await stage();
    await using other = await stage();
    at.hold();
    const key = await leaseKeyOf(at.cache);
    const call = at.fn(1);
    await until("it runs", () => at.ends.length === 1);
    expect(await other.driver.add({ key, data: "other", ttl: 1000 })).toBe(false);
    at.ends[0]!("value");
    expect(await call).toBe("value");
    await writesDone(at.cache);
    await until("the lease is free", () => other.driver.add({ key, data: "other", ttl: 1000 }));
    expect(await other.driver.exists(await resultKeyOf(at.cache))).toBe(true);
  });
});
