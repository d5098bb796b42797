import type { EvictionPolicy } from "./extensions.ts";
import { FrequencySketch } from "./frequency-sketch.ts";
import { hashOfSlots } from "./hash-slot.ts";
import { copyColumn, FIRST_ENTRY, MAX_COUNT, type Tier } from "./tier.ts";
import { BY_TEXT } from "./trie.ts";
import { INITIAL_SHARE, WindowTuner } from "./window-tuner.ts";

/** The two rings. Their numbers are those of their ends, below {@link FIRST_ENTRY}. */
const WINDOW = 0;
const MAIN = 1;
/**
 * A bit next to the ring of an entry that has survived a trial of the {@link WindowTuner}. It is not set on a new entry
 * that gets the same number.
 */
const IN_TRIAL = 2;

/** Number of entries of the main part that are compared to find a victim. */
const SAMPLE_SIZE = 5;

/** Maximum number of referenced entries that one pass over the window spares. The next one is evicted in any case. */
const MAX_SPARED = 16;

/**
 * Chooses the entry to evict. Works like W-TinyLFU (Einziger, Eytan, Friedman and Manes, "Adaptive Software Cache
 * Management", Middleware 2018) with cheaper means: a hit increments one byte and moves nothing.
 *
 * New entries enter a window, which is a queue with CLOCK: entries that were accessed since the last pass stay. An
 * entry that leaves the window moves to the main part if its count is higher than the lowest count in a sample of the
 * main part; otherwise it is evicted. A {@link FrequencySketch} remembers the counts of evicted keys. A
 * {@link WindowTuner} sets the size of the window: small if keys are read once or in a loop, large if new keys are soon
 * read again.
 *
 * Measured on the traces of the benchmarks, as hit ratio: up to 46 points better than LRU and SIEVE (a loop) and up to
 * 37 points better than W-TinyLFU (bursts); at worst 1 point below LRU (bursts, until the window has found its size)
 * and 2 points below W-TinyLFU. S3-FIFO has no hits in loops.
 */
export class Policy implements EvictionPolicy {
  /** Its `counts` tell what was accessed: bit 0 since the last CLOCK pass. */
  readonly #tier: Tier;
  #next: Int32Array<ArrayBuffer> = Int32Array.of(WINDOW, MAIN);
  #previous: Int32Array<ArrayBuffer> = Int32Array.of(WINDOW, MAIN);
  #rings: Uint8Array<ArrayBuffer> = new Uint8Array(FIRST_ENTRY);
  #windowSize = 0;
  #mainSize = 0;
  /** The entry of the main part at which the next sample starts. */
  #hand = MAIN;
  /** Created at the first eviction, like the tuner. */
  #sketch: FrequencySketch | undefined = undefined;
  #tuner: WindowTuner | undefined = undefined;
  /** The victim that was chosen last, and its hash. Hashing takes as long as the rest of an eviction. */
  #victim = 0;
  #victimHash = 0;

  constructor(tier: Tier) {
    this.#tier = tier;
  }

  /** Returns the access count of an entry in a trial, or 0 if the entry was removed. */
  countOf(survivor: number): number {
    return this.#rings[survivor]! & IN_TRIAL ? this.#tier.counts[survivor]! >> 1 : 0;
  }

