/** Maximum number of trials at a time. */
const MAX_TRIALS = 256;

/** The largest share of the window. A trial needs an entry in the main part. */
const MAX_SHARE = 0.97;

export const INITIAL_SHARE = 0.01;

/** Change of the share per trial, at speed 1. */
const SHARE_STEP = 0.001;
/** The part of the speed that is carried over to the next trial, so that trials with the same result add up. */
const MOMENTUM = 0.95;

interface AccessCounter {
  /** The access count of the entry that survived a trial, or 0 if it was removed. */
  countOf(entry: number): number;
}

/**
 * Tunes the size of the window of a `Policy`. When an entry is evicted from the window because an entry of the
 * main part has at least its count, a trial of the two starts. If the evicted key comes back first, recency would have
 * been the better guide, and the window grows. If the entry that survived is accessed first, the window shrinks.
 *
 * Measured: hill climbing by the hit ratio, as in Caffeine, needs ten times as many calls to find the size, and noise
 * misleads it.
 */
export class WindowTuner {
  /** The part of the tier that the window should take, from 0 to 1. */
  share: number = INITIAL_SHARE;
  #speed = 0;
  readonly #hashes: Int32Array;
  /** Entries that survived, or 0 where there is no trial, and their counts at the start of the trial. */
  readonly #survivors: Int32Array;
  readonly #counts: Uint8Array;

  constructor(capacity: number) {
    // No more trials than entries: no window is large enough for a key that comes back later than that.
    const size = Math.min(MAX_TRIALS, 2 ** Math.floor(Math.log2(capacity)));
    this.#hashes = new Int32Array(size);
    this.#survivors = new Int32Array(size);
    this.#counts = new Uint8Array(size);
  }

  /** Starts the trial of an evicted key, given by its hash, and the entry that survived. */
  start(hash: number, survivor: number, counter: AccessCounter): void {
    const at = this.#indexOf(hash);
    if (at < 0) return;
    this.#end(at, false, counter);
    this.#hashes[at] = hash;
    this.#survivors[at] = survivor;
    this.#counts[at] = counter.countOf(survivor);
  }

  /** Ends the trial of an evicted key that is stored again. */
  recordReturn(hash: number, counter: AccessCounter): void {
    const at = this.#indexOf(hash);
    if (at >= 0 && this.#hashes[at] === hash) this.#end(at, true, counter);
  }

  /** Drops all trials: after counts are halved, they can no longer be compared. */
  reset(): void {
    this.#survivors.fill(0);
  }

  /** Returns -1 for half of the keys, so that the trials of the others last longer before one replaces them. */
  #indexOf(hash: number): number {
    return hash & 1 ? (hash >>> 8) & (this.#hashes.length - 1) : -1;
  }

  #end(at: number, hasReturned: boolean, counter: AccessCounter): void {
    const survivor = this.#survivors[at]!;
    if (survivor === 0) return;
    this.#survivors[at] = 0;
    const wasAccessed = counter.countOf(survivor) > this.#counts[at]!;
    if (!wasAccessed && !hasReturned) return;
    this.#speed = this.#speed * MOMENTUM + (wasAccessed ? -1 : 1);
    this.share = Math.min(MAX_SHARE, Math.max(0, this.share + SHARE_STEP * this.#speed));
  }
}
