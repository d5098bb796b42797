import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Data, Driver } from "../../../runtime/contract/driver.ts";
import { createMemcachedDriver } from "../../../runtime/memcached/driver.ts";
import { startProxy, type Proxy } from "../../support/proxy.ts";
import { startMemcached, until, type Memcached } from "../../support/servers/index.ts";

/** The timeout of the servers in these tests, in milliseconds. */
const SERVER_TIMEOUT_MS = 300;

const text = (data: Data | undefined): string | undefined => data && Buffer.from(data as string).toString();
const item = (key: string, data: Data = `value of ${key}`) => ({ key, data, ttl: Infinity });

describe("one lost server of three", () => {
  let memcached: Memcached;
  let driver: Driver;
  const keys = Array.from({ length: 30 }, (_, index) => `some:${index}`);

  beforeEach(async () => {
    memcached = await startMemcached(3);
    driver = createMemcachedDriver({ servers: memcached.servers }, SERVER_TIMEOUT_MS);
    await until("all are stored", async () => {
      await driver.set(keys.map((key) => item(key)));
      return true;
    });
  });
  afterEach(async () => {
    await driver.close();
    await memcached.stop();
  });

  const lose = {
    killed: { lose: () => memcached.nodes[1]!.kill(), back: () => memcached.nodes[1]!.restart() },
    hung: { lose: () => memcached.nodes[1]!.pause(), back: () => memcached.nodes[1]!.resume() },
  };

  test.each(["killed", "hung"] as const)(
    "makes its keys misses, leaves the others readable, and recovers by itself: %s",
    async (how) => {
      await lose[how].lose();
      const found = (await driver.get(keys)).map(text);
      const there = keys.filter((_, index) => found[index] !== undefined);
      expect(there.length).toBeGreaterThan(5);
      expect(there.length).toBeLessThan(25);
      expect(found.filter((value) => value !== undefined)).toEqual(there.map((key) => `value of ${key}`));
      const missing = keys.find((key) => !there.includes(key))!;
      expect(await driver.exists(missing)).toBe(false);
      await expect(driver.set([item(missing, "new")])).rejects.toMatchObject({ partial: true });
      await expect(driver.delete([missing])).rejects.toMatchObject({ partial: true });
      expect(await driver.set(there.map((key) => item(key)))).toBeUndefined();
      await lose[how].back();
      await until("it is used again", async () => {
        await driver.set([item(missing, "new")]);
        return text((await driver.get([missing]))[0]) === "new";
      });
      await until("the other keys are readable", async () =>
        (await driver.get(there)).every((value) => value !== undefined),
      );
    },
  );

  test("a server that hangs delays reads once, and not again while it hangs", async () => {
    const timeout = 1000;
    const waiting = createMemcachedDriver({ servers: memcached.servers }, timeout);
    await waiting.get(keys);
    await memcached.nodes[1]!.pause();
    const times: number[] = [];
    const start = performance.now();
    // Long enough for the server to be retried in between.
    while (performance.now() - start < timeout + 1300) {
      const before = performance.now();
      await waiting.get(keys);
      times.push(performance.now() - before);
      await pause(20);
    }
    expect(times.filter((time) => time > timeout - 50)).toHaveLength(1);
    await waiting.close();
  });

  test("reads reject when all servers are lost", async () => {
    await Promise.all(memcached.nodes.map((node) => node.kill()));
    await until("all are known to be lost", () =>
      driver.get(keys).then(
        () => false,
        () => true,
      ),
    );
    await expect(driver.get(keys)).rejects.toMatchObject({ partial: false });
    await expect(driver.get(keys.slice(0, 1))).rejects.toMatchObject({ partial: false });
  });
});

