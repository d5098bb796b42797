import { memoryTime } from "../platform/clock.ts";
import { inLaterTurn } from "../platform/real-timers.ts";
import { isThenable } from "../platform/is-thenable.ts";
import { returnEntry, settleFlight, startRun, type Call } from "./slow-path.ts";
import { features } from "./features.ts";
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
  if (!cachedFn.flightAt(call.place) && !areRetriesPaused(call)) refreshInBackground(call);
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
  // In a macrotask, so that the caller continues with the stale value before a sync function runs.
  inLaterTurn(() => {
    const isCurrent = cachedFn.flights.find(place) === placeholder;
    const entry = cachedFn.tier.find(place);
    if (
      !settleFlight(call, placeholder) ||
      !isCurrent ||
      (entry >= 0 && cachedFn.tier.expires[entry]! > memoryTime())
    )
      return;
    try {
      const result = startRun(features.signals?.withoutSignal(call) ?? call);
      // Any other thenable may start its work when it is awaited, and nobody waits for it.
      if (isThenable(result) && !features.results?.check(cachedFn, result))
        Promise.resolve(result).catch(report);
    } catch (error) {
      report(error);
    }
  });
}
