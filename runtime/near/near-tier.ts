import type { Counters } from "../call/counters.ts";
import { Tier, type TierEntry } from "../memory/tier.ts";
import type { KeyPlace } from "../memory/trie.ts";

/** Where near tiers register their entries, so that a changed key of the store finds them. */
export interface NearIndex {
  /** Until when entries may be served, in the time of memory. */
  readonly until: number;
  add(key: string, tier: NearTier, entry: number): void;
  remove(key: string, tier: NearTier): void;
}

/** The number of no entry. */
const FREE = -1;

/**
 * The entries of one function, or of string keys, that a store outside of the process holds, too.
 *
 * An entry is served until it ends in the store, and only while changes of the store are sure to arrive. Both are the
 * column `expires`, so a hit costs what a hit in memory costs: `extend` moves the column with each proof that the
 * connection is alive.
 */
export class NearTier extends Tier {
  /** How long entries are kept, in milliseconds. */
  readonly ttl: number;
  readonly #index: NearIndex;
  readonly #counters: Counters;
  /** When entries end in the store, or by their `ttl` here. */
  #ends: Float64Array = new Float64Array(0);
  /** The stored names of entries. */
  #keys: (string | undefined)[] = [];
  /** The stored name of the entry that `store` adds. */
  #adding = "";

  constructor(depth: number, max: number, ttl: number, index: NearIndex, counters: Counters) {
    super(depth, max);
    this.ttl = ttl;
    // While the store is down, entries answer until then.
    if (ttl < Infinity) this.grace = ttl;
    this.#index = index;
    this.#counters = counters;
  }

  /** Keeps an entry of the store. */
  keep(key: string, place: KeyPlace, entry: TierEntry, now: number): void {
    this.#adding = key;
    this.store(place, entry, now);
  }

  override serve(entry: number): this {
    this.#counters.nearHits++;
    return super.serve(entry);
  }

  /** When an entry ends, whether or not it may be served until then. */
  endOf(entry: number): number {
    return this.#ends[entry]!;
  }

  /** Lets entries be served until a time, or not any more if that has passed. */
  extend(until: number): void {
    const ends = this.#ends;
    for (let entry = 0; entry < ends.length; entry++) {
      const end = ends[entry]!;
      if (end !== FREE) this.expires[entry] = end < until ? end : until;
    }
  }

  protected override hold(entry: number, stored: TierEntry): void {
    super.hold(entry, stored);
    if (this.#keys[entry] !== undefined) this.#index.remove(this.#keys[entry], this);
    this.#keys[entry] = this.#adding;
    this.#index.add(this.#adding, this, entry);
  }

  override expire(entry: number, end: number): void {
    if (entry >= this.#ends.length) {
      const ends = new Float64Array(this.expires.length).fill(FREE);
      ends.set(this.#ends);
      this.#ends = ends;
    }
    this.#ends[entry] = end;
    super.expire(entry, Math.min(end, this.#index.until));
  }

  override drop(entry: number): void {
    super.drop(entry);
    this.#ends[entry] = FREE;
    this.#index.remove(this.#keys[entry]!, this);
    this.#keys[entry] = undefined;
  }

  override clear(): void {
    super.clear();
    for (const key of this.#keys) if (key !== undefined) this.#index.remove(key, this);
    this.#ends = new Float64Array(0);
    this.#keys = [];
  }
}
