import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Cache } from "../../../runtime/contract/cache.ts";
import { memcached } from "../../../runtime/memcached.ts";
import { redis } from "../../../runtime/redis.ts";
import { startProxy, type Direction, type Proxy } from "../../support/proxy.ts";
import { startMemcached, startRedis, until, type RedisServer } from "../../support/servers/index.ts";
import { answering } from "./answering.ts";
import { TIMEOUT_MS } from "./fault.ts";
import { answerTo, STORED_KEYS, Load } from "./load.ts";

let server: RedisServer;
let proxy: Proxy;
let cache: Cache;

beforeEach(async () => {
  server = await startRedis();
  proxy = await startProxy(server);
  cache = redis({ host: proxy.host, port: proxy.port, namespace: "main" });
});
afterEach(async () => {
  await cache.close();
  await proxy.close();
  await server.stop();
});

/** Loses one piece and continues, so that each reply seems to belong to the previous request. */
async function loseOne(direction: Direction): Promise<void> {
  const { arrived } = proxy.bytes[direction];
  proxy.treat(direction, { kind: "drop" });
  await until("something is lost", () => proxy.bytes[direction].arrived > arrived);
  proxy.treat(direction, { kind: "pass" });
}

describe.each(["request", "reply"] as const)("after a lost %s", (direction) => {
  test("no call receives the answer to another call, and hits return", async () => {
    const { answer, hits, warm } = answering(cache);
    await warm(...STORED_KEYS);
    const load = new Load(answer);
    await until("calls are made", () => load.samples.length > 50);
    for (let round = 0; round < 2; round++) {
      await loseOne(direction);
      const { length } = load.samples;
      await until("more calls were made", () => load.samples.length > length + 200);
    }
    const before = hits();
    await until("hits return", () => hits() > before + 100);
    await load.stop();
    expect(load.wrong).toEqual([]);
  });

  test("no key of the cache returns the value of another key", async () => {
    const keys = Array.from({ length: 50 }, (_, index) => `key ${index}`);
    await cache.multiSet(keys.map((key) => [key, { key }] as const));
    await Promise.all([loseOne(direction), cache.get("key 0").catch(() => undefined)]);
    const asked = keys.map(async (key) => [key, await cache.get(key).catch(() => undefined)] as const);
    for (const [key, value] of await Promise.all(asked)) expect([undefined, { key }]).toContainEqual(value);
    await until("all keys are readable again", async () => {
      return (await cache.multiGet<{ key: string }>(keys)).every(
        (value, index) => value?.key === keys[index],
      );
    });
  });
});

test("replies of an unexpected type are failures of the store", async () => {
  await cache.set("a", "1");
  for (const reply of ["+OK\r\n", ":1\r\n", "$-1\r\n", "*1\r\n+OK\r\n", "*3\r\n:1\r\n:2\r\n:3\r\n"]) {
    proxy.treat("reply", { kind: "replace", by: reply });
    const value = await cache.get("a").catch((error: unknown) => error);
    expect([undefined, "unavailable"]).toContain((value as { code?: string } | undefined)?.code);
    await proxy.heal();
    await until("it answers again", async () => (await cache.get("a")) === "1");
  }
});

test("a process that was blocked longer than the timeout accepts the replies that arrived meanwhile", async () => {
  // The proxy is in this process and would be blocked too.
  await using direct = redis({ url: server.url, namespace: "main" });
  const { answer, errors, runs, warm } = answering(direct);
  await warm(1);
  const asked = answer(1);
  // The request is sent when this starts, and the reply is received when it ends.
  setImmediate(() => {
    const end = performance.now() + 2 * TIMEOUT_MS;
    while (performance.now() < end);
  });
  expect(await asked).toEqual(answerTo(1));
  expect([runs(), errors]).toEqual([1, []]);
});

test.each(["OOM", "NOREPLICAS", "READONLY"] as const)(
  "a store that refuses all writes (%s) still returns its entries",
  async (refusal) => {
    const { answer, errors, hits, warm } = answering(cache);
    await warm(...STORED_KEYS);
    await server.refuseWrites(refusal);
    const before = hits();
    for (let round = 0; round < 10; round++) {
      await Promise.all(Array.from({ length: 20 }, (_, index) => answer(1000 + round * 20 + index)));
      // The writes fail in the background.
      await until("they have failed", () => errors.length >= 20 * (round + 1));
      await Promise.all(STORED_KEYS.map((n) => answer(n)));
    }
    // A read-only server is left once, for the server that its name resolves to now.
    const lost = refusal === "READONLY" ? 2 * STORED_KEYS.length : 0;
    expect(hits() - before).toBeGreaterThanOrEqual(10 * STORED_KEYS.length - lost);
  },
);

test("after three memcached servers were lost, two that return are used without the third", async () => {
  await using servers = await startMemcached(3);
  const many = memcached({ servers: servers.servers, namespace: "main" });
  for (const dead of servers.nodes) {
    const { answer, errors, warm, hits } = answering(many, { name: `without${dead.port}` });
    await warm(...STORED_KEYS);
    errors.splice(0);
    await Promise.all(servers.nodes.map((node) => node.kill()));
    await until("the breaker opens", async () => {
      for (const n of STORED_KEYS) await answer(n);
      return errors.some(({ error }) => String(error).includes("failed several times in a row"));
    });
    await Promise.all(servers.nodes.filter((node) => node !== dead).map((node) => node.restart()));
    await until("there are hits", async () => {
      const before = hits();
      for (const n of STORED_KEYS) await answer(n);
      return hits() > before + 2;
    });
    await dead.restart();
  }
  await many.close();
});
