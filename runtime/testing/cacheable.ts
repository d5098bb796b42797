/** Tells whether a function can be cached. */
import { deepStrictEqual } from "node:assert/strict";
import type { Arbitrary } from "fast-check";
import { unshareable } from "../call/shareable.ts";
import { CacheError } from "../contract/errors.ts";
import { withoutCache } from "./isolation.ts";

type FastCheck = typeof import("fast-check");

/**
 * Checks by generated arguments that a function can be cached: it gives the same result, or fails alike, for equal
 * arguments, and what it gives can be given to a second caller. It runs with caching off.
 *
 * @param arbitraries of fast-check, one for each argument
 * @throws {Error} (rejects) with the smallest arguments that were found to fail
 * @throws {CacheError} (rejects) `peer-missing` without fast-check
 * @example
 * import fc from "fast-check";
 *
 * await expectCacheable((sku: string, quantity: number) => sku.length * quantity, [fc.string(), fc.nat()]);
 */
export async function expectCacheable<A extends unknown[]>(
  fn: (...args: A) => unknown,
  arbitraries: { [Index in keyof A]: Arbitrary<A[Index]> },
): Promise<void> {
  const fc = await loadFastCheck();
  // Equal arguments, but not the same objects.
  const twice = fc.clone(fc.tuple<A>(...arbitraries), 2);
  const property = fc.asyncProperty(twice, async ([first, second]) => {
    const outcome = await outcomeOf(fn, first);
    deepStrictEqual(await outcomeOf(fn, second), outcome, "equal arguments gave different results");
  });
  await withoutCache(() => fc.assert(property, { includeErrorInReport: true }));
}

interface Outcome {
  readonly result?: unknown;
  readonly error?: unknown;
}

async function outcomeOf<A extends unknown[]>(fn: (...args: A) => unknown, args: A): Promise<Outcome> {
  let result: unknown;
  try {
    const returned = fn(...args);
    checkShareable(returned, false);
    result = await returned;
  } catch (error) {
    if (error instanceof NotCacheable) throw error;
    return { error };
  }
  checkShareable(result, true);
  return { result };
}

class NotCacheable extends Error {}

function checkShareable(value: unknown, settled: boolean): void {
  const reason = unshareable(value, settled);
  if (reason !== undefined) throw new NotCacheable(`it cannot be cached: ${reason}`);
}

async function loadFastCheck(): Promise<FastCheck> {
  try {
    return await import("fast-check");
  } catch (cause) {
    throw new CacheError(
      "peer-missing",
      "expectCacheable() needs fast-check; install it with `npm install --save-dev fast-check`.",
      { cause },
    );
  }
}
