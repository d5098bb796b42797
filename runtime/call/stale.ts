import { returnEntry, isThenable, settleFlight, startRun, type Call } from "./call.ts";
import { now } from "../platform/clock.ts";
import { features } from "./features.ts";
import { Flight } from "./flight.ts";
import { eventInfo } from "./store-result.ts";

/** Lets functions have the options `swr` and `sie`. */
export function enableStale(): void {
  features.stale = { answerStale, answerFailedRun };
}

function answerStale(it: Call, entry: number): unknown {
  const { cachedFn } = it;
  // Taken out before others are told, who may do anything to the entry.
  const value = returnEntry(cachedFn, entry);
  if (!cachedFn.flightAt(it.place)) refreshInBackground(it);
  cachedFn.counters.stale++;
  cachedFn.store!.events.emit("stale", () => eventInfo(it));
  return value;
}

function answerFailedRun(it: Call, error: unknown): unknown {
  const { counters, options, store, tier } = it.cachedFn;
  // Looked up again: it may have been invalidated, or replaced by a newer value, during the run.
  const kept = tier.find(it.place);
  if (kept < 0 || now() - tier.expires[kept]! >= (options.sie ?? 0)) throw error;
  const value = returnEntry(it.cachedFn, kept);
  counters.stale++;
  store!.events.emit("stale", () => ({ ...eventInfo(it), error }));
  return value;
}

/** Runs once behind the caller's back; what it throws is an event, and the old value stays. */
function refreshInBackground(it: Call): void {
  const { cachedFn, place } = it;
  const placeholder = new Flight(place, cachedFn.tier);
  cachedFn.flights.put(placeholder);
  const report = (error: unknown): void => {
    const reason = "a refresh behind a stale value failed";
    cachedFn.store!.events.emit("error", () => ({ ...eventInfo(it), error, reason }));
  };
  // A macrotask: a sync function would otherwise run before the caller gets on with the old value.
  setTimeout(() => {
    const first = cachedFn.flights.find(place) === placeholder;
    const kept = cachedFn.tier.find(place);
    if (!settleFlight(it, placeholder) || !first || (kept >= 0 && cachedFn.tier.expires[kept]! > now()))
      return;
    try {
      const result = startRun(features.signals?.withoutSignal(it) ?? it);
      if (isThenable(result)) Promise.resolve(result).catch(report);
    } catch (error) {
      report(error);
    }
  }, 0);
}
