import { Tier } from "../memory/tier.ts";
import { Store } from "./store.ts";
import { weakRef } from "../platform/weak-ref.ts";

/**
 * The part of a memory cache that cached functions use: one tier per function. Separate from the operations on string
 * keys, so that a bundle without `memory()` does not contain those.
 */
export class MemoryStore extends Store {
  readonly ttlMs: number;
  readonly remote = undefined;
  /** Default maximum of entries in a tier. */
  readonly max: number;
  readonly #tiers = new Set<Pick<WeakRef<Tier>, "deref">>();

  constructor(ttlMs: number, max: number) {
    super();
    this.ttlMs = ttlMs;
    this.max = max;
  }

  /** Makes a tier. The store holds it by a weak reference only, so that it is collected with its function. */
  tier(depth: number, max: number = this.max): Tier {
    const tier = new Tier(depth, max);
    const ref = weakRef(tier);
    this.#tiers.add(ref);
    this.onCollected(tier, () => this.#tiers.delete(ref));
    return tier;
  }

  /** The number of entries in all tiers. */
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
