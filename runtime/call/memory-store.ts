import { Account, Budget } from "../memory/budget.ts";
import { Tier, type TierMaker } from "../memory/tier.ts";
import { Store } from "./store.ts";

/**
 * The part of a memory cache that cached functions use: one tier per function. Separate from the operations on string
 * keys, so that a bundle without `memory()` does not contain those.
 */
export class MemoryStore extends Store {
  readonly ttlMs: number;
  readonly remote = undefined;
  /** Default maximum of entries in a tier. */
  readonly max: number;
  readonly budget: Budget;

  constructor(ttlMs: number, max: number, maxBytes?: number) {
    super();
    this.ttlMs = ttlMs;
    this.max = max;
    this.budget = new Budget(maxBytes);
  }

  /** Makes a tier. The account holds it by a weak reference only, so that it is collected with its function. */
  tier(depth: number, max: number = this.max, make?: TierMaker): Tier {
    const tier = make ? make(depth, max) : new Tier(depth, max);
    const account = (tier.account = new Account(this.budget, tier));
    this.onCollected(tier, () => {
      account.clear();
      this.budget.accounts.delete(account);
    });
    return tier;
  }
}

// No methods, so that a bundle leaves them out.
const tiersOf = ({ budget }: MemoryStore): Tier[] =>
  [...budget.accounts].flatMap(({ tier }) => tier.deref() ?? []);

/** The number of entries in all tiers. */
export const sizeOf = (store: MemoryStore): number => tiersOf(store).reduce((sum, { size }) => sum + size, 0);

/** Removes every entry of every tier. */
export function empty(store: MemoryStore): void {
  for (const tier of tiersOf(store)) tier.clear();
}
