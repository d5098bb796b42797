/** The upper bounds of the buckets, in seconds. A longer run is in none of them. */
export const BUCKETS: readonly number[] = [
  0.0001, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** How many durations were at most as long as each of {@link BUCKETS}, and longer than the bound before it. */
export class Histogram {
  readonly counts: number[] = BUCKETS.map(() => 0);
  count = 0;
  /** Seconds. */
  sum = 0;

  add(seconds: number): void {
    this.count++;
    this.sum += seconds;
    const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) this.counts[bucket]!++;
  }

  addAll(other: Histogram): void {
    this.count += other.count;
    this.sum += other.sum;
    for (const [bucket, count] of other.counts.entries()) this.counts[bucket]! += count;
  }
}
