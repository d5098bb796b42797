import { defaultStore } from "../call/default-store.ts";
import { empty, type MemoryStore } from "../call/memory-store.ts";
import type { Store } from "../call/store.ts";
import { configuredCaches } from "./configure.ts";
import { memories } from "./memories.ts";

/** The caches in memory: the built-in one, and those that `memory()` made. */
export const storesInMemory = (): MemoryStore[] => [defaultStore, ...memories()];

/**
 * Empties every cache in memory, and the namespace of every configured store. Results of runs in flight are not stored.
 *
 * @throws {CacheError} `clear-refused` if a configured store has no namespace or cannot list its keys; `timeout` or
 * `unavailable` if it fails, after the others were emptied; `closed` if it is closed.
 * @example
 * import { afterEach } from "node:test";
 *
 * afterEach(() => resetAll());
 */
export async function resetAll(): Promise<void> {
  for (const store of storesInMemory()) empty(store);
  const others = configuredCaches().filter((cache) => (cache as unknown as Store).remote);
  const outcomes = await Promise.allSettled(others.map(async (cache) => cache.clear()));
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}
