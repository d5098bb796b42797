/**
 * The options of a cached function: their values, their meaning, and their conflicts. The compiler checks pragmas and
 * calls by these rules, and the runtime checks an uncompiled `cached()`.
 */
import type { Cache } from "./cache.ts";
import { type Duration, parseDuration } from "./duration.ts";
import { CacheError } from "./errors.ts";
import { isSerializer, type Serializer } from "./serializer.ts";
import type { SpecOptions } from "./spec.ts";
import { suggest } from "./suggest.ts";
import { isTag } from "./tags.ts";

/** Returns the tags of a call. Gets the arguments of the call. */
export type TagFunction = (...args: never[]) => readonly string[];

// `any`: options that are declared apart from their function suit every function.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type AnyFunction = (...args: any[]) => any;

/** Returns `true` for a result that is returned but not stored. Gets the result and the arguments of the call. */
export type SkipFunction<F extends (...args: never[]) => unknown = AnyFunction> = (
  result: Awaited<ReturnType<F>>,
  ...args: Parameters<F>
) => boolean;

/**
 * Returns how long a result is fresh. Gets the result and the arguments of the call. `undefined`: the cache's `ttl`. Zero
 * or a negative number: the result has expired already, so it is returned and not stored. If the function throws or
 * returns anything else that is no duration, an `error` event tells so, and the result is returned and not stored.
 */
export type TtlFunction<F extends (...args: never[]) => unknown = AnyFunction> = (
  result: Awaited<ReturnType<F>>,
  ...args: Parameters<F>
) => Duration | undefined;

/**
 * The options of a cached function. In a pragma they are `name=value` pairs, with lists as `a,b`.
 *
 * A duration is a number of seconds, or `500ms`, `10s`, `5m`, `2h`, `7d`, or `forever`; it is above zero.
 *
 * @example
 * const options: CachedOptions = { ttl: "5m", swr: "1h", namespace: "users" };
 */
export interface CachedOptions<F extends (...args: never[]) => unknown = AnyFunction> {
  /**
   * How long a result is fresh. In a call also a function of the result and the arguments, {@link TtlFunction}, for
   * results that say when they expire. Left out: the cache's `ttl`, else forever.
   */
  ttl?: Duration | TtlFunction<F>;
  /**
   * Stale-while-revalidate: for this long after `ttl`, calls get the old value while one background run refreshes it.
   * After a failed one, see `retry`. Left out: no stale answers. Needs `ttl`.
   */
  swr?: Duration;
  /**
   * Stale-if-error: for this long after `ttl`, calls get the old value if the function fails; for how long without
   * another run, see `retry`. Left out: they get the error. Needs `ttl`.
   */
  sie?: Duration;
  /**
   * Refresh-ahead: the first call behind this part of `ttl` is a hit, and starts one background run. With a store that
   * has leases, that is one run in all processes. Left out: a result is replaced when it has expired. Needs `ttl`, as a
   * duration.
   */
  refresh?: `${number}%`;
  /**
   * After a failed run of a key that has an old value to stand in, the function is not tried again for this long. Left
   * out: one second. Needs `swr`, `sie` or `refresh`.
   */
  retry?: Duration;
  /**
   * The longest time that calls wait for a run. Then they reject with a `CacheError` `deadline`, or get the old value
   * that `sie` allows; the run's `AbortSignal` is aborted, and the next call runs. A result that comes late is stored,
   * unless a newer one is. Left out: no end.
   */
  deadline?: Duration;
  /** Shortens each `ttl` by a random share up to this, so entries do not expire together. Left out: `0%`. Needs `ttl`. */
  jitter?: `${number}%`;
  /** First part of every key. Left out: the package's name and the module's path. */
  namespace?: string;
  /** Second part of every key. Left out: the declared path, `Repo.find`. */
  name?: string;
  /** Third part of every key. Left out: a hash of the function's tokens and types. */
  version?: string;
  /** Paths of parameters, `["id", "opts.locale"]`. Only these make the key. Left out: all parameters. */
  key?: readonly string[];
  /**
   * Paths of parameters, `["drawing", "opts.engine"]`, whose objects are told apart by `===`, not by what is in them:
   * each object has entries of its own, in memory, freed with it. An object that was changed has the same entries.
   * Primitive values make the key as ever. Left out: none. On a store outside of memory, calls fail with
   * `option-conflict`.
   */
  identity?: readonly string[];
  /** Names of parameters that stay out of the key. Left out: none. An `AbortSignal` always stays out. */
  ignore?: readonly string[];
  /**
   * The part of the receiver that makes the key: paths of its properties; `"instance"` for separate entries per
   * instance, in memory, freed with it; `"ignore"` if the receiver makes no difference. Left out: the compiler refuses
   * a function that reads its receiver; uncompiled, `"instance"` for such a function.
   */
  this?: readonly string[] | "instance" | "ignore";
  /** Where results are stored: an alias from `configure`, or a cache. Left out: the default cache. */
  backend?: string | Cache;
  /**
   * How results are written outside of memory: `generic`, `json`, `msgpack`, `v8`, `string`, an alias from `configure`,
   * or a serializer. `none` keeps results as they are, which only memory can. Left out: the cache's serializer. Has no
   * effect in memory.
   */
  serializer?: string | Serializer;
  /** Which calls of a missing key share a run: those of this process, of all processes, none. Left out: `local`. */
  lock?: "local" | "distributed" | "none";
  /** The longest wait for the store, per operation. Left out: the cache's `timeout`, by default 250 ms. */
  timeout?: Duration;
  /** Results that are returned but not stored. Left out: every result is stored. */
  skip?: "null" | "undefined" | "nullish" | "empty" | SkipFunction<F>;
  /** The most entries of this function in memory. Left out: the cache's `max`, by default 10,000. */
  max?: number;
  /** Protects values in memory from changes by callers. Left out: `freeze` if `NODE_ENV=development`, else `none`. */
  copy?: "clone" | "freeze" | "none";
  /**
   * Tags of the result: `invalidateTags` of one of them makes it a miss. In a text, `{id}` and `{user.id}` insert values
   * of the key, which are texts, numbers or booleans. Or a function that gets the arguments. A tag has at most 512 bytes
   * of UTF-8. Left out: none.
   */
  tags?: readonly string[] | TagFunction;
  /**
   * The parameter of a batch function that is a list or a `Set` of ids. The function returns a list of results in the
   * order of the ids, a `Map`, or an object by id. Each id has an entry of its own, with the id in place of the ids in its
   * key. The function runs once, for the ids that are missing. Left out: the arguments have one entry.
   */
  multi?: string;
  /**
   * The batch function whose entries this function shares: it takes one id in place of the ids, and the other parameters.
   * All other options are those of the batch function. Left out: the function has entries of its own.
   */
  one?: AnyFunction;
  /**
   * Whether results on a store outside of memory are kept in memory, too: `true`, or how long. `false`: they are not. Has
   * no effect in memory. Left out: as the cache's option `near` says.
   */
  near?: boolean | Duration;
  /** Names of compiler warnings to silence for this function. Left out: none. */
  allow?: readonly string[];
}

