import { heapLimit } from "../platform/heap-limit.ts";
import { random } from "../platform/random.ts";
import { Policy } from "./eviction-policy.ts";
import { extensions } from "./extensions.ts";
import { splitRoot } from "./shards.ts";

/**
 * Lets memory hold many entries: with a policy that learns which of them to evict, without pauses when it grows, and
 * limited by the heap. Bundles for browsers leave this out, unless they make a cache with `memory()`.
 */
export function enableLargeMemory(): void {
  extensions.policyFor ??= (tier) => new Policy(tier);
  extensions.split ??= splitRoot;
  extensions.heapLimit ??= heapLimit;
  extensions.random ??= random;
}
