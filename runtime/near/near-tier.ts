import type { Counters } from "../call/counters.ts";
import { Tier, type TierEntry } from "../memory/tier.ts";
import type { KeyPlace } from "../memory/trie.ts";

/** What the tiers of one near cache share. */
export interface NearIndex {
  /** Whether entries may be served now. */
  isAlive(): boolean;
  /** Registers an entry, so that a changed key of the store finds it. */
  add(key: string, tier: NearTier, entry: number): void;
  remove(key: string, tier: NearTier): void;
}

/**
 * The entries of one function, or of string keys, that a store outside of the process holds, too. They expire when they
 * end in the store, or by their `ttl` here.
 *
 * The inline lookups find nothing while entries may not be served. Otherwise, a hit costs what a hit in memory costs.
 */
export class NearTier extends Tier {
  /** How long entries are kept, in milliseconds. */
  readonly ttl: number;
  readonly #index: NearIndex;
  readonly #counters: Counters;
  /** The stored names of entries. */
  #keys: (string | undefined)[] = [];
  /** The stored name of the entry that `store` adds. */
  #adding = "";
  #isFinding = false;

  constructor(depth: number, max: number, ttl: number, index: NearIndex, counters: Counters) {
    super(depth, max);
    this.ttl = ttl;
    this.#index = index;
    this.#counters = counters;
  }

  override get1(a: unknown): number {
    const entry = super.get1(a);
    return entry >= 0 && (this.#index.isAlive() || this.#isFinding) ? entry : -1;
  }

  override get2(a: unknown, b: unknown): number {
    const entry = super.get2(a, b);
    return entry >= 0 && (this.#index.isAlive() || this.#isFinding) ? entry : -1;
  }

  override get3(a: unknown, b: unknown, c: unknown): number {
    const entry = super.get3(a, b, c);
    return entry >= 0 && (this.#index.isAlive() || this.#isFinding) ? entry : -1;
  }

  override get(slots: readonly unknown[]): number {
    const entry = super.get(slots);
    return entry >= 0 && (this.#index.isAlive() || this.#isFinding) ? entry : -1;
  }

  /** Finds an entry whether or not it may be served. */
  override find(place: KeyPlace): number {
    this.#isFinding = true;
    const entry = super.find(place);
    this.#isFinding = false;
    return entry;
  }

  /** Keeps an entry of the store. Returns why not, as `store` does. */
  keep(key: string, place: KeyPlace, entry: TierEntry, now: number): ReturnType<Tier["store"]> {
    this.#adding = key;
    return this.store(place, entry, now);
  }

  override serve(entry: number): this {
    this.#counters.nearHits++;
    return super.serve(entry);
  }

  protected override hold(entry: number, stored: TierEntry): void {
    super.hold(entry, stored);
    const replaced = this.#keys[entry];
    if (replaced !== undefined) this.#index.remove(replaced, this);
    this.#keys[entry] = this.#adding;
    this.#index.add(this.#adding, this, entry);
  }

  override drop(entry: number): void {
    super.drop(entry);
    this.#index.remove(this.#keys[entry]!, this);
    this.#keys[entry] = undefined;
  }

  /** Drops all entries. Unlike `clear`, keeps runs in flight: the store knows whether their results may be stored. */
  empty(): void {
    const { generation } = this;
    this.clear();
    this.generation = generation;
  }

  override clear(): void {
    super.clear();
    for (const key of this.#keys) if (key !== undefined) this.#index.remove(key, this);
    this.#keys = [];
  }
}
