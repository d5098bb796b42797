/** Finds the marks that are comments, and binds each pragma to the function after it. */
import { ts } from "ts-morph";
import type { Problem } from "../diagnostics/catalogue.ts";
import { isAboveCommentedCode, parsePragmas, type Pragma } from "../pragma/parse.ts";
import type { MarkForm } from "../site.ts";
import type { MarkedFunction } from "../syntax/nodes.ts";
import { nameSpan } from "../syntax/nodes.ts";
import { bindComment } from "./bind.ts";
import { bindingProblem, markedTwice, type FoundCalls } from "./calls.ts";
import { commentsWithTags } from "./comments.ts";
import { pathOfFunction } from "./lexical-path.ts";
import { linkOf, runtimeName } from "./link.ts";
import type { Mark } from "./mark.ts";

export interface FoundPragmas {
  readonly marks: readonly Mark[];
  readonly problems: readonly Problem[];
}

export interface PragmaContext {
  readonly source: ts.SourceFile;
  /** Where the import of emitted code goes. */
  readonly importAt: number;
  /** The marks that are code. */
  readonly found: FoundCalls;
}

/** How a message names a pragma and a second mark of each form. */
const TWO_MARKS: Readonly<Record<MarkForm, string>> = {
  pragma: "two pragmas",
  call: "a pragma and by `cached()`",
  decorator: "a pragma and a decorator",
};

/** Finds the pragmas of a file and binds them. In a declaration file, where nothing runs, there are none. */
export function findPragmas({ source, importAt, found }: PragmaContext): FoundPragmas {
  const marks: Mark[] = [];
  const problems: Problem[] = [];
  if (source.isDeclarationFile) return { marks, problems };
  const markOf = new Map<MarkedFunction, Mark>(found.marks.map((mark) => [mark.fn, mark]));
  for (const comment of commentsWithTags(source)) {
    const { start, end } = comment.span;
    for (const pragma of parsePragmas(source.text.slice(start, end), start)) {
      if (pragma.call && isAboveCommentedCode(source.text, pragma.span.end, end)) continue;
      problems.push(...pragma.problems);
      if (pragma.misspelt) continue;
      const bound = bindComment(comment, (call) => found.calls.has(call));
      if (!("fn" in bound)) {
        problems.push(bindingProblem(bound, pragma.span));
        continue;
      }
      const other = markOf.get(bound.fn);
      if (other) {
        problems.push(markedTwice(TWO_MARKS[other.form], pragma.span));
        continue;
      }
      const mark = pragmaMark(pragma, bound.fn, importAt);
      markOf.set(bound.fn, mark);
      marks.push(mark);
    }
  }
  return { marks, problems };
}

function pragmaMark({ span, options }: Pragma, fn: MarkedFunction, importAt: number): Mark {
  return {
    form: "pragma",
    span,
    written: options,
    dynamic: false,
    optionsText: undefined,
    fn,
    name: nameSpan(fn),
    runtimeName: runtimeName(fn),
    path: pathOfFunction(fn),
    link: linkOf(fn, importAt),
  };
}
