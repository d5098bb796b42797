import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Driver } from "../../../runtime/contract/driver.ts";
import { createRedisDriver } from "../../../runtime/redis/driver.ts";
import { startRedis, type RedisServer } from "../../support/servers/index.ts";
import { driverContract } from "./contract.ts";

let server: RedisServer;

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

driverContract("redis", () => createRedisDriver({ url: server.url }));

/** Clients with the settings of users: a key prefix, and options that change the form of replies. */
const clients: Redis[] = [];
afterAll(() => clients.forEach((client) => client.disconnect()));

driverContract("redis, with a client that adds a key prefix,", () => {
  const client = new Redis(server.url, { keyPrefix: "app[1]:", stringNumbers: true, replyMapping: "resp3" });
  clients.push(client);
  return createRedisDriver({ client });
});

driverContract("redis, for a user who may run no scripts,", async () => {
  await server.command("ACL", "SETUSER", "plain", "reset", "on", ">pw", "~*", "+@all", "-@scripting");
  return createRedisDriver({ host: server.host, port: server.port, username: "plain", password: "pw" });
});

describe("the Redis driver", () => {
  let driver: Driver;
  beforeAll(() => {
    driver = createRedisDriver({ host: server.host, port: server.port });
  });
  afterAll(() => driver.close());

  test("a value of another program is a miss, and is overwritten", async () => {
    await server.command("HSET", "other:hash", "field", "1");
    expect(await driver.get(["other:hash"])).toEqual([undefined]);
    await expect(driver.increment("other:hash", 1, Infinity)).rejects.toThrow(TypeError);
    await driver.set([{ key: "other:hash", data: "mine", ttl: Infinity }]);
    expect(await server.command("GET", "other:hash")).toBe("mine");
  });

  test("stores values under their key, as plain text and with the expiry of Redis", async () => {
    await driver.set([{ key: "plain:k:a", data: "text", ttl: 60_000 }]);
    expect(await server.command("GET", "plain:k:a")).toBe("text");
    expect(await server.command("TTL", "plain:k:a")).toBeGreaterThan(50);
  });

  test("clears keys with any bytes, and not in other databases", async () => {
    await server.command("EVAL", `redis.call("SET", "bytes:\\255\\254", "1")`, 0);
    await server.command("EVAL", `redis.call("SELECT", 1) redis.call("SET", "bytes:k:a", "1")`, 0);
    await driver.clear("bytes:");
    expect(await server.command("KEYS", "bytes:*")).toEqual([]);
    expect(await server.command("EVAL", `redis.call("SELECT", 1) return redis.call("KEYS", "*")`, 0)).toEqual(
      ["bytes:k:a"],
    );
  });

  test("clears no keys of other programs with a client that adds a key prefix", async () => {
    const client = new Redis(server.url, { keyPrefix: "mine:" });
    clients.push(client);
    const keys = ["ns:k:a", "mine:ns:k:a", "mine:mine:ns:k:a"];
    await server.command("MSET", ...keys.flatMap((key) => [key, "1"]));
    await createRedisDriver({ client }).clear("ns:");
    expect(await server.command("EXISTS", "ns:k:a")).toBe(1);
    expect(await server.command("EXISTS", "mine:mine:ns:k:a")).toBe(1);
    expect(await server.command("EXISTS", "mine:ns:k:a")).toBe(0);
  });

  test("works after the server has lost its scripts", async () => {
    expect(await driver.increment("scripts:k:a", 1, Infinity)).toBe(1);
    await server.command("SCRIPT", "FLUSH");
    expect(await driver.increment("scripts:k:a", 1, Infinity)).toBe(2);
  });
});

describe("a Redis driver", () => {
  test("connects once, at its first command", async () => {
    const driver = createRedisDriver({ url: server.url });
    const { status } = driver.raw as Redis;
    expect(status).toBe("wait");
    await Promise.all([driver.get(["a"]), driver.exists("a"), driver.ttl("a")]);
    expect((driver.raw as Redis).status).toBe("ready");
    await driver.close();
  });

  test("rejects after it was closed, also if it never connected", async () => {
    for (const open of [true, false]) {
      const driver = createRedisDriver({ url: server.url });
      if (open) await driver.get(["a"]);
      await driver.close();
      await expect(driver.get(["a"])).rejects.toThrow("closed");
    }
  });

  test("sends pending commands before it closes", async () => {
    const driver = createRedisDriver({ url: server.url });
    await driver.get(["a"]);
    const stored = driver.set([{ key: "closing:k:a", data: "1", ttl: Infinity }]);
    await driver.close();
    await stored;
    expect(await server.command("GET", "closing:k:a")).toBe("1");
  });

  test("leaves a client that was passed in open, and removes its listeners", async () => {
    const client = new Redis(server.url, { lazyConnect: true });
    clients.push(client);
    const driver = createRedisDriver({ client });
    expect(driver.raw).toBe(client);
    await driver.set([{ key: "given:k:a", data: "1", ttl: Infinity }]);
    await driver.close();
    expect(await client.get("given:k:a")).toBe("1");
    expect(client.listenerCount("error")).toBe(0);
  });
});
