import { deepEqual } from "node:assert/strict";
import { forever, reads, type Bench } from "./bench.ts";

/** What means something to those who match names: shells, SQL, Redis. */
const SIGNS = ["*", "?", "[a-z]", "[^b]", "\\", "\\*", "a*b", "{a}", "%", "_"];

/** Tests that `clear` removes what starts with a text, and nothing of the neighbours. */
export function clearing(bench: Bench): void {
  /** Stores under all keys, clears what starts with a text, and tells which keys are left. */
  async function expectLeft(
    keys: readonly string[],
    prefix: string,
    expected: readonly string[],
  ): Promise<void> {
    await bench.driver.set(keys.map((key) => forever(key, "1")));
    await bench.driver.clear(prefix);
    const found = await bench.driver.get(keys);
    deepEqual(
      keys.filter((_, index) => found[index] !== undefined),
      expected,
    );
  }

  bench.test("clear removes a namespace, and none that begins or ends alike", async () => {
    const name = bench.namespace();
    const keys = [`${name}:k:a`, `${name}:f:app:get@1(2)`, `${name}2:k:a`, `x${name}:k:a`, `x:k:${name}:k:a`];
    await expectLeft(keys, `${name}:`, keys.slice(2));
    await bench.driver.delete(keys);
  });

  bench.test("clear removes one function, and none whose name begins alike", async () => {
    const name = bench.namespace();
    const keys = [
      `${name}:f:app:get@1(2)`,
      `${name}:f:app:get@1({})`,
      `${name}:f:app:get@12(2)`,
      `${name}:f:app:getAll@1(2)`,
      `${name}:f:app:GET@1(2)`,
      `${name}:k:app:get@1(2)`,
    ];
    await expectLeft(keys, `${name}:f:app:get@1(`, keys.slice(2));
  });

  for (const sign of SIGNS) {
    bench.test(`clear takes ${sign} for what it is`, async () => {
      const name = bench.namespace();
      const others = [`${name}b:k:1`, `${name}aab:k:1`, `${name}:k:1`];
      await expectLeft([`${name}${sign}:k:1`, `${name}${sign}:k:2`, ...others], `${name}${sign}:`, others);
    });
  }

  bench.test("clear removes thousands of keys", async () => {
    const name = bench.namespace();
    const keys = Array.from({ length: 3000 }, (_, index) => `${name}:k:${index}`);
    await expectLeft([...keys, `${name}-:k:1`], `${name}:`, [`${name}-:k:1`]);
  });

  bench.test("clear of a namespace without keys does nothing", async () => {
    const name = bench.namespace();
    await expectLeft([`${name}:k:1`], `${name}-empty:`, [`${name}:k:1`]);
  });

  bench.test("what is stored after a clear stays, for both clients", async () => {
    const name = bench.namespace();
    const key = `${name}:k:1`;
    await expectLeft([key], `${name}:`, []);
    await reads(bench.other, [key], [undefined]);
    await bench.other.set([forever(key, "2")]);
    await reads(bench.driver, [key], ["2"]);
  });
}
