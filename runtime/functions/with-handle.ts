import type { cached } from "./cached.ts";
import { cacheOf, type AnyFunction } from "./handle.ts";

/** Adds the handle of a cached function as its property `cache`. */
export function addHandle(fn: AnyFunction): unknown {
  if (!Object.hasOwn(fn, "cache"))
    Object.defineProperty(fn, "cache", { get: () => cacheOf(fn), configurable: true });
  return fn;
}

/** Returns what stands for `cached` in a call whose function and options the compiler has seen. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- emitted code names the type of its import
export const withHandle = <C = typeof cached>(): C =>
  ((first: unknown) => (typeof first === "function" ? addHandle(first as AnyFunction) : addHandle)) as C;
