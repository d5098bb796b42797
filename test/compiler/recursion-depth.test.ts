/** A recursive sync function reaches at least half the depth that it reaches unmarked. */
import { setFlagsFromString } from "node:v8";
import { expect, it } from "vitest";

// When the optimizer makes a frame smaller differs from run to run.
setFlagsFromString("--no-opt");
setFlagsFromString("--no-maglev");

type Recursive = (n: number, salt: number) => unknown;

/** Returns the depth at which a function exhausts the stack, in steps of 500 levels. */
function depthOf(fn: Recursive): number {
  for (let n = 500; ; n += 500) {
    try {
      fn(n, n);
    } catch (error) {
      expect((error as Error).message).toBe("Maximum call stack size exceeded");
      return n;
    }
  }
}

const original = (await import("../support/recursive.ts?original" as never)) as Record<string, unknown>;
const compiled = (await import("../support/recursive.ts?compiled" as never)) as typeof original;

it.each(["declared", "arrow", "method", "mutual", "walk", "cleansUp", "nested"])("%s", (name) => {
  const [plain, cached] = [original[name], compiled[name]].map((fn) => depthOf(fn as Recursive)) as [
    number,
    number,
  ];
  expect(cached / plain).toBeGreaterThan(0.5);
});

it("with one object as parameter", () => {
  const [plain, cached] = [original.typed, compiled.typed].map((fn) =>
    depthOf((n, salt) => (fn as (at: object) => unknown)({ n, salt })),
  ) as [number, number];
  expect(cached / plain).toBeGreaterThan(0.5);
});
