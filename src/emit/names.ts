/** The names in emitted code: those of the runtime, checked by the type checker, and new ones that the file does not use. */
import type { CachedFunction as RuntimeFunction } from "../../runtime/call/cached-function.ts";
import type { InlineRun } from "../../runtime/call/inline-run.ts";
import type { Mode } from "../../runtime/contract/spec.ts";
import type * as internal from "../../runtime/internal.ts";
import type { Tier } from "../../runtime/memory/tier.ts";

/** The functions of the runtime that emitted code calls. The analysis writes `blanked` and `without` as parts of slots. */
type RuntimeName = Exclude<
  keyof typeof internal,
  "ABI" | "CachedFunction" | "InlineRun" | "blanked" | "without"
>;

/** The names of these functions. A rename in the runtime is a compile error here. */
export const RUNTIME: { readonly [N in RuntimeName]: N } = {
  availableBuffer: "availableBuffer",
  batch: "batch",
  batchOf: "batchOf",
  bind: "bind",
  bindMember: "bindMember",
  define: "define",
  enableBackends: "enableBackends",
  enableBuiltInKeys: "enableBuiltInKeys",
  enableHashes: "enableHashes",
  enableIdentity: "enableIdentity",
  enableCopy: "enableCopy",
  enableDeadline: "enableDeadline",
  enableResultChecks: "enableResultChecks",
  enableSignals: "enableSignals",
  enableSkip: "enableSkip",
  enableStale: "enableStale",
  enableTags: "enableTags",
  identityHit: "identityHit",
  identityHit1: "identityHit1",
  identityHit2: "identityHit2",
  inlineRun: "inlineRun",
  invalidating: "invalidating",
  invalidation: "invalidation",
  link: "link",
  missing: "missing",
  named: "named",
  one: "one",
  options: "options",
  readShape: "readShape",
  receiver: "receiver",
  shapeBuffer: "shapeBuffer",
  unreadable: "unreadable",
  unshaped: "unshaped",
};

/** Returns the name of a member of `InlineRun`. A rename in the runtime is a compile error here. */
export const inlineRun = (name: keyof InlineRun): string => name;

/** How emitted code reads the result from a hit. */
export const HIT_RESULT: Readonly<Record<Mode, keyof Tier | `${keyof Tier}()`>> = {
  async: "value",
  sync: "value",
  promise: "promise()",
  either: "result()",
};

type Method = Extract<keyof RuntimeFunction, "get" | "get0" | "get1" | "get2" | "get3" | "run" | "of">;

/** Returns the name of a method of `CachedFunction`. A rename in the runtime is a compile error here. */
export const method = (name: Method): string => name;

/** Creates the names for the emitted code of one file. None of them occurs in the file. */
export class EmittedNames {
  /** The import of `aotcache/internal`. */
  readonly namespace: string;
  /** The variable that holds a hit. */
  readonly hit: string;
  /** The variable that holds the error of a body that stays in its place. */
  readonly error: string;
  readonly #text: string;
  readonly #taken = new Set<string>();

  constructor(text: string, stem = "$aot") {
    this.#text = text;
    this.namespace = this.unused(stem);
    this.hit = `${this.namespace}_hit`;
    this.error = `${this.namespace}_error`;
    this.#taken.add(this.hit).add(this.error);
  }

  /** Returns the name, with underscores appended until its text does not occur in the file. */
  unused(name: string): string {
    return this.#text.includes(name) ? this.unused(`${name}_`) : name;
  }

  /** Returns names for the variable and the function of a site, derived from the name of the cached function. */
  of(name: string): { readonly variable: string; readonly definer: string } {
    const stem = `${this.namespace}_${name.replace(/[^\p{ID_Continue}$]+/gu, "_")}`;
    let variable = stem;
    for (let n = 2; this.#taken.has(variable) || this.#taken.has(`${variable}_`); n++)
      variable = `${stem}${n}`;
    const definer = `${variable}_`;
    this.#taken.add(variable).add(definer);
    return { variable, definer };
  }

  /** Returns the name, with underscores appended until no other emitted name equals it. */
  reserve(name: string): string {
    if (this.#taken.has(name)) return this.reserve(`${name}_`);
    this.#taken.add(name);
    return name;
  }
}
