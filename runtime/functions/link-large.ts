import type { CachedFunction } from "../call/cached-function.ts";
import { enableLargeMemory } from "../memory/large.ts";
import { define } from "./link.ts";

/** See {@link define}. For platforms where memory may hold many entries. */
export function defineLarge(...given: Parameters<typeof define>): CachedFunction {
  enableLargeMemory();
  return define(...given);
}
