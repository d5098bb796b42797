/** What Prometheus and OpenTelemetry show of the process: one series for each function and cache. */
import { configuredCaches, nameOfCache, nameOfCacheFor } from "../cache/configure.ts";
import { storesInMemory } from "../cache/reset-all.ts";
import type { CachedFunction } from "../call/cached-function.ts";
import { Counters, functionTotal } from "../call/counters.ts";
import { Histogram } from "../call/histogram.ts";
import { sizeOf, type MemoryStore } from "../call/memory-store.ts";
import { balanceOf, histogramOf } from "../call/meter.ts";
import type { Store } from "../call/store.ts";
import { cachedFunctionOf } from "../functions/link.ts";
import { rememberedFunctions } from "../functions/registry.ts";
import { shared } from "../platform/shared.ts";

/** The most names of functions that have series of their own. A program may make functions at run time, without end. */
const MAX_FUNCTIONS = 1000;

/** Stands for the functions beyond {@link MAX_FUNCTIONS}. */
export const OTHERS = "(others)";

export interface Labels {
  /** The name of the function; empty for the keys of a cache's own. */
  readonly function: string;
  /** That of the function, or of the cache. */
  readonly namespace: string;
  /** The alias of the cache in `configure({ backends })`, or the kind of its store. */
  readonly cache: string;
}

/** The figures of one function on one cache. Several functions with one name are added up. */
export class Series {
  readonly labels: Labels;
  readonly counters: Counters = new Counters();
  readonly runs: Histogram = new Histogram();
  entries = 0;
  inFlight = 0;
  /** In seconds: those of `stats()`. */
  saved = 0;
  averageHit = 0;
  averageKey = 0;

  constructor(labels: Labels) {
    this.labels = labels;
  }
}

/** The counts of one function on one cache, while the function exists. */
interface Counted {
  readonly store: Store;
  readonly labels: Labels;
}

/** What has to be remembered between two readings, so that no counter ever goes back. */
interface Memory {
  /** The names of functions with series of their own. */
  readonly names: Set<string>;
  readonly counted: Map<Counters, Counted>;
  /** The counts of functions that are gone, which the store has added to those of its own keys. */
  readonly gone: WeakMap<Store, Counters>;
  /** Such counts, by their labels. */
  readonly ended: Map<string, Series>;
}

const memory = /* @__PURE__ */ shared("series", (): Memory => ({
  names: new Set(),
  counted: new Map(),
  gone: new WeakMap(),
  ended: new Map(),
}));

/** Reads all counters of the process. */
export function readSeries(): Series[] {
  const all = new Map<string, Series>();
  const functions = rememberedFunctions().flatMap((fn) => cachedFunctionOf(fn)?.root ?? []);
  for (const store of storesOf(functions)) readCounters(store, all);
  forgetGone();
  for (const { labels, counters, runs } of memory.ended.values()) {
    const series = seriesAt(all, labels);
    series.counters.add(counters);
    series.runs.addAll(runs);
  }
  const entries = new Map<Store, number>();
  for (const cachedFn of new Set(functions)) readFunction(cachedFn, all, entries);
  for (const store of storesOf(functions)) readOwn(store, all, entries.get(store) ?? 0);
  return [...all.values()];
}

const storesOf = (functions: readonly CachedFunction[]): Set<Store> =>
  new Set([
    ...storesInMemory(),
    ...(configuredCaches() as unknown as Store[]),
    ...functions.flatMap(({ store }) => store ?? []),
  ]);

function seriesAt(all: Map<string, Series>, labels: Labels): Series {
  const key = JSON.stringify(Object.values(labels));
  let series = all.get(key);
  if (!series) all.set(key, (series = new Series(labels)));
  return series;
}

function labelsOf([namespace, name]: readonly string[], cache: string): Labels {
  const id = `${namespace!}:${name!}`;
  if (!memory.names.has(id) && memory.names.size >= MAX_FUNCTIONS)
    return { function: OTHERS, namespace: "", cache };
  memory.names.add(id);
  return { function: name!, namespace: namespace!, cache };
}

/** The labels of the runs of a function. */
export const labelsFor = (cachedFn: CachedFunction): Labels =>
  labelsOf(cachedFn.spec.id, nameOfCacheFor(cachedFn));

function readCounters(store: Store, all: Map<string, Series>): void {
  const cache = nameOfCache(store);
  for (const [counters, id] of store.functionCounters) {
    const labels = labelsOf(id, cache);
    memory.counted.set(counters, { store, labels });
    addCounts(seriesAt(all, labels), counters);
  }
}

function addCounts(series: Series, counters: Counters): void {
  series.counters.add(counters);
  const runs = histogramOf(counters);
  if (runs) series.runs.addAll(runs);
}

/** Moves the counts of functions that are gone to those that have ended. */
function forgetGone(): void {
  for (const [counters, { store, labels }] of memory.counted) {
    if (store.functionCounters.has(counters)) continue;
    memory.counted.delete(counters);
    addCounts(seriesAt(memory.ended, labels), counters);
    const gone = memory.gone.get(store) ?? new Counters();
    gone.add(counters);
    memory.gone.set(store, gone);
  }
}

function readFunction(cachedFn: CachedFunction, all: Map<string, Series>, entries: Map<Store, number>): void {
  const { store, tier, flights } = cachedFn;
  const series = seriesAt(all, labelsFor(cachedFn));
  if (!store) return;
  const { hit, key, saved } = balanceOf(cachedFn, functionTotal(cachedFn));
  series.entries += tier.size;
  series.inFlight += flights.size;
  series.saved += saved / 1000;
  series.averageHit = hit / 1000;
  series.averageKey = key / 1000;
  entries.set(store, (entries.get(store) ?? 0) + tier.size);
}

/** Reads the keys of a cache's own, and the functions that were gone before their counters were read. */
function readOwn(store: Store, all: Map<string, Series>, ofFunctions: number): void {
  const { namespace = "" } = store as { namespace?: string };
  const series = seriesAt(all, { function: "", namespace, cache: nameOfCache(store) });
  series.counters.add(store.counters);
  const gone = memory.gone.get(store);
  for (const name of Object.keys(gone ?? {}) as (keyof Omit<Counters, "add">)[])
    series.counters[name] -= gone![name];
  if ("budget" in store) series.entries += sizeOf(store as MemoryStore) - ofFunctions;
}
