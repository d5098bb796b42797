/** The option `near` of caches and functions. */
import { parseDuration, type Duration } from "../contract/duration.ts";
import { CacheError } from "../contract/errors.ts";
import { MAX_TIMER_MS } from "../platform/timer.ts";
import { checkOptions, DEFAULT_MAX_ENTRIES, durationOf, readCount, shown } from "./options.ts";

/** How a cache keeps copies of entries in the memory of the process. */
export interface NearOptions {
  /** The most entries of each function, and the most keys of `cache.get`. Default: 10,000. */
  max?: number;
  /** The most bytes of all of them, by an estimate. Default: an eighth of the limit of the heap. */
  maxBytes?: number;
  /**
   * How long an entry is kept near; a number is seconds. Needed on stores that do not report changes, where an answer may
   * be as old as this. Default: as long as the store has it.
   */
  ttl?: Duration;
  /**
   * The longest time after a change of the store during which the old value may be answered, whatever fails; a number is
   * seconds. Default: 1 s. Without failures, a change arrives within milliseconds.
   */
  lag?: Duration;
}

/** Resolved options: durations in milliseconds. */
export interface ResolvedNear {
  readonly max: number;
  readonly maxBytes: number | undefined;
  readonly ttl: number;
  readonly lag: number;
}

const DEFAULT_LAG_MS = 1000;
/** A shorter bound would make the check of the connection the main traffic. */
const MIN_LAG_MS = 50;

export const DEFAULT_NEAR: ResolvedNear = {
  max: DEFAULT_MAX_ENTRIES,
  maxBytes: undefined,
  ttl: Infinity,
  lag: DEFAULT_LAG_MS,
};

const NAMES: readonly string[] = ["max", "maxBytes", "ttl", "lag"] satisfies (keyof NearOptions)[];

/**
 * Resolves the option `near` of a cache; `undefined` if there is no near tier.
 *
 * @throws {CacheError} `option-value` or `option-unknown`.
 */
export function readNear(what: string, near: unknown): ResolvedNear | undefined {
  if (near === undefined || near === false) return undefined;
  if (near === true) return DEFAULT_NEAR;
  const ms = parseDuration(near);
  if (ms !== undefined) return { ...DEFAULT_NEAR, ttl: ms };
  if (typeof near !== "object" || near === null || Array.isArray(near)) {
    throw new CacheError(
      "option-value",
      `${what}'s \`near\` is ${shown(near)}; write true, a duration like "5s", or an object like { ttl: "5s", max: 1000 }.`,
    );
  }
  checkOptions(`${what}'s \`near\``, near, NAMES);
  const { max, maxBytes, ttl, lag } = near as NearOptions;
  const lagMs = durationOf(what, "near.lag", lag) ?? DEFAULT_LAG_MS;
  if (lagMs < MIN_LAG_MS || lagMs > MAX_TIMER_MS) {
    throw new CacheError(
      "option-value",
      `${what}'s \`near.lag\` is outside of 50 ms to 24 days; write a duration like "1s".`,
    );
  }
  return {
    max: readCount(what, "near.max", max) ?? DEFAULT_MAX_ENTRIES,
    maxBytes: readCount(what, "near.maxBytes", maxBytes),
    ttl: durationOf(what, "near.ttl", ttl) ?? Infinity,
    lag: lagMs,
  };
}
