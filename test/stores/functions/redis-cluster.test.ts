import { afterAll, beforeAll } from "vitest";
import { redis } from "aotcache/redis";
import { startCluster, type RedisCluster } from "../../support/servers/index.ts";
import { remoteContract } from "./contract.ts";

let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.stop());

remoteContract({
  name: "a Redis cluster",
  make: (options) => redis({ cluster: cluster.addresses, ...options }),
});
