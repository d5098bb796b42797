/** Finds the pragmas `@invalidates`, and binds each to the function after it. */
import { type Problem, problem } from "../diagnostics/catalogue.ts";
import { INVALIDATES, type InvalidatesPragma, parseInvalidates } from "../pragma/invalidates.ts";
import type { ts } from "ts-morph";
import type { MarkedFunction } from "../syntax/nodes.ts";
import { bindComment, type Binding } from "./bind.ts";
import type { FoundCalls } from "./calls.ts";
import { commentsWithTags } from "./comments.ts";
import { pathOfFunction } from "./lexical-path.ts";
import { runtimeName } from "./link.ts";
import type { InvalidatesMark } from "./mark.ts";
import { unattachedHelp } from "./unattached.ts";

/** Several pragmas at one function are one mark. */
export function findInvalidates(
  source: ts.SourceFile,
  found: FoundCalls,
): { readonly marks: readonly InvalidatesMark[]; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const pragmasOf = new Map<MarkedFunction, InvalidatesPragma[]>();
  if (source.isDeclarationFile || !/@inva/i.test(source.text)) return { marks: [], problems };
  for (const comment of commentsWithTags(source)) {
    const { start, end } = comment.span;
    for (const pragma of parseInvalidates(source.text.slice(start, end), start)) {
      problems.push(...pragma.problems);
      if (pragma.calls.length + pragma.tags.length === 0) continue;
      const bound = bindComment(comment, (call) => found.calls.has(call));
      const fn = "call" in bound ? found.calls.get(bound.call) : "fn" in bound ? bound.fn : undefined;
      if (fn) pragmasOf.set(fn, [...(pragmasOf.get(fn) ?? []), pragma]);
      else problems.push(unattached(bound, pragma));
    }
  }
  const marks = [...pragmasOf].map(([fn, pragmas]) => ({
    fn,
    pragmas,
    span: pragmas[0]!.span,
    path: pathOfFunction(fn),
    runtimeName: runtimeName(fn),
  }));
  return { marks, problems };
}

function unattached(bound: Binding, { span }: InvalidatesPragma): Problem {
  const found =
    "found" in bound
      ? bound.found
      : "refused" in bound
        ? `${bound.refused === "function-accessor" ? "an" : "a"} ${bound.refused.replace("function-", "")}`
        : "the result of a call";
  const help =
    ("found" in bound ? unattachedHelp(found, false) : undefined) ??
    "Write `// @invalidates getUser(id)` directly above a function declaration, a method, or a `const` or property that holds one function.";
  return problem("pragma-unattached", span, {
    found,
    help: help.replace("cache", "mark"),
    pragma: INVALIDATES,
  });
}
