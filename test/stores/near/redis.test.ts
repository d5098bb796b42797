/** The near tier in front of Redis, which reports changes by client tracking. */
import { Cluster, Redis } from "ioredis";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { redis } from "aotcache/redis";
import type { RemoteCacheOptions } from "../../../runtime/cache/options.ts";
import {
  startCluster,
  startRedis,
  startSentinel,
  type RedisCluster,
  type RedisServer,
} from "../../support/servers/index.ts";
import { nearContract } from "./contract.ts";

let server: RedisServer;
let cluster: RedisCluster;
let watched: Awaited<ReturnType<typeof startSentinel>>;
beforeAll(async () => {
  [server, cluster, watched] = await Promise.all([startRedis(), startCluster(), startSentinel()]);
});
afterAll(async () => void (await Promise.all([server.stop(), cluster.stop(), watched.stop()])));

const one = (options: RemoteCacheOptions) => redis({ url: server.url, ...options });

nearContract("Redis", one);
nearContract("a cluster", (options) => redis({ cluster: cluster.addresses, ...options }));
nearContract("a client of one's own", (options) => {
  const client = new Redis(server.port);
  onTestFinished(() => void client.disconnect());
  return redis({ client, ...options });
});
nearContract("a cluster client of one's own", (options) => {
  const client = new Cluster([...cluster.addresses]);
  onTestFinished(() => void client.disconnect());
  return redis({ client, ...options });
});
nearContract("Redis behind sentinels", (options) =>
  redis({ sentinels: [...watched.addresses], name: watched.name, ...options }),
);
