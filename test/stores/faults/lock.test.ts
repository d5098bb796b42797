import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Cache } from "../../../runtime/contract/cache.ts";
import { memcached } from "../../../runtime/memcached.ts";
import { redis } from "../../../runtime/redis.ts";
import { deferred } from "../../support/deferred.ts";
import { startProxy, type Proxy } from "../../support/proxy.ts";
import { startMemcached, startRedis, until, type Server } from "../../support/servers/index.ts";
import { answering, timed } from "./answering.ts";
import { SLACK_MS, TIMEOUT_MS } from "./fault.ts";
import { answerTo } from "./load.ts";

const STORES = {
  redis: {
    start: () => startRedis(),
    make: ({ port }: { port: number }, timeout: number) =>
      redis({ port, namespace: "main", timeout: timeout / 1000 }),
  },
  memcached: {
    start: async () => (await startMemcached()).nodes[0]!,
    make: ({ port }: { port: number }, timeout: number) =>
      memcached({ servers: `127.0.0.1:${port}`, namespace: "main", timeout: timeout / 1000 }),
  },
} as const;

/** How the names of leases start. */
const LEASE_KEY = "main:l:";
/** The default lease, in milliseconds. */
const LEASE_MS = 10_000;

describe.each(["redis", "memcached"] as const)("with lock=distributed on %s", (name) => {
  const { start, make } = STORES[name];
  let server: Server;
  let proxy: Proxy;
  let cache: Cache;
  const LOCKED = { lock: "distributed" } as const;

  beforeEach(async () => {
    server = await start();
    proxy = await startProxy(server);
    cache = make(proxy, TIMEOUT_MS);
    // The first connection, with the commands that the driver sends once.
    await until("it is used", () => cache.set("first", 1).then(() => true));
  });
  afterEach(async () => {
    await cache.close();
    await proxy.close();
    await server.stop();
  });

  /** Drops all requests from the first lease on; with `after`, those that follow it. */
  function hangAtTheLease({ after = false } = {}): void {
    let hung = false;
    const by = (piece: Buffer): Buffer | string => {
      const before = hung;
      hung ||= piece.includes(LEASE_KEY);
      return before || (hung && !after) ? "" : piece;
    };
    proxy.treat("request", { kind: "replace", by });
  }

  test("waits for a lock service that hangs no longer than the timeout", async () => {
    const { answer, runs, errors } = answering(cache, LOCKED);
    hangAtTheLease();
    const { value, elapsed } = await timed(answer(1));
    expect([value, runs()]).toEqual([answerTo(1), 1]);
    expect(elapsed).toBeLessThan(TIMEOUT_MS + SLACK_MS);
    expect(errors.map(({ reason }) => reason)).toContain("the lock failed; the function runs without it");
  });

  test("all requests before the run together take no longer than the timeout", async () => {
    const timeout = 1000;
    await using slow = make(proxy, timeout);
    await slow.set("first", 1);
    const { answer } = answering(slow, LOCKED);
    proxy.treat("reply", { kind: "late", ms: timeout / 3 });
    hangAtTheLease({ after: true });
    const { value, elapsed } = await timed(answer(1));
    expect(value).toEqual(answerTo(1));
    expect(elapsed).toBeLessThan(timeout + SLACK_MS);
  });

  test("does not wait for a lock service that refuses connections", async () => {
    const { answer, runs } = answering(cache, LOCKED);
    await proxy.onConnect("refuse");
    proxy.reset();
    for (let n = 0; n < 20; n++) {
      const { value, elapsed } = await timed(answer(n));
      expect(value).toEqual(answerTo(n));
      expect(elapsed).toBeLessThan(TIMEOUT_MS + SLACK_MS);
    }
    expect(runs()).toBe(20);
  });

  test("a call that waits for another process runs after its own timeout when the store hangs", async () => {
    await using other = make(server, TIMEOUT_MS);
    await using patient = make(proxy, 60_000);
    const gate = deferred<undefined>();
    const holder = answering(other, LOCKED, gate.promise);
    const running = holder.answer(1);
    await until("the other process has the lease", () => holder.runs() === 1);
    const waiter = answering(patient, { ...LOCKED, timeout: "300ms" });
    const asked = waiter.answer(1);
    const { arrived } = proxy.bytes.reply;
    await until("it has been told to wait", () => proxy.bytes.reply.arrived > arrived);
    proxy.treat("reply", { kind: "drop" });
    const { value, elapsed } = await timed(asked);
    expect([value, waiter.runs()]).toEqual([answerTo(1), 1]);
    expect(elapsed).toBeLessThan(300 + SLACK_MS);
    gate.resolve(undefined);
    expect(await running).toEqual(answerTo(1));
    proxy.reset();
    await proxy.heal();
  });

  test("a lease that was granted without a reply is released when the store recovers", async () => {
    const { answer } = answering(cache, LOCKED);
    let taken = false;
    const by = (piece: Buffer): Buffer | string => {
      if (taken) return "";
      taken = piece.includes(LEASE_KEY);
      if (taken) proxy.treat("reply", { kind: "drop" });
      return piece;
    };
    proxy.treat("request", { kind: "replace", by });
    expect(await answer(1)).toEqual(answerTo(1));
    expect(taken).toBe(true);

    await using other = make(server, TIMEOUT_MS);
    const asked = timed(answering(other, LOCKED).answer(1));
    proxy.reset();
    await proxy.heal();
    await until("the store is used again", () => cache.set("first", 2).then(() => true));
    const { value, elapsed } = await asked;
    expect(value).toEqual(answerTo(1));
    expect(elapsed).toBeLessThan(LEASE_MS / 2);
  });

  test("a lease that could not be released is released when the store recovers", async () => {
    const gate = deferred<undefined>();
    const { answer, runs } = answering(cache, LOCKED, gate.promise);
    const running = answer(1);
    await until("it runs", () => runs() === 1);
    proxy.treat("request", { kind: "drop" });
    gate.resolve(undefined);
    expect(await running).toEqual(answerTo(1));

    await using other = make(server, TIMEOUT_MS);
    const asked = timed(answering(other, LOCKED).answer(1));
    await until("the store has failed", () =>
      cache.set("first", 2).then(
        () => false,
        () => true,
      ),
    );
    proxy.reset();
    await proxy.heal();
    await until("the store is used again", () => cache.set("first", 2).then(() => true));
    const { value, elapsed } = await asked;
    expect(value).toEqual(answerTo(1));
    expect(elapsed).toBeLessThan(LEASE_MS / 2);
  });
});
