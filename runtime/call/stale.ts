import { returnEntry, isThenable, settleFlight, startRun, type Call } from "./call.ts";
import { now } from "../platform/clock.ts";
import { features } from "./features.ts";
import { Flight } from "./flight.ts";
import { eventInfo } from "./store-result.ts";

/** Lets functions have the options `swr` and `sie`. */
export function enableStale(): void {
  features.stale = { answerStale, answerFailedRun };
}

function answerStale(call: Call, entry: number): unknown {
  const { cachedFn } = call;
  // Taken out before others are told, who may do anything to the entry.
  const value = returnEntry(cachedFn, entry);
  if (!cachedFn.flightAt(call.place)) refreshInBackground(call);
  cachedFn.counters.stale++;
  cachedFn.store!.events.emit("stale", () => eventInfo(call));
  return value;
}

function answerFailedRun(call: Call, error: unknown): unknown {
  const { counters, options, store, tier } = call.cachedFn;
  // Looked up again: it may have been invalidated, or replaced by a newer value, during the run.
  const kept = tier.find(call.place);
  if (kept < 0 || now() - tier.expires[kept]! >= (options.sie ?? 0)) throw error;
  const value = returnEntry(call.cachedFn, kept);
  counters.stale++;
  store!.events.emit("stale", () => ({ ...eventInfo(call), error }));
  return value;
}

/** Runs once behind the caller's back; what it throws is an event, and the old value stays. */
function refreshInBackground(call: Call): void {
  const { cachedFn, place } = call;
  const placeholder = new Flight(place, cachedFn.tier);
  cachedFn.flights.put(placeholder);
  const report = (error: unknown): void => {
    const reason = "a refresh behind a stale value failed";
    cachedFn.store!.events.emit("error", () => ({ ...eventInfo(call), error, reason }));
  };
  // A macrotask: a sync function would otherwise run before the caller gets on with the old value.
  setTimeout(() => {
    const first = cachedFn.flights.find(place) === placeholder;
    const kept = cachedFn.tier.find(place);
    if (!settleFlight(call, placeholder) || !first || (kept >= 0 && cachedFn.tier.expires[kept]! > now()))
      return;
    try {
      const result = startRun(features.signals?.withoutSignal(call) ?? call);
      if (isThenable(result)) Promise.resolve(result).catch(report);
    } catch (error) {
      report(error);
    }
  }, 0);
}
