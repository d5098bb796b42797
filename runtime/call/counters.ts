import type { CacheStats } from "../contract/cache.ts";
import type { CachedFunction } from "./cached-function.ts";

/** The counters of a function or a cache, from which `stats()` is computed. */
export class Counters {
  hits = 0;
  misses = 0;
  stale = 0;
  sets = 0;
  errors = 0;
  bypassed = 0;
  evictions = 0;
  /** Hits in a near tier, which are hits, too. */
  nearHits = 0;
  /** Runs that succeeded. */
  runs = 0;
  /** Total duration of these runs, in milliseconds. */
  runMs = 0;

  add(other: Counters): void {
    for (const name of Object.keys(other) as (keyof Omit<Counters, "add">)[]) this[name] += other[name];
  }
}

/** What a cache counts: its string keys, and its functions. The functions below are no methods, so that a bundle leaves them out. */
interface CountersOfStore {
  readonly counters: Counters;
  readonly functionCounters: ReadonlyMap<Counters, unknown>;
}

const allOf = ({ counters, functionCounters }: CountersOfStore): Counters[] => [
  counters,
  ...functionCounters.keys(),
];

/** Sets all counters of a store to zero. */
export function resetCounters(store: CountersOfStore): void {
  for (const counters of allOf(store)) Object.assign(counters, new Counters());
}

export function sumOf(all: Iterable<Counters>): Counters {
  const sum = new Counters();
  for (const counters of all) sum.add(counters);
  return sum;
}

/** The counts of a function since it was defined, over all caches and instances. */
export const functionTotal = ({ root }: CachedFunction): Counters =>
  sumOf([root.earlierCounters, root.counters]);

/** The counts of all functions and string keys of a store. */
export const totalOf = (store: CountersOfStore): Counters => sumOf(allOf(store));

/** Hits, stale ones included, as a fraction of all lookups; 0 before the first lookup. */
export function hitRatio({ hits, stale, misses }: Counters): number {
  const all = hits + stale + misses;
  return all === 0 ? 0 : (hits + stale) / all;
}

/** The statistics that all caches share. Not a method of `Store`, so that a bundle without a cache leaves it out. */
export function cacheStats(total: Counters): CacheStats {
  const { hits, nearHits, misses, stale, sets, errors, bypassed, evictions } = total;
  return { hits, nearHits, misses, stale, sets, errors, bypassed, evictions, hitRatio: hitRatio(total) };
}
