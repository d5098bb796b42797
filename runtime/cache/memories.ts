import type { MemoryStore } from "../call/memory-store.ts";
import { shared } from "../platform/shared.ts";

/** The caches that `memory()` made, while somebody else holds them too. */
const known = /* @__PURE__ */ shared("memories", () => new Set<WeakRef<MemoryStore>>());

const dropped =
  typeof FinalizationRegistry === "undefined"
    ? undefined
    : /* @__PURE__ */ new FinalizationRegistry((ref: WeakRef<MemoryStore>) => known.delete(ref));

/** Remembers a cache for `resetAll()`. Not on platforms without weak references. */
export function rememberMemory(store: MemoryStore): void {
  if (!dropped) return;
  const ref = new WeakRef(store);
  known.add(ref);
  dropped.register(store, ref);
}

export const memories = (): MemoryStore[] =>
  [...known].flatMap((ref) => {
    const store = ref.deref();
    return store ? [store] : [];
  });
