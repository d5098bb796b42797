/** What is counted; a snapshot of it is what `stats()` gives. */
export class Counters {
  hits = 0;
  misses = 0;
  stale = 0;
  sets = 0;
  errors = 0;
  bypassed = 0;
  evictions = 0;
  /** Runs that ended, and how long they took in all, in milliseconds. */
  runs = 0;
  runMs = 0;

  add(other: Counters): void {
    for (const name of Object.keys(other) as (keyof Omit<Counters, "add">)[]) this[name] += other[name];
  }
}
