import type { KeyPart, Mode, SpecOptions } from "../runtime/contract/spec.ts";

/** A half-open range of UTF-16 offsets `[start, end)` in the original text of a file. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** How a function was marked: by a comment, by `cached(fn)` or by `@cached()`. */
export type MarkForm = "pragma" | "call" | "decorator";

/** One cached function, with everything that emitting it, listing it and explaining it takes. */
export interface Site {
  readonly form: MarkForm;
  readonly id: { readonly namespace: string; readonly name: string; readonly version: string };
  /** Where the function is declared: the span of its name, or of its first token. */
  readonly span: Span;
  /** 1-based position of `span.start`. */
  readonly line: number;
  readonly column: number;
  /** The same for people: `src/users.ts:12`, relative to the package. */
  readonly at: string;
  readonly mode: Mode;
  /** The parts of the key, in order; each takes one slot or, when it has `fields`, one for each. */
  readonly parts: readonly KeyPart[];
  /**
   * One expression for each slot, in the order of `parts`; valid inside the function, before its body. In front,
   * `$aot.` stands for the import of `aotcache/internal`, whatever that is called in the file.
   */
  readonly slots: readonly string[];
  /** What stays out of the key, and why: `["signal", "an AbortSignal"]`. */
  readonly omitted: readonly (readonly [what: string, why: string])[];
  /** What it reads of the environment, for lists: `process.env.API_URL`. Sorted. */
  readonly reads: readonly string[];
  /** The options known at build time, resolved: milliseconds, numbers, lists. */
  readonly options: SpecOptions;
  /** Names of the options that were written where they could be seen; undefined where that is all of them. */
  readonly seen: readonly string[] | undefined;
  /** What the runtime has to have besides what every function needs. */
  readonly needs: readonly Need[];
  /** Each instance has a store of its own (`this=instance`). */
  readonly perInstance: boolean;
  readonly text: FunctionText;
  readonly link: Link;
  /** `@cached(…)` on a member: it goes, and options that only the run time knows move into a static block. */
  readonly decorator?: {
    readonly span: Span;
    readonly options: Span | undefined;
    /** Another decorator stands in front of it, so no static block can. */
    readonly behindOther: boolean;
  };
  /** Files, besides its own, whose types the key or the version was made from. Absolute, sorted. */
  readonly dependencies: readonly string[];
}

/** A part of the runtime that is there only for who asks for it, by the name that emitted code imports. */
export type Need =
  "enableBuiltInKeys" | "enableSignals" | "enableStale" | "enableSkip" | "enableCopy" | "enableBackends";

/** A `cached(load)` call whose function stands elsewhere: it gets an identity, and its key at run time. */
export interface Reference {
  readonly id: Site["id"];
  readonly span: Span;
  /** 1-based position of `span.start`. */
  readonly line: number;
  readonly column: number;
  readonly at: string;
  /** The options known at build time; the program hands over all of them, when it runs. */
  readonly options: SpecOptions;
  /** Names of the options that were written where they could be seen; undefined where that is all of them. */
  readonly seen: readonly string[] | undefined;
  /** The argument. */
  readonly argument: Span;
  readonly dependencies: readonly string[];
}

/** Where a function's parts stand in the original text, and what of it the emitter must know. */
export interface FunctionText {
  /** Its own name at run time; names the inner function, so that stacks show it. */
  readonly name: string;
  readonly async: boolean;
  /** An arrow function, whose `this` is that of its surroundings. */
  readonly arrow: boolean;
  /** Body of an arrow function without braces: `(id) => expression`. */
  readonly expression: boolean;
  /** The body: from `{` to behind `}`, or the expression (parentheses around it included). */
  readonly body: Span;
  /** Where the first inserted statement goes: behind `{` and behind directives like `"use server"`. */
  readonly prologue: number;
  /** Names of parameters that the body reads and that can be handed on, in declared order. */
  readonly args: readonly string[];
  /** What the function was called with, as expressions, for a `skip` that only the run time knows. */
  readonly given: readonly string[] | undefined;
  /** The annotated return type as one line, `boolean` in place of a type predicate; undefined without one. */
  readonly returnType: string | undefined;
  /** A return type to insert, where the body alone would have given one that is lost: `: x is string`. */
  readonly insertReturnType:
    | {
        readonly at: number;
        readonly text: string;
        /** Where the parenthesis that `text` closes goes: `x => x !== null`. */
        readonly open?: number;
      }
    | undefined;
  /** `this`, if read lexically in the body: handed to the inner function; with `super`, kept by an arrow. */
  readonly receiver: "none" | "this" | "super";
}

/**
 * How the function object meets its site, so that `cacheOf(fn)` finds it.
 *
 * - `hoisted`: a function declaration; linked where its scope starts, since it can be called from there on.
 * - `after`: a `const`, a class or an object: linked behind the statement, by the path `access`.
 * - `static`: a member of a class that has no statement of its own: a static block behind the member.
 * - `wrap`: a function expression is wrapped where it stands (fields, call arguments, `export default`).
 * - `object`: a method in an object literal that has no path: the literal is wrapped.
 * - `none`: a private method, which no expression outside the class can name; linked at its first call.
 */
export type Link =
  | {
      readonly kind: "hoisted";
      readonly at: number;
      readonly module: boolean;
      readonly access: string;
      readonly rename?: { readonly at: number; readonly name: string };
    }
  | { readonly kind: "after"; readonly at: number; readonly module: boolean; readonly access: string }
  | { readonly kind: "static"; readonly at: number; readonly access: string }
  | { readonly kind: "wrap"; readonly span: Span; readonly name: string; readonly type?: string }
  | { readonly kind: "object"; readonly span: Span; readonly access: readonly string[] }
  | { readonly kind: "none"; readonly access: string };

/** What one file says to the emitter besides its sites. */
export interface FileText {
  /** Path for diagnostics and maps: relative to the project, with `/`. */
  readonly file: string;
  readonly text: string;
  /** TypeScript syntax may be written (`.ts`, `.tsx`, `.mts`, `.cts`). */
  readonly typed: boolean;
  /** How the import of `aotcache/internal` is written in this file. */
  readonly moduleSyntax: "import" | "import-require" | "require";
  /** Where that import goes: before every other statement, behind a shebang, directives and `@ts-` comments. */
  readonly importAt: number;
  /** It goes behind the first statement, which keeps the documentation that stands above it. */
  readonly importBehind: boolean;
  /** Of a component: its scripts, in the order of the text; what belongs to one stays in it. */
  readonly scripts?: readonly ScriptText[];
  /** What the names of emitted code start with. Left out: `$aot`. */
  readonly stem?: string;
  /** Ranges that go away or are replaced: decorators, imports that nothing uses any more. */
  readonly edits: readonly { readonly span: Span; readonly text: string }[];
}

/** Where statements and definitions go in one script of a component. */
export interface ScriptText {
  readonly importAt: number;
  readonly importBehind: boolean;
  readonly end: number;
}

/** Text that replaces a range; it has as many line breaks as the range, so no line moves. */
export interface Edit {
  readonly span: Span;
  readonly text: string;
}
