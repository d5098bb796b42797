import type { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Driver } from "../../../runtime/contract/driver.ts";
import { createRedisDriver } from "../../../runtime/redis/driver.ts";
import { startProxy, type Proxy } from "../../support/proxy.ts";
import { startRedis, until, type RedisServer } from "../../support/servers/index.ts";

/** The longest time that a driver waits for a connection or a reply, plus a margin for a slow machine. */
const FAILURE_TIMEOUT_MS = 2000 + 3000;

let server: RedisServer;
let proxy: Proxy;
let driver: Driver;
const keyText = vi.spyOn(console, "error");

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
  expect(keyText).not.toHaveBeenCalled();
});

const read = async (): Promise<string> => String((await driver.get(["a"]))[0]);

/** Waits until the driver answers again; it must recover by itself. */
const recovered = (): Promise<unknown> =>
  until("the driver answers again", async () => (await read()) === "1", { within: 20_000 });

/** Expects a failure within the timeout; returns its message. */
async function failure(asked: Promise<unknown>): Promise<string> {
  const start = performance.now();
  const error = await asked.then(
    () => expect.fail("it did not fail"),
    (reason: unknown) => reason as Error,
  );
  expect(performance.now() - start).toBeLessThan(FAILURE_TIMEOUT_MS);
  return error.message;
}

describe("without a connection", () => {
  test("commands fail with the reason, and work again as soon as the server is available", async () => {
    await proxy.onConnect("refuse");
    expect(await failure(read())).toContain("ECONNREFUSED");
    expect(await failure(read())).toContain("Redis cannot be reached: connect ECONNREFUSED");
    await proxy.heal();
    await recovered();
  });

  test("many concurrent commands all fail, and none is executed later", async () => {
    await proxy.onConnect("refuse");
    const asked = Array.from({ length: 1000 }, () => driver.increment("late", 1, Infinity));
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.every(({ status }) => status === "rejected")).toBe(true);
    await proxy.heal();
    await recovered();
    expect(await server.command("EXISTS", "late")).toBe(0);
  });

  test.each(["reset", "hang"] as const)(
    "commands fail on a server that accepts connections only to %s them",
    async (how) => {
      await proxy.onConnect(how);
      await failure(read());
      await proxy.heal();
      await recovered();
    },
  );

  test("commands fail on a server that answers garbage", async () => {
    proxy.treat("reply", { kind: "replace", by: "HTTP/1.1 400 Bad Request\r\n\r\n" });
    await failure(read());
    await proxy.heal();
    await recovered();
  });
});

describe("when a connection breaks", () => {
  beforeEach(recovered);

  test("an idle connection reconnects unnoticed", async () => {
    proxy.reset();
    await until("it is reconnecting", () => (driver.raw as Redis).status === "reconnecting");
    expect(await read()).toBe("1");
  });

  test("pending commands fail, and are not executed twice", async () => {
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

  test("a truncated reply is an error, and its rest is not the reply to another command", async () => {
    await driver.set([{ key: "long", data: "x".repeat(1000), ttl: Infinity }]);
    proxy.treat("reply", { kind: "cut", bytes: 500 });
    await failure(driver.get(["long"]));
    await proxy.heal();
    await recovered();
    expect(String((await driver.get(["long"]))[0])).toHaveLength(1000);
  });

  test.each(["request", "reply"] as const)("in the %s direction only, it is given up", async (direction) => {
    proxy.treat(direction, { kind: "drop" });
    await failure(read());
    await proxy.heal();
    await recovered();
  });

  test("a server that was killed is used again when it is back", async () => {
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

  test("a server that is suspended is given up", async () => {
    await server.pause();
    await failure(read());
    await server.resume();
    await recovered();
  });
});

describe("a server in trouble", () => {
  beforeEach(recovered);
  const item = { key: "b", data: "1", ttl: Infinity };

  test("a server that loads its data fails at once, and is used when it is ready", async () => {
    await server.restartLoading();
    const says: string[] = [];
    await until("it reports that it is loading", async () => {
      says.push(await read().catch((error: Error) => error.message));
      return says.at(-1)!.startsWith("LOADING");
    });
    await server.finishLoading();
    await recovered();
  });

  test("a server without free memory still removes keys", async () => {
    await server.refuseWrites("OOM");
    expect(await failure(driver.set([item]))).toContain("OOM");
    expect(await driver.delete(["a"])).toEqual([true]);
    await server.acceptWrites();
    expect(await driver.exists("a")).toBe(false);
  });

  test("a server that has become a replica is replaced by the one that its name resolves to", async () => {
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

describe("a result whose key is removed", () => {
  test("is not stored if the removal happens while the write is delayed", async () => {
    const other = createRedisDriver({ url: server.url });
    await driver.set([{ key: "a", data: "=old ", ttl: Infinity }]);
    const before = proxy.bytes.request.arrived;
    proxy.treat("request", { kind: "hold" });
    const stored = driver.setIf({ key: "a", data: "=new ", ttl: Infinity }, "=old ");
    await until("the write is delayed", () => proxy.bytes.request.arrived > before);
    await other.delete(["a"]);
    await proxy.heal();
    expect(await stored).toBe(false);
    expect(await server.command("EXISTS", "a")).toBe(0);
    await other.close();
  });
});