/** Resolved options: durations in milliseconds (`Infinity` for `forever`), percentages as fractions. */
export interface ResolvedOptions extends Omit<
  SpecOptions,
  "ttl" | "backend" | "serializer" | "skip" | "tags"
> {
  ttl?: number | TtlFunction;
  namespace?: string;
  name?: string;
  version?: string;
  key?: readonly string[];
  identity?: readonly string[];
  ignore?: readonly string[];
  this?: readonly string[] | "instance" | "ignore";
  backend?: string | Cache;
  serializer?: string | Serializer;
  skip?: NonNullable<SpecOptions["skip"]> | SkipFunction;
  tags?: readonly string[] | TagFunction;
  multi?: string;
  /** A pragma names the function. */
  one?: AnyFunction | string;
  allow?: readonly string[];
}

/** A sentence that says what is wrong, and one that says what to write instead. */
export interface OptionFault {
  readonly problem: string;
  readonly help: string;
}

/** The resolved value of an option, or the fault in it. */
export type ReadOption =
  | { readonly value: unknown }
  | (OptionFault & { readonly code: "option-unknown" | "option-value" | "ttl-invalid" });

/** The resolved value in an array, or the words that follow "Write" in the help. */
type Reading = readonly [value: unknown] | string;
type Reader = (value: unknown) => Reading;

const PATH = /^#?[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*(?:\.#?[\p{ID_Continue}$\u200c\u200d]+)*$/u;
const WORD = /^[^\s,]+$/;

const duration: Reader = (value) => {
  const ms = parseDuration(value);
  if (ms !== undefined) return [ms];
  return "a number of seconds above zero, or `500ms`, `10s`, `5m`, `2h`, `7d`, or `forever`";
};

const percent: Reader = (value) => {
  if (/^(?:\d\d?|100)$/.test(String(value)) && value !== 0) return `\`${String(value)}%\``;
  const share = typeof value === "string" && /^\d+(?:\.\d+)?%$/.test(value) ? parseFloat(value) : NaN;
  return share <= 100 ? [share / 100] : "a percentage up to `100%`, like `10%`";
};

