import { extensions } from "./extensions.ts";
import { bytesOf, sizeOf } from "./size.ts";
import { copyColumn, type Tier, type TierEntry } from "./tier.ts";
import type { KeyPlace } from "./trie.ts";
import { weakRef } from "../platform/weak-ref.ts";

/** Bytes of an entry with a short key and a short value. Columns, trie and policy take most of them. */
export const ENTRY_BYTES = 128;
/** A text of at most this length is part of {@link ENTRY_BYTES}. */
const SHORT_TEXT = 32;

/** One of so many results that are objects is measured, and the first ones. Others count as the last one measured. */
const MEASURED_RESULTS = 8;
/** Results of runs that took longer are measured, too, because that takes a small part of this time. In milliseconds. */
const LONG_RUN_MS = 0.02;

/**
 * A limit in bytes that several tiers share. Entries are evicted from the tiers that use more than the average, in the
 * order of their policies, so a function with large results does not evict the results of all others.
 */
export class Budget {
  used = 0;
  readonly accounts: Set<Account> = new Set<Account>();
  #max: number | undefined;

  /** @param max bytes. Left out: an eighth of the limit of the heap, or 64 MiB if the platform does not tell that */
  constructor(max?: number) {
    this.#max = max;
  }

  /** In bytes. Found out when it is first needed, because this takes a millisecond. */
  get max(): number {
    return (this.#max ??= (extensions.heapLimit?.() ?? 2 ** 29) / 8);
  }

  /** Evicts until `bytes` more fit. Returns callbacks that emit the evict events. */
  makeRoom(bytes: number, now: number): (() => void)[] {
    const evictions: (() => void)[] = [];
    // Endless, because an account moves to the end as soon as it is below the average.
    for (const account of this.accounts) {
      while (this.used + bytes > this.max && account.bytes * this.accounts.size >= this.used) {
        const tier = account.tier.deref();
        const place = tier?.evict(now);
        // Without a tier, it was garbage-collected.
        if (place) evictions.push(() => tier!.onEvict?.(place));
        else account.clear();
      }
      if (this.used + bytes <= this.max) break;
      this.accounts.delete(account);
      this.accounts.add(account);
    }
    return evictions;
  }
}

/** The bytes that one tier uses of a budget. It refers to the tier weakly, so it does not keep the tier alive. */
export class Account {
  readonly budget: Budget;
  readonly tier: Pick<WeakRef<Tier>, "deref">;
  bytes = 0;
  /** Bytes by entry number; {@link ENTRY_BYTES} beyond its end. Many tiers have only such entries. */
  #sizes = new Float64Array();
  /** Number of results that were objects. */
  #results = 0;
  /** Bytes of the object that was measured last; of one of its items if it was a list. */
  #measured = 0;

  constructor(budget: Budget, tier: Tier) {
    this.budget = budget;
    this.tier = weakRef(tier);
    budget.accounts.add(this);
  }

  /** Estimates the bytes of an entry. */
  estimate({ a, b, more }: KeyPlace, { value, took = Infinity }: TierEntry): number {
    let bytes = ENTRY_BYTES + plainBytes(a) + plainBytes(b);
    if (typeof more === "object") for (const slot of more) bytes += plainBytes(slot);
    if (typeof value !== "object" || value === null) return bytes + plainBytes(value);
    const units = Array.isArray(value) ? value.length + 1 : 1;
    const n = this.#results++;
    if (n < MEASURED_RESULTS || n % MEASURED_RESULTS === 0 || took > LONG_RUN_MS || ArrayBuffer.isView(value))
      this.#measured = sizeOf(value) / units;
    return bytes + Math.round(this.#measured * units);
  }

  add(entry: number, bytes: number): void {
    if (bytes !== ENTRY_BYTES && entry >= this.#sizes.length)
      this.#sizes = copyColumn(this.#sizes, new Float64Array(2 * entry));
    this.#sizes[entry] = bytes;
    this.#count(bytes);
  }

  remove(entry: number): void {
    this.#count(-(this.#sizes[entry] || ENTRY_BYTES));
  }

  clear(): void {
    this.#sizes = new Float64Array();
    this.#count(-this.bytes);
  }

  #count(bytes: number): void {
    this.bytes += bytes;
    this.budget.used += bytes;
  }
}

/** The bytes of a value that is no object, unless {@link ENTRY_BYTES} contains them. */
const plainBytes = (value: unknown): number =>
  typeof value === "string" && value.length <= SHORT_TEXT ? 0 : bytesOf(value);
