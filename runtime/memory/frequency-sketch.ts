/** Minimum number of cells per entry. With 2 cells, the hit ratio on loops fell by 10 points. */
const CELLS_PER_ENTRY = 4;

/** Counts are halved after this many records per entry. */
const RECORDS_PER_HALVING = 10;

/**
 * Estimates how often evicted keys were accessed. A count-min sketch (Cormode and Muthukrishnan, 2005) with two rows
 * that share their cells. All counts are halved periodically, as in TinyLFU (Einziger et al., ACM Transactions on
 * Storage, 2017).
 */
export class FrequencySketch {
  /** Number of entries that the sketch was created for. */
  readonly capacity: number;
  readonly #cells: Uint8Array;
  #records = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#cells = new Uint8Array(2 ** Math.ceil(Math.log2(CELLS_PER_ENTRY * Math.max(capacity, 16))));
  }

  frequencyOf(hash: number): number {
    const cells = this.#cells;
    const mask = cells.length - 1;
    return Math.min(cells[hash & mask]!, cells[secondCell(hash) & mask]!);
  }

  /** Records the access count of a key. Returns `true` if this halved all counts. */
  record(hash: number, count: number): boolean {
    const cells = this.#cells;
    const mask = cells.length - 1;
    if (cells[hash & mask]! < count) cells[hash & mask] = count;
    if (cells[secondCell(hash) & mask]! < count) cells[secondCell(hash) & mask] = count;
    if (++this.#records < RECORDS_PER_HALVING * this.capacity) return false;
    this.#records = 0;
    // Four counts at a time: halving those of a million entries takes 1 ms.
    const words = new Uint32Array(cells.buffer);
    for (let at = 0; at < words.length; at++) words[at] = (words[at]! >>> 1) & 0x7f7f7f7f;
    return true;
  }
}

/** The first cell of a hash is the hash itself. */
const secondCell = (hash: number): number => Math.imul(hash, 0xc2b2ae35) >>> 9;
