import { describe, expect, test } from "vitest";
import type { Cache } from "../../../runtime/contract/cache.ts";
import { CacheError } from "../../../runtime/contract/errors.ts";
import { memcached } from "../../../runtime/memcached.ts";
import { redis } from "../../../runtime/redis.ts";
import { startProxy } from "../../support/proxy.ts";
import { startMemcached, startRedis, until } from "../../support/servers/index.ts";
import { answering, timed } from "./answering.ts";
import { SLACK_MS, TIMEOUT_MS } from "./fault.ts";
import { answerTo } from "./load.ts";

/** Every operation that sends a request. */
const OPERATIONS: Record<string, (cache: Cache) => Promise<unknown>> = {
  add: (cache) => cache.add("a", 1),
  exists: (cache) => cache.exists("a"),
  get: (cache) => cache.get("a", "fallback"),
  set: (cache) => cache.set("a", 1),
  multiGet: (cache) => cache.multiGet(["a", "b"]),
  multiSet: (cache) => cache.multiSet({ a: 1, b: 2 }),
  delete: (cache) => cache.delete("a"),
  increment: (cache) => cache.increment("a"),
  expire: (cache) => cache.expire("a", 10),
  ttl: (cache) => cache.ttl("a"),
};

/** The operations, and the methods of a function's handle that send a request. */
function operationsOf(cache: Cache): (() => Promise<unknown>)[] {
  const { cache: handle } = answering(cache).answer;
  return [
    ...Object.values(OPERATIONS).map((operation) => () => operation(cache)),
    () => handle.peek(1),
    () => handle.invalidate(1),
    () => handle.prime([1], answerTo(1)),
    () => handle.clear(),
  ];
}

/**
 * The longest time for a connection attempt, in milliseconds. Requests that may take longer are ended when
 * the connection is lost: the timeout of `clear` is a minute.
 */
const CONNECT_TIMEOUT_MS = 2000;

const STORES = {
  redis: { start: () => startRedis(), make: (port: number) => redis({ port, namespace: "main" }) },
  memcached: {
    start: async () => (await startMemcached()).nodes[0]!,
    make: (port: number) => memcached({ servers: `127.0.0.1:${port}`, namespace: "main" }),
  },
} as const;

/** Returns the error that a promise rejects with, and the time it took. */
async function failure(
  what: Promise<unknown>,
): Promise<{ readonly error: CacheError; readonly elapsed: number }> {
  const { value, elapsed } = await timed(
    what.then(
      (given) => expect.fail(`it gave ${JSON.stringify(given)}`),
      (error: unknown) => error as CacheError,
    ),
  );
  expect(value).toBeInstanceOf(CacheError);
  expect(["timeout", "unavailable"]).toContain(value.code);
  return { error: value, elapsed };
}

describe.each(["redis", "memcached"] as const)("operations on a lost %s", (name) => {
  const { start, make } = STORES[name];

  test.each(["hangs", "is dead", "answers garbage"] as const)(
    "reject with a typed error in time, then at once, and work again when it recovers: it %s",
    async (how) => {
      await using server = await start();
      await using proxy = await startProxy(server);
      await using cache = make(proxy.port);
      await until("it works", () => cache.set("a", 1).then(() => true));
      if (how === "hangs") proxy.treat("reply", { kind: "drop" });
      else if (how === "answers garbage")
        proxy.treat("reply", { kind: "replace", by: "what?\r\n".repeat(9) });
      else {
        await proxy.onConnect("refuse");
        proxy.reset();
      }
      const all = operationsOf(cache);
      const first = await Promise.all(all.map((operation) => failure(operation())));
      expect(Math.max(...first.map(({ elapsed }) => elapsed))).toBeLessThan(
        CONNECT_TIMEOUT_MS + TIMEOUT_MS + SLACK_MS,
      );
      await until("the breaker opens", async () => {
        return (await failure(cache.get("a"))).error.message.includes("failed several times in a row");
      });
      // All of them in sequence take less time than one request.
      const { elapsed } = await timed(
        (async () => {
          for (const operation of all) await failure(operation());
        })(),
      );
      expect(elapsed).toBeLessThan(TIMEOUT_MS);
      proxy.reset();
      await proxy.heal();
      await until("it is used again", () => cache.set("a", 7).then(() => true));
      for (const operation of all) await operation();
      expect(await cache.multiGet(["a", "b"])).toEqual([1, 2]);
    },
  );
});

test.each([
  ["redis", () => redis({ host: "no-such-host.invalid", namespace: "main" })],
  ["memcached", () => memcached({ servers: "no-such-host.invalid:11211", namespace: "main" })],
] as const)("a host name that does not resolve behaves like a dead server: %s", async (_, make) => {
  const cache = make();
  const { answer, errors } = answering(cache);
  for (let n = 0; n < 20; n++) {
    const { value, elapsed } = await timed(answer(n));
    expect(value).toEqual(answerTo(n));
    expect(elapsed).toBeLessThan(TIMEOUT_MS + SLACK_MS);
  }
  await until("the failures are reported", () => errors.length >= 20);
  await failure(cache.get("a"));
  expect((await timed(cache.close())).elapsed).toBeLessThan(TIMEOUT_MS + SLACK_MS);
});
