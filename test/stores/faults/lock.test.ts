import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Cache } from "../../../runtime/contract/cache.ts";
import { memcached } from "../../../runtime/memcached.ts";
import { redis } from "../../../runtime/redis.ts";
import { deferred } from "../../support/deferred.ts";
import { startProxy, type Proxy } from "../../support/proxy.ts";
import { startMemcached, startRedis, until, type Server } from "../../support/servers/index.ts";
import { answering, timed } from "./answering.ts";
import { SLACK, TIMEOUT } from "./fault.ts";
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

/** The lease of caches that are not told otherwise, in milliseconds. */
const LEASE = 10_000;

describe.each(["redis", "memcached"] as const)("with lock: distributed on %s", (name) => {
  const { start, make } = STORES[name];
  let server: Server;
  let proxy: Proxy;
  let cache: Cache;
  const LOCKED = { lock: "distributed" } as const;

  beforeEach(async () => {
    server = await start();
    proxy = await startProxy(server);
    cache = make(proxy, TIMEOUT);
    // The first connection, and what the driver asks for once.
    await until("it is used", () => cache.set("first", 1).then(() => true));
  });
  afterEach(async () => {
    await cache.close();
    await proxy.close();
    await server.stop();
  });

  /** Nothing reaches the server from the first lease on; with `after`, from what comes behind it. */
  function hangAtTheLease({ after = false } = {}): void {
    let hung = false;
    const by = (piece: Buffer): Buffer | string => {
      const before = hung;
      hung ||= piece.includes("lease");
      return before || (hung && !after) ? "" : piece;
    };
    proxy.treat("request", { kind: "replace", by });
  }

  test("a lock service that hangs is waited for no longer than the time-out", async () => {
    const { answer, runs, errors } = answering(cache, LOCKED);
    hangAtTheLease();
    const { value, took } = await timed(answer(1));
    expect([value, runs()]).toEqual([answerTo(1), 1]);
    expect(took).toBeLessThan(TIMEOUT + SLACK);
    expect(errors.map(({ reason }) => reason)).toContain("the lock failed; the function runs without it");
  });

  test("all that is asked until the run begins is waited for no longer than the time-out together", async () => {
    const timeout = 1000;
    await using slow = make(proxy, timeout);
    await slow.set("first", 1);
    const { answer } = answering(slow, LOCKED);
    proxy.treat("reply", { kind: "late", ms: timeout / 3 });
    hangAtTheLease({ after: true });
    const { value, took } = await timed(answer(1));
    expect(value).toEqual(answerTo(1));
    expect(took).toBeLessThan(timeout + SLACK);
  });

  test("a lock service that refuses is not waited for", async () => {
    const { answer, runs } = answering(cache, LOCKED);
    await proxy.onConnect("refuse");
    proxy.reset();
    for (let n = 0; n < 20; n++) {
      const { value, took } = await timed(answer(n));
      expect(value).toEqual(answerTo(n));
      expect(took).toBeLessThan(TIMEOUT + SLACK);
    }
    expect(runs()).toBe(20);
  });

  test("who waits for another process goes on alone when the store hangs, after its own time-out", async () => {
    await using other = make(server, TIMEOUT);
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
    const { value, took } = await timed(asked);
    expect([value, waiter.runs()]).toEqual([answerTo(1), 1]);
    expect(took).toBeLessThan(300 + SLACK);
    gate.resolve(undefined);
    expect(await running).toEqual(answerTo(1));
    proxy.reset();
    await proxy.heal();
  });

  test("a lease that was taken without anybody knowing is given back when the store is well again", async () => {
    const { answer } = answering(cache, LOCKED);
    let taken = false;
    const by = (piece: Buffer): Buffer | string => {
      if (taken) return "";
      taken = piece.includes("lease");
      if (taken) proxy.treat("reply", { kind: "drop" });
      return piece;
    };
    proxy.treat("request", { kind: "replace", by });
    expect(await answer(1)).toEqual(answerTo(1));
    expect(taken).toBe(true);

    await using other = make(server, TIMEOUT);
    const asked = timed(answering(other, LOCKED).answer(1));
    proxy.reset();
    await proxy.heal();
    await until("the store is used again", () => cache.set("first", 2).then(() => true));
    const { value, took } = await asked;
    expect(value).toEqual(answerTo(1));
    expect(took).toBeLessThan(LEASE / 2);
  });

  test("so is one that could not be given back", async () => {
    const gate = deferred<undefined>();
    const { answer, runs } = answering(cache, LOCKED, gate.promise);
    const running = answer(1);
    await until("it runs", () => runs() === 1);
    proxy.treat("request", { kind: "drop" });
    gate.resolve(undefined);
    expect(await running).toEqual(answerTo(1));

    await using other = make(server, TIMEOUT);
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
    const { value, took } = await asked;
    expect(value).toEqual(answerTo(1));
    expect(took).toBeLessThan(LEASE / 2);
  });
});
