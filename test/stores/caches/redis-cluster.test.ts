import { Cluster, Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { redis } from "aotcache/redis";
import { startCluster, until, type RedisCluster } from "../../support/servers/index.ts";
import { cacheContract } from "./contract.ts";

let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.stop());

cacheContract({
  name: "Redis Cluster",
  make: (options) => redis({ cluster: cluster.addresses, ...options }),
});

describe("a cache on Redis Cluster", () => {
  test("spreads its keys over all masters, and clear removes them from all", async () => {
    await using cache = redis({ cluster: cluster.addresses, namespace: "spread", timeout: "20s" });
    const keys = Array.from({ length: 300 }, (_, index) => `${index}`);
    await cache.multiSet(keys.map((key) => [key, key] as const));
    const counts = async (): Promise<number[]> =>
      Promise.all(
        cluster.nodes
          .slice(0, 3)
          .map(async (node) => ((await node.command("KEYS", "spread:*")) as string[]).length),
      );
    const spread = await counts();
    expect(Math.min(...spread)).toBeGreaterThan(50);
    expect(spread[0]! + spread[1]! + spread[2]!).toBe(300);
    await cache.clear();
    expect(await counts()).toEqual([0, 0, 0]);
  });

  test("raw is the client, and close leaves a client that was passed in open", async () => {
    const client = new Cluster([...cluster.addresses], { lazyConnect: true });
    const cache = redis({ client, namespace: "given", timeout: "20s" });
    await cache.set("key", 1);
    await cache.close();
    expect(cache.raw).toBe(client);
    expect(await client.get("given:k:key")).toBe("1");
    client.disconnect();
    expect(client).not.toBeInstanceOf(Redis);
  });

  test("continues with the replica when a master dies", async () => {
    await using cache = redis({ cluster: cluster.addresses, namespace: "failover", timeout: "20s" });
    const keys = Array.from({ length: 30 }, (_, index) => `${index}`);
    await cache.multiSet(keys.map((key) => [key, "old"] as const));
    await cluster.failover("failover:k:0");
    await until("all keys answer", async () => (await cache.multiGet(keys)).length === keys.length);
    await cache.multiSet(keys.map((key) => [key, "new"] as const));
    expect(await cache.multiGet(keys)).toEqual(keys.map(() => "new"));
    expect(await cache.increment("count")).toBe(1);
  });
});
