/** The names that emitted code uses: the runtime's, checked against it, and its own, which the file has not. */
import type { Site as RuntimeSite } from "../../runtime/call/cached-function.ts";
import type {
  backends,
  bind,
  bindMember,
  copies,
  kinds,
  signals,
  skips,
  stale,
  idle,
  link,
  named,
  none,
  options,
  scratch,
  site as define,
  take,
  whole,
} from "../../runtime/internal.ts";

/** The runtime's names as emitted code uses them: a rename there is a compile error here. */
export const RUNTIME: { readonly [N in keyof Internal]: N } = {
  link: "link",
  bind: "bind",
  bindMember: "bindMember",
  named: "named",
  options: "options",
  idle: "idle",
  none: "none",
  scratch: "scratch",
  take: "take",
  site: "site",
  stale: "stale",
  skips: "skips",
  signals: "signals",
  kinds: "kinds",
  copies: "copies",
  backends: "backends",
  whole: "whole",
};
interface Internal {
  link: typeof link;
  bind: typeof bind;
  bindMember: typeof bindMember;
  named: typeof named;
  options: typeof options;
  idle: typeof idle;
  none: typeof none;
  scratch: typeof scratch;
  take: typeof take;
  site: typeof define;
  stale: typeof stale;
  skips: typeof skips;
  signals: typeof signals;
  kinds: typeof kinds;
  copies: typeof copies;
  backends: typeof backends;
  whole: typeof whole;
}
type Method = Extract<keyof RuntimeSite, "get" | "get0" | "get1" | "get2" | "get3" | "run" | "of">;
export const method = (name: Method): string => name;

/** Names in emitted code, made so that the file has none of them. */
export class Names {
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
