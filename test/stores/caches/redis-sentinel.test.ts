import { afterAll, beforeAll, expect, test } from "vitest";
import { redis } from "aotcache/redis";
import { startSentinel, until, type RedisSentinel } from "../../support/servers/index.ts";
import { cacheContract } from "./contract.ts";

let sentinel: RedisSentinel;
beforeAll(async () => {
  sentinel = await startSentinel();
});
afterAll(() => sentinel.stop());

const at = () => ({ sentinels: [...sentinel.addresses], name: sentinel.name });

cacheContract({ name: "Redis behind sentinels", make: (options) => redis({ ...at(), ...options }) });

test("a cache with sentinels continues on the next master when one dies", async () => {
  await using cache = redis({ ...at(), namespace: "failover", timeout: "20s" });
  await cache.set("key", "old");
  await sentinel.failover();
  await until("the new master accepts writes", () => cache.set("key", "new").then(() => true));
  expect(await cache.get("key")).toBe("new");
});
