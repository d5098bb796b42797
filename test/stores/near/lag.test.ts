/**
 * No answer of a near tier is older than `lag`, while connections break, processes stop and the server pauses.
 *
 * `HISTORY_SECONDS=600 npx vitest run --project stores near/lag` searches longer. A failure prints its seed.
 */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleWorker, type BundledWorker } from "../../support/bundled-worker.ts";
import { startProxy, type Proxy } from "../../support/proxy.ts";
import { random } from "../../support/random.ts";
import { eachSeed } from "../../support/seeds.ts";
import { startRedis, type RedisServer } from "../../support/servers/index.ts";
import { machineTime } from "../histories/clock.ts";
import { disturb, type Stage as FaultStage } from "../histories/faults.ts";
import { Worker, type Plan } from "../histories/processes.ts";
import type { LagEntry } from "./lag-worker.ts";

const PROCESSES = 4;
const LAG_MS = 300;
/** A change arrives after the messages that the server sends in the same turn. */
const NETWORK_MS = 5;

/** The answers that were older than allowed, with the change that they miss. */
function violations(entries: readonly LagEntry[]): readonly (readonly [LagEntry, LagEntry])[] {
  const changes = entries.filter(({ changed }) => changed !== undefined);
  const isMissedBy = (answer: LagEntry) => (change: LagEntry) =>
    change.value === answer.value &&
    change.n > answer.n &&
    change.changed! + LAG_MS + NETWORK_MS < answer.began!;
  return entries.flatMap((answer) => {
    const missed = answer.began === undefined ? undefined : changes.find(isMissedBy(answer));
    return missed ? [[answer, missed] as const] : [];
  });
}

/** Holds replies for longer than the lag, kills connections, and stops processes, until a time. */
async function disturbLong({ workers }: FaultStage, chance: () => number, until: number): Promise<void> {
  const choose = <T>(items: readonly T[]): T => items[Math.floor(chance() * items.length)]!;
  const long = (): Promise<void> => pause(LAG_MS * (1 + 3 * chance()));
  const faults = [
    async (proxy: Proxy) => {
      proxy.treat("reply", { kind: "hold" });
      await long();
      await proxy.heal();
    },
    // A connection for changes that stops without closing: it is made behind that of the cache.
    async (proxy: Proxy) => {
      proxy.connections.at(-1)?.treat("reply", { kind: "hold" });
      await long();
    },
    async (_: Proxy, worker: Worker) => {
      worker.stop();
      await long();
      worker.go();
    },
    async () => void (await server.command("CLIENT", "KILL", "TYPE", choose(["pubsub", "normal"]))),
  ];
  while (machineTime() < until) {
    const index = Math.floor(chance() * workers.length);
    await choose(faults)(proxies[index]!, workers[index]!);
  }
}

test("the checker finds an answer that is too old, and no other", () => {
  const change = { process: 0, value: "plain0", n: 2, changed: 1000 };
  const answer = (n: number, began: number): LagEntry => ({ process: 1, value: "plain0", n, began });
  expect(violations([change, answer(1, 1300), answer(2, 2000)])).toEqual([]);
  expect(violations([change, answer(1, 1306)])).toEqual([[answer(1, 1306), change]]);
});

let server: RedisServer;
let source: RedisServer;
let worker: BundledWorker;
let proxies: Proxy[];
beforeAll(async () => {
  [server, source, worker] = await Promise.all([
    startRedis(),
    startRedis(),
    bundleWorker("test/stores/near/lag-worker.ts"),
  ]);
  proxies = await Promise.all(Array.from({ length: PROCESSES }, () => startProxy(server)));
});
afterAll(async () => {
  await Promise.all([...proxies.map((proxy) => proxy.close()), server.stop(), source.stop()]);
  worker.remove();
});

test.each([
  ["without faults", undefined, 2],
  ["while connections break, and processes and the server stop for a moment", disturb, 5],
  ["while connections are silent, and processes stop, for longer than the lag", disturbLong, 8],
])("no answer is older than the lag %s", { timeout: 0 }, async (_, faults, seconds) => {
  let changes = 0;
  let nearHits = 0;
  await eachSeed(async (seed) => {
    const until = machineTime() + seconds * 1000;
    const workers = proxies.map(({ port }, index) => {
      const options = {
        port,
        sourcePort: source.port,
        namespace: `lag${seed}`,
        near: { lag: LAG_MS / 1000 },
      };
      const location: Plan["location"] = { kind: "redis", options };
      const plan = { program: "functions", clients: 3, until, process: index, generation: 0 } as const;
      return new Worker(worker.file, { ...plan, location, seed: seed * 10 + index }, 0);
    });
    await faults?.(
      { workers, proxies, server, mayLose: false, respawn: () => undefined },
      random(seed),
      until,
    );
    await Promise.all(proxies.map((proxy) => proxy.heal()));
    const ended = await Promise.all(workers.map((each) => each.ended));
    await Promise.all(workers.map((each) => each.kill()));
    const entries = workers.flatMap((each) => each.entries as LagEntry[]);
    expect(ended, `processes that ended, seed ${seed}`).toEqual(workers.map(() => true));
    changes += entries.filter(({ changed }) => changed !== undefined).length;
    nearHits += Math.max(...entries.map((each) => each.nearHits ?? 0));
    expect(violations(entries).slice(0, 3), `seed ${seed}`).toEqual([]);
  });
  // A tier that keeps nothing would be right.
  expect(nearHits).toBeGreaterThan(100);
  expect(changes).toBeGreaterThan(20);
});
