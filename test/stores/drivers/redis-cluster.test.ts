import { Cluster, Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRedisDriver } from "../../../runtime/redis/driver.ts";
import { slotOf } from "../../../runtime/redis/hash-slot.ts";
import { startCluster, until, type RedisCluster } from "../../support/servers/index.ts";
import { driverContract } from "./contract.ts";

let cluster: RedisCluster;
let asked: Redis;

beforeAll(async () => {
  cluster = await startCluster();
  asked = new Redis({ ...cluster.addresses[0]!, lazyConnect: true });
});
afterAll(async () => {
  asked.disconnect();
  await cluster.stop();
});

driverContract("redis, as a cluster,", () => createRedisDriver({ cluster: cluster.addresses }));

describe("on a cluster", () => {
  const ODD_KEYS = [
    "",
    "a",
    "main:k:a",
    "f(1)",
    "f({a:1})",
    "f({})",
    "}{",
    "{",
    "a}b{c",
    "{}{a}",
    "{{a}}",
    "é{ü}",
  ];

  test.each(ODD_KEYS)("computes the slot of a key like Redis: %s", async (key) => {
    expect(slotOf(key)).toBe(await asked.cluster("KEYSLOT", key));
    expect(slotOf(Buffer.from(key))).toBe(slotOf(key));
  });

  test("a client whose prefix has braces finds the slots", async () => {
    const client = new Cluster([...cluster.addresses], { keyPrefix: "{app}:" });
    const driver = createRedisDriver({ client });
    const items = ["a", "b", "c"].map((key) => ({ key, data: key, ttl: Infinity }));
    await driver.set(items);
    expect((await driver.get(["a", "b", "c"])).map(String)).toEqual(["a", "b", "c"]);
    expect(await driver.delete(["a"])).toEqual([true]);
    await driver.clear("");
    expect(await driver.get(["a", "b", "c"])).toEqual([undefined, undefined, undefined]);
    client.disconnect();
  });

  test("keys of a dead master become readable again when its replica takes over", async () => {
    const driver = createRedisDriver({ cluster: cluster.addresses });
    const keys = ["a", "b", "c", "d", "e", "f"].map((name) => `failover:k:${name}`);
    await driver.set(keys.map((key) => ({ key, data: "1", ttl: Infinity })));
    await cluster.failover(keys[0]!);
    await until("all keys answer", async () => (await driver.get(keys)).length === keys.length);
    await driver.set(keys.map((key) => ({ key, data: "2", ttl: Infinity })));
    expect((await driver.get(keys)).map(String)).toEqual(keys.map(() => "2"));
    expect(await driver.setIf({ key: keys[0]!, data: "3", ttl: Infinity }, "2")).toBe(true);
    await driver.close();
  });
});
