import type { CacheStats } from "../contract/cache.ts";

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

/** Sets all counters of a store to zero. Not a method, so that a bundle leaves it out. */
export function resetCounters(store: {
  readonly counters: Counters;
  readonly functionCounters: Iterable<Counters>;
}): void {
  for (const counters of [store.counters, ...store.functionCounters]) Object.assign(counters, new Counters());
}

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
