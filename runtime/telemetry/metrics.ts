/** The metrics of `aotcache/prometheus` and `aotcache/otel`: the same names, so that one dashboard shows both. */
import type { Series } from "./series.ts";

export interface Metric {
  /** As OpenTelemetry spells it. Prometheus has `_` for `.`, and adds `_total` to counters. */
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly unit?: "s";
  read(series: Series): number;
}

const counter = (
  name: "hits" | "misses" | "stale" | "errors" | "bypassed" | "evictions" | "sets",
  help: string,
): Metric => ({ name: `aotcache.${name}`, type: "counter", help, read: ({ counters }) => counters[name] });

const gauge = (name: string, help: string, read: (series: Series) => number, unit?: "s"): Metric => ({
  name: `aotcache.${name}`,
  type: "gauge",
  help,
  read,
  ...(unit && { unit }),
});

export const METRICS: readonly Metric[] = [
  counter("hits", "Calls that were answered from the cache."),
  {
    name: "aotcache.near_hits",
    type: "counter",
    help: "Hits that the near tier answered.",
    read: ({ counters }) => counters.nearHits,
  },
  counter("misses", "Lookups that found nothing, calls that joined a run included."),
  counter("stale", "Calls that were answered with an old value."),
  counter("sets", "Results and values that were stored."),
  counter("errors", "Runs that failed, results that could not be stored, and failures of the store."),
  counter("bypassed", "Calls that could not be cached."),
  counter("evictions", "Entries that were removed from memory because it was full."),
  gauge("entries", "Entries in memory.", ({ entries }) => entries),
  gauge("runs_in_flight", "Runs that have not ended.", ({ inFlight }) => inFlight),
  gauge("hit.seconds", "Median duration of a hit.", ({ averageHit }) => averageHit, "s"),
  gauge("key.seconds", "Part of a hit that making the key takes.", ({ averageKey }) => averageKey, "s"),
  gauge(
    "saved.seconds",
    "Time that hits spared, less what the cache cost. Negative if it is a loss.",
    ({ saved }) => saved,
    "s",
  ),
];

/** The histogram of the durations of runs. */
export const RUN_METRIC = {
  name: "aotcache.run.seconds",
  help: "Durations of the runs that succeeded.",
  unit: "s",
} as const;
