import { Counters, Events } from "./events.ts";
import { Tier } from "./memory.ts";

/**
 * The part of a cache in memory that cached functions use: a tier for each, and what they share. Apart from
 * the operations on string keys, which a bundle without `memory()` does without.
 */
export class MemoryStore {
  /** Default ttl in milliseconds. */
  readonly ttlMs: number;
  /** Default bound of a tier. */
  readonly max: number;
  readonly events: Events = new Events();
  /** What its own keys count, and functions that are gone. */
  readonly counters: Counters = new Counters();
  readonly #counting = new Set<Counters>();
  readonly #tiers = new Set<WeakRef<Tier>>();
  readonly #gone = new FinalizationRegistry((clean: () => void) => clean());

  constructor(ttlMs: number, max: number) {
    this.ttlMs = ttlMs;
    this.max = max;
  }

  /** Makes a tier that lives as long as who asked for it; `empty()` and `size()` reach it until then. */
  tier(depth: number, max: number = this.max): Tier {
    const tier = new Tier(depth, max);
    const ref = new WeakRef(tier);
    this.#tiers.add(ref);
    this.#gone.register(tier, () => this.#tiers.delete(ref));
    return tier;
  }

  /** Makes the counters of one function; when it goes, what they say stays in the sum. */
  countersFor(owner: object): Counters {
    const counters = new Counters();
    this.#counting.add(counters);
    this.#gone.register(owner, () => {
      this.#counting.delete(counters);
      this.counters.add(counters);
    });
    return counters;
  }

  /** The sum of all that was counted here. */
  total(): Counters {
    const total = new Counters();
    for (const counters of [this.counters, ...this.#counting]) total.add(counters);
    return total;
  }

  /** Number of entries in all tiers. */
  size(): number {
    let size = 0;
    for (const ref of this.#tiers) size += ref.deref()?.size ?? 0;
    return size;
  }

  /** Removes every entry of every tier. */
  empty(): void {
    for (const ref of this.#tiers) ref.deref()?.clear();
  }
}
