import type { CachedFunction } from "../call/cached-function.ts";
import { enableDebug } from "../call/log.ts";
import { enableLargeMemory } from "../memory/large.ts";
import { define } from "./link.ts";

/** See {@link define}. For platforms where memory may hold many entries, and with the environment variable `DEBUG`. */
export function defineLarge(...given: Parameters<typeof define>): CachedFunction {
  enableLargeMemory();
  enableDebug();
  return define(...given);
}
