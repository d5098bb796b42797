/** The caches of the process. */
import { idOf } from "../call/key-text.ts";
import { configuredCaches, nameOfCache } from "../cache/configure.ts";
import { storesInMemory } from "../cache/reset-all.ts";
import { cacheStats, totalOf } from "../call/counters.ts";
import { defaultStore } from "../call/default-store.ts";
import { sizeOf, type MemoryStore } from "../call/memory-store.ts";
import type { Store } from "../call/store.ts";
import { knownTags } from "../call/tags.ts";
import type { LoadedFunction } from "./describe.ts";
import type { CacheInfo } from "./types.ts";

const MAX_TAGS = 200;

/** Describes each cache: the configured ones, those that functions use, and those in memory. */
export function describeCaches(functions: Iterable<readonly LoadedFunction[]>): CacheInfo[] {
  const users = new Map<Store, Set<string>>();
  for (const { cachedFn } of [...functions].flat()) {
    const { store } = cachedFn;
    if (store) users.set(store, (users.get(store) ?? new Set()).add(idOf(cachedFn)));
  }
  const stores = new Set([
    ...(configuredCaches() as unknown as Store[]),
    ...users.keys(),
    ...storesInMemory().filter((store) => store !== defaultStore || sizeOf(store) > 0),
  ]);
  return [...stores].map((store) => describe(store, [...(users.get(store) ?? [])]));
}

function describe(store: Store, functions: readonly string[]): CacheInfo {
  const { remote } = store;
  const kind = remote?.name ?? "memory";
  const { breaker, near } = remote?.status() ?? {};
  const memory = "budget" in store ? (store as Store & Pick<MemoryStore, "budget">) : undefined;
  return {
    name: store === defaultStore ? "built-in" : nameOfCache(store),
    ...{ kind, breaker, near, functions },
    namespace: (store as { namespace?: string }).namespace,
    bytes: memory?.budget.used ?? near?.bytes ?? 0,
    maxBytes: memory?.budget.max,
    tags: knownTags(store).slice(0, MAX_TAGS),
    stats: { ...cacheStats(totalOf(store)), ...(memory && { entries: sizeOf(memory as MemoryStore) }) },
  };
}
