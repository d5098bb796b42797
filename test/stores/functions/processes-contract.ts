/** The tests of cached functions in several processes. */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CachedOptions } from "aotcache";
import { until } from "../../support/servers/until.ts";
import { nthRun, Peers, runsOf, type Peer, type StoreLocation, type Run } from "./processes.ts";

/** Milliseconds of a lease that ends while a test waits. */
const SHORT_LEASE_MS = 600;
/** The margin for a busy machine, in milliseconds. */
const SLACK_MS = 4000;

/**
 * Registers the tests of several real processes on one store.
 *
 * @example
 * processesContract("Redis", () => ({ kind: "redis", options: { url: server.url } }));
 */
export function processesContract(name: string, location: () => StoreLocation): void {
  describe(`processes that share a function on ${name}`, () => {
    let all: Peers;
    let tests = 0;
    beforeAll(async () => {
      all = await Peers.open();
    });
    afterAll(() => all.close());

    const start = (count: number, options: CachedOptions, lease = 60_000): Promise<Peer[]> => {
      const { kind, options: where } = location();
      const shared = { namespace: `processes${++tests}`, timeout: "20s", lease: lease / 1000 } as const;
      return all.with(count, { kind, options: { ...where, ...shared } }, { name: "work", ...options });
    };

    test.each([
      ["shorter than the lease", 0],
      ["longer than the lease", 2.5 * SHORT_LEASE_MS],
    ])("four processes × 250 calls of a missing key are one run: work %s", async (_, ms) => {
      const peers = await start(4, { lock: "distributed" }, SHORT_LEASE_MS);
      const calls = peers.map((peer) => peer.call(1, 250));
      const run = await nthRun(peers, 1);
      // The clock of the server is tested: the lease must be renewed.
      await pause(ms);
      await run.end("value");
      expect(await Promise.all(calls)).toEqual([["value"], ["value"], ["value"], ["value"]]);
      expect(runsOf(peers)).toBe(1);
      expect(await Promise.all(peers.map((peer) => peer.call(1, 250)))).toEqual(calls.map(() => ["value"]));
      expect(runsOf(peers)).toBe(1);
    });

    test("with lock=distributed, each id of overlapping batches runs in one process", async () => {
      const peers = await start(4, { lock: "distributed", multi: "ids" });
      // The worker is not compiled: only a result shows the form of its results.
      for (const [n, peer] of peers.entries()) {
        const first = peer.callBatch([100 + n]);
        await (await nthRun([peer], 1)).end("value");
        await first;
      }
      const ended = new Set(peers.flatMap(({ runs }) => runs));
      const calls = peers.map((peer, n) => peer.callBatch([n, 9, n + 1]));
      while (ended.size < 4 + 6) {
        const run = await until("an id runs", () =>
          peers.flatMap(({ runs }) => runs).find((each) => !ended.has(each)),
        );
        ended.add(run);
        await run.end("value");
      }
      expect(await Promise.all(calls)).toEqual(peers.map(() => ["value", "value", "value"]));
      await Promise.all(peers.map((peer) => peer.writesDone()));
      expect(await peers[0]!.callBatch([4, 9, 0])).toEqual(["value", "value", "value"]);
      expect(runsOf(peers)).toBe(4 + 6);
    });

    test("different keys run concurrently", async () => {
      const peers = await start(2, { lock: "distributed" });
      const calls = peers.map((peer, n) => peer.call(n));
      await (await nthRun(peers, 2)).end("second");
      await (await nthRun(peers, 1)).end("first");
      expect((await Promise.all(calls)).flat().sort()).toEqual(["first", "second"]);
    });

    test("without the distributed lock each process runs once", async () => {
      const peers = await start(2, {});
      const calls = peers.map((peer) => peer.call(1, 50));
      await nthRun(peers, 2);
      for (const [index, { runs }] of peers.entries()) await runs[0]!.end(`${index}`);
      expect(await Promise.all(calls)).toEqual([["0"], ["1"]]);
    });

    test("a killed holder has exactly one successor, soon after its lease has ended", async () => {
      const peers = await start(4, { lock: "distributed" }, SHORT_LEASE_MS);
      const calls = peers.map((peer) => peer.call(1, 250));
      const { peer: holder } = await nthRun(peers, 1);
      const others = peers.filter((peer) => peer !== holder);
      const kept = calls.filter((_, index) => peers[index] !== holder);
      calls[peers.indexOf(holder)]!.catch(() => undefined);
      const killed = performance.now();
      await all.kill(holder);
      const successor = await nthRun(others, 1);
      const waited = performance.now() - killed;
      // The last renewal was at most about a third of the lease ago.
      expect(waited).toBeGreaterThan(SHORT_LEASE_MS / 2);
      expect(waited).toBeLessThan(SHORT_LEASE_MS + SLACK_MS);
      await pause(1.5 * SHORT_LEASE_MS);
      expect(runsOf(others)).toBe(1);
      await successor.end("value");
      expect(await Promise.all(kept)).toEqual([["value"], ["value"], ["value"]]);
      expect(runsOf(others)).toBe(1);
    });

    test("an error rejects the calls in the holder's process, and the next process runs", async () => {
      const peers = await start(4, { lock: "distributed" });
      const calls = peers.map((peer) => peer.call(1, 250));
      const first = await nthRun(peers, 1);
      await first.fail("down");
      const second = await until("the next process runs", () =>
        peers.flatMap(({ runs }) => runs).find((run) => run !== first),
      );
      await second.end("value");
      const answers = await Promise.all(calls);
      for (const [index, peer] of peers.entries())
        expect(answers[index]).toEqual([peer === first.peer ? "Error: down" : "value"]);
      expect(runsOf(peers)).toBe(2);
    });

    test("a skipped result lets the next process run at once", async () => {
      const peers = await start(3, { lock: "distributed", skip: "empty" });
      const calls = peers.map((peer) => peer.call(1, 10));
      const ended = new Set<Run>();
      while (ended.size < peers.length) {
        const run = await until("the next process runs", () =>
          peers.flatMap(({ runs }) => runs).find((each) => !ended.has(each)),
        );
        expect(runsOf(peers)).toBe(ended.size + 1);
        ended.add(run);
        await run.end("");
      }
      expect(await Promise.all(calls)).toEqual([[""], [""], [""]]);
    });

    test("one process refreshes a stale value, and all return it meanwhile", async () => {
      const peers = await start(4, { lock: "distributed", ttl: 10, swr: 60 });
      const first = peers[0]!.call(1);
      await (await nthRun(peers, 1)).end("old");
      await first;
      await peers[0]!.writesDone();
      await Promise.all(peers.map((peer) => peer.moveClock(15_000)));
      for (let round = 0; round < 3; round++) {
        const answers = await Promise.all(peers.map((peer) => peer.call(1, 50)));
        expect(answers).toEqual(peers.map(() => ["old"]));
      }
      const refresh = await until("it is refreshed", () => {
        const [begun = [], ...others] = peers.map(({ runs }) => runs);
        return [begun.slice(1), ...others].flat()[0];
      });
      await refresh.end("new");
      for (const peer of peers)
        await until("the new value is stored", async () => (await peer.call(1))[0] === "new");
      expect(runsOf(peers)).toBe(2);
    });

    test.each(["local", "distributed"] as const)(
      "invalidate in another process during a run, lock=%s: the old result is not stored",
      async (lock) => {
        const peers = await start(2, { lock });
        const [one, other] = peers as [Peer, Peer];
        const early = one.call(1);
        const old = await nthRun(peers, 1);
        expect(await other.invalidate(1)).toBe(true);
        await old.end("old");
        expect(await early).toEqual(["old"]);
        await one.writesDone();
        expect([await one.peek(1), await other.peek(1)]).toEqual([undefined, undefined]);
        const late = other.call(1);
        await (await nthRun([other], 1)).end("new");
        expect(await late).toEqual(["new"]);
        await other.writesDone();
        expect([await one.call(1), await other.call(1)]).toEqual([["new"], ["new"]]);
        expect(await one.invalidate(1)).toBe(true);
        expect(runsOf(peers)).toBe(2);
      },
    );

    test("clear in another process during a run: the old result is not stored", async () => {
      const peers = await start(2, {});
      const [one, other] = peers as [Peer, Peer];
      const early = one.call(1);
      const old = await nthRun(peers, 1);
      await other.clear();
      await old.end("old");
      expect(await early).toEqual(["old"]);
      await one.writesDone();
      expect([await one.peek(1), await other.peek(1)]).toEqual([undefined, undefined]);
      const late = other.call(1);
      await (await nthRun([other], 1)).end("new");
      await late;
      await other.writesDone();
      expect(await one.call(1)).toEqual(["new"]);
      expect(runsOf(peers)).toBe(2);
    });

    test("a newer result remains when an older run of another process ends last", async () => {
      const peers = await start(2, {});
      const [one, other] = peers as [Peer, Peer];
      const early = one.call(1);
      const old = await nthRun([one], 1);
      await other.invalidate(1);
      const late = other.call(1);
      await (await nthRun([other], 1)).end("new");
      await late;
      await other.writesDone();
      await old.end("old");
      await early;
      await one.writesDone();
      expect([await one.call(1), await other.call(1)]).toEqual([["new"], ["new"]]);
    });
  });
}
