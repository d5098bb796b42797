/** The counters of a function or a cache, from which `stats()` is computed. */
export class Counters {
  hits = 0;
  misses = 0;
  stale = 0;
  sets = 0;
  errors = 0;
  bypassed = 0;
  evictions = 0;
  /** Runs that succeeded. */
  runs = 0;
  /** Total duration of these runs, in milliseconds. */
  runMs = 0;

  add(other: Counters): void {
    for (const name of Object.keys(other) as (keyof Omit<Counters, "add">)[]) this[name] += other[name];
  }
}
