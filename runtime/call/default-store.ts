import { MemoryStore } from "./memory-store.ts";
import type { Store } from "./store.ts";

/** Where functions keep their results while nothing is configured. */
export const defaultStore: Store = /* @__PURE__ */ new MemoryStore(Infinity, 10_000);
