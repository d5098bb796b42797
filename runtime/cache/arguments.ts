/** What the operations on string keys check, alike on every store. */
import type { SetOptions } from "../contract/cache.ts";
import { CacheError } from "../contract/errors.ts";
import { ttlOf } from "../contract/ttl.ts";
import { checkOptions } from "./options.ts";

const SET: readonly string[] = ["ttl"] satisfies (keyof SetOptions)[];

/** @throws {CacheError} `key-unkeyable`: 1 and "1" would be two keys in memory, and one elsewhere. */
export function checkKey(key: unknown): asserts key is string {
  if (typeof key === "string") return;
  throw new CacheError(
    "key-unkeyable",
    `A key of a cache is a text, and this is ${named(key)}; write a text, like \`user:\${id}\`.`,
  );
}

function named(key: unknown): string {
  if (key === null || key === undefined) return String(key);
  return typeof key === "object" ? "an object" : `a ${typeof key}`;
}

/** The keys in an array. @throws {CacheError} `key-unkeyable` or `option-value`. */
export function keysIn(keys: Iterable<string>): string[] {
  if (typeof keys !== "object" || (keys as unknown) === null || !(Symbol.iterator in keys)) {
    throw new CacheError("option-value", 'multiGet() takes a list of keys, like `["a", "b"]`.');
  }
  const list = [...keys];
  for (const key of list) checkKey(key);
  return list;
}

/** What `multiSet` takes. */
export type Entries = Iterable<readonly [string, unknown]> | Readonly<Record<string, unknown>>;

/** The pairs in an array. @throws {CacheError} `key-unkeyable` or `option-value`. */
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
 * The ttl in milliseconds that options ask for, else the cache's own.
 *
 * @throws {CacheError} `option-unknown`, `option-value` or `ttl-invalid`.
 */
export function ttlIn(what: string, options: SetOptions | undefined, otherwise: number): number {
  if (options === undefined) return otherwise;
  checkOptions(what, options, SET);
  return options.ttl === undefined ? otherwise : ttlOf(options.ttl);
}

/** @throws {TypeError} for what is no integer. */
export function checkDelta(delta: unknown): void {
  if (Number.isSafeInteger(delta)) return;
  const shown = typeof delta === "string" ? JSON.stringify(delta) : String(delta);
  throw new TypeError(`increment: the delta ${shown} is not an integer.`);
}

/** @throws {CacheError} `clear-refused` without a namespace, unless all is meant. */
export function checkClear(namespace: string | undefined, options: { all?: boolean } | undefined): void {
  if (options !== undefined) checkOptions("clear()", options, ["all"]);
  if (namespace !== undefined || options?.all === true) return;
  throw new CacheError(
    "clear-refused",
    "clear() on a cache without a namespace would remove everything; give the cache a `namespace` or write clear({ all: true }).",
  );
}

/** What every operation on a cache rejects with that was closed. */
export const closedError = (): CacheError =>
  new CacheError("closed", "This cache is closed; make a new one, or close it later.");
