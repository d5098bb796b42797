import { parseDuration, type Duration } from "../contract/duration.ts";
import { CacheError } from "../contract/errors.ts";
import { ttlOf } from "../contract/ttl.ts";
import { features } from "./features.ts";
import type { Call } from "./slow-path.ts";
import { emitCall, type CallTarget } from "./store-result.ts";
import { nameWithPlace } from "./name-with-place.ts";
import { warnOnce } from "./warnings.ts";

/** Enables a `ttl` that is a function of the result. */
export function enableResultTtl(): void {
  features.ttlToKeep = ttlToKeep;
  features.ttlFor = ttlFor;
}

/** See `Features.ttlToKeep`. */
function ttlToKeep(call: Call, value: unknown): number | undefined {
  const { options, counters } = call.cachedFn;
  if (typeof options.ttl !== "function") return undefined;
  try {
    const ms = ttlFor(call, value);
    if (ms === 0) features.warnings?.excluded(call.cachedFn, "ttl");
    return ms;
  } catch (error) {
    counters.errors++;
    emitCall("error", call, { error, reason: "the result is not stored: its ttl is not valid" });
    warnOnce(call.cachedFn, "ttl ", () => `a result is not stored: ${(error as Error).message}`);
    return 0;
  }
}

/** See `Features.ttlFor`. */
function ttlFor({ cachedFn, args = [] }: CallTarget, value: unknown): number {
  const { options, store } = cachedFn;
  const { ttl } = options;
  if (typeof ttl !== "function") return ttl ?? store!.ttlMs;
  let given: unknown;
  try {
    given = ttl(value, ...args);
  } catch (cause) {
    throw new CacheError(
      "ttl-invalid",
      `${nameWithPlace(cachedFn)}: \`ttl\` threw ${String(cause)}; return a duration.`,
      { cause },
    );
  }
  if (given === undefined) return store!.ttlMs;
  // `-Infinity` is the logarithm of zero, or a bug; a time in the past is finite.
  if (typeof given === "number" && given <= 0 && given > -Infinity) return 0;
  const ms = parseDuration(given);
  if (ms !== undefined) return ms;
  try {
    return ttlOf(given as Duration);
  } catch (cause) {
    throw new CacheError("ttl-invalid", `${nameWithPlace(cachedFn)}: ${(cause as Error).message}`, { cause });
  }
}
