import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { forever, expectTtl, SECOND, type Bench } from "./bench.ts";

const { MAX_SAFE_INTEGER } = Number;

/** Texts that some parsers take for an integer, or that are not safe integers. */
const INVALID_INTEGERS = [
  "text",
  "",
  " 1",
  "1 ",
  "1.5",
  "1e3",
  "0x10",
  "+1",
  "--1",
  "9007199254740992",
  "\0",
];

/** Sums that a number cannot represent exactly. */
const INEXACT_SUMS: readonly (readonly [from: number, delta: number])[] = [
  [MAX_SAFE_INTEGER, 1],
  [-MAX_SAFE_INTEGER, -1],
  [MAX_SAFE_INTEGER, MAX_SAFE_INTEGER],
];

/** Tests that `add` stores only under a free key, and that it is atomic. */
export function additions(bench: Bench): void {
  bench.test("add stores under a free key, and changes nothing under a taken one", async () => {
    const key = bench.key();
    equal(await bench.driver.add(forever(key, "first")), true);
    equal(await bench.driver.add({ key, data: "second", ttl: SECOND }), false);
    equal(await bench.read(key), "first");
    equal(await bench.driver.ttl(key), Infinity);
  });

  bench.test("of many concurrent adds, one succeeds", async () => {
    const key = bench.key();
    const added = await Promise.all(
      Array.from({ length: 40 }, async (_, turn) =>
        (await bench.client(turn).add(forever(key, `${turn}`))) ? [`${turn}`] : [],
      ),
    );
    deepEqual(added.flat(), [await bench.read(key)]);
  });
}

/** Tests that `increment` is exact and atomic, and rejects where it cannot be exact. */
export function counters(bench: Bench): void {
  bench.test("increment starts from 0, goes up and down, and stores bare digits", async () => {
    const key = bench.key();
    equal(await bench.driver.increment(key, 5, Infinity), 5);
    equal(await bench.driver.increment(key, -12, Infinity), -7);
    equal(await bench.read(key), "-7");
    equal(await bench.driver.increment(key, 7, Infinity), 0);
    equal(await bench.read(key), "0");
    equal(await bench.driver.increment(key, 0, Infinity), 0);
  });

  bench.test("increment continues from a stored number, up to the largest safe integer", async () => {
    const key = bench.key();
    await bench.driver.set([forever(key, `${MAX_SAFE_INTEGER - 1}`)]);
    equal(await bench.driver.increment(key, 1, Infinity), MAX_SAFE_INTEGER);
    equal(await bench.driver.increment(key, -MAX_SAFE_INTEGER, Infinity), 0);
    equal(await bench.driver.increment(key, -MAX_SAFE_INTEGER, Infinity), -MAX_SAFE_INTEGER);
    equal(await bench.read(key), `${-MAX_SAFE_INTEGER}`);
  });

  bench.test("increment continues from digits that were stored as bytes", async () => {
    const key = bench.key();
    await bench.driver.set([forever(key, new TextEncoder().encode("41"))]);
    equal(await bench.driver.increment(key, 1, Infinity), 42);
    equal(await bench.read(key), "42");
  });

  bench.test("a new counter gets the ttl, an existing one keeps its own", async () => {
    const [fresh, old] = [bench.key("fresh"), bench.key("old")];
    await bench.driver.set([forever(old, "1")]);
    for (const ttl of [600 * SECOND, 60 * SECOND]) {
      for (const key of [fresh, old]) await bench.driver.increment(key, 1, ttl);
    }
    await expectTtl(bench.driver, fresh, 600 * SECOND);
    equal(await bench.driver.ttl(old), Infinity);
  });

  bench.test("of many concurrent increments, none is lost", async () => {
    const key = bench.key();
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, turn) => bench.client(turn).increment(key, 1, Infinity)),
    );
    deepEqual(
      results.sort((a, b) => a - b),
      Array.from({ length: 50 }, (_, index) => index + 1),
    );
  });

  for (const data of INVALID_INTEGERS) {
    bench.test(
      `increment of a value that is not a safe integer is a TypeError: ${JSON.stringify(data)}`,
      async () => {
        const key = bench.key();
        await bench.driver.set([{ key, data, ttl: 600 * SECOND }]);
        await rejects(bench.driver.increment(key, 1, Infinity), TypeError);
        equal(await bench.read(key), data, "the value has changed");
        await expectTtl(bench.driver, key, 600 * SECOND);
      },
    );
  }

  for (const [from, delta] of INEXACT_SUMS) {
    bench.test(`a sum that is not exact is a TypeError: ${from} + ${delta}`, async () => {
      const key = bench.key();
      await bench.driver.set([forever(key, `${from}`)]);
      await rejects(bench.driver.increment(key, delta, Infinity), TypeError);
      equal(await bench.read(key), `${from}`, "the value has changed");
    });
  }

  for (const delta of [0.5, NaN, Infinity, 2 ** 53]) {
    bench.test(`a delta that is not a safe integer is a TypeError: ${delta}`, async () => {
      const key = bench.key();
      await rejects(bench.driver.increment(key, delta, Infinity), TypeError);
      ok(!(await bench.driver.exists(key)), "a counter was created");
    });
  }
}
