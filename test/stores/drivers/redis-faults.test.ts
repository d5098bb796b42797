import type { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Driver } from "../../../runtime/contract/driver.ts";
import { createRedisDriver } from "../../../runtime/redis/driver.ts";
import { startProxy, type Proxy } from "../../support/proxy.ts";
import { startRedis, until, type RedisServer } from "../../support/servers/index.ts";

/** The longest that a driver waits for a connection or an answer, and room for a slow machine. */
const PATIENCE = 2000 + 3000;

let server: RedisServer;
let proxy: Proxy;
let driver: Driver;
const printed = vi.spyOn(console, "error");

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

beforeEach(async () => {
  proxy = await startProxy(server);
  driver = createRedisDriver({ host: proxy.host, port: proxy.port });
  await server.command("SET", "a", "1");
});
afterEach(async () => {
  await driver.close();
  await proxy.close();
  expect(printed).not.toHaveBeenCalled();
});

const read = async (): Promise<string> => String((await driver.get(["a"]))[0]);

/** Waits until the driver answers again, as it must without anybody's help. */
const recovered = (): Promise<unknown> =>
  until("the driver answers again", async () => (await read()) === "1", { within: 20_000 });

/** Fails, within the driver's patience; returns the message. */
async function failure(asked: Promise<unknown>): Promise<string> {
  const start = performance.now();
  const error = await asked.then(
    () => expect.fail("it did not fail"),
    (reason: unknown) => reason as Error,
  );
  expect(performance.now() - start).toBeLessThan(PATIENCE);
  return error.message;
}

describe("without a connection", () => {
  test("commands fail with the reason, and again work as soon as the server is there", async () => {
    await proxy.onConnect("refuse");
    expect(await failure(read())).toContain("ECONNREFUSED");
    expect(await failure(read())).toContain("Redis cannot be reached: connect ECONNREFUSED");
    await proxy.heal();
    await recovered();
  });

  test("many commands at once all fail, and none is done later", async () => {
    await proxy.onConnect("refuse");
    const asked = Array.from({ length: 1000 }, () => driver.increment("late", 1, Infinity));
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.every(({ status }) => status === "rejected")).toBe(true);
    await proxy.heal();
    await recovered();
    expect(await server.command("EXISTS", "late")).toBe(0);
  });

  test.each(["reset", "hang"] as const)(
    "a server that takes connections only to %s them fails",
    async (how) => {
      await proxy.onConnect(how);
      await failure(read());
      await proxy.heal();
      await recovered();
    },
  );

  test("a server that answers nonsense fails", async () => {
    proxy.treat("reply", { kind: "replace", by: "HTTP/1.1 400 Bad Request\r\n\r\n" });
    await failure(read());
    await proxy.heal();
    await recovered();
  });
});

describe("when a connection breaks", () => {
  beforeEach(recovered);

  test("an idle one, nobody notices", async () => {
    proxy.reset();
    await until("it is reconnecting", () => (driver.raw as Redis).status === "reconnecting");
    expect(await read()).toBe("1");
  });

  test("what was under way fails, and is not done twice", async () => {
    const before = proxy.bytes.reply.arrived;
    proxy.treat("reply", { kind: "hold" });
    const sum = driver.increment(`counter ${proxy.port}`, 1, Infinity);
    const failed = failure(sum);
    await until("the server has answered", () => proxy.bytes.reply.arrived > before);
    const counted = await server.command("GET", `counter ${proxy.port}`);
    proxy.reset();
    await failed;
    await proxy.heal();
    await recovered();
    expect(await server.command("GET", `counter ${proxy.port}`)).toBe(counted);
  });

  test("a reply that was cut in half is an error, and its rest no other's answer", async () => {
    await driver.set([{ key: "long", data: "x".repeat(1000), ttl: Infinity }]);
    proxy.treat("reply", { kind: "cut", bytes: 500 });
    await failure(driver.get(["long"]));
    await proxy.heal();
    await recovered();
    expect(String((await driver.get(["long"]))[0])).toHaveLength(1000);
  });

  test.each(["request", "reply"] as const)(
    "in the direction of a %s only, it is given up",
    async (direction) => {
      proxy.treat(direction, { kind: "drop" });
      await failure(read());
      await proxy.heal();
      await recovered();
    },
  );

  test("a server that was killed is found again when it is back", async () => {
    await server.kill({ keepData: true });
    await until("it fails", () =>
      read().then(
        () => false,
        () => true,
      ),
    );
    await server.restart({ keepData: true });
    await recovered();
  });

  test("a server that stands still is given up", async () => {
    await server.pause();
    await failure(read());
    await server.resume();
    await recovered();
  });
});

describe("a server in trouble", () => {
  beforeEach(recovered);
  const item = { key: "b", data: "1", ttl: Infinity };

  test("that loads its data says so at once, and is used when it has", async () => {
    await server.restartLoading();
    const says: string[] = [];
    await until("it says that it loads", async () => {
      says.push(await read().catch((error: Error) => error.message));
      return says.at(-1)!.startsWith("LOADING");
    });
    await server.finishLoading();
    await recovered();
  });

  test("that has no memory left still forgets, and remembers that it did", async () => {
    await server.refuseWrites("OOM");
    expect(await failure(driver.set([item]))).toContain("OOM");
    expect(await driver.invalidate("a")).toBe(true);
    await server.acceptWrites();
    expect(await driver.setIfCurrent({ ...item, key: "a" }, 60_000)).toBe(false);
  });

  test("that is a replica by now is left for the one that its name leads to", async () => {
    await server.refuseWrites("READONLY");
    const { opened } = proxy;
    expect(await failure(driver.set([item]))).toContain("READONLY");
    await recovered();
    expect(proxy.opened).toBe(opened + 1);
    expect(await failure(driver.set([item]))).toContain("READONLY");
    expect(await read()).toBe("1");
    expect(proxy.opened).toBe(opened + 1);
    await server.acceptWrites();
    await driver.set([item]);
  });
});

describe("the result of a run that began before an invalidation", () => {
  test("is not kept, however late it reaches the server", async () => {
    const other = createRedisDriver({ url: server.url });
    await driver.get(["a"]);
    const began = performance.now();
    await other.invalidate("a");
    proxy.treat("request", { kind: "late", ms: 300 });
    const age = performance.now() - began;
    expect(await driver.setIfCurrent({ key: "a", data: "old", ttl: Infinity }, age)).toBe(false);
    await other.close();
  });

  test("is not kept if the invalidation comes while it is held up on the way", async () => {
    const other = createRedisDriver({ url: server.url });
    await driver.setIfCurrent({ key: "a", data: "first", ttl: Infinity }, 1);
    const before = proxy.bytes.request.arrived;
    const age = 50;
    proxy.treat("request", { kind: "hold" });
    const stored = driver.setIfCurrent({ key: "a", data: "old", ttl: Infinity }, age);
    await until("it is on its way", () => proxy.bytes.request.arrived > before);
    await other.invalidate("a");
    // By its age it would have begun after the invalidation.
    await new Promise((resolve) => setTimeout(resolve, 2 * age));
    await proxy.heal();
    expect(await stored).toBe(false);
    expect(await server.command("EXISTS", "a")).toBe(0);
    await other.close();
  });
});
