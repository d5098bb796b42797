/** The marks of a file, as `find` returns them. */
import type { ts } from "ts-morph";
import type { Problem } from "../diagnostics/catalogue.ts";
import type { WrittenOption } from "../pragma/parse.ts";
import type { InvalidatesPragma } from "../pragma/invalidates.ts";
import type { MarkForm, Span, Link, Edit } from "../site.ts";
import type { MarkedFunction } from "../syntax/nodes.ts";

/** A function with a body, and how messages name it. */
export interface NamedFunction {
  readonly fn: MarkedFunction;
  /** Where problems of the whole function are reported: its name, or its first token. */
  readonly name: Span;
  /** The function's `.name` at run time; `""` for an anonymous function. */
  readonly runtimeName: string;
  /** The names of the declarations that hold the function, outermost first. Empty without any. */
  readonly path: readonly string[];
}

/** A mark and the function it binds to. */
export interface Mark extends NamedFunction {
  readonly form: MarkForm;
  /** The pragma's text, the callee of the call, or the decorator. */
  readonly span: Span;
  readonly written: readonly WrittenOption[];
  /** Some options are known only at run time, where `optionsText` must be evaluated. */
  readonly dynamic: boolean;
  /** The options argument of a call or decorator. Undefined for a pragma or without options. */
  readonly optionsText: Span | undefined;
  readonly link: Link;
}

/** A `cached()` call whose function is not written inside it: `cached(load)`. */
export interface ReferenceMark {
  /** The callee of the call. */
  readonly span: Span;
  /** The argument that is the function. */
  readonly argument: Span;
  /** The names of the declarations that hold the call, or of the function. Empty without any. */
  readonly path: readonly string[];
  readonly written: readonly WrittenOption[];
  /** Some options are known only at run time. */
  readonly dynamic: boolean;
  /** The whole call. */
  readonly call: Span;
  readonly optionsText: Span | undefined;
  /** The function, when it is declared in this file and never reassigned. */
  readonly target: MarkedFunction | undefined;
}

/** The pragmas `@invalidates` at one function. */
export interface InvalidatesMark {
  readonly fn: MarkedFunction;
  readonly pragmas: readonly InvalidatesPragma[];
  /** The first pragma. */
  readonly span: Span;
  /** The names of the declarations that hold the function, outermost first. */
  readonly path: readonly string[];
  /** The function's `.name` at run time. */
  readonly runtimeName: string;
}

/** Everything that `find` returns for one file. */
export interface FoundMarks {
  readonly marks: readonly Mark[];
  readonly references: readonly ReferenceMark[];
  readonly invalidates: readonly InvalidatesMark[];
  /** The callees `cached` that nothing seems to declare. */
  readonly unbound: readonly ts.Expression[];
  readonly problems: readonly Problem[];
  /** Edits that remove the imports of `cached` that only removed decorators used. */
  readonly imports: readonly Edit[];
  /** Absolute paths of the other files that were read to resolve imports, sorted. */
  readonly dependencies: readonly string[];
}
