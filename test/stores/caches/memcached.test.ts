import { createRequire } from "node:module";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { memcached } from "aotcache/memcached";
import { startMemcached, until, type Memcached } from "../../support/servers/index.ts";
import { cacheContract } from "./contract.ts";

/** The part of memjs that the tests use; memjs has no types. */
interface Client {
  readonly servers: { write(packets: Buffer): void }[];
  close(): void;
}
const memjs = createRequire(import.meta.url)("memjs") as { Client: { create(servers: string): Client } };

let one: Memcached;
let three: Memcached;
beforeAll(async () => {
  [one, three] = await Promise.all([startMemcached(), startMemcached(3)]);
});
afterAll(() => Promise.all([one.stop(), three.stop()]));

cacheContract({ name: "Memcached", make: (options) => memcached({ servers: one.servers, ...options }) });
cacheContract({
  name: "three servers of Memcached",
  make: (options) => memcached({ servers: three.servers, ...options }),
});

describe("a cache on Memcached", () => {
  test.each([
    [1, () => one.servers],
    [3, () => three.servers],
  ])("multiGet and multiSet write once to each of %d servers", async (count, servers) => {
    await using cache = memcached({ servers: servers(), namespace: "trips", timeout: "20s" });
    const entries = Array.from({ length: 1000 }, (_, index) => [`${index}`, index] as const);
    const keys = entries.map(([key]) => key);
    await cache.multiGet(keys);
    let writes = 0;
    for (const server of (cache.raw as Client).servers) {
      const write = server.write.bind(server);
      server.write = (packets) => (writes++, write(packets));
    }
    await cache.multiSet(entries);
    expect(writes).toBe(count);
    expect(await cache.multiGet(keys)).toEqual(entries.map(([, value]) => value));
    expect(writes).toBe(2 * count);
    await cache.multiGet([]);
    await cache.multiSet([]);
    expect(writes).toBe(2 * count);
  });

  test("raw is the client, and close leaves a client that was passed in open", async () => {
    const client = memjs.Client.create(one.servers);
    const cache = memcached({ client, namespace: "given", timeout: "20s" });
    expect(cache.raw).toBe(client);
    await cache.set("key", 1);
    await cache.close();
    await using other = memcached({ client, namespace: "given", timeout: "20s" });
    expect(await other.get("key")).toBe(1);
    await other.close();
    client.close();
  });

  test("rejects a value above the item size, and stores the others", async () => {
    await using cache = memcached({ servers: one.servers, namespace: "large", timeout: "20s" });
    await expect(cache.set("key", "x".repeat(2_000_000))).rejects.toMatchObject({ code: "unstorable" });
    expect(await cache.exists("key")).toBe(false);
  });

  test("clear leaves what other programs keep there", async () => {
    await using cache = memcached({ servers: one.servers, timeout: "20s" });
    await one.nodes[0]!.command("set foreign 0 0 1\r\n7");
    await cache.clear({ all: true });
    expect(await one.nodes[0]!.command("get foreign")).toEqual(["VALUE foreign 0 1", "7", "END"]);
  });
});

describe("when Memcached fails", () => {
  test("an operation rejects at once if the port refuses connections", async () => {
    await using cache = memcached({ servers: "127.0.0.1:1", namespace: "fails" });
    for (const run of [() => cache.get("key"), () => cache.set("key", 1), () => cache.clear()]) {
      await expect(run()).rejects.toMatchObject({ name: "CacheError", code: "unavailable" });
    }
    expect(cache.stats()).toMatchObject({ errors: 3, misses: 0 });
  });

  test("an operation rejects after its timeout if the server does not answer", async () => {
    const silent = await startMemcached();
    await using cache = memcached({ servers: silent.servers, namespace: "silent", timeout: "100ms" });
    try {
      await silent.nodes[0]!.pause();
      const start = performance.now();
      const error = (await cache.get("key").catch((reason: unknown) => reason)) as { code: string };
      expect(["timeout", "unavailable"]).toContain(error.code);
      expect(performance.now() - start).toBeLessThan(1500);
    } finally {
      await silent.stop();
    }
  });

  test("keys of one lost server of three are misses, and the others remain readable", async () => {
    const servers = await startMemcached(3);
    await using cache = memcached({ servers: servers.servers, namespace: "lost", timeout: "2s" });
    try {
      const keys = Array.from({ length: 90 }, (_, index) => `${index}`);
      await cache.multiSet(keys.map((key) => [key, "kept"] as const));
      await servers.nodes[1]!.kill();
      const left = await until("the others answer", () => cache.multiGet(keys));
      const kept = left.filter((value) => value === "kept").length;
      expect(kept).toBeGreaterThan(30);
      expect(kept).toBeLessThan(90);
    } finally {
      await servers.stop();
    }
  });
});
