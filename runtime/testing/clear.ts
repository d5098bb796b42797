import { deepEqual } from "node:assert/strict";
import { forever, expectValues, type Bench } from "./bench.ts";

/** Texts with a meaning in the patterns of shells, SQL or Redis. */
const PATTERNS = ["*", "?", "[a-z]", "[^b]", "\\", "\\*", "a*b", "{a}", "%", "_"];

/** Tests that `clear` removes exactly the keys that start with a prefix. */
export function clearing(bench: Bench): void {
  /** Stores a value under each key, clears a prefix, and compares the keys that are left. */
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

  bench.test("clear removes a namespace, and no other that starts or ends with the same text", async () => {
    const name = bench.namespace();
    const keys = [`${name}:k:a`, `${name}:f:app:get@1(2)`, `${name}2:k:a`, `x${name}:k:a`, `x:k:${name}:k:a`];
    await expectLeft(keys, `${name}:`, keys.slice(2));
    await bench.driver.delete(keys);
  });

  bench.test("clear removes one function, and no other whose name starts with the same text", async () => {
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

  for (const pattern of PATTERNS) {
    bench.test(`clear takes ${pattern} literally`, async () => {
      const name = bench.namespace();
      const others = [`${name}b:k:1`, `${name}aab:k:1`, `${name}:k:1`];
      await expectLeft(
        [`${name}${pattern}:k:1`, `${name}${pattern}:k:2`, ...others],
        `${name}${pattern}:`,
        others,
      );
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

  bench.test("a value that is stored after a clear stays, for both clients", async () => {
    const name = bench.namespace();
    const key = `${name}:k:1`;
    await expectLeft([key], `${name}:`, []);
    await expectValues(bench.other, [key], [undefined]);
    await bench.other.set([forever(key, "2")]);
    await expectValues(bench.driver, [key], ["2"]);
  });
}
