import { FIRST, longer, Policy } from "./policy.ts";
import { column, Trie, type KeyPlace } from "./trie.ts";

/** What a cache has a say in when a tier keeps something: a bound of bytes, or that it is closed. */
export interface TierGate {
  /**
   * Makes room for an entry that comes in next, and gives back what tells of those that had to go for it; false
   * if it is not to be kept.
   */
  admit(place: KeyPlace, value: unknown, now: number): (() => void) | false;
  /** What was let in is kept under this number. */
  kept(entry: number): void;
  /** An entry is out. */
  dropped(entry: number): void;
  /** All are out. */
  cleared(): void;
}

/** Columns are as long as two entries at first; they grow fourfold up to so many, and are doubled beyond. */
const FAST_GROWTH_ENTRIES = 1000;

/** So many entries are looked at for one that has expired when one has to go. */
const EXPIRY_SCAN_ENTRIES = 16;

/** What a tier is asked to keep. */
export interface TierEntry {
  readonly value: unknown;
  /** When it stops being fresh, in milliseconds of the clock; `Infinity` for never. */
  readonly expires: number;
  /** The function gave a promise of the value, so a hit has to give one too. */
  readonly promised: boolean;
}

/**
 * The entries of one function (or of a cache's own keys) in memory: found by slots, bounded by count.
 *
 * An entry is a number, under which what belongs to it stands in columns. The number is good until anything else is
 * done with the tier: another entry may have it then. What has expired goes first, as soon as something has to;
 * else {@link Policy} chooses.
 *
 * Measured: an object for each entry took 182 bytes with its key of 20 characters, columns take 105, and 4 to 8 more once
 * something had to go; lru-cache takes 114.
 */
export class Tier extends Trie {
  readonly max: number;
  /** Goes up when everything is dropped at once. */
  generation = 0;
  /** Called with what had to go to make room. */
  onEvict: ((place: KeyPlace) => void) | undefined = undefined;
  gate: TierGate | undefined = undefined;
  /** An expired entry may still stand in for so long, in milliseconds. */
  grace = 0;
  values: unknown[] = column();
  expires: Float64Array = new Float64Array(FIRST);
  promised: Uint8Array = new Uint8Array(FIRST);
  /** The entry that a hit gives: the tier stands for it until the next one, so that a hit makes no object. */
  at = 0;
  #policy = this.#newPolicy();
  /** Numbers that were given out, and the first of them that is free again; `values` tells the next. */
  #used = FIRST;
  #free = 0;
  /** Nothing expires before. */
  #soonest = Infinity;
  /** Where the search for what has expired goes on, and the soonest expiry that it has seen. */
  #broom = FIRST;
  #seen = Infinity;

  constructor(depth: number, max: number) {
    super(depth);
    this.max = max;
  }

  /** Makes the tier stand for an entry that was hit. */
  serve(entry: number): this {
    this.#policy.touch(entry);
    this.at = entry;
    return this;
  }

  get value(): unknown {
    return this.values[this.at];
  }

  /** For functions that give a promise without being `async`. */
  promise(): Promise<unknown> {
    return Promise.resolve(this.values[this.at]);
  }

  /** For functions of which only a run tells whether they give a promise. */
  result(): unknown {
    const value = this.values[this.at];
    return this.promised[this.at] ? Promise.resolve(value) : value;
  }

  /** Keeps a value in place of what had its key; evicts an entry if there is no room. */
  store(place: KeyPlace, kept: TierEntry, now: number): void {
    let entry = this.find(place);
    let tell: (() => void) | false | undefined;
    if (this.gate) {
      if (entry >= 0) this.gate.dropped(entry);
      tell = this.gate.admit(place, kept.value, now);
      // Looked up again: it may have gone to make room.
      entry = this.find(place);
      if (tell === false) {
        if (entry >= 0) this.#out(entry);
        return;
      }
    }
    let evicted: KeyPlace | undefined;
    if (entry < 0) {
      if (this.size >= this.max) evicted = this.evict(now);
      entry = this.#seat();
      this.put(place, entry);
      this.#policy.enter(entry);
    }
    this.values[entry] = kept.value;
    this.promised[entry] = kept.promised ? 1 : 0;
    this.expire(entry, kept.expires);
    this.gate?.kept(entry);
    // Last, since who is told may call the function again and keep something here, too.
    if (evicted) this.onEvict?.(evicted);
    if (tell) tell();
  }

  /** Gives an entry another expiry. */
  expire(entry: number, expires: number): void {
    this.expires[entry] = expires;
    if (expires < this.#soonest) this.#soonest = expires;
    if (expires < this.#seen) this.#seen = expires;
  }

  /** Takes an entry out. */
  drop(entry: number): void {
    this.gate?.dropped(entry);
    this.#out(entry);
  }

  override clear(): void {
    super.clear();
    this.gate?.cleared();
    this.generation++;
    this.values = column();
    this.expires = new Float64Array(FIRST);
    this.promised = new Uint8Array(FIRST);
    this.#policy = this.#newPolicy();
    this.#used = this.#broom = FIRST;
    this.#free = 0;
    this.#soonest = this.#seen = Infinity;
  }

  /** Takes out what is to go first; `undefined` if there is nothing. Tells nobody. */
  evict(now: number): KeyPlace | undefined {
    if (this.size === 0) return undefined;
    const entry = this.#expired(now) ?? this.#policy.pick();
    const place = this.placeAt(entry);
    this.drop(entry);
    return place;
  }

  /** A number for a new entry. */
  #seat(): number {
    const entry = this.#free;
    if (entry > 0) {
      this.#free = this.values[entry] as number;
      return entry;
    }
    const { length } = this.expires;
    if (this.#used === length) {
      const capacity = length < FAST_GROWTH_ENTRIES ? 4 * length : 2 * length;
      this.grow(Math.min(capacity, this.max + FIRST));
    }
    return this.#used++;
  }

  protected override grow(capacity: number): void {
    super.grow(capacity);
    this.values.length = capacity;
    this.expires = longer(this.expires, new Float64Array(capacity));
    this.promised = longer(this.promised, new Uint8Array(capacity));
    this.#policy.grow(capacity);
  }

  #out(entry: number): void {
    this.#policy.leave(entry);
    this.remove(entry);
    // Else the value would live as long as nobody needs its number.
    this.values[entry] = this.#free;
    this.expires[entry] = Infinity;
    this.#free = entry;
  }

  #newPolicy(): Policy {
    return new Policy((entry) => this.hashAt(entry));
  }

  /** Something that has expired, if there is any among the next few. */
  #expired(now: number): number | undefined {
    const dead = now - this.grace;
    if (this.#soonest > dead) return undefined;
    for (let step = 0; step < EXPIRY_SCAN_ENTRIES; step++) {
      if (this.#broom >= this.#used) {
        // Once around: what was seen is the soonest.
        this.#broom = FIRST;
        this.#soonest = this.#seen;
        this.#seen = Infinity;
        if (this.#soonest > dead) return undefined;
      }
      const entry = this.#broom++;
      const expires = this.expires[entry]!;
      if (expires <= dead) return entry;
      if (expires < this.#seen) this.#seen = expires;
    }
    return undefined;
  }
}
