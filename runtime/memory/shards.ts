import { bitsOf } from "./hash-slot.ts";
import type { Branch } from "./trie.ts";

/** A power of two. */
const SHARDS = 64;

/**
 * Replaces the root of a trie by many small `Map`s. The engine rehashes a whole `Map` when it grows or after many
 * deletions, which takes 0.1 s for a million keys.
 */
export function splitRoot(root: ReadonlyMap<unknown, number | Branch>): (slot: unknown) => Branch {
  const shards = Array.from({ length: SHARDS }, (): Branch => new Map());
  for (const [slot, next] of root) shards[shardOf(slot)]!.set(slot, next);
  return (slot) => shards[shardOf(slot)]!;
}

/** Must return the same shard for -0 and NaN and for the symbols that replace them: 0, as for all other types. */
function shardOf(slot: unknown): number {
  if (typeof slot === "number") return bitsOf(slot) & (SHARDS - 1);
  if (typeof slot !== "string") return 0;
  const { length } = slot;
  if (length < 3) return 0;
  const last =
    slot.charCodeAt(length - 1) + 10 * slot.charCodeAt(length - 2) + 100 * slot.charCodeAt(length - 3);
  return last & (SHARDS - 1);
}
