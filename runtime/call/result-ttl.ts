import { parseDuration, type Duration } from "../contract/duration.ts";
import { CacheError } from "../contract/errors.ts";
import { ttlOf } from "../contract/ttl.ts";
import { features } from "./features.ts";
import type { CallTarget } from "./store-result.ts";

/** Enables a `ttl` that is a function of the result. */
export function enableResultTtl(): void {
  features.ttlOfResult = ttlOfResult;
}

/** See `Features.ttlOfResult`. */
function ttlOfResult({ cachedFn, args = [] }: CallTarget, value: unknown): number | undefined {
  const ttl = cachedFn.options.ttl as (result: unknown, ...args: readonly unknown[]) => unknown;
  let given: unknown;
  try {
    given = ttl(value, ...args);
  } catch (cause) {
    throw new CacheError("ttl-invalid", `${cachedFn.id}: \`ttl\` threw ${String(cause)}.`, { cause });
  }
  if (given === undefined) return undefined;
  // `-Infinity` is the logarithm of zero, or a bug; a time in the past is finite.
  if (typeof given === "number" && given <= 0 && given > -Infinity) return 0;
  const ms = parseDuration(given);
  if (ms !== undefined) return ms;
  try {
    return ttlOf(given as Duration);
  } catch (cause) {
    throw new CacheError("ttl-invalid", `${cachedFn.id}: ${(cause as Error).message}`, { cause });
  }
}
