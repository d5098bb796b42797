/** The data that the phases pass to each other: plain objects without syntax nodes. */
import type { BatchSpec, KeyPart, Mode, SpecOptions } from "../runtime/contract/spec.ts";

/** A half-open range of UTF-16 offsets `[start, end)` in the original text of a file. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A script of a component: the span between `<script>` and `</script>`, or between the fences of Astro. */
export interface Script extends Span {
  /** Whether it runs for each instance of the component instead of once for the module. */
  readonly perInstance: boolean;
  /** Whether its exports run once for the module all the same, as in Astro. */
  readonly hoistsExports?: boolean;
}

/** How a function is marked: by a comment, by `cached(fn)` or by `@cached()`. */
export type MarkForm = "pragma" | "call" | "decorator";

/** One cached function: everything that is needed to emit, list and explain it. */
export interface Site {
  readonly form: MarkForm;
  readonly id: { readonly namespace: string; readonly name: string; readonly version: string };
  /** The function's name, or its first token if it has no name. */
  readonly span: Span;
  /** 1-based position of `span.start`. */
  readonly line: number;
  /** 1-based, in UTF-16 code units. */
  readonly column: number;
  /** The position for messages, relative to the package: `src/users.ts:12`. */
  readonly at: string;
  readonly mode: Mode;
  /** The type gives a promise for some arguments, and for others a value at once. */
  readonly mixed: boolean;
  /** The parts of the key, in order. A part has one slot, or one slot for each of its `fields`. */
  readonly parts: readonly KeyPart[];
  /**
   * One expression for each slot, in the order of `parts`. The expressions are valid inside the function, before
   * its body. A leading `$aot.` is replaced by the name that the file uses for the import of `aotcache/internal`.
   */
  readonly slots: readonly string[];
  /**
   * Indexes of the slots whose expression may throw: a path, or a captured variable that may not be initialized yet.
   * Emitted code then runs the function uncached, which reads the variable itself if it needs it.
   */
  readonly unsafeSlots: readonly number[];
  /** The parameters that are not in the key, with the reason: `["signal", "an AbortSignal"]`. */
  readonly omitted: readonly (readonly [what: string, why: string])[];
  /** Environment reads in the function, sorted, for lists: `process.env.API_URL`. */
  readonly reads: readonly string[];
  readonly reach: Reach;
  /** The options known at build time, resolved: durations in milliseconds, percentages as fractions. */
  readonly options: SpecOptions;
  /** Names of the options that the compiler could read. Undefined if it could read all of them. */
  readonly seen: readonly string[] | undefined;
  /** The optional parts of the runtime that this function needs. */
  readonly needs: readonly Need[];
  /** The option `multi`. */
  readonly multi?: BatchSpec;
  /** The batch function whose entries the function shares, as an expression. It has no entries of its own. */
  readonly one?: string;
  /** Each instance has its own store (`this=instance`). */
  readonly perInstance: boolean;
  /** Left out if callers may change the result, or if the same file has one that does, which is reported already. */
  readonly sharedResult?: SharedResult;
  readonly text: FunctionText;
  readonly link: Link;
  /** `@cached(…)` on a member. It is removed; options known only at run time move into a static block. */
  readonly decorator?: {
    readonly span: Span;
    readonly options: Span | undefined;
    /** Another decorator precedes it, so a static block cannot be inserted there. */
    readonly behindOther: boolean;
  };
  /** Absolute paths of the other files whose types determined the key or the version, sorted. */
  readonly dependencies: readonly string[];
}

/** A function whose result its callers share. */
export interface SharedResult {
  /** The position in the syntax tree: of the function, or of the call `cached(load)`. */
  readonly pos: number;
  /** The names of the declarations that hold the function, outermost first. */
  readonly path: readonly string[];
  /** The result's type proves that it can be copied. */
  readonly copyable: boolean;
}

/** What a function depends on through the functions that it calls, for lists. Sorted. */
export interface Reach {
  /** The functions of the project: `loadUser (src/db.ts:12)`. */
  readonly functions: readonly string[];
  /** What is used that does more than compute: `network: pg`. */
  readonly effects: readonly string[];
  /** The packages that nothing is known of, which are trusted. */
  readonly trusted: readonly string[];
}

