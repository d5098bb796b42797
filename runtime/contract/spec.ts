/** What emitted code passes to the runtime about a function. The compiler imports these types, so both agree. */
import type { Cache } from "./cache.ts";

/**
 * Version of the interface between emitted code and the runtime, and between copies of the runtime. Incremented when old
 * emitted code or another copy would misbehave.
 */
export const ABI = 3;

/**
 * How a function returns its result: `async` functions, functions that return a `Promise` by their type (`promise`),
 * functions that do not (`sync`), and functions whose type does not tell (`either`).
 */
export type Mode = "async" | "promise" | "sync" | "either";

/** The name of the key part that holds all arguments of an uncompiled function. */
export const REST_PART_NAME = "...";

/** One part of the key text. Parts are in the order of the slots. */
export interface KeyPart {
  /** `id`, `opts.locale`, `this.tenant`; for a destructured parameter its text without defaults: `{ a, b }`. */
  readonly name: string;
  /** The type as written or inferred, shortened; for `explain` and `list`. */
  readonly type?: string;
  /** The names that a destructured parameter binds; each takes one slot. */
  readonly fields?: readonly string[];
  /**
   * The sorted property names of a plain object of primitives; each takes one slot. An optional property ends in `?`.
   * If there are optional properties, an additional first slot tells which properties exist, one bit each.
   */
  readonly shape?: readonly string[];
  /** Its objects are told apart by `===`. For a destructured parameter: the names of these fields. */
  readonly identity?: true | readonly string[];
  /** `label`: written as `name=value` among the arguments. `extra`: written as `name=value` after `;`. */
  readonly as?: "label" | "extra";
}

/** The resolved options of a function. Durations are milliseconds, `Infinity` for `forever`. */
export interface SpecOptions {
  ttl?: number;
  swr?: number;
  sie?: number;
  /** The fraction of `ttl` behind which a hit starts a background run. */
  refresh?: number;
  retry?: number;
  deadline?: number;
  /** A fraction: 0.1 for `10%`. */
  jitter?: number;
  backend?: string;
  serializer?: string;
  lock?: "local" | "distributed" | "none";
  timeout?: number;
  skip?: "null" | "undefined" | "nullish" | "empty";
  max?: number;
  copy?: "clone" | "freeze" | "none";
  tags?: readonly string[];
  /** A number is a ttl in milliseconds. */
  near?: boolean | number;
}

/** In which form a batch function returns the results of its ids: a list in their order, a `Map`, or an object. */
export type BatchForm = "list" | "map" | "record";

/** The parameter with the ids of a batch function. Each id has an entry, in whose key it stands for the ids. */
export interface BatchSpec {
  readonly name: string;
  /** The slot of the ids. */
  readonly slot: number;
  /** Their index among {@link UnshapedSlots}. Left out: `slot`. */
  readonly unshaped?: number;
  /** Their index among the arguments of the inner function, and of the outer one. */
  readonly input: number;
  readonly arg: number;
  /** `undefined` until a run shows it, if the type of the function does not. */
  form?: BatchForm | undefined;
}

/** The compiler's description of a function, as emitted code passes it. */
export interface FunctionSpec {
  readonly id: readonly [namespace: string, name: string, version: string];
  /** The function's location: `src/users.ts:12`. */
  readonly at?: string;
  /** Of `cached(load)`: each evaluation of the call may be given another function. */
  readonly isVariable?: boolean;
  readonly mode: Mode;
  /** Its type gives a promise for some arguments, and for others a value at once. Its mode is `either`. */
  readonly mixed?: boolean;
  readonly parts: readonly KeyPart[];
  /** The option `multi`. */
  readonly multi?: BatchSpec;
  readonly omitted?: readonly (readonly [what: string, why: string])[];
  readonly options?: SpecOptions;
  /** The names of the options that the compiler saw. Left out if it saw all of them. */
  readonly seen?: readonly string[];
  /** `this=instance`: each instance has its own entries. */
  readonly perInstance?: boolean;
}

/** Whether a property of a shape is optional. */
export const isOptional = (name: string): boolean => name.endsWith("?");

/** The number of slots that a part takes. */
export function widthOf({ fields, shape }: KeyPart): number {
  return shape ? shape.length + (shape.some(isOptional) ? 1 : 0) : (fields?.length ?? 1);
}

/** Whether a value of a part is told apart by `===` if it is an object. `field`: its name in a destructured parameter. */
export const isByIdentity = ({ identity }: KeyPart, field?: string): boolean =>
  identity === true || identity?.includes(field!) === true;

/** The options of a cached function at run time: those that the compiler resolved, and those passed at run time. */
export interface RunOptions extends Omit<SpecOptions, "ttl" | "backend" | "skip" | "serializer" | "tags"> {
  /** With `refresh`: the last part of the ttl, in milliseconds, which then is no part of `ttl` but of `swr` and `sie`. */
  ahead?: number;
  /** Milliseconds, or a function of a result, which returns a duration. */
  ttl?: number | ((result: unknown, ...args: unknown[]) => unknown);
  backend?: string | Cache;
  serializer?: unknown;
  skip?: SpecOptions["skip"] | ((result: unknown, ...args: unknown[]) => boolean);
  tags?: readonly string[] | ((...args: unknown[]) => readonly string[]);
}
