/** Most duels at a time. */
const MOST_DUELS = 256;

/** The largest part of a tier that its window takes: without a main part there is nothing to duel with. */
const WIDEST = 0.97;

/** At the beginning. */
export const NARROW = 0.01;

/** The share's speed goes up by so much with each duel that ends as the last ones did. */
const STEP = 0.001;
/** How much of its speed the share keeps from one duel to the next. */
const MOMENTUM = 0.95;

/** Tells how often an entry was asked for. */
interface Counter {
  countOf(entry: number): number;
}

/**
 * Finds out how large a tier's window is to be. Each time that an entry leaves the window because one of the main
 * part was asked for more often, the two begin a duel: if the key that left is asked for again before the one that
 * stayed, recency was the better guide, and the window grows; else it shrinks.
 *
 * Measured against climbing by the hit ratio, as in Caffeine: that takes ten times as many calls to find its way,
 * and is led astray by noise.
 */
export class WindowTuner {
  /** The window's part of the tier. */
  share: number = NARROW;
  #speed = 0;
  readonly #hashes: Int32Array;
  /** The entries that stayed, 0 for none, and their counts at that time. */
  readonly #rivals: Int32Array;
  readonly #counts: Uint8Array;

  constructor(room: number) {
    // A key that comes back after more than the tier has room for would not have been found in any window.
    const size = Math.min(MOST_DUELS, 2 ** Math.floor(Math.log2(room)));
    this.#hashes = new Int32Array(size);
    this.#rivals = new Int32Array(size);
    this.#counts = new Uint8Array(size);
  }

  /** Notes the entry that stayed in place of a key. */
  begin(hash: number, rival: number, counter: Counter): void {
    const at = this.#placeOf(hash);
    if (at < 0) return;
    this.#end(at, false, counter);
    this.#hashes[at] = hash;
    this.#rivals[at] = rival;
    this.#counts[at] = counter.countOf(rival);
  }

  /** Hears that a key is back. */
  back(hash: number, counter: Counter): void {
    const at = this.#placeOf(hash);
    if (at >= 0 && this.#hashes[at] === hash) this.#end(at, true, counter);
  }

  /** Breaks all off: counts mean something else from now on. */
  stop(): void {
    this.#rivals.fill(0);
  }

  /** Every other key takes part, so that those who do have more time. */
  #placeOf(hash: number): number {
    return hash & 1 ? (hash >>> 8) & (this.#hashes.length - 1) : -1;
  }

  #end(at: number, isBack: boolean, counter: Counter): void {
    const rival = this.#rivals[at]!;
    if (rival === 0) return;
    this.#rivals[at] = 0;
    const wasAsked = counter.countOf(rival) > this.#counts[at]!;
    if (!wasAsked && !isBack) return;
    this.#speed = this.#speed * MOMENTUM + (wasAsked ? -1 : 1);
    this.share = Math.min(WIDEST, Math.max(0, this.share + STEP * this.#speed));
  }
}
