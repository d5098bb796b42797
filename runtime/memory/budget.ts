import { sizeOf } from "./size.ts";
import type { Tier, TierGate } from "./tier.ts";
import type { KeyPlace } from "./trie.ts";
import { weakRef } from "../platform/weak-ref.ts";

/**
 * A limit in bytes that several tiers share. Entries are evicted from the tier that uses the most bytes, in the order
 * of that tier's policy, so a function with large results does not evict the results of all others.
 */
export class Budget {
  /** In bytes of keys and values, as estimated by {@link sizeOf}. */
  readonly max: number;
  used = 0;
  readonly #accounts = new Set<Account>();

  constructor(max: number) {
    this.max = max;
  }

  /** Creates the account of a tier. The budget refers to the tier weakly, so it does not keep the tier alive. */
  open(tier: Tier): Account {
    const account = new Account(this, weakRef(tier));
    this.#accounts.add(account);
    return account;
  }

  /** Removes the account of a tier that was garbage-collected or has no entries. */
  close(account: Account): void {
    account.cleared();
    this.#accounts.delete(account);
  }

  /** Evicts until `bytes` more fit. Returns callbacks that emit the evict events. */
  makeRoom(bytes: number, now: number): (() => void)[] {
    const evictions: (() => void)[] = [];
    while (this.used + bytes > this.max) {
      let largest: Account | undefined;
      for (const account of this.#accounts) {
        if (account.bytes > (largest?.bytes ?? 0)) largest = account;
      }
      if (!largest) break;
      const tier = largest.tier.deref();
      const place = tier?.evict(now);
      if (place) evictions.push(() => tier?.onEvict?.(place));
      else this.close(largest);
    }
    return evictions;
  }
}

/** The bytes that one tier uses of a budget. */
export class Account implements TierGate {
  readonly tier: Pick<WeakRef<Tier>, "deref">;
  readonly #budget: Budget;
  /** Bytes by entry number. Not a column of the tier, because most tiers have no limit in bytes. */
  #sizes: number[] = [];
  /** Bytes of the entry that was admitted last. */
  #admittedBytes = 0;
  bytes = 0;

  constructor(budget: Budget, tier: Pick<WeakRef<Tier>, "deref">) {
    this.#budget = budget;
    this.tier = tier;
  }

  admit(place: KeyPlace, value: unknown, now: number): (() => void) | false {
    const bytes = entryBytes(place, value);
    if (bytes > this.#budget.max) {
      this.tier.deref()?.onEvict?.(place);
      return false;
    }
    const evictions = this.#budget.makeRoom(bytes, now);
    this.#admittedBytes = bytes;
    this.#count(bytes);
    return () => {
      for (const emit of evictions) emit();
    };
  }

  stored(entry: number): void {
    this.#sizes[entry] = this.#admittedBytes;
  }

  dropped(entry: number): void {
    this.#count(-this.#sizes[entry]!);
    // `Tier.store` reports an entry as dropped before it admits its new value, and making room for that value may
    // evict the same entry: the second report then subtracts nothing.
    this.#sizes[entry] = 0;
  }

  cleared(): void {
    this.#sizes = [];
    this.#count(-this.bytes);
  }

  #count(bytes: number): void {
    this.bytes += bytes;
    this.#budget.used += bytes;
  }
}

function entryBytes({ a, b, more }: KeyPlace, value: unknown): number {
  let bytes = sizeOf(value);
  for (const slot of [a, b, ...(typeof more === "object" ? more : [])])
    if (slot !== undefined) bytes += sizeOf(slot);
  return bytes;
}
