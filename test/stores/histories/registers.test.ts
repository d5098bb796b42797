/**
 * Operations on string keys from four processes, while connections break and processes stop, are linearizable.
 *
 * `HISTORY_SECONDS=600 npx vitest run --project stores registers` searches longer. A failure prints its seed and the
 * operations of the key.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eachSeed, LONG_SECONDS } from "../../support/seeds.ts";
import { violation, type KeyOperation } from "./registers.ts";
import { Stage, type StoreKind } from "./stage.ts";

/** How many operations before a violation are printed. */
const PRINTED = 25;

describe("the checker of linearizability", () => {
  let time = 0;
  const operation = (
    op: KeyOperation["op"],
    n: number,
    result: Pick<KeyOperation, "answer" | "error">,
    [start, end]: readonly [number, number] = [++time, ++time],
  ): KeyOperation => ({ process: 0, op, key: "k", n, start, end, ...result });

  test("accepts what some order explains", () => {
    expect(
      violation([
        operation("set", 1, {}),
        operation("increment", 2, { error: "unavailable" }),
        operation("get", 0, { answer: 1 }),
        operation("get", 0, { answer: 3 }),
        operation("delete", 0, { answer: true }, [100, 110]),
        operation("add", 5, { answer: true }, [101, 109]),
        operation("increment", 1, { error: "TypeError" }, [102, 108]),
      ]),
    ).toEqual([]);
  });

  test.each([
    ["a lost increment", operation("increment", 1, { answer: 1 }), operation("increment", 1, { answer: 1 })],
    [
      "two deletes of one value",
      operation("delete", 0, { answer: true }),
      operation("delete", 0, { answer: true }),
    ],
    ["an old value", operation("set", 1, {}), operation("get", 0, { answer: undefined })],
  ])("refuses %s", (_, first, second) => {
    const set = operation("set", 3, {}, [0, 0.5]);
    const start = first.op === "delete" ? [set] : [];
    expect(violation([...start, first, second])).toEqual([...start, first, second]);
  });
});

describe.each<StoreKind>(["redis", "memcached", "keyv"])("keys on %s", (kind) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open(kind);
  });
  afterAll(() => stage.close());

  test.each([
    ["in peace", false],
    ["with faults", true],
  ])("%s", { timeout: 0 }, async (_, hasFaults) => {
    const total = { rounds: 0, operations: 0, keys: 0, givenUp: 0, unknown: 0, faults: 0 };
    await eachSeed(async (seed) => {
      const { entries, disturbances, hanging } = await stage.run({
        ...({ program: "keys", seed, hasFaults, clients: 2, mayLose: false } as const),
        shiftsClocks: kind === "redis",
        seconds: LONG_SECONDS === undefined ? (hasFaults ? 4 : 2) : 10,
      });
      expect(hanging, `processes with operations that did not end, seed ${seed}`).toEqual([]);
      const byKey = new Map<string, KeyOperation[]>();
      for (const operation of entries as KeyOperation[])
        byKey.set(operation.key, [...(byKey.get(operation.key) ?? []), operation]);
      for (const [key, operations] of byKey) {
        // Keyv cannot remove a value in the step that finds it.
        const found = violation(operations, ({ op }) => kind === "keyv" && op === "delete");
        if (!found) total.givenUp++;
        if (found && found.length > 0)
          throw new Error(`seed ${seed}: ${key} is not linearizable\n${textOf(found)}`);
      }
      total.rounds++;
      total.keys += byKey.size;
      total.operations += entries.length;
      total.unknown += (entries as KeyOperation[]).filter(
        ({ error }) => error && error !== "TypeError",
      ).length;
      total.faults += disturbances.length;
    });
    if (LONG_SECONDS !== undefined) console.log(`${kind}, ${_}: ${JSON.stringify(total)}`);
    expect(total.keys).toBeGreaterThan(20);
    expect(total.givenUp / total.keys).toBeLessThan(0.5);
  });
});

function textOf(operations: readonly KeyOperation[]): string {
  const last = [...operations].sort((a, b) => a.start - b.start).slice(-PRINTED);
  const zero = last[0]!.start;
  return last
    .map(({ process, op, n, start, end, answer, error }) => {
      const times = `${(start - zero).toFixed(2)} … ${(end - zero).toFixed(2)}`;
      return `${times}  ${process}: ${op} ${n} → ${error ?? JSON.stringify(answer)}`;
    })
    .join("\n");
}
