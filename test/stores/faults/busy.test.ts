/** A process that is busy, or asks for much at once, on a store that is well. */
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from "vitest";
import type { Cache } from "../../../runtime/contract/cache.ts";
import { memcached } from "../../../runtime/memcached.ts";
import { redis } from "../../../runtime/redis.ts";
import { startMemcached, startRedis, type Memcached, type RedisServer } from "../../support/servers/index.ts";
import { writesDone } from "../functions/context.ts";
import { answering } from "./answering.ts";
import { answerTo } from "./load.ts";

let redisServer: RedisServer;
let memcachedServer: Memcached;
beforeAll(async () => {
  [redisServer, memcachedServer] = await Promise.all([startRedis(), startMemcached()]);
});
afterAll(() => Promise.all([redisServer.stop(), memcachedServer.stop()]));

describe.each(["redis", "memcached"] as const)("on %s", (name) => {
  let cache: Cache;
  beforeEach(async () => {
    const options = { namespace: crypto.randomUUID() };
    cache =
      name === "redis"
        ? redis({ port: redisServer.port, ...options })
        : memcached({ servers: memcachedServer.servers, ...options });
    await cache.set("first", 1);
  });
  afterEach(() => cache.close());

  test("10,000 cold keys at once are all kept", async () => {
    const { answer, runs, errors } = answering(cache);
    const numbers = Array.from({ length: 10_000 }, (_, n) => n);
    for (let round = 0; round < 2; round++) {
      const answers = await Promise.all(numbers.map((n) => answer(n)));
      expect(answers[9_999]).toEqual(answerTo(9_999));
      await writesDone(cache);
    }
    expect(errors.slice(0, 3).map(({ reason, error }) => `${reason}: ${String(error)}`)).toEqual([]);
    expect(runs()).toBe(10_000);
  });

  test("replies that arrived while the process was busy for longer than the timeout are hits", async () => {
    const { answer, runs, errors } = answering(cache);
    const numbers = Array.from({ length: 200 }, (_, n) => n);
    await Promise.all(numbers.map((n) => answer(n)));
    await writesDone(cache);
    const asked = numbers.map((n) => answer(n));
    await new Promise((resolve) => setImmediate(resolve));
    const end = performance.now() + 600;
    while (performance.now() < end);
    await Promise.all(asked);
    expect([runs(), errors]).toEqual([200, []]);
  });

  test("a connection survives a process that is busy for three seconds", async () => {
    const { answer, runs, errors } = answering(cache);
    await answer(1);
    await writesDone(cache);
    const asked = answer(1);
    await new Promise((resolve) => setImmediate(resolve));
    const end = performance.now() + 3000;
    while (performance.now() < end);
    expect(await asked).toEqual(answerTo(1));
    expect([runs(), errors]).toEqual([1, []]);
  });
});
