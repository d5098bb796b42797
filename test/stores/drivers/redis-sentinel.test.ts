import { afterAll, beforeAll, expect, test } from "vitest";
import type { Driver } from "../../../runtime/contract/driver.ts";
import { createRedisDriver } from "../../../runtime/redis/driver.ts";
import { startSentinel, until, type RedisSentinel } from "../../support/servers/index.ts";

let sentinel: RedisSentinel;
let driver: Driver;

beforeAll(async () => {
  sentinel = await startSentinel();
  driver = createRedisDriver({ sentinels: [...sentinel.addresses], name: sentinel.name });
});
afterAll(async () => {
  await driver.close();
  await sentinel.stop();
});

test("sentinels lead to the master", async () => {
  await driver.set([{ key: "a", data: "1", ttl: Infinity }]);
  expect(await (await sentinel.master()).command("GET", "a")).toBe("1");
});

test("when the master dies, commands fail soon, and go to the new master when there is one", async () => {
  await driver.get(["a"]);
  const failover = sentinel.failover();
  await until("a command fails", () =>
    driver.get(["a"]).then(
      () => false,
      () => true,
    ),
  );
  await failover;
  await until("the new master accepts writes", async () => {
    await driver.set([{ key: "a", data: "2", ttl: Infinity }]);
    return true;
  });
  expect(await (await sentinel.master()).command("GET", "a")).toBe("2");
});

test("while no sentinel is reachable, commands fail, and a closed driver stays closed", async () => {
  const lost = createRedisDriver({ sentinels: [{ host: "127.0.0.1", port: 1 }], name: sentinel.name });
  await expect(lost.get(["a"])).rejects.toThrow("All sentinels are unreachable");
  await expect(lost.get(["a"])).rejects.toThrow("Redis cannot be reached");
  await lost.close();
  await expect(lost.get(["a"])).rejects.toThrow("closed");
});
