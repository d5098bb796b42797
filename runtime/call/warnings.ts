import { warn } from "../platform/environment.ts";
import type { CachedFunction } from "./cached-function.ts";
import { functionTotal } from "./counters.ts";
import { features } from "./features.ts";
import { nameWithPlace } from "./name-with-place.ts";
import { enableRefusals } from "./refuse.ts";

/** Writes the warnings that compiled functions give. A bundle for production does not contain them. */
export function enableWarnings(): void {
  enableRefusals();
  features.warnings = { uncached, unstored, excluded };
}

/** Writes a warning about a function, once for each subject. */
export function warnOnce(cachedFn: CachedFunction, subject: string, message: (name: string) => string): void {
  const { root } = cachedFn;
  if (root.warned.includes(subject)) return;
  root.warned += subject;
  warn(message(nameWithPlace(cachedFn)));
}

function uncached(cachedFn: CachedFunction, reason: string): void {
  warnOnce(cachedFn, "uncached ", (name) => `a call of ${name} is not cached: ${reason}.`);
}

function unstored(cachedFn: CachedFunction, reason: string, subject = "unstored "): void {
  warnOnce(cachedFn, subject, (name) => `a result of ${name} is not stored: ${reason}`);
}

/** Runs of a function without a stored result before it is named. */
const MIN_RUNS = 20;

function excluded(cachedFn: CachedFunction, option: "skip" | "ttl"): void {
  const { sets, runs } = functionTotal(cachedFn);
  if (sets > 0 || runs < MIN_RUNS) return;
  const how = option === "ttl" ? "is 0 for" : "excludes";
  const message = (name: string): string =>
    `none of the first ${runs} results of ${name} was stored: \`${option}\` ${how} each of them; change it, or remove the mark.`;
  warnOnce(cachedFn, "excluded ", message);
}