  /** Adds a new entry. */
  add(entry: number): void {
    if (this.#sketch) {
      const hash = this.#hashOf(entry);
      this.#tuner!.recordReturn(hash, this);
      this.#tier.counts[entry] = 2 * Math.min(MAX_COUNT, this.#sketch.frequencyOf(hash) + 1);
    }
    this.#link(entry, WINDOW);
    // Nothing has to be evicted here, so the oldest entry of the window moves on without a comparison.
    if (this.#windowSize > this.#targetWindowSize()) this.#promote(this.#next[WINDOW]!);
  }

  /** Removes an entry. */
  remove(entry: number): void {
    if (this.#sketch) {
      const hash = entry === this.#victim ? this.#victimHash : this.#hashOf(entry);
      this.#victim = 0;
      if (this.#sketch.record(hash, this.#tier.counts[entry]! >> 1)) this.#halveCounts();
    }
    this.#unlink(entry);
  }

  /** Returns the entry to evict. There is at least one entry. */
  chooseVictim(): number {
    const size = this.#windowSize + this.#mainSize;
    if (!this.#sketch || size > 4 * this.#sketch.capacity) {
      this.#sketch = new FrequencySketch(size);
      this.#tuner = new WindowTuner(size);
    }
    if (this.#mainSize > 0 && this.#windowSize < this.#targetWindowSize()) return this.#leastUsedInSample();
    const candidate = this.#oldestInWindow();
    if (this.#mainSize === 0) return candidate;
    const leastUsed = this.#leastUsedInSample();
    const count = this.#tier.counts[leastUsed]! >> 1;
    if (this.#tier.counts[candidate]! >> 1 > count) {
      this.#promote(candidate);
      return leastUsed;
    }
    // A saturated count cannot rise, so the trial would not see that the entry is accessed.
    if (count < MAX_COUNT) {
      this.#rings[leastUsed]! |= IN_TRIAL;
      this.#victimHash = this.#hashOf(candidate);
      this.#victim = candidate;
      this.#tuner!.start(this.#victimHash, leastUsed, this);
    }
    return candidate;
  }

  /** Returns a 32-bit hash of an entry's key. Not called before the first eviction. */
  #hashOf(entry: number): number {
    const known = this.#tier.hashAt?.(entry);
    if (known !== undefined) return known;
    const { a, b, more } = this.#tier.placeAt(entry);
    return hashOfSlots(typeof more === "object" ? more : more === BY_TEXT || b === undefined ? [a] : [a, b]);
  }

  #targetWindowSize(): number {
    const size = this.#windowSize + this.#mainSize;
    return Math.max(1, Math.min(size - 1, Math.round((this.#tuner?.share ?? INITIAL_SHARE) * size)));
  }

  /** CLOCK: referenced entries go back to the end of the window and are no longer referenced. */
  #oldestInWindow(): number {
    let entry = this.#next[WINDOW]!;
    for (let spared = 0; spared < MAX_SPARED && this.#tier.counts[entry]! & 1; spared++) {
      this.#tier.counts[entry]! ^= 1;
      this.#unlink(entry);
      this.#link(entry, WINDOW);
      entry = this.#next[WINDOW]!;
    }
    return entry;
  }

  /** Returns the entry with the lowest count among the next {@link SAMPLE_SIZE} of the main part. */
  #leastUsedInSample(): number {
    const { counts } = this.#tier;
    const next = this.#next;
    let hand = this.#hand;
    let leastUsed = MAIN;
    let lowest = 256;
    for (let step = 0; step < SAMPLE_SIZE; step++) {
      if (hand === MAIN) hand = next[MAIN]!;
      const count = counts[hand]! >> 1;
      if (count < lowest) {
        leastUsed = hand;
        lowest = count;
      }
      hand = next[hand]!;
    }
    this.#hand = hand;
    return leastUsed;
  }

  #promote(entry: number): void {
    this.#unlink(entry);
    this.#link(entry, MAIN);
  }

  /** Appends an entry to a ring. */
  #link(entry: number, ring: number): void {
    const last = this.#previous[ring]!;
    this.#next[last] = this.#previous[ring] = entry;
    this.#next[entry] = ring;
    this.#previous[entry] = last;
    this.#rings[entry] = ring;
    if (ring === MAIN) this.#mainSize++;
    else this.#windowSize++;
  }

  #unlink(entry: number): void {
    const [next, previous] = [this.#next[entry]!, this.#previous[entry]!];
    this.#next[previous] = next;
    this.#previous[next] = previous;
    if (this.#hand === entry) this.#hand = next;
    if (this.#rings[entry]! & MAIN) this.#mainSize--;
    else this.#windowSize--;
  }

  /** Halves all counts, so that recent accesses weigh more than old ones. */
  #halveCounts(): void {
    const { counts } = this.#tier;
    for (let at = 0; at < counts.length; at++) counts[at] = ((counts[at]! >> 1) & ~1) | (counts[at]! & 1);
    this.#tuner!.reset();
  }

  grow(capacity: number): void {
    this.#rings = copyColumn(this.#rings, new Uint8Array(capacity));
    this.#next = copyColumn(this.#next, new Int32Array(capacity));
    this.#previous = copyColumn(this.#previous, new Int32Array(capacity));
  }
}
