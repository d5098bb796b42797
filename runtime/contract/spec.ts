/** What emitted code tells the runtime about a function. The compiler imports these types, so both agree. */
import type { Cache } from "./cache.ts";

/**
 * How a function gives its result: `async` functions, functions whose type says `Promise`, functions whose
 * type says that the result is none, and those of which only the value tells.
 */
export type Mode = "async" | "promise" | "sync" | "either";

/** One part of a key's text, in the order of the slots. */
export interface KeyPart {
  /** `id`, `opts.locale`, `this.tenant`; for a destructured parameter its text without defaults: `{ a, b }`. */
  readonly name: string;
  /** The type as written or inferred, shortened; for `explain` and `list`. */
  readonly type?: string;
  /** A destructured parameter takes one slot for each value it binds; these are their names. */
  readonly fields?: readonly string[];
  /**
   * A plain object of primitives takes one slot for each property: their names, sorted, with `?` behind those
   * that may be missing. If there are such, a slot before them says which properties are there, one bit each.
   */
  readonly shape?: readonly string[];
  /** `label`: written as `name=value` among the arguments; `extra`: likewise, behind `;`. */
  readonly as?: "label" | "extra";
}

/** The options of a function, checked and resolved: times in milliseconds (`Infinity` for `forever`). */
export interface SpecOptions {
  ttl?: number;
  swr?: number;
  sie?: number;
  /** A fraction: 0.1 for `10%`. */
  jitter?: number;
  backend?: string;
  serializer?: string;
  lock?: "local" | "distributed" | "none";
  timeout?: number;
  skip?: "null" | "undefined" | "nullish" | "empty";
  max?: number;
  copy?: "clone" | "freeze" | "none";
}

/** What the compiler found out about a function, as emitted code states it. */
export interface FunctionSpec {
  readonly id: readonly [namespace: string, name: string, version: string];
  /** Where the function stands: `src/users.ts:12`. */
  readonly at?: string;
  readonly mode: Mode;
  readonly parts: readonly KeyPart[];
  readonly omitted?: readonly (readonly [what: string, why: string])[];
  readonly options?: SpecOptions;
  /** Names of the options that the compiler saw, where the program has some that it could not see. */
  readonly seen?: readonly string[];
  /** `this=instance`: each instance has entries of its own. */
  readonly perInstance?: boolean;
}

/** A property of a shape that may be missing. */
export const isOptional = (name: string): boolean => name.endsWith("?");

/** How many slots a part takes. */
export function widthOf({ fields, shape }: KeyPart): number {
  return shape ? shape.length + (shape.some(isOptional) ? 1 : 0) : (fields?.length ?? 1);
}

/** Options as a site works with them: what the compiler knew, and what only the run time knows. */
export interface RunOptions extends Omit<SpecOptions, "backend" | "skip" | "serializer"> {
  backend?: string | Cache;
  serializer?: unknown;
  skip?: SpecOptions["skip"] | ((result: unknown, ...args: unknown[]) => boolean);
}
