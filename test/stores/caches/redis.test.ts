import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CacheError, CacheEvent } from "aotcache";
import { redis } from "aotcache/redis";
import { startProxy } from "../../support/proxy.ts";
import { startRedis, until, type RedisServer } from "../../support/servers/index.ts";
import { cacheContract } from "./contract.ts";

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

cacheContract({ name: "Redis", make: (options) => redis({ url: server.url, ...options }) });

describe("a cache on Redis", () => {
  /** The number of times the server ran each command during `run`. */
  async function commands(run: () => Promise<unknown>): Promise<Record<string, number>> {
    await server.command("CONFIG", "RESETSTAT");
    await run();
    const info = String(await server.command("INFO", "commandstats"));
    const lines = [...info.matchAll(/^cmdstat_(\w+):calls=(\d+)/gm)];
    const counts = Object.fromEntries(lines.map(([, name, calls]) => [name, Number(calls)]));
    // Commands of this helper and of connecting clients.
    for (const name of ["info", "config", "hello", "client"]) Reflect.deleteProperty(counts, name);
    return counts;
  }

  test("multiGet is one command, and so are concurrent gets", async () => {
    await using cache = redis({ url: server.url, namespace: "trips", timeout: "20s" });
    await cache.get("connected");
    const keys = Array.from({ length: 1000 }, (_, index) => `${index}`);
    expect(await commands(() => cache.multiGet(keys))).toEqual({ mget: 1 });
    expect(await commands(() => Promise.all(keys.map((key) => cache.get(key))))).toEqual({ mget: 1 });
    expect(await commands(() => cache.multiGet([]))).toEqual({});
    expect(await commands(() => cache.multiSet([]))).toEqual({});
  });

  test("operations that would block the server for long are split into several commands", async () => {
    await using cache = redis({ url: server.url, namespace: "trips", timeout: "20s" });
    const keys = Array.from({ length: 2500 }, (_, index) => `part:${index}`);
    await cache.multiSet(keys.filter((_, index) => index % 2 === 0).map((key) => [key, key] as const));
    let values: unknown[] = [];
    const elapsed = await commands(async () => (values = await cache.multiGet(keys)));
    expect(elapsed).toEqual({ mget: 3 });
    expect(values).toEqual(keys.map((key, index) => (index % 2 === 0 ? key : undefined)));
  });

  test("many keys take one round trip, for writes and for reads", async () => {
    await using proxy = await startProxy(server);
    await using cache = redis({ port: proxy.port, host: proxy.host, namespace: "trips", timeout: "20s" });
    await cache.get("connected");
    const ms = 100;
    proxy.treat("reply", { kind: "late", ms });
    const entries = Array.from({ length: 200 }, (_, index) => [`${index}`, index] as const);
    const start = performance.now();
    await cache.multiSet(entries);
    await cache.multiGet(entries.map(([key]) => key));
    // 200 round trips would take a hundred times as long.
    expect(performance.now() - start).toBeLessThan(20 * ms);
  });

  test("what it stores can be read in Redis", async () => {
    await using cache = redis({ url: server.url, namespace: "main", ttl: "1h", timeout: "20s" });
    await cache.set("key", { any: "value" });
    await cache.increment("visits", 7);
    expect(await server.command("GET", "main:k:visits")).toBe("7");
    expect(await server.command("GET", "main:k:key")).toContain('{"any":"value"}');
    expect(await server.command("TTL", "main:k:key")).toBeGreaterThan(3500);
  });

  test.each([
    ["another program's text", "SET", "foreign:k:key", "text"],
    ["a list", "RPUSH", "foreign:k:key", "1", "2"],
    ["an entry that was cut short", "SET", "foreign:k:key", 'generic/1 10:={"id":'],
  ])("what it cannot read is a miss, and is overwritten: %s", async (_, ...command) => {
    await using cache = redis({ url: server.url, namespace: "foreign", timeout: "20s" });
    await server.command("DEL", "foreign:k:key");
    await server.command(...command);
    expect(await cache.get("key", "miss")).toBe("miss");
    expect(await cache.multiGet(["key"])).toEqual([undefined]);
    await cache.set("key", "mine");
    expect(await cache.get("key")).toBe("mine");
  });

  test("raw is the client, and close leaves a client that was passed in open", async () => {
    const client = new Redis(server.url, { lazyConnect: true });
    const cache = redis({ client, namespace: "given", timeout: "20s" });
    expect(cache.raw).toBe(client);
    await cache.set("key", 1);
    await cache.close();
    expect(await client.get("given:k:key")).toBe("1");
    client.disconnect();
    await using own = redis({ url: server.url, timeout: "20s" });
    expect(own.raw).toBeInstanceOf(Redis);
  });
});

describe("when Redis fails, an operation rejects with a typed error", () => {
  /** Runs an operation that fails; returns the error and the error events. */
  async function failure(options: object, run = "get") {
    await using cache = redis({ ...options, namespace: "fails" });
    const events: CacheEvent[] = [];
    cache.on("error", (event) => events.push(event));
    const operation = run === "get" ? cache.get("key") : cache.clear();
    const error = (await operation.catch((reason: unknown) => reason)) as CacheError;
    expect(error.name).toBe("CacheError");
    expect(events).toMatchObject([{ type: "error", error, reason: error.message }]);
    expect(cache.stats()).toMatchObject({ errors: 1, hits: 0, misses: 0 });
    return error;
  }

  test.each(["get", "clear"])("at once, if the port refuses connections: %s", async (run) => {
    const error = await failure({ host: "127.0.0.1", port: 1 }, run);
    expect(error).toMatchObject({ code: "unavailable", cause: { message: expect.any(String) as string } });
    expect(error.message).toContain("ECONNREFUSED");
  });

  test("after its timeout, if the server does not answer", async () => {
    const silent = await startRedis();
    try {
      await silent.pause();
      const start = performance.now();
      const error = await failure({ url: silent.url, timeout: "100ms" });
      expect(error.code).toBe("timeout");
      expect(error.message).toContain("100 ms");
      expect(performance.now() - start).toBeLessThan(1500);
    } finally {
      await silent.stop();
    }
  });

  test("and works again when the server is back", async () => {
    const dying = await startRedis();
    await using cache = redis({ url: dying.url, namespace: "back" });
    try {
      await cache.set("key", 1);
      await dying.kill();
      await until("the failure is noticed", () =>
        cache.get("key").then(
          () => false,
          () => true,
        ),
      );
      await dying.restart();
      await until("it answers", () => cache.exists("key").then((there) => !there));
      await cache.set("key", 2);
      expect(await cache.get("key")).toBe(2);
    } finally {
      await dying.stop();
    }
  });

  test("a refused write rejects with the error of Redis, and reads continue", async () => {
    const full = await startRedis();
    await using cache = redis({ url: full.url, namespace: "full", timeout: "20s" });
    try {
      await cache.set("key", 1);
      await full.refuseWrites("OOM");
      const error = await cache.set("key", 2).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "unavailable", message: expect.stringContaining("OOM") as string });
      expect(await cache.get("key")).toBe(1);
    } finally {
      await full.stop();
    }
  });
});
