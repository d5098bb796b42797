import { give, isThenable, land, start, type Call } from "./call.ts";
import { now } from "../platform/clock.ts";
import { features } from "./features.ts";
import { Flight } from "./flight.ts";
import { about } from "./store-result.ts";

/** Lets functions have the options `swr` and `sie`. */
export function stale(): void {
  features.stale = { answer, standIn };
}

function answer(it: Call, entry: number): unknown {
  const { site } = it;
  // Taken out before others are told, who may do anything to the entry.
  const value = give(site, entry);
  if (!site.flightAt(it.place)) refreshBehind(it);
  site.counters.stale++;
  site.store!.events.emit("stale", () => about(it));
  return value;
}

function standIn(it: Call, error: unknown): unknown {
  const { counters, options, store, tier } = it.site;
  // Looked up again: it may have been invalidated, or replaced by a newer value, during the run.
  const kept = tier.find(it.place);
  if (kept < 0 || now() - tier.expires[kept]! >= (options.sie ?? 0)) throw error;
  const value = give(it.site, kept);
  counters.stale++;
  store!.events.emit("stale", () => ({ ...about(it), error }));
  return value;
}

/** Runs once behind the caller's back; what it throws is an event, and the old value stays. */
function refreshBehind(it: Call): void {
  const { site, place } = it;
  const placeholder = new Flight(place, site.tier);
  site.flights.put(placeholder);
  const report = (error: unknown): void => {
    const reason = "a refresh behind a stale value failed";
    site.store!.events.emit("error", () => ({ ...about(it), error, reason }));
  };
  // A macrotask: a sync function would otherwise run before the caller gets on with the old value.
  setTimeout(() => {
    const first = site.flights.find(place) === placeholder;
    const kept = site.tier.find(place);
    if (!land(it, placeholder) || !first || (kept >= 0 && site.tier.expires[kept]! > now())) return;
    try {
      const result = start(features.signals?.unaborted(it) ?? it);
      if (isThenable(result)) Promise.resolve(result).catch(report);
    } catch (error) {
      report(error);
    }
  }, 0);
}
