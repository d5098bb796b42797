/** A client of ioredis that the user made, with the settings of ioredis. */
import { Cluster, Redis } from "ioredis";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { redis, type RedisCache } from "aotcache/redis";
import { startProxy, type Proxy } from "../../support/proxy.ts";
import { startCluster, startRedis, until, type RedisServer } from "../../support/servers/index.ts";

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

/** Breaks connections when the server has answered a request that contains a text, before the answer arrives. */
function cutRepliesTo(proxy: Proxy, text: string): { readonly cut: () => number } {
  let cut = 0;
  let isDue = false;
  proxy.treat("request", { kind: "replace", by: (piece) => ((isDue ||= piece.includes(text)), piece) });
  proxy.treat("reply", {
    kind: "replace",
    by: (piece) => {
      if (!isDue) return piece;
      isDue = false;
      cut++;
      setImmediate(() => proxy.reset());
      return "";
    },
  });
  return { cut: () => cut };
}

test.each<[string, (cache: RedisCache) => Promise<unknown>, string]>([
  ["increment", (cache) => cache.increment("n"), "n"],
  ["add", (cache) => cache.add(`new ${Math.random()}`, 1), "k:new"],
])("%s is executed at most once when the connection breaks before its reply", async (_, operate, text) => {
  await using proxy = await startProxy(server);
  const client = new Redis(proxy.port);
  client.on("error", () => undefined);
  const namespace = `own${text.replace(/\W/g, "")}`;
  const cache = redis({ client, namespace, timeout: "5s" });
  await cache.set("n", 0);
  const { cut } = cutRepliesTo(proxy, text === "n" ? `${namespace}:k:n` : text);
  let [done, failed] = [0, 0];
  for (let turn = 0; turn < 5; turn++) {
    await operate(cache).then(
      (answer) => (expect(answer).not.toBe(false), done++),
      (error: { code: string }) => (expect(error.code).toBe("unavailable"), failed++),
    );
  }
  await proxy.heal();
  expect([done + failed, failed > 0, cut() > 0]).toEqual([5, true, true]);
  const n = await until("the store is used", () => cache.get<number>("n"));
  if (text === "n") expect(n).toBeLessThanOrEqual(5);
  await cache.close();
  client.disconnect();
});

test("twenty caches on one client are no leak to Node.js, and leave no listener", async () => {
  const warned = vi.fn();
  process.on("warning", warned);
  const client = new Redis(server.port);
  const before = client.listenerCount("error");
  const caches = Array.from({ length: 20 }, (_, n) => redis({ client, namespace: `tenant${n}` }));
  await Promise.all(caches.map((cache) => cache.set("a", 1)));
  await Promise.all(caches.map((cache) => cache.close()));
  expect(client.listenerCount("error")).toBe(before);
  expect(client.getMaxListeners()).toBe(10);
  expect(warned).not.toHaveBeenCalled();
  process.off("warning", warned);
  client.disconnect();
});

test("a cluster client of one's own counts by a connection that sends nothing twice", async () => {
  const cluster = await startCluster();
  const client = new Cluster([...cluster.addresses]);
  const cache = redis({ client, namespace: "own" });
  expect(await cache.increment("n")).toBe(1);
  expect(await cache.add("a", 1)).toBe(true);
  expect(await cache.get("n")).toBe(1);
  await cache.close();
  client.disconnect();
  await cluster.stop();
});
