/** Cells for each entry, at least. With half of it the hit ratio on loops fell by ten points. */
const CELLS = 4;

/** Counts are halved after so many keys noted for each entry. */
const PERIOD = 10;

/** The largest count, here as among the entries. */
export const MAX_FREQUENCY = 127;

/**
 * Remembers about how often keys were asked for that are no longer kept: a count-min sketch (Cormode and
 * Muthukrishnan, 2005) of two rows that share their cells, with counts that are halved from time to time, as in
 * TinyLFU (Einziger et al., ACM Transactions on Storage, 2017).
 */
export class FrequencySketch {
  /** Number of entries that it was made for. */
  readonly room: number;
  readonly #cells: Uint8Array;
  #noted = 0;

  constructor(room: number) {
    this.room = room;
    this.#cells = new Uint8Array(2 ** Math.ceil(Math.log2(CELLS * Math.max(room, 16))));
  }

  count(hash: number): number {
    const cells = this.#cells;
    const mask = cells.length - 1;
    return Math.min(cells[hash & mask]!, cells[other(hash) & mask]!);
  }

  /** Notes how often a key was asked for; true if it was time to halve. */
  note(hash: number, count: number): boolean {
    const cells = this.#cells;
    const mask = cells.length - 1;
    if (cells[hash & mask]! < count) cells[hash & mask] = count;
    if (cells[other(hash) & mask]! < count) cells[other(hash) & mask] = count;
    if (++this.#noted < PERIOD * this.room) return false;
    this.#noted = 0;
    // Four at a time: for a million entries it takes a millisecond.
    const fours = new Uint32Array(cells.buffer);
    for (let at = 0; at < fours.length; at++) fours[at] = (fours[at]! >>> 1) & 0x7f7f7f7f;
    return true;
  }
}

/** The second of two places of a hash. */
const other = (hash: number): number => Math.imul(hash, 0xc2b2ae35) >>> 9;
