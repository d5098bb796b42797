import { memoryTime } from "../platform/clock.ts";
import { inLaterTurn } from "../platform/real-timers.ts";
import { isThenable } from "../platform/is-thenable.ts";
import { returnEntry, settleFlight, startRun, type Call } from "./slow-path.ts";
import { features } from "./features.ts";
import { isLost } from "./refresh.ts";
import { Flight } from "./flight.ts";
import { areRetriesPaused, pauseRetries } from "./retry.ts";
import { eventInfo } from "./store-result.ts";

/** Enables the options `swr` and `sie`. */
export function enableStale(): void {
  features.stale = { answerStale, answerFailedRun, areRetriesPaused };
}

function answerStale(call: Call, entry: number): unknown {
  const { cachedFn } = call;
  // Read before the event is emitted: a listener may change or remove the entry.
  const value = returnEntry(cachedFn, entry);
  const flight = cachedFn.flightAt(call.place);
  const isLostRefresh = flight !== undefined && isLost(flight);
  if (isLostRefresh) flight.dropped = true;
  if ((!flight || isLostRefresh) && !areRetriesPaused(call)) refreshInBackground(call);
  cachedFn.counters.stale++;
  cachedFn.store!.events.emit("stale", () => eventInfo(call));
  return value;
}

function answerFailedRun(call: Call, error: unknown): unknown {
  const { counters, options, store, tier } = call.cachedFn;
  // Looked up again: the entry may have been invalidated or replaced during the run.
  const entry = tier.find(call.place);
  if (entry < 0 || memoryTime() - tier.expires[entry]! >= (options.sie ?? 0)) throw error;
  pauseRetries(call);
  const value = returnEntry(call.cachedFn, entry);
  counters.stale++;
  store!.events.emit("stale", () => ({ ...eventInfo(call), error }));
  return value;
}

/** Runs the function once in the background. An error becomes an event, and the stale value stays. */
function refreshInBackground(call: Call): void {
  const { cachedFn, place } = call;
  const placeholder = new Flight(place, cachedFn.tier);
  cachedFn.flights.put(placeholder);
  const report = (error: unknown): void => {
    pauseRetries(call);
    const reason = "the refresh of a stale value failed";
    cachedFn.store!.events.emit("error", () => ({ ...eventInfo(call), error, reason }));
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
  const result = startRun(features.signals?.withoutSignal(call) ?? call);
  // Any other thenable may start its work when it is awaited, and nobody waits for it.
  if (isThenable(result) && !features.results?.check(cachedFn, result)) await result;
}
