/** The options that all caches share, and their checks. */
import { parseDuration, type Duration } from "../contract/duration.ts";
import { CacheError } from "../contract/errors.ts";
import { isSerializer, type Serializer } from "../contract/serializer.ts";
import { suggest } from "../contract/suggest.ts";
import { ttlOf } from "../contract/ttl.ts";
import { MAX_TIMER_MS } from "../platform/timer.ts";
import type { NearOptions } from "./near-options.ts";

/** Options that every cache takes. */
export interface CacheOptions {
  /** First part of every key. `clear()` needs it. Default: none. */
  namespace?: string;
  /** Default ttl of values and results; a number is seconds. Default: forever. */
  ttl?: Duration;
  /** The longest wait for the store, per operation; a number is seconds. Default: 250 ms. No effect in memory. */
  timeout?: Duration;
  /**
   * How values are written: `generic`, `json`, `msgpack` (needs the package msgpackr), `v8` (needs `node:v8`),
   * `string`, or your own. Default: `generic`; in memory `none`, which stores the value itself.
   */
  serializer?: "generic" | "json" | "msgpack" | "v8" | "string" | "none" | Serializer;
}

/** Options of caches outside of this process. */
export interface RemoteCacheOptions extends CacheOptions {
  /**
   * Lease of a run under `lock: "distributed"`. A running process renews it. If the process dies, another one takes
   * over when the lease ends. At most 24 days; a number is seconds. Default: 10 s.
   */
  lease?: Duration;
  /**
   * Copies of entries in the memory of this process: `true`, how long they are kept, or {@link NearOptions}. On stores
   * that report no changes, only with a `ttl`. Default: none.
   */
  near?: boolean | Duration | NearOptions;
}

/** The names of {@link CacheOptions}. */
export const CACHE_OPTION_NAMES: readonly string[] = [
  "namespace",
  "ttl",
  "timeout",
  "serializer",
] satisfies (keyof CacheOptions)[];

/** The names of {@link RemoteCacheOptions}. */
export const REMOTE_OPTION_NAMES: readonly string[] = [
  ...CACHE_OPTION_NAMES,
  ...(["lease", "near"] satisfies (keyof RemoteCacheOptions)[]),
];

/** The same for stores without `lock: "distributed"`. */
export const UNLEASED_OPTION_NAMES: readonly string[] = REMOTE_OPTION_NAMES.filter(
  (name) => name !== "lease",
);

/** The names of the options of `memory()`. */
export const MEMORY_OPTION_NAMES: readonly string[] = [...CACHE_OPTION_NAMES, "max", "maxBytes"];

/** Resolved options: durations in milliseconds, `Infinity` for `forever`. */
export interface ResolvedCacheOptions {
  readonly namespace: string | undefined;
  readonly ttl: number;
  readonly timeout: number;
}

/** Keys and entries of a function in memory. */
export const DEFAULT_MAX_ENTRIES = 10_000;
const DEFAULT_TIMEOUT_MS = 250;
const DEFAULT_LEASE_MS = 10_000;

/**
 * Refuses unknown options. A misspelt option would silently have no effect.
 *
 * @param what the function for messages, `set()`
 * @throws {CacheError} `option-unknown` with the nearest name, or `option-value` if `options` is not an object.
 */
export function checkOptions(what: string, options: unknown, known: readonly string[]): void {
  checkObject(what, options);
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const nearest = suggest(name, known);
    const help = nearest ? `write \`${nearest}\`` : `it takes ${known.join(", ")}`;
    throw new CacheError("option-unknown", `${what} has no option \`${name}\`; ${help}.`);
  }
}

function checkObject(what: string, options: unknown, like = "{ ttl: 10 }"): asserts options is object {
  if (typeof options === "object" && options !== null && !Array.isArray(options)) return;
  throw new CacheError("option-value", `${what} takes an object of options, like \`${like}\`.`);
}

/**
 * Resolves the options that all caches share. Ignores other options.
 *
 * @param what the function for messages, `redis()`
 * @param like an example of options, for messages
 * @throws {CacheError} `option-value` or `ttl-invalid`.
 */
export function readCacheOptions(what: string, options: CacheOptions, like?: string): ResolvedCacheOptions {
  checkObject(what, options, like);
  const { namespace, ttl = "forever", timeout } = options;
  if (namespace !== undefined && (typeof namespace !== "string" || namespace === "")) {
    throw new CacheError(
      "option-value",
      `${what}'s \`namespace\` is not a non-empty string; write one, or leave it out.`,
    );
  }
  return { namespace, ttl: ttlOf(ttl), timeout: durationOf(what, "timeout", timeout) ?? DEFAULT_TIMEOUT_MS };
}

/** Returns `lease` in milliseconds. @throws {CacheError} `option-value`. */
export function readLease(what: string, { lease }: RemoteCacheOptions): number {
  const ms = durationOf(what, "lease", lease) ?? DEFAULT_LEASE_MS;
  // A timer renews the lease.
  if (ms <= MAX_TIMER_MS) return ms;
  throw new CacheError(
    "option-value",
    `${what}'s \`lease\` is longer than 24 days, so no process could take over from one that died; write "10s".`,
  );
}

/** Returns a duration in milliseconds, or `undefined` if it is left out. @throws {CacheError} `option-value`. */
export function durationOf(what: string, name: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const ms = parseDuration(value);
  if (ms !== undefined) return ms;
  throw new CacheError(
    "option-value",
    `${what}'s \`${name}\` is ${shown(value)}; write seconds above zero, or a string like "500ms" or "10s".`,
  );
}

/** Returns a whole number above zero, or `undefined` if it is left out. @throws {CacheError} `option-value`. */
export function readCount(what: string, name: string, value: unknown): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) > 0))
    return value as undefined;
  throw new CacheError(
    "option-value",
    `${what}'s \`${name}\` is ${shown(value)}; write a whole number above zero.`,
  );
}

/** The names of the built-in serializers. */
export const SERIALIZER_NAMES: readonly string[] = ["generic", "json", "msgpack", "v8", "string", "none"];

/** Checks that a serializer is a known name or `{ name, encode, decode }`. @throws {CacheError} `option-value`. */
export function checkSerializer(what: string, serializer: unknown): void {
  if (serializer === undefined || SERIALIZER_NAMES.includes(serializer as string)) return;
  if (typeof serializer === "string") {
    const nearest = suggest(serializer, SERIALIZER_NAMES);
    const help = nearest ? `write "${nearest}"` : `known are ${SERIALIZER_NAMES.join(", ")}`;
    const or = "or pass your own as { name, encode, decode }";
    throw new CacheError(
      "option-value",
      `${what}'s \`serializer\` is ${shown(serializer)}, which does not exist; ${help}, ${or}.`,
    );
  }
  if (isSerializer(serializer)) return;
  throw new CacheError(
    "option-value",
    `${what}'s \`serializer\` is not a serializer; write a name like "json", or an object { name, encode, decode }.`,
  );
}

/** A value for a message. */
export const shown = (value: unknown): string =>
  typeof value === "string"
    ? JSON.stringify(value)
    : typeof value === "object" && value
      ? "an object"
      : String(value);