/** A part of a duration: more than nothing, and less than all. */
const part: Reader = (value) => {
  const share = percent(value)[0];
  return typeof share === "number" && share > 0 && share < 1
    ? [share]
    : "a percentage between `0%` and `100%`, like `80%`";
};

const count: Reader = (value) => {
  const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(number) && (number as number) > 0
    ? [number]
    : "a whole number above zero, like `1000`";
};

const nonBlankText: Reader = (value) => {
  if (typeof value === "number") return `\`"${value}"\``;
  return typeof value === "string" && value.trim() ? [value] : "a text that is not empty";
};

const path: Reader = (value) =>
  typeof value === "string" && PATH.test(value) ? [value] : "names joined by dots, like `Repo.find`";

const oneOf =
  (...words: readonly string[]): Reader =>
  (value) => {
    if (words.includes(value as string)) return [value];
    const nearest = typeof value === "string" && suggest(value, words);
    return nearest ? `\`${nearest}\`` : alternatives(words);
  };

const list =
  (item: RegExp, example: string): Reader =>
  (value) => {
    const items: readonly unknown[] =
      typeof value === "string" ? value.split(",") : Array.isArray(value) ? value : [];
    const valid = items.length > 0 && items.every((each) => typeof each === "string" && item.test(each));
    if (!valid && typeof value !== "string") return `an array of names, like \`${asArray(example)}\``;
    if (!valid) return `names separated by commas, without white space, like \`${example}\``;
    const twice = items.find((each, index) => items.indexOf(each) < index);
    return twice === undefined ? [items] : `\`${twice as string}\` only once`;
  };

/** A tag: text, and paths in braces. */
const TAG = /* @__PURE__ */ new RegExp(`^[^{}]*(?:\\{${PATH.source.slice(1, -1)}\\}[^{}]*)*$`, "u");

const tags: Reader = (value) => {
  const items: unknown = typeof value === "string" ? value.split(",") : value;
  const example = "user:{id},users";
  if (Array.isArray(items) && items.length > 0 && items.every((item) => typeof item === "string")) {
    const wrong = items.find((item) => !TAG.test(item));
    if (wrong !== undefined)
      return `braces around the names of parameters only, like \`${example.split(",")[0]!}\``;
    if (items.every(isTag)) return [items];
    return "tags of at most 512 bytes";
  }
  return typeof value === "string"
    ? `texts separated by commas, like \`${example}\``
    : `an array of texts, like \`${asArray(example)}\``;
};

const asArray = (items: string): string => `["${items.replaceAll(",", '", "')}"]`;

const paths = /* @__PURE__ */ list(PATH, "id,opts.locale");

const receiver: Reader = (value) => {
  const word =
    typeof value === "string" && value.split(",").find((each) => each === "instance" || each === "ignore");
  if (!word) return paths(value);
  return word === value ? [value] : `\`${word}\` alone, or only the names of properties`;
};

const orElse =
  (reader: Reader, accepts: (value: unknown) => boolean): Reader =>
  (value) =>
    accepts(value) ? [value] : reader(value);

const isFunction = (value: unknown): boolean => typeof value === "function";

/** Checks a method, not the class: the cache may come from another copy of this package. */
const isCache = (value: unknown): boolean => isFunction((value as Partial<Cache> | null)?.multiGet);

const near: Reader = (value) => {
  if (typeof value === "boolean") return [value];
  if (value === "true" || value === "false") return [value === "true"];
  const ms = parseDuration(value);
  return ms === undefined ? "`true`, `false`, or how long, like `5s`" : [ms];
};

const OPTION_READERS: { readonly [N in keyof CachedOptions]-?: Reader } = {
  ttl: /* @__PURE__ */ orElse(duration, isFunction),
  swr: duration,
  sie: duration,
  refresh: part,
  retry: duration,
  deadline: duration,
  jitter: percent,
  namespace: nonBlankText,
  name: path,
  version: nonBlankText,
  key: paths,
  identity: paths,
  ignore: paths,
  this: receiver,
  backend: /* @__PURE__ */ orElse(nonBlankText, isCache),
  serializer: /* @__PURE__ */ orElse(nonBlankText, isSerializer),
  lock: /* @__PURE__ */ oneOf("local", "distributed", "none"),
  timeout: duration,
  skip: /* @__PURE__ */ orElse(/* @__PURE__ */ oneOf("null", "undefined", "nullish", "empty"), isFunction),
  max: count,
  copy: /* @__PURE__ */ oneOf("clone", "freeze", "none"),
  tags: /* @__PURE__ */ orElse(tags, isFunction),
  multi: (value) =>
    typeof value === "string" && PATH.test(value) && !value.includes(".")
      ? [value]
      : "the name of the parameter with the ids, like `ids`",
  one: /* @__PURE__ */ orElse(path, isFunction),
  near,
  allow: /* @__PURE__ */ list(WORD, "parameter-unproved,ambient-read"),
};

