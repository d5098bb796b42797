/** Splits a comment into the lines that can hold a pragma. */
import type { Span } from "../site.ts";

/** Returns the lines of a comment without delimiters, gutters, decoration and fenced code blocks. */
export function commentLines(comment: string): Span[] {
  if (comment.startsWith("//")) {
    // `///` is a line comment too. More slashes are a comment in code that was commented out.
    const slashes = /^\/+/.exec(comment)![0].length;
    const end = /[\r\n\u2028\u2029]|$/.exec(comment)!.index;
    return slashes > 3 ? [] : [{ start: slashes, end }];
  }
  const body = comment.endsWith("*/") && comment.length >= 4 ? comment.length - 2 : comment.length;
  const lines: Span[] = [];
  let fence = -1;
  for (const { index, 0: line } of comment.slice(0, body).matchAll(/[^\r\n\u2028\u2029]+/g)) {
    const opening = (index === 0 ? /^\/\*[*!]*/ : /^\s*\**/).exec(line)![0].length;
    const start = index + opening;
    lines.push({ start, end: Math.max(start, index + withoutFrame(line)) });
    if (!/^\s*(?:```|~~~)/.test(line.slice(opening))) continue;
    if (fence >= 0) lines.length = fence;
    fence = fence >= 0 ? -1 : lines.length;
  }
  return lines;
}

/** Returns the length of a line without the `*` at the right side of a box. */
function withoutFrame(line: string): number {
  let end = line.trimEnd().length;
  while (line[end - 1] === "*") end--;
  return end === 0 || /\s/.test(line[end - 1]!) ? end : line.length;
}
