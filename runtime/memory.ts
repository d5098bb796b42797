import { Place, Trie } from "./trie.ts";

/** One kept value. Fields stand in one object, since a million of them are a million of everything here. */
export class Entry extends Place {
  value: unknown;
  /** When it stops being fresh, in milliseconds of the clock; `Infinity` for never. */
  expires: number;
  /** The function gave a promise of the value, so a hit has to give one too. */
  readonly promised: boolean;
  /** SIEVE's bit: it was hit since the hand last passed. */
  visited = false;
  newer: Entry | undefined = undefined;
  older: Entry | undefined = undefined;

  constructor(place: Place, value: unknown, expires: number, promised: boolean) {
    super(place.a, place.b, place.more);
    this.value = value;
    this.expires = expires;
    this.promised = promised;
  }

  /** For functions that give a promise without being `async`. */
  promise(): Promise<unknown> {
    return Promise.resolve(this.value);
  }

  /** For functions of which only a run tells whether they give a promise. */
  give(): unknown {
    return this.promised ? Promise.resolve(this.value) : this.value;
  }
}

/** What a cache has a say in when a tier keeps something: a bound of bytes, or that it is closed. */
export interface Gate {
  /**
   * Makes room for an entry that comes in next, and gives back what tells of those that had to go for it; false
   * if it is not to be kept.
   */
  admit(entry: Entry, now: number): (() => void) | false;
  /** An entry is out. */
  dropped(entry: Entry): void;
  /** All are out. */
  cleared(): void;
}

/**
 * The entries of one function (or of a cache's own keys) in memory: found by slots, bounded by count.
 *
 * Evicts by SIEVE (Zhang et al., NSDI 2024): new entries enter at the head; a hand walks from the oldest to the
 * newest, spares what was hit since it last passed and takes the first that was not. A hit sets one bit
 * and moves nothing.
 */
export class Tier extends Trie<Entry> {
  readonly max: number;
  /** Goes up when everything is dropped at once. */
  generation = 0;
  /** Called with what had to go to make room. */
  onEvict: ((entry: Entry) => void) | undefined = undefined;
  gate: Gate | undefined = undefined;
  #newest: Entry | undefined = undefined;
  #oldest: Entry | undefined = undefined;
  #hand: Entry | undefined = undefined;

  constructor(depth: number, max: number) {
    super(depth);
    this.max = max;
  }

  /** Keeps an entry in place of what had its key; evicts one if there is no room. */
  keep(entry: Entry, now: number): void {
    const old = this.find(entry);
    if (old) this.drop(old);
    const tell = this.gate?.admit(entry, now);
    if (tell === false) return;
    const evicted = this.size >= this.max ? this.evict(now) : undefined;
    this.put(entry);
    entry.older = this.#newest;
    if (this.#newest) this.#newest.newer = entry;
    else this.#oldest = entry;
    this.#newest = entry;
    // Last, since who is told may call the function again and keep something here, too.
    if (evicted) this.onEvict?.(evicted);
    tell?.();
  }

  /** Takes an entry out; true if it was there. */
  drop(entry: Entry): boolean {
    if (this.find(entry) !== entry) return false;
    this.remove(entry);
    this.gate?.dropped(entry);
    if (this.#hand === entry) this.#hand = entry.newer;
    if (entry.newer) entry.newer.older = entry.older;
    else this.#newest = entry.older;
    if (entry.older) entry.older.newer = entry.newer;
    else this.#oldest = entry.newer;
    entry.newer = entry.older = undefined;
    return true;
  }

  override clear(): void {
    super.clear();
    this.gate?.cleared();
    this.generation++;
    this.#newest = this.#oldest = this.#hand = undefined;
  }

  /** Takes out what is to go first; `undefined` if there is nothing. Tells nobody. */
  evict(now: number): Entry | undefined {
    let entry = this.#hand ?? this.#oldest;
    if (!entry) return undefined;
    while (entry.visited && entry.expires > now) {
      entry.visited = false;
      entry = entry.newer ?? this.#oldest!;
    }
    this.#hand = entry.newer;
    this.drop(entry);
    return entry;
  }
}
