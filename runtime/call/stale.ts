import type { RunOptions } from "../contract/spec.ts";
import { memoryTime } from "../platform/clock.ts";
import { inLaterTurn } from "../platform/real-timers.ts";
import { isThenable } from "../platform/is-thenable.ts";
import type { CachedFunction } from "./cached-function.ts";
import { returnEntry, settleFlight, startRun, type Call } from "./slow-path.ts";
import { features } from "./features.ts";
import { isLost, replaceLost } from "./refresh.ts";
import { Flight } from "./flight.ts";
import { areRetriesPaused, pauseRetries } from "./retry.ts";
import { emitCall } from "./store-result.ts";

/** Enables the options `swr`, `sie` and `refresh`. */
export function enableStale(): void {
  features.stale = { prepare, answerStale, answerFailedRun, areRetriesPaused };
}

/** Refresh-ahead is a shorter `ttl` and a longer `swr`: only how calls in between are counted differs. */
function prepare({ options, tier }: CachedFunction): void {
  const { ttl, refresh } = options;
  if (refresh !== undefined && typeof ttl === "number") {
    const ahead = ttl * (1 - refresh);
    options.ahead = ahead;
    options.ttl = ttl - ahead;
    options.swr = (options.swr ?? 0) + ahead;
    if (options.sie !== undefined) options.sie += ahead;
    delete options.refresh;
  }
  tier.grace = Math.max(options.swr ?? 0, options.sie ?? 0);
}

function answerStale(call: Call, entry: number): unknown {
  const { cachedFn } = call;
  const age = memoryTime() - cachedFn.tier.expires[entry]!;
  // Read before the event is emitted: a listener may change or remove the entry.
  const value = returnEntry(cachedFn, entry);
  const flight = cachedFn.flightAt(call.place);
  if ((!flight || isLost(flight)) && !areRetriesPaused(call)) refreshInBackground(call, flight);
  countExpired(call, age);
  return value;
}

/** What an entry is that expired `age` milliseconds ago: fresh also if only `refresh` made it expire. */
export function stateAt(
  { swr = 0, sie = 0, ahead = 0 }: RunOptions,
  age: number,
): "fresh" | "stale" | "absent" {
  if (age < ahead) return "fresh";
  return age < Math.max(swr, sie) ? "stale" : "absent";
}

/** Counts an answer from such an entry. */
export function countExpired(call: Call, age: number): void {
  const { counters, options } = call.cachedFn;
  const isFresh = stateAt(options, age) === "fresh";
  if (isFresh) counters.hits++;
  else counters.stale++;
  emitCall(isFresh ? "hit" : "stale", call);
}

function answerFailedRun(call: Call, error: unknown): unknown {
  const { counters, options, tier } = call.cachedFn;
  // Looked up again: the entry may have been invalidated or replaced during the run.
  const entry = tier.find(call.place);
  if (entry < 0 || memoryTime() - tier.expires[entry]! >= (options.sie ?? 0)) throw error;
  pauseRetries(call);
  const value = returnEntry(call.cachedFn, entry);
  counters.stale++;
  emitCall("stale", call, { error });
  return value;
}

/** Runs the function once in the background. An error becomes an event, and the stale value stays. */
function refreshInBackground(call: Call, lost: Flight | undefined): void {
  const { cachedFn, place } = call;
  const placeholder = new Flight(place, cachedFn.tier);
  if (lost) replaceLost(lost, placeholder);
  cachedFn.flights.put(placeholder);
  const report = (error: unknown): void => {
    pauseRetries(call);
    emitCall("error", call, { error, reason: "the refresh of a stale value failed" });
  };
  const work = new Promise<void>((resolve) => {
    // In a macrotask, so that the caller continues with the stale value before a sync function runs.
    inLaterTurn(() => resolve(refresh(call, placeholder)));
  });
  // At once: a platform may forget the timer as soon as the caller has its answer.
  const settled = work.catch(report);
  features.runInBackground?.(settled);
}

/** Runs the function, unless the refresh is no longer needed. */
async function refresh(call: Call, placeholder: Flight): Promise<void> {
  const { cachedFn, place } = call;
  const isCurrent = cachedFn.flights.find(place) === placeholder;
  const entry = cachedFn.tier.find(place);
  const isFresh = entry >= 0 && cachedFn.tier.expires[entry]! > memoryTime();
  if (!settleFlight(call, placeholder) || !isCurrent || isFresh) return;
  const run = features.signals?.withoutSignal(call) ?? call;
  run.background = "refresh";
  const result = startRun(run);
  const flight = cachedFn.flightAt(place);
  if (flight) flight.maxMs = placeholder.maxMs;
  // Any other thenable may start its work when it is awaited, and nobody waits for it.
  if (isThenable(result) && !features.results?.check(cachedFn, result)) await result;
}
