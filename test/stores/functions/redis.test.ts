import { afterAll, beforeAll } from "vitest";
import { redis } from "aotcache/redis";
import { startRedis, type RedisServer } from "../../support/servers/index.ts";
import { remoteContract } from "./contract.ts";
import { processesContract } from "./processes-contract.ts";

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

remoteContract({ name: "Redis", make: (options) => redis({ url: server.url, ...options }) });

processesContract("Redis", () => ({ kind: "redis", options: { url: server.url } }));