/** The names of all options. */
export const OPTION_NAMES: readonly (keyof CachedOptions)[] = /* @__PURE__ */ Object.keys(
  OPTION_READERS,
) as (keyof CachedOptions)[];

/**
 * Checks and resolves the value of one option: durations become milliseconds (`Infinity` for `forever`), percentages
 * fractions, counts numbers, lists arrays. Accepts both the text of a pragma and the value in a call.
 *
 * @example
 * readOption("ttl", "5m");       // { value: 300_000 }
 * readOption("key", "id,range"); // { value: ["id", "range"] }
 * readOption("lock", "locl");    // { problem: "`lock` cannot be `locl`.", help: "Write `local`.", … }
 */
export function readOption(name: string, value: unknown): ReadOption {
  if (!Object.hasOwn(OPTION_READERS, name)) {
    const nearest = suggest(name, OPTION_NAMES);
    const problem = `\`${name}\` is not an option.`;
    return {
      problem,
      help: `Write ${nearest ? `\`${nearest}\`` : alternatives(OPTION_NAMES)}.`,
      code: "option-unknown",
    };
  }
  const reading = OPTION_READERS[name as keyof CachedOptions](value);
  if (typeof reading === "object") return { value: reading[0] };
  const problem = `\`${name}\` cannot be ${describeValue(value)}.`;
  return { problem, help: `Write ${reading}.`, code: name === "ttl" ? "ttl-invalid" : "option-value" };
}

/** Tells whether an option takes a list: `a,b` in a pragma, an array in a call. */
export function takesList(name: string): boolean {
  return "value" in readOption(name, ["a"]);
}

/** Tells whether an option takes a duration. */
export function takesDuration(name: string): boolean {
  const read = readOption(name, "7d");
  return "value" in read && read.value === parseDuration("7d");
}

/** An option that has no effect or contradicts another one. */
export interface OptionConflict extends OptionFault {
  readonly option: keyof CachedOptions;
}

/**
 * Finds the options that have no effect together with the others, or contradict them.
 *
 * @param options resolved values by name; `undefined` for a value that is known only at run time
 * @param sync whether the function returns its result without a promise, if that is known
 */
export function findConflicts(
  options: ReadonlyMap<string, unknown>,
  sync?: boolean,
): readonly OptionConflict[] {
  const conflicts: OptionConflict[] = [];
  const refuse = (option: keyof CachedOptions, because: string, help: string): void => {
    if (options.has(option))
      conflicts.push({ option, problem: `\`${option}\` has no effect ${because}.`, help });
  };
  for (const option of ["swr", "sie", "refresh", "jitter"] as const) {
    if (!options.has("ttl")) refuse(option, "without `ttl`", `Add \`ttl\`, or remove \`${option}\`.`);
    else if (options.get("ttl") === Infinity) {
      refuse(option, "on results that are fresh forever", `Give \`ttl\` an end, or remove \`${option}\`.`);
    }
  }
  if (isFunction(options.get("ttl")))
    refuse("refresh", "with a `ttl` that is a function", "Give `ttl` a duration, or write `swr`.");
  if (!["swr", "sie", "refresh"].some((option) => options.has(option)))
    refuse("retry", "without an old value to stand in", "Add `swr` or `sie`, or remove `retry`.");
  if (sync) refuse("deadline", "on a sync function, which blocks its callers", "Remove `deadline`.");
  if (options.has("key"))
    refuse("ignore", "next to `key`", "Remove `ignore`: `key` names all that makes the key.");
  if (options.get("this") === "instance") {
    refuse(
      "backend",
      "on entries that go with their instance",
      "Remove `backend`, or name properties with `this`.",
    );
  }
  for (const path of (options.get("identity") as readonly string[] | undefined) ?? []) {
    const fault = identityFault(path, options);
    if (fault) conflicts.push({ option: "identity", ...fault });
  }
  if (options.has("identity") && options.get("serializer") !== "none")
    refuse("serializer", "next to `identity`, which keeps entries in memory", "Remove one of the two.");
  const multi = options.get("multi") as string | undefined;
  const left = (name: string): boolean =>
    multi !== undefined && (options.get(name) as readonly string[] | undefined)?.includes(multi) === true;
  if (left("ignore"))
    refuse(
      "multi",
      `on \`${multi!}\`, which \`ignore\` leaves out of the key`,
      `Remove \`${multi!}\` from \`ignore\`.`,
    );
  if (multi !== undefined && Array.isArray(options.get("key")) && !left("key"))
    refuse("multi", `on \`${multi}\`, which \`key\` leaves out`, `Name \`${multi}\` in \`key\`.`);
  if (left("identity"))
    refuse(
      "identity",
      `on \`${multi!}\`, of which each id makes a key`,
      `Remove \`${multi!}\` from \`identity\`.`,
    );
  if (options.has("one"))
    for (const option of options.keys() as Iterable<keyof CachedOptions>)
      if (option !== "one" && option !== "allow")
        refuse(
          option,
          "next to `one`: the batch function has the options of its entries",
          `Remove \`${option}\`, or write it at the batch function.`,
        );
  const memoryOnly =
    options.get("this") === "instance"
      ? "the entries of an instance, which stay in its memory"
      : options.has("identity")
        ? "the entries of objects, which stay in memory"
        : options.get("serializer") === "none"
          ? "results that are not serialized, which stay in memory"
          : sync && "a sync function, whose results stay in memory";
  if (memoryOnly) {
    refuse("near", `on ${memoryOnly}`, "Remove `near`: memory is as near as can be.");
    refuse("timeout", `on ${memoryOnly}`, "Remove `timeout`: memory answers at once.");
    if (options.get("lock") === "distributed") {
      refuse("lock", `as \`distributed\` on ${memoryOnly}`, "Remove `lock`, or write `local`.");
    }
  }
  return conflicts;
}

/** Returns why a path of `identity` has no effect next to the other options. */
function identityFault(path: string, options: ReadonlyMap<string, unknown>): OptionFault | undefined {
  const pathsOf = (option: string): readonly string[] | undefined => {
    const value = options.get(option);
    return Array.isArray(value) ? (value as readonly string[]) : undefined;
  };
  const covers = (other: string): boolean => path === other || path.startsWith(`${other}.`);
  const problem = `\`identity\` has no effect on \`${path}\``;
  const outer = pathsOf("identity")!.find((other) => other !== path && covers(other));
  if (outer !== undefined)
    return { problem: `${problem} next to \`${outer}\`.`, help: `Remove \`${path}\` from \`identity\`.` };
  const ignored = pathsOf("ignore")?.find(covers);
  if (ignored !== undefined)
    return {
      problem: `${problem}, which \`ignore\` leaves out of the key.`,
      help: `Remove \`${ignored}\` from one of the two.`,
    };
  if (pathsOf("key")?.some(covers) === false)
    return {
      problem: `${problem}, which \`key\` leaves out.`,
      help: `Name \`${path}\` in \`key\`, or remove it from \`identity\`.`,
    };
  return undefined;
}

/**
 * Checks and resolves the options of a `cached()` at run time. An option that is `undefined` counts as left out.
 *
 * @throws {CacheError} `option-unknown`, `ttl-invalid`, `option-value`, or `option-conflict`.
 */
export function resolveOptions(options: CachedOptions): ResolvedOptions {
  const given: unknown = options;
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new CacheError(
      "option-value",
      `Options cannot be ${describeValue(given)}. Write an object, like \`{ ttl: 10 }\`.`,
    );
  }
  const resolved = new Map<string, unknown>();
  for (const [name, value] of Object.entries(given)) {
    const read = readOption(name, value);
    if ("code" in read && (value !== undefined || read.code === "option-unknown")) {
      throw new CacheError(read.code, `${read.problem} ${read.help}`);
    }
    if ("value" in read) resolved.set(name, read.value);
  }
  for (const { problem, help } of findConflicts(resolved)) {
    throw new CacheError("option-conflict", `${problem} ${help}`);
  }
  return Object.fromEntries(resolved);
}

/** A list for a sentence: `a`, `b` or `c`, each in backticks. */
function alternatives(words: readonly string[]): string {
  const quoted = words.map((word) => `\`${word}\``);
  return `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)!}`;
}

/** A value for a sentence. */
function describeValue(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (Array.isArray(value) && !value.every((item) => typeof item === "string")) return "this list";
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return "an object";
  const shown = Array.isArray(value) ? JSON.stringify(value) : String(value);
  return shown === "" ? "empty" : `\`${shown.length > 60 ? `${shown.slice(0, 60)}…` : shown}\``;
}