describe("a failing connection to memcached", () => {
  let memcached: Memcached;
  let proxy: Proxy;
  let driver: Driver;

  beforeAll(async () => {
    memcached = await startMemcached();
  });
  afterAll(() => memcached.stop());
  beforeEach(async () => {
    proxy = await startProxy(memcached.nodes[0]!);
    driver = createMemcachedDriver({ servers: proxy.address }, SERVER_TIMEOUT_MS);
    await until("all are stored", async () => {
      await driver.set(["line:a", "line:b"].map((key) => item(key)));
      return true;
    });
  });
  afterEach(async () => {
    await driver.close();
    await proxy.close();
  });

  const failures: Record<string, () => void | Promise<void>> = {
    "a reply that is cut in half": () => proxy.treat("reply", { kind: "cut" }),
    "a reply that is cut within its first bytes": () => proxy.treat("reply", { kind: "cut", bytes: 3 }),
    "a reply that is garbage": () =>
      proxy.treat("reply", { kind: "replace", by: "ERROR what?\r\n".repeat(9) }),
    "a reply that announces too many bytes": () =>
      proxy.treat("reply", {
        kind: "replace",
        by: (piece) => Buffer.concat([piece.subarray(0, 8), Buffer.alloc(16, 0xff)]),
      }),
    "replies that are lost": () => proxy.treat("reply", { kind: "drop" }),
    "requests that are lost": () => proxy.treat("request", { kind: "drop" }),
    "replies that are late": () => proxy.treat("reply", { kind: "late", ms: SERVER_TIMEOUT_MS * 2 }),
    "a connection that is reset": () => proxy.reset(),
    "a connection that is never answered": async () => {
      await proxy.onConnect("hang");
      proxy.reset();
    },
    "a port that refuses connections": async () => {
      await proxy.onConnect("refuse");
      proxy.reset();
    },
  };

  test.each(Object.keys(failures))("fails pending calls only: %s", async (name) => {
    await failures[name]!();
    const asked = Array.from({ length: 50 }, () => driver.get(["line:a"]));
    for (const answer of await Promise.allSettled(asked)) {
      if (answer.status === "fulfilled") expect(answer.value.map(text)).toEqual(["value of line:a"]);
      else expect(answer.reason).toBeInstanceOf(Error);
    }
    await proxy.heal();
    await until("it answers again", async () => {
      const [b, a] = await driver.get(["line:b", "line:a"]);
      return text(b) === "value of line:b" && text(a) === "value of line:a";
    });
  });

  test("a late reply is never the answer to another call", async () => {
    proxy.treat("reply", { kind: "late", ms: SERVER_TIMEOUT_MS + 100 });
    await expect(driver.get(["line:a"])).rejects.toThrow("did not answer");
    proxy.treat("reply", { kind: "late", ms: 20 });
    await until("it answers again", async () => (await driver.get(["line:b"])).length > 0);
    const answers = await Promise.all(["a", "b", "a", "b"].map((key) => driver.get([`line:${key}`])));
    expect(answers.flat().map(text)).toEqual(["a", "b", "a", "b"].map((key) => `value of line:${key}`));
  });

  test("a server that is asked continuously but never answers is given up", async () => {
    proxy.treat("reply", { kind: "drop" });
    const asked: Promise<unknown>[] = [];
    const start = performance.now();
    while (performance.now() - start < SERVER_TIMEOUT_MS * 3) {
      asked.push(driver.get(["line:a"]).catch(() => "failed"));
      await pause(SERVER_TIMEOUT_MS / 10);
    }
    expect(new Set(await Promise.all(asked))).toEqual(new Set(["failed"]));
    expect(performance.now() - start).toBeLessThan(SERVER_TIMEOUT_MS * 20);
  });

  test("a value that takes long to arrive is not a failure", async () => {
    const large = "x".repeat(900_000);
    await driver.set([item("line:large", large)]);
    proxy.treat("reply", {
      kind: "late",
      ms: SERVER_TIMEOUT_MS / 3,
    });
    expect((await driver.get(["line:large"])).map(text)).toEqual([large]);
  });

  test("close completes pending calls, frees the connection, and rejects later calls", async () => {
    const reading = driver.get(["line:a"]);
    const [closing, again] = [driver.close(), driver.close()];
    expect((await reading).map(text)).toEqual(["value of line:a"]);
    await Promise.all([closing, again]);
    await until("the connection is gone", () => proxy.connections.length === 0);
    await expect(driver.get(["line:a"])).rejects.toMatchObject({ code: "closed" });
    await expect(driver.set([item("line:a")])).rejects.toMatchObject({ code: "closed" });
  });

  test("close does not wait for a server that exceeds its timeout", async () => {
    proxy.treat("reply", { kind: "drop" });
    const reading = driver.get(["line:a"]);
    const [closed] = await Promise.all([driver.close(), expect(reading).rejects.toThrow()]);
    expect(closed).toBeUndefined();
  });
});