/** An optional part of the runtime, by the name of the function that switches it on. */
export type Need =
  | "enableBuiltInKeys"
  | "enableHashes"
  | "enableIdentity"
  | "enableResultChecks"
  | "enableSignals"
  | "enableStale"
  | "enableDeadline"
  | "enableSkip"
  | "enableTags"
  | "enableCopy"
  | "enableBackends";

/** A `cached(load)` call, whose function is declared outside the call. The build decides its id, the run time its keys. */
export interface Reference {
  readonly id: Site["id"];
  /** The callee, `cached`. */
  readonly span: Span;
  /** 1-based position of `span.start`. */
  readonly line: number;
  /** 1-based, in UTF-16 code units. */
  readonly column: number;
  /** The position for messages, relative to the package: `src/users.ts:12`. */
  readonly at: string;
  /** The options known at build time. At run time the call passes all of its options. */
  readonly options: SpecOptions;
  /** Names of the options that the compiler could read. Undefined if it could read all of them. */
  readonly seen: readonly string[] | undefined;
  /** The argument that is the function. */
  readonly argument: Span;
  /** Another evaluation of the call may be given another function, which the compiler cannot tell. */
  readonly isVariable: boolean;
  /** Environment variables that the function reads. Sorted. */
  readonly reads: readonly string[];
  readonly reach: Reach;
  readonly sharedResult?: SharedResult;
  /** Absolute paths of the other files that the id depends on, sorted. */
  readonly dependencies: readonly string[];
}

/** A function with `@invalidates`: what is needed to write the removal of entries after it. */
export interface Invalidator extends Pick<
  FunctionText,
  "name" | "async" | "expression" | "body" | "prologue" | "returnType"
> {
  readonly targets: readonly {
    /** The cached function as an expression, and the receiver of a method: `repo.find` and `repo`. */
    readonly access: string;
    readonly receiver: string | undefined;
    /** Expressions. */
    readonly args: readonly string[];
    /** An argument is made of `result`. */
    readonly usesResult: boolean;
    /** The function rejects if the entry cannot be removed. */
    readonly strict: boolean;
  }[];
  /** Tags with paths in braces. */
  readonly tags: readonly {
    readonly texts: readonly string[];
    readonly usesResult: boolean;
    readonly strict: boolean;
  }[];
}

/** The positions of a function's parts in the original text, and what the emitter must know about them. */
export interface FunctionText {
  /** The function's name at run time. The inner function gets the same name, so that stack traces show it. */
  readonly name: string;
  readonly async: boolean;
  /** Is an arrow function: `this` is that of the enclosing function. */
  readonly arrow: boolean;
  /** The body is an expression without braces: `(id) => expression`. */
  readonly expression: boolean;
  /** The body including its braces, or the expression including the parentheses around it. */
  readonly body: Span;
  /** Where the first inserted statement goes: after `{` and after directives like `"use server"`. */
  readonly prologue: number;
  /** The parameters that the body uses and that can be passed on, in declared order. */
  readonly args: readonly InnerParameter[];
  /** The arguments of the call as expressions, for a `skip`, `ttl` or `tags` that is known only at run time. */
  readonly given: readonly string[] | undefined;
  /** The annotated return type on one line, with `boolean` for a type predicate. Undefined without an annotation. */
  readonly returnType: string | undefined;
  /** A return type to insert, because it was inferred from the body and would be lost: `: x is string`. */
  readonly insertReturnType:
    | {
        readonly at: number;
        readonly text: string;
        /** Where to insert the opening parenthesis that `text` closes, as `x => x !== null` needs. */
        readonly open?: number;
      }
    | undefined;
  /** The type of `this` in the inner function, where the body needs a declared one. */
  readonly receiverType: string | undefined;
  /** Set if the body stays in its place. */
  readonly inline: InlineBody | undefined;
  /** What the body reads lexically. `this` is passed to the inner function; `super` needs an inner arrow function. */
  readonly receiver: "none" | "this" | "super";
}

/** A parameter of the inner function. */
export interface InnerParameter {
  readonly name: string;
  /** Its annotation on one line. Without it, the parameter gets its type from the argument. */
  readonly type: string | undefined;
  /** It is a rest parameter whose elements are passed one by one, because one of them is an `AbortSignal`. */
  readonly rest?: boolean | undefined;
}

