/** What the search for marks returns. */
import type { MarkForm, Span, Link, Edit } from "../site.ts";
import type { WrittenOption } from "../pragma/parse.ts";
import type { MarkedFunction } from "../syntax/nodes.ts";
import type { Problem } from "../diagnostics/catalogue.ts";

/** A mark and the function it binds to. */
export interface Mark {
  readonly form: MarkForm;
  /** The pragma's text, the callee of the call, or the decorator. */
  readonly span: Span;
  readonly written: readonly WrittenOption[];
  /** Some options are known only at run time: `optionsText` must be evaluated there. */
  readonly dynamic: boolean;
  /** The options argument of a call or decorator, as an expression; undefined in a pragma or without one. */
  readonly optionsText: Span | undefined;
  /** The function with the body. */
  readonly fn: MarkedFunction;
  /** Its name, or its first token. */
  readonly name: Span;
  /** Its `.name` at run time; `""` for an anonymous one that nothing names. */
  readonly runtimeName: string;
  /** The names of the declarations that hold it, outermost first; empty when there is none. */
  readonly path: readonly string[];
  readonly link: Link;
}

/** A `cached()` call whose function is not written inside it: `cached(load)`. */
export interface ReferenceMark {
  readonly span: Span;
  readonly argument: Span;
  readonly path: readonly string[];
  readonly written: readonly WrittenOption[];
  readonly dynamic: boolean;
  /** The whole call. */
  readonly call: Span;
  readonly optionsText: Span | undefined;
  /** The function, when it is declared in this file and never reassigned. */
  readonly target: MarkedFunction | undefined;
}

/** What one file says about caching. */
export interface FoundMarks {
  readonly marks: readonly Mark[];
  readonly references: readonly ReferenceMark[];
  readonly problems: readonly Problem[];
  /** Take imports of `cached` out that nothing uses any more once the decorators are gone. */
  readonly imports: readonly Edit[];
  /** Other files that were read to learn what an import is bound to. Absolute, sorted. */
  readonly dependencies: readonly string[];
}
