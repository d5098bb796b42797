/** Says where problems are: file, line and column. */
import type { Diagnostic, Problem } from "./catalogue.ts";

/** Adds the file and position to a problem. */
export function locate(
  { name, severity, span, message, help }: Problem,
  file: string,
  text: string,
): Diagnostic {
  const start = positionAt(text, span.start);
  const end = positionAt(text, Math.max(span.start, span.end));
  return {
    name,
    severity,
    span,
    message,
    help,
    file,
    line: start.line,
    column: start.column,
    endLine: end.line,
    endColumn: end.column,
  };
}

/**
 * Returns the 1-based line and column, in UTF-16 code units, of an offset. Lines end where TypeScript ends them.
 *
 * @example
 * positionAt("let a;\nlet b;", 11); // { line: 2, column: 5 }
 */
export function positionAt(text: string, offset: number): { readonly line: number; readonly column: number } {
  const at = Math.min(Math.max(offset, 0), text.length);
  let line = 1;
  let start = 0;
  for (const { index, 0: ending } of text.matchAll(/\r\n|[\r\n\u2028\u2029]/g)) {
    if (index + ending.length > at) break;
    line++;
    start = index + ending.length;
  }
  return { line, column: at - start + 1 };
}
