/** The options that caches on any store share, and how all of them are read. */
import { parseDuration, type Duration } from "../contract/duration.ts";
import { CacheError } from "../contract/errors.ts";
import { isSerializer, type Serializer } from "../contract/serializer.ts";
import { suggest } from "../contract/suggest.ts";
import { ttlOf } from "../contract/ttl.ts";
import { MAX_TIMER_MS } from "../platform/timer.ts";

/** Options that every cache takes. */
export interface CacheOptions {
  /** First part of every key; `clear()` needs it. Default: none. */
  namespace?: string;
  /** How long a value is kept where no ttl is given; a number is seconds. Default: forever. */
  ttl?: Duration;
  /** The longest wait for the store, per operation; a number is seconds. Default: 250 ms. Memory answers at once. */
  timeout?: Duration;
  /**
   * How values are written: `generic`, `json`, `msgpack`, `v8`, `string`, or one of your own. Default: `generic`,
   * which gives back all that it takes as it was; in memory `none`, which keeps values themselves.
   */
  serializer?: "generic" | "json" | "msgpack" | "v8" | "string" | "none" | Serializer;
}

/** Options that every cache outside of this process takes. */
export interface RemoteCacheOptions extends CacheOptions {
  /**
   * How long one process may run a cold key under `lock: distributed` before it has to renew; if it dies, the
   * next one takes over after so long. A number is seconds. Default: 10 s.
   */
  lease?: Duration;
}

/** The names of {@link CacheOptions}. */
export const CACHE_OPTION_NAMES: readonly string[] = [
  "namespace",
  "ttl",
  "timeout",
  "serializer",
] satisfies (keyof CacheOptions)[];

/** The names of {@link RemoteCacheOptions}, which stand among those of a store. */
export const REMOTE_OPTION_NAMES: readonly string[] = [
  ...CACHE_OPTION_NAMES,
  "lease" satisfies keyof RemoteCacheOptions,
];

/** The names of what `memory()` takes. */
export const MEMORY_OPTION_NAMES: readonly string[] = [...CACHE_OPTION_NAMES, "max", "maxBytes"];

/** Options that were read: times in milliseconds, `Infinity` for `forever`. */
export interface ResolvedCacheOptions {
  readonly namespace: string | undefined;
  readonly ttl: number;
  readonly timeout: number;
}

const DEFAULT_TIMEOUT = 250;
const DEFAULT_LEASE = 10_000;

/**
 * Refuses what is no option: a misspelt one would be without effect and without a word.
 *
 * @param what who takes them, `set()`
 * @throws {CacheError} `option-unknown` with the nearest name, or `option-value` for what are no options at all.
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
 * Reads the options that every cache takes; the names of others are not looked at.
 *
 * @param what who takes them, `redis()`
 * @param like what they may be, for who gave something else
 * @throws {CacheError} `option-value` or `ttl-invalid`.
 */
export function readCacheOptions(what: string, options: CacheOptions, like?: string): ResolvedCacheOptions {
  checkObject(what, options, like);
  const { namespace, ttl = "forever", timeout } = options;
  if (namespace !== undefined && (typeof namespace !== "string" || namespace === "")) {
    throw new CacheError("option-value", `${what}'s \`namespace\` is no text; write one, or leave it out.`);
  }
  return { namespace, ttl: ttlOf(ttl), timeout: lengthOf(what, "timeout", timeout) ?? DEFAULT_TIMEOUT };
}

/** Reads `lease`, in milliseconds. @throws {CacheError} `option-value`. */
export function readLease(what: string, { lease }: RemoteCacheOptions): number {
  const ms = lengthOf(what, "lease", lease) ?? DEFAULT_LEASE;
  // A timer renews the lease.
  if (ms <= MAX_TIMER_MS) return ms;
  throw new CacheError(
    "option-value",
    `${what}'s \`lease\` is longer than 24 days, and nobody could take over from a process that died; write "10s".`,
  );
}

function lengthOf(what: string, name: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const ms = parseDuration(value);
  if (ms !== undefined) return ms;
  throw new CacheError(
    "option-value",
    `${what}'s \`${name}\` is ${shown(value)}; write seconds above zero, or a text like "500ms" or "10s".`,
  );
}

/** A whole number above zero; `undefined` if left out. @throws {CacheError} `option-value`. */
export function readCount(what: string, name: string, value: unknown): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) > 0))
    return value as undefined;
  throw new CacheError(
    "option-value",
    `${what}'s \`${name}\` is ${shown(value)}; write a whole number above zero.`,
  );
}

/** The serializers of this package, by name. */
export const SERIALIZER_NAMES: readonly string[] = ["generic", "json", "msgpack", "v8", "string", "none"];

/** Checks that a serializer is a known name or `{ name, encode, decode }`. @throws {CacheError} `option-value`. */
export function checkSerializer(what: string, serializer: unknown): void {
  if (serializer === undefined || SERIALIZER_NAMES.includes(serializer as string)) return;
  if (typeof serializer === "string") {
    const nearest = suggest(serializer, SERIALIZER_NAMES);
    const help = nearest ? `write "${nearest}"` : `known are ${SERIALIZER_NAMES.join(", ")}`;
    const or = "or give one of your own as { name, encode, decode }";
    throw new CacheError(
      "option-value",
      `${what}'s \`serializer\` is ${shown(serializer)}, which there is not; ${help}, ${or}.`,
    );
  }
  if (isSerializer(serializer)) return;
  throw new CacheError(
    "option-value",
    `${what}'s \`serializer\` is none; write a name like "json", or an object { name, encode, decode }.`,
  );
}

const shown = (value: unknown): string =>
  typeof value === "string"
    ? JSON.stringify(value)
    : typeof value === "object" && value
      ? "an object"
      : String(value);
