import { CacheError } from "../contract/errors.ts";
import { resolveOptions, type CachedOptions } from "../contract/options.ts";
import type { RunOptions } from "../contract/spec.ts";
import { enableAll } from "./all-features.ts";

/** What the compiler makes a function's id and key from: too late for when the program runs. */
const AT_BUILD_TIME = ["namespace", "name", "version", "key", "ignore", "this"] as const;

const isAtBuildTime = (name: string): boolean => (AT_BUILD_TIME as readonly string[]).includes(name);

/**
 * Checks options and leaves out those that only name the function and its key.
 *
 * @param seen for a compiled function: those that the compiler saw, where it did not see all
 * @throws {CacheError} `option-value` for one that it had to see and did not.
 */
export function runOptions(options: CachedOptions, seen?: readonly string[]): RunOptions {
  const resolved = resolveOptions(options);
  const unseen = seen && AT_BUILD_TIME.find((name) => resolved[name] !== undefined && !seen.includes(name));
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
 * The options of a compiled decorator, which stand where it stood; {@link runOptions} in emitted code's order. What
 * they need is known now, and not when the function was compiled.
 */
export function options(seen: readonly string[] | undefined, given: CachedOptions): RunOptions {
  enableAll();
  return runOptions(given, seen);
}
