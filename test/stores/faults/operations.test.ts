import { describe, expect, test } from "vitest";
import type { Cache } from "../../../runtime/contract/cache.ts";
import { CacheError } from "../../../runtime/contract/errors.ts";
import { memcached } from "../../../runtime/memcached.ts";
import { redis } from "../../../runtime/redis.ts";
import { startProxy } from "../../support/proxy.ts";
import { startMemcached, startRedis, until } from "../../support/servers/index.ts";
import { answering, timed } from "./answering.ts";
import { SLACK, TIMEOUT } from "./fault.ts";
import { answerTo } from "./load.ts";

/** Every operation that asks the store. */
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

/** What of a cached function's handle asks the store for its own sake. */
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

/** What a client does without an answer for longer than that ends of itself: `clear` has a minute otherwise. */
const CONNECTION = 2000;

const STORES = {
  redis: { start: () => startRedis(), make: (port: number) => redis({ port, namespace: "main" }) },
  memcached: {
    start: async () => (await startMemcached()).nodes[0]!,
    make: (port: number) => memcached({ servers: `127.0.0.1:${port}`, namespace: "main" }),
  },
} as const;

/** The error that something rejects with, and when. */
async function failure(
  what: Promise<unknown>,
): Promise<{ readonly error: CacheError; readonly took: number }> {
  const { value, took } = await timed(
    what.then(
      (given) => expect.fail(`it gave ${JSON.stringify(given)}`),
      (error: unknown) => error as CacheError,
    ),
  );
  expect(value).toBeInstanceOf(CacheError);
  expect(["timeout", "unavailable"]).toContain(value.code);
  return { error: value, took };
}

describe.each(["redis", "memcached"] as const)("operations on %s that is lost", (name) => {
  const { start, make } = STORES[name];

  test.each(["hangs", "is dead", "answers garbage"] as const)(
    "reject with a typed error in time, then at once, and work again when it is back: it %s",
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
      expect(Math.max(...first.map(({ took }) => took))).toBeLessThan(CONNECTION + TIMEOUT + SLACK);
      await until("it is left alone", async () => {
        return (await failure(cache.get("a"))).error.message.includes("failed several times in a row");
      });
      // All of them one after the other take less time than one that asks the store.
      const { took } = await timed(
        (async () => {
          for (const operation of all) await failure(operation());
        })(),
      );
      expect(took).toBeLessThan(TIMEOUT);
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
] as const)("a host name that does not resolve is no worse than a dead server: %s", async (_, make) => {
  const cache = make();
  const { answer, errors } = answering(cache);
  for (let n = 0; n < 20; n++) {
    const { value, took } = await timed(answer(n));
    expect(value).toEqual(answerTo(n));
    expect(took).toBeLessThan(TIMEOUT + SLACK);
  }
  await until("the failures are told", () => errors.length >= 20);
  await failure(cache.get("a"));
  expect((await timed(cache.close())).took).toBeLessThan(TIMEOUT + SLACK);
});
