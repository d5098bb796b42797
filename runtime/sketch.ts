/** Cells for each entry that the tier has room for. With half of it the hit ratio on loops fell by ten points. */
const CELLS = 4;

/** Counts are halved after so many keys noted for each entry that there is room for. */
const PERIOD = 10;

/** The largest count, in the sketch as in a tier. */
export const MOST = 127;

/**
 * Remembers about how often keys were asked for that are no longer kept: a count-min sketch (Cormode and
 * Muthukrishnan, 2005) of two rows that share their cells, with counts that are halved from time to time, as in
 * TinyLFU (Einziger et al., ACM Transactions on Storage, 2017).
 */
export class Sketch {
  readonly room: number;
  readonly #cells: Uint8Array;
  #noted = 0;

  /** @param room number of entries of the tier */
  constructor(room: number) {
    this.room = room;
    this.#cells = new Uint8Array(CELLS * Math.max(room, 16));
  }

  count(hash: number): number {
    return Math.min(this.#cells[this.#first(hash)]!, this.#cells[this.#second(hash)]!);
  }

  /** Notes how often a key was asked for; true if it is time to halve. */
  note(hash: number, count: number): boolean {
    const [cells, first, second] = [this.#cells, this.#first(hash), this.#second(hash)];
    if (cells[first]! < count) cells[first] = count;
    if (cells[second]! < count) cells[second] = count;
    if (++this.#noted < PERIOD * this.room) return false;
    this.#noted = 0;
    for (let at = 0; at < cells.length; at++) cells[at]! >>= 1;
    return true;
  }

  #first(hash: number): number {
    return (((hash >>> 0) * this.#cells.length) / 2 ** 32) >>> 0;
  }

  #second(hash: number): number {
    return this.#first(Math.imul(hash, 0xc2b2ae35));
  }
}
