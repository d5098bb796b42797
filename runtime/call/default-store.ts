import { shared } from "../platform/shared.ts";
import { MemoryStore } from "./memory-store.ts";

/** Stores the results of functions while no cache is configured. */
export const defaultStore: MemoryStore = /* @__PURE__ */ shared(
  "defaultStore",
  () => new MemoryStore(Infinity, 10_000),
);
