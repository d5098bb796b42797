import type { TierGate, Tier } from "./tier.ts";
import { sizeOf } from "./size.ts";
import type { KeyPlace } from "./trie.ts";

/**
 * A bound of bytes that several tiers share. What has to go to make room goes from the tier that takes most, by
 * that tier's own rule, so that a function with large results does not push out everybody else's.
 */
export class Budget {
  /** Bytes of keys and values, as {@link sizeOf} estimates them. */
  readonly max: number;
  used = 0;
  readonly #accounts = new Set<Account>();

  constructor(max: number) {
    this.max = max;
  }

  /** Makes the gate of a tier, which holds no tier that nobody else does. */
  open(tier: Tier): Account {
    const account = new Account(this, new WeakRef(tier));
    this.#accounts.add(account);
    return account;
  }

  /** Ends the account of a tier that is gone. */
  close(account: Account): void {
    account.cleared();
    this.#accounts.delete(account);
  }

  /** Evicts until there is room for so many bytes; gives back what tells of it. */
  makeRoom(bytes: number, now: number): (() => void)[] {
    const gone: (() => void)[] = [];
    while (this.used + bytes > this.max) {
      let largest: Account | undefined;
      for (const account of this.#accounts) {
        if (account.bytes > (largest?.bytes ?? 0)) largest = account;
      }
      if (!largest) break;
      const tier = largest.tier.deref();
      const place = tier?.evict(now);
      if (place) gone.push(() => tier?.onEvict?.(place));
      else this.close(largest);
    }
    return gone;
  }
}

/** What one tier takes of a budget. */
export class Account implements TierGate {
  readonly tier: WeakRef<Tier>;
  readonly #budget: Budget;
  /** By the numbers of entries. Not among the tier's columns, since most are not bounded by bytes. */
  #sizes: number[] = [];
  /** Of what was let in last. */
  #admitted = 0;
  bytes = 0;

  constructor(budget: Budget, tier: WeakRef<Tier>) {
    this.#budget = budget;
    this.tier = tier;
  }

  admit(place: KeyPlace, value: unknown, now: number): (() => void) | false {
    const bytes = entryBytes(place, value);
    if (bytes > this.#budget.max) {
      this.tier.deref()?.onEvict?.(place);
      return false;
    }
    const gone = this.#budget.makeRoom(bytes, now);
    this.#admitted = bytes;
    this.#count(bytes);
    return () => {
      for (const tell of gone) tell();
    };
  }

  kept(entry: number): void {
    this.#sizes[entry] = this.#admitted;
  }

  dropped(entry: number): void {
    this.#count(-this.#sizes[entry]!);
    // It may be on its way out already, to make room for a value of its own key.
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
  for (const slot of [a, b, ...(more ?? [])]) if (slot !== undefined) bytes += sizeOf(slot);
  return bytes;
}
