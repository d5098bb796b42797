/** Checks of the arguments of operations on string keys, for every store. */
import type { SetOptions } from "../contract/cache.ts";
import { CacheError } from "../contract/errors.ts";
import { tagsIn } from "../contract/tags.ts";
import { ttlOf } from "../contract/ttl.ts";
import { checkOptions } from "./options.ts";

const SET_OPTION_NAMES: readonly string[] = ["ttl", "tags"] satisfies (keyof SetOptions)[];

/** @throws {CacheError} `key-unkeyable`: 1 and "1" would be two keys in memory, but one key elsewhere. */
export function checkKey(key: unknown): asserts key is string {
  if (typeof key === "string") return;
  throw new CacheError(
    "key-unkeyable",
    `The key of a cache entry is a string, not ${typeText(key)}; write a string, like \`user:\${id}\`.`,
  );
}

function typeText(key: unknown): string {
  if (key === null || key === undefined) return String(key);
  return typeof key === "object" ? "an object" : `a ${typeof key}`;
}

/** Returns the keys as an array. @throws {CacheError} `key-unkeyable` or `option-value`. */
export function keysIn(keys: Iterable<string>): string[] {
  if (typeof keys !== "object" || (keys as unknown) === null || !(Symbol.iterator in keys)) {
    throw new CacheError("option-value", 'multiGet() takes a list of keys, like `["a", "b"]`.');
  }
  const list = [...keys];
  for (const key of list) checkKey(key);
  return list;
}

/** The entries that `multiSet` accepts. */
export type Entries = Iterable<readonly [string, unknown]> | Readonly<Record<string, unknown>>;

/** Returns the entries as pairs. @throws {CacheError} `key-unkeyable` or `option-value`. */
export function pairsIn(entries: Entries): (readonly [string, unknown])[] {
  if (typeof entries === "object" && (entries as unknown) !== null) {
    const pairs = Symbol.iterator in entries ? [...entries] : Object.entries(entries);
    if (pairs.every((pair: readonly unknown[]) => Array.isArray(pair) && pair.length === 2)) {
      for (const [key] of pairs) checkKey(key);
      return pairs;
    }
  }
  throw new CacheError(
    "option-value",
    'multiSet() takes an object, a Map or a list of pairs, like `[["a", 1], ["b", 2]]`.',
  );
}

/**
 * Returns the `ttl` of the options in milliseconds, else the default.
 *
 * @param what the operation for messages, `set()`
 * @throws {CacheError} `option-unknown`, `option-value` or `ttl-invalid`.
 */
export function ttlIn(what: string, options: SetOptions | undefined, otherwise: number): number {
  if (options === undefined) return otherwise;
  checkOptions(what, options, SET_OPTION_NAMES);
  return options.ttl === undefined ? otherwise : ttlOf(options.ttl);
}

/** Returns the `tags` of the options, each once; `undefined` without any. @throws {CacheError} `option-value`. */
export function tagsOfSet(what: string, options: SetOptions | undefined): readonly string[] | undefined {
  const { tags } = options ?? {};
  if (tags === undefined) return undefined;
  const list = tagsIn(`\`tags\` of ${what}`, typeof (tags as unknown) === "string" ? 0 : tags);
  return list.length > 0 ? list : undefined;
}

/** @throws {TypeError} if the delta is not a safe integer. */
export function checkDelta(delta: unknown): void {
  if (Number.isSafeInteger(delta)) return;
  const shown = typeof delta === "string" ? JSON.stringify(delta) : String(delta);
  throw new TypeError(`increment: the delta ${shown} is not an integer.`);
}

/** @throws {CacheError} `clear-refused` without a namespace and without `all`, `option-unknown` or `option-value`. */
export function checkClear(namespace: string | undefined, options: { all?: boolean } | undefined): void {
  if (options !== undefined) checkOptions("clear()", options, ["all"]);
  if (namespace !== undefined || options?.all === true) return;
  throw new CacheError(
    "clear-refused",
    "clear() on a cache without a namespace would remove everything; give the cache a `namespace` or write clear({ all: true }).",
  );
}

/** The error of every operation on a closed cache. */
export const closedError = (): CacheError =>
  new CacheError("closed", "This cache is closed; make a new one, or close it later.");
