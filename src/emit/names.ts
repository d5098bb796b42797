/** The names that emitted code uses: the runtime's, checked against it, and its own, which the file has not. */
import type { CachedFunction as RuntimeFunction } from "../../runtime/call/cached-function.ts";
import type { Tier } from "../../runtime/memory/tier.ts";
import type { Mode } from "../../runtime/contract/spec.ts";
import type * as internal from "../../runtime/internal.ts";

/** Functions of the runtime that emitted code calls. `without` is written by the analysis, as part of a slot. */
type RuntimeName = Exclude<keyof typeof internal, "ABI" | "CachedFunction" | "without">;

/** Their names. A rename in the runtime is a compile error here. */
export const RUNTIME: { readonly [N in RuntimeName]: N } = {
  availableBuffer: "availableBuffer",
  bind: "bind",
  bindMember: "bindMember",
  define: "define",
  enableBackends: "enableBackends",
  enableBuiltInKeys: "enableBuiltInKeys",
  enableCopy: "enableCopy",
  enableSignals: "enableSignals",
  enableSkip: "enableSkip",
  enableStale: "enableStale",
  link: "link",
  missing: "missing",
  named: "named",
  options: "options",
  readShape: "readShape",
  shapeBuffer: "shapeBuffer",
  unshaped: "unshaped",
};
/** How emitted code takes the result out of a hit. */
export const HIT_RESULT: Readonly<Record<Mode, keyof Tier | `${keyof Tier}()`>> = {
  async: "value",
  sync: "value",
  promise: "promise()",
  either: "result()",
};

type Method = Extract<keyof RuntimeFunction, "get" | "get0" | "get1" | "get2" | "get3" | "run" | "of">;
export const method = (name: Method): string => name;

/** Names in emitted code, made so that the file has none of them. */
export class EmittedNames {
  readonly namespace: string;
  readonly hit: string;
  readonly #text: string;
  readonly #taken = new Set<string>();

  constructor(text: string, stem = "$aot") {
    this.#text = text;
    this.namespace = this.unused(stem);
    this.hit = `${this.namespace}_hit`;
    this.#taken.add(this.hit);
  }

  /** The name, with underscores behind it until the file has no such text. */
  unused(name: string): string {
    return this.#text.includes(name) ? this.unused(`${name}_`) : name;
  }

  /** The variable and the function of a site. */
  of(name: string): { readonly variable: string; readonly definer: string } {
    const stem = `${this.namespace}_${name.replace(/[^\p{ID_Continue}$]+/gu, "_")}`;
    let variable = stem;
    for (let n = 2; this.#taken.has(variable) || this.#taken.has(`${variable}_`); n++)
      variable = `${stem}${n}`;
    const definer = `${variable}_`;
    this.#taken.add(variable).add(definer);
    return { variable, definer };
  }

  /** A name for something else in the module. */
  free(name: string): string {
    if (this.#taken.has(name)) return this.free(`${name}_`);
    this.#taken.add(name);
    return name;
  }
}
