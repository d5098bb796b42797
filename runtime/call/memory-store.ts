import { Tier } from "../memory/tier.ts";
import { Store } from "./store.ts";

/**
 * The part of a cache in memory that cached functions use: a tier for each, and what they share. Apart from
 * the operations on string keys, which a bundle without `memory()` does without.
 */
export class MemoryStore extends Store {
  readonly ttlMs: number;
  readonly remote = undefined;
  /** Default bound of a tier. */
  readonly max: number;
  readonly #tiers = new Set<WeakRef<Tier>>();

  constructor(ttlMs: number, max: number) {
    super();
    this.ttlMs = ttlMs;
    this.max = max;
  }

  /** `empty()` and `size()` reach it as long as it lives. */
  tier(depth: number, max: number = this.max): Tier {
    const tier = new Tier(depth, max);
    const ref = new WeakRef(tier);
    this.#tiers.add(ref);
    this.onCollected(tier, () => this.#tiers.delete(ref));
    return tier;
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
