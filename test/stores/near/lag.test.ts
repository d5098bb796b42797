/**
 * No answer of a near tier is older than `lag`, while connections break, processes stop and the server pauses.
 *
 * `HISTORY_SECONDS=600 npx vitest run --project stores near/lag` searches longer. A failure prints its seed.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleWorker, type BundledWorker } from "../../support/bundled-worker.ts";
import { startProxy, type Proxy } from "../../support/proxy.ts";
import { random } from "../../support/random.ts";
import { eachSeed } from "../../support/seeds.ts";
import { startRedis, type RedisServer } from "../../support/servers/index.ts";
import { machineTime } from "../histories/clock.ts";
import { disturb } from "../histories/faults.ts";
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
  ["without faults", false, 2],
  ["with faults", true, 6],
])("no answer is older than the lag %s", async (_, hasFaults, seconds) => {
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
    const stage = { workers, proxies, server, mayLose: false, respawn: () => undefined };
    if (hasFaults) await disturb(stage, random(seed), until);
    const ended = await Promise.all(workers.map((each) => each.ended));
    await Promise.all(workers.map((each) => each.kill()));
    const entries = workers.flatMap((each) => each.entries as LagEntry[]);
    expect(ended).toEqual(workers.map(() => true));
    expect(Math.max(...entries.map(({ nearHits = 0 }) => nearHits))).toBeGreaterThan(100);
    expect(entries.filter(({ changed }) => changed !== undefined).length).toBeGreaterThan(20);
    expect(violations(entries).slice(0, 3)).toEqual([]);
  });
});