/** A body that stays in its place, with its own `return` statements wrapped: that of a recursive sync function. */
export interface InlineBody {
  /** The returned expressions in order, or the end of `return` without one. */
  readonly returns: readonly {
    readonly span: Span;
    /** `a, b`, which needs parentheses as an argument. */
    readonly isList: boolean;
  }[];
  /** The last statement is a `return` or a `throw`. */
  readonly endsInReturn: boolean;
  /** Code may run after a `return`: a `finally`, the end of `using` or of a loop. The result is stored after it. */
  readonly cleansUp: boolean;
}

/**
 * How the function object is linked to its site, so that `cacheOf(fn)` finds it.
 *
 * - `hoisted`: a function declaration. It is linked at the start of its scope, because it can be called from there.
 * - `after`: a `const`, a class or an object. The link follows the statement and uses the path `access`.
 * - `static`: a member of a class without a statement of its own. A static block follows the member.
 * - `wrap`: a function expression is wrapped in place (fields, call arguments, `export default`).
 * - `property`: a function expression becomes the property of a literal that is wrapped. No type reaches it there.
 * - `object`: a method in an object literal that no path leads to. The literal is wrapped.
 * - `none`: a function that cannot be linked in advance, such as a private method, which cannot be named outside
 *   its class. It is linked at its first call.
 */
export type Link =
  | {
      readonly kind: "hoisted";
      readonly at: number;
      readonly module: boolean;
      readonly access: string;
      readonly rename?: { readonly at: number; readonly name: string };
    }
  | ({ readonly kind: "after" } & LinkPlace)
  | { readonly kind: "static"; readonly at: number; readonly access: string }
  | {
      readonly kind: "wrap";
      readonly span: Span;
      readonly name: string;
      /** The type of the function, as its annotations state it. */
      readonly type?: string;
      /** The type that the function gets from its place. */
      readonly context?: string;
    }
  | { readonly kind: "property"; readonly span: Span }
  | {
      readonly kind: "object";
      readonly span: Span;
      readonly access: readonly string[];
      /** The type that the literal gets from its place. */
      readonly context?: string;
      /** Where it can be linked if a variable is exported as the default. */
      readonly asVariable?: LinkPlace;
    }
  | { readonly kind: "none"; readonly access: string };

/** Where a function is linked behind the statement that creates it. */
export interface LinkPlace {
  /** The end of the statement. */
  readonly at: number;
  readonly module: boolean;
  /** The path to the function. With `exported`, what follows the name of the variable. */
  readonly access: string;
  /** The `export default` that becomes the declaration of a variable. */
  readonly exported?: Span;
}

/** What the emitter needs to know about a file besides its sites. */
export interface FileText {
  /** Path for diagnostics and maps: relative to the project, with `/`. */
  readonly file: string;
  readonly text: string;
  /** The file may contain TypeScript syntax (`.ts`, `.tsx`, `.mts`, `.cts`). */
  readonly typed: boolean;
  /** How the import of `aotcache/internal` is written in this file. */
  readonly moduleSyntax: "import" | "import-require" | "require";
  /** Where that import goes: before all other statements, after a shebang, directives and `@ts-` comments. */
  readonly importAt: number;
  /** The import follows the first statement instead, so that the statement keeps its documentation comment. */
  readonly importAfter: boolean;
  /** The scripts of a component, ordered by position. Code for a function is inserted into its own script. */
  readonly scripts?: readonly ScriptText[];
  /** The prefix of the names in emitted code. Default: `$aot`. */
  readonly stem?: string;
  /** Ranges to remove or replace: imports that are no longer used. */
  readonly edits: readonly { readonly span: Span; readonly text: string }[];
}

/** Where statements and definitions are inserted in one script of a component. */
export interface ScriptText {
  readonly importAt: number;
  readonly importAfter: boolean;
  readonly end: number;
  /** Whether a declaration runs once for the module only if it is exported. */
  readonly hoistsExports?: boolean;
}

/** Text that replaces a range. It has as many line breaks as the range, so that no line moves. */
export interface Edit {
  readonly span: Span;
  readonly text: string;
}
