/**
 * Four processes call, invalidate, clear, refresh and prime functions of one store by chance, while connections break
 * and processes stop, die and have different wall clocks. No answer breaks a promise.
 *
 * `HISTORY_SECONDS=600 npx vitest run --project stores histories` searches longer. A failure prints its seed and what
 * happened around it.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { textOf, violationsIn } from "./checks.ts";
import { REMOVALS, type Entry, type Operation } from "./history.ts";
import { eachSeed, LONG_SECONDS } from "../../support/seeds.ts";
import { Stage, type StoreKind } from "./stage.ts";

describe.each<StoreKind>(["redis", "memcached", "keyv"])("four processes on %s", (kind) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open(kind);
  });
  afterAll(() => stage.close());

  test.each([
    ["in peace", false],
    ["with faults", true],
  ])("%s", { timeout: 0 }, async (_, hasFaults) => {
    const total = { rounds: 0, operations: 0, removals: 0, hits: 0, runs: 0, faults: 0 };
    await eachSeed(async (seed) => {
      const round = {
        ...({
          program: "functions",
          seed,
          hasFaults,
          clients: 4,
          shiftsClocks: true,
          mayLose: true,
        } as const),
        seconds: LONG_SECONDS === undefined ? (hasFaults ? 5 : 2) : 10,
      };
      const { entries, disturbances, hanging } = await stage.run(round);
      const history = [...(entries as Entry[]), ...disturbances];
      expect(hanging, `processes with operations that did not end, seed ${seed}`).toEqual([]);
      const texts = violationsIn(history, { isAtomic: kind === "redis" }).map(textOf);
      expect(texts, `seed ${seed}\n${texts.join("\n\n")}\n`).toEqual([]);

      const operations = history.filter((entry) => entry.kind === "operation");
      total.rounds++;
      total.operations += operations.length;
      total.removals += operations.filter(({ op, error }) => REMOVALS.includes(op) && !error).length;
      total.hits += operations.filter(isHit).length;
      total.runs += history.filter((entry) => entry.kind === "run").length;
      total.faults += disturbances.length;
    });
    if (LONG_SECONDS !== undefined) console.log(`${kind}, ${_}: ${JSON.stringify(total)}`);
    // A cache that keeps nothing would break no promise.
    expect(total.hits / total.operations).toBeGreaterThan(0.1);
  });
});

/** Whether a call was answered by a run, or a prime, that had begun before. */
const isHit = ({ op, value, start }: Operation): boolean =>
  op === "call" && value !== undefined && value.begun < start;
