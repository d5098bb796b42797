/** Where the marks are, and which function each binds to. */
import type { ts } from "ts-morph";
import type { Problem } from "../diagnostics/catalogue.ts";
import { findCalls } from "./calls.ts";
import { findPragmas } from "./pragmas.ts";
import { importPlace } from "./import-place.ts";
import { renamedExports } from "./imports.ts";
import type { WrittenOption } from "../pragma/parse.ts";
import type { ProjectFile } from "../project/workspace.ts";
import type { Form, Link, Span } from "../site.ts";
import { unusedImports } from "./unused-imports.ts";

/** The functions that can be cached: each has a body. */
export type MarkedFunction =
  ts.FunctionDeclaration | ts.FunctionExpression | ts.ArrowFunction | ts.MethodDeclaration;

/** Text that replaces a range; it has as many line breaks as the range, so no line moves. */
export interface Edit {
  readonly span: Span;
  readonly text: string;
}

/** A mark and the function it binds to. */
export interface Mark {
  readonly form: Form;
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
export interface Found {
  readonly marks: readonly Mark[];
  readonly references: readonly ReferenceMark[];
  readonly problems: readonly Problem[];
  /** Take imports of `cached` out that nothing uses any more once the decorators are gone. */
  readonly imports: readonly Edit[];
  /** Other files that were read to learn what an import is bound to. Absolute, sorted. */
  readonly dependencies: readonly string[];
}

/** Finds every mark of a file and binds it to its function, by syntax alone: no types are loaded. */
export function find(file: ProjectFile): Found {
  const { source, compilerOptions } = file;
  const found = findCalls(file);
  const importAt = importPlace(source, compilerOptions).at;
  const pragmas = findPragmas({ source, importAt, found });
  const marks = [...found.marks, ...pragmas.marks];
  return {
    marks: marks.sort((one, other) => one.fn.pos - other.fn.pos),
    references: found.references,
    problems: [...found.problems, ...pragmas.problems, ...renamedExports(source, found.imports)],
    imports: unusedImports(source, found.imports, found.callees),
    dependencies: [...found.imports.dependencies].sort(),
  };
}
