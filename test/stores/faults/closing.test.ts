import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Cache } from "../../../runtime/contract/cache.ts";
import { configure } from "../../../runtime/cache/configure.ts";
import { memcached } from "../../../runtime/memcached.ts";
import { redis } from "../../../runtime/redis.ts";
import { deferred } from "../../support/deferred.ts";
import { startProxy, type Proxy } from "../../support/proxy.ts";
import { startMemcached, startRedis, until, type Server } from "../../support/servers/index.ts";
import { answering, timed } from "./answering.ts";
import { SLACK_MS, TIMEOUT_MS } from "./fault.ts";
import { answerTo, Load } from "./load.ts";

const STORES = {
  redis: { start: () => startRedis(), make: (port: number) => redis({ port, namespace: "main" }) },
  memcached: {
    start: async () => (await startMemcached()).nodes[0]!,
    make: (port: number) => memcached({ servers: `127.0.0.1:${port}`, namespace: "main" }),
  },
} as const;

/** Time for pending writes and for closing the connection, when both fail. */
const CLOSE_TIMEOUT_MS = 2 * TIMEOUT_MS + 500 + SLACK_MS;

describe.each(["redis", "memcached"] as const)("on %s", (name) => {
  const { start, make } = STORES[name];
  let server: Server;
  let proxy: Proxy;
  let cache: Cache;

  beforeEach(async () => {
    server = await start();
    proxy = await startProxy(server);
    cache = make(proxy.port);
  });
  afterEach(async () => {
    await cache.close();
    await proxy.close();
    await server.stop();
  });

  const FAULTS: Record<string, () => unknown> = {
    hangs: () => proxy.treat("reply", { kind: "drop" }),
    "accepts connections only": () => (proxy.reset(), proxy.onConnect("hang")),
    "is dead": () => (proxy.reset(), proxy.onConnect("refuse")),
  };

  test.each(Object.keys(FAULTS))("close() ends soon when the store %s, under load", async (fault) => {
    const { answer, warm, errors } = answering(cache);
    await warm(1);
    const load = new Load(answer);
    await FAULTS[fault]!();
    await until("something has failed", () => errors.length > 0);
    const { elapsed } = await timed(cache.close());
    expect(elapsed).toBeLessThan(CLOSE_TIMEOUT_MS);
    // The function works without its cache.
    const { length } = load.samples;
    await until("more calls were made", () => load.samples.length > length + 50);
    await load.stop();
    expect(load.wrong).toEqual([]);
    expect(answer.cache.stats().inFlight).toBe(0);
  });

  test("close() and clear() end soon under a load whose writes never pause", async () => {
    proxy.treat("reply", { kind: "late", ms: 20 });
    const { answer } = answering(cache);
    let n = 0;
    let stopped = false;
    const callers = Array.from({ length: 30 }, async () => {
      while (!stopped) {
        await answer(n++);
        await turn();
      }
    });
    await until("writes are pending", () => answer.cache.stats().sets > 10);
    const cleared = await timed(answer.cache.clear());
    const closed = await timed(cache.close());
    stopped = true;
    await Promise.all(callers);
    expect(cleared.elapsed).toBeLessThan(2 * CLOSE_TIMEOUT_MS);
    expect(closed.elapsed).toBeLessThan(CLOSE_TIMEOUT_MS);
  });

  test("close() before the first connection is established ends soon", async () => {
    await proxy.onConnect("hang");
    const { answer } = answering(cache);
    const asked = answer(1);
    const { elapsed } = await timed(cache.close());
    expect(elapsed).toBeLessThan(CLOSE_TIMEOUT_MS);
    expect(await asked).toEqual(answerTo(1));
  });

  test("promises passed to waitUntil settle and never reject, whatever the store does", async () => {
    const handed: Promise<void>[] = [];
    configure({ waitUntil: (promise) => void handed.push(promise) });
    try {
      const { errors, warm } = answering(cache, { lock: "distributed", ttl: "1h", swr: "1h" });
      await warm(1);
      for (const [index, fault] of [...Object.values(FAULTS), () => proxy.close()].entries()) {
        const numbers = [1, 2, 3, 4].map((n) => 10 * index + n);
        await until("the store is used", () => cache.set("used", 1).then(() => true));
        const gate = deferred<undefined>();
        const { answer, runs } = answering(
          cache,
          { lock: "distributed", name: `answer${index}` },
          gate.promise,
        );
        const asked = Promise.all(numbers.map((n) => answer(n)));
        await until("all run", () => runs() === numbers.length);
        await fault();
        gate.resolve(undefined);
        await asked;
        await proxy.heal();
      }
      expect(handed.length).toBeGreaterThan(10);
      expect(await Promise.all(handed)).toEqual(handed.map(() => undefined));
      expect(errors.length).toBeGreaterThan(0);
    } finally {
      configure({ waitUntil: undefined as never });
    }
  });

  test("no timer, command or run remains after a fault", async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    const { answer, warm, errors } = answering(cache, { lock: "distributed" });
    await warm(1);
    await until("no call is pending", () => answer.cache.stats().inFlight === 0);
    const before = timers();
    proxy.treat("reply", { kind: "hold" });
    const asked = Array.from({ length: 500 }, (_, n) => answer(n % 100));
    expect(await Promise.all(asked)).toEqual(asked.map((_, n) => answerTo(n % 100)));
    for (let n = 0; n < 5000; n++) await answer(n);
    expect(errors.length).toBeGreaterThan(5000);
    await proxy.heal();
    await warm(1);
    await until("the timers have ended", () => timers() <= before);
    await until("no call is pending", () => answer.cache.stats().inFlight === 0);
    const { commandQueue, offlineQueue } = cache.raw as {
      commandQueue?: unknown[];
      offlineQueue?: unknown[];
    };
    // The result of the last call may still be on its way to the store.
    await until("no command is pending", () => !commandQueue?.length && !offlineQueue?.length);
  });

  test("a run that outlives the cache returns its result", async () => {
    const gate = deferred<undefined>();
    const { answer, runs } = answering(cache, { lock: "distributed" }, gate.promise);
    const asked = answer(1);
    await until("it runs", () => runs() === 1);
    const { elapsed } = await timed(cache.close());
    expect(elapsed).toBeLessThan(CLOSE_TIMEOUT_MS);
    gate.resolve(undefined);
    expect(await asked).toEqual(answerTo(1));
  });
});
