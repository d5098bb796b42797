import { CacheError } from "../contract/errors.ts";
import { resolveOptions, type CachedOptions } from "../contract/options.ts";
import type { RunOptions } from "../contract/spec.ts";
import { enableAll } from "./all-features.ts";

/** Options that make a function's id and key. For a compiled function, they cannot be set at run time. */
const BUILD_TIME_OPTIONS = [
  "namespace",
  "name",
  "version",
  "key",
  "identity",
  "ignore",
  "this",
  "multi",
  "one",
] as const;

const isAtBuildTime = (name: string): boolean => (BUILD_TIME_OPTIONS as readonly string[]).includes(name);

/**
 * Checks options, and removes those that only make the id and the key.
 *
 * @param seen names of the options that the compiler saw, for a compiled function of which it did not see all
 * @throws {CacheError} `option-unknown`, `option-value` (also for an option that the compiler needed and did not see),
 * `ttl-invalid` or `option-conflict`.
 */
export function runOptions(options: CachedOptions, seen?: readonly string[]): RunOptions {
  const resolved = resolveOptions(options);
  const unseen =
    seen && BUILD_TIME_OPTIONS.find((name) => resolved[name] !== undefined && !seen.includes(name));
  if (unseen !== undefined) {
    throw new CacheError(
      "option-value",
      `\`${unseen}\` came too late: the compiler needs it; write it in an object literal where cached() is called.`,
    );
  }
  const left = Object.entries(resolved).filter(([name]) => name !== "allow" && !isAtBuildTime(name));
  return Object.fromEntries(left);
}

/**
 * {@link runOptions} for the options of a compiled decorator, with the parameters in the order of emitted code. Enables
 * all features, because the compiler did not see what the options need.
 */
export function options(seen: readonly string[] | undefined, given: CachedOptions): RunOptions {
  enableAll();
  return runOptions(given, seen);
}
