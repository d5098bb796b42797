/**
 * The contract between compiler and runtime: what emitted code imports, and nobody else.
 *
 * The compiler refers to these types by `import type`, so a rename here is a compile error there.
 */
export { backends } from "./cache/configure.ts";
export { kinds } from "./key/built-ins.ts";
export { ABI, bind, bindMember, link, site } from "./functions/link.ts";
export { named } from "./functions/named.ts";
export { copies } from "./call/protect.ts";
export { options } from "./functions/run-options.ts";
export { idle, none, scratch, take, whole } from "./key/shape.ts";
export { signals } from "./call/signals.ts";
export { Site } from "./call/cached-function.ts";
export { skips } from "./call/skip.ts";
export { stale } from "./call/stale.ts";
export { without } from "./key/without.ts";

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
export interface SiteOptions {
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
export interface SiteSpec {
  readonly id: readonly [namespace: string, name: string, version: string];
  /** Where the function stands: `src/users.ts:12`. */
  readonly at?: string;
  readonly mode: Mode;
  readonly parts: readonly KeyPart[];
  readonly omitted?: readonly (readonly [what: string, why: string])[];
  readonly options?: SiteOptions;
  /** Names of the options that the compiler saw, where the program has some that it could not see. */
  readonly seen?: readonly string[];
  /** `this=instance`: each instance has entries of its own. */
  readonly perInstance?: boolean;
}
