/** What memory gets where it may hold many entries: see `large.ts`. */
import { shared } from "../platform/shared.ts";
import type { Branch } from "./trie.ts";
import type { Tier } from "./tier.ts";

/** Chooses the entry to evict. Sees all entries of a tier that is full. */
export interface EvictionPolicy {
  add(entry: number): void;
  remove(entry: number): void;
  /** Returns the entry to evict. There is at least one entry. */
  chooseVictim(): number;
  /** Called with the new length of the columns. */
  grow(capacity: number): void;
}

/** The parts of memory that a bundle for browsers leaves out. */
export interface MemoryExtensions {
  /** Makes the policy of a tier. Otherwise the tier evicts by CLOCK. */
  policyFor: (tier: Tier) => EvictionPolicy;
  /** Splits a large map into many small ones; returns which of them has a slot. */
  split: (root: ReadonlyMap<unknown, number | Branch>) => (slot: unknown) => Branch;
  /** The most bytes that the heap may have; `undefined` if the platform does not tell. */
  heapLimit: () => number | undefined;
  /** `Math.random()`, also where Next.js reports its use. */
  random: () => number;
}

export const extensions: Partial<MemoryExtensions> = /* @__PURE__ */ shared("memory", () => ({}));
