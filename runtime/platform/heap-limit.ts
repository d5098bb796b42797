import { builtinModule } from "./builtin-module.ts";

/** The used part of `node:v8`. */
interface V8 {
  getHeapStatistics(): { readonly heap_size_limit: number };
}

/**
 * Returns the most bytes that the heap of this thread may have, `undefined` if the platform does not tell. Node.js, Deno
 * and Bun do; a browser does not.
 */
export function heapLimit(): number | undefined {
  try {
    return (builtinModule("node:v8") as V8 | undefined)?.getHeapStatistics().heap_size_limit || undefined;
  } catch {
    return undefined;
  }
}
