import { resolveOptions, type CachedOptions } from "./options.ts";
import type { RunOptions } from "./site.ts";

/** Checks options and leaves out those that only name the function and its key. */
export function runOptions(options: CachedOptions): RunOptions {
  const {
    namespace: _n,
    name: _m,
    version: _v,
    key: _k,
    ignore: _i,
    this: _t,
    allow: _a,
    ...rest
  } = resolveOptions(options);
  return rest as RunOptions;
}
