/** The comments that could hold a pragma, each with the token behind it: read from the tree, never by pattern. */
import { ts } from "ts-morph";
import type { Span } from "../site.ts";

export interface PlacedComment {
  readonly span: Span;
  /** The token that the comment stands in front of; the end of the file is one. */
  readonly next: ts.Node;
  /** Code stands before it on its line and nothing behind it: it belongs to that code. */
  readonly trailing: boolean;
}

/**
 * Returns the comments with an `@c` or `@C` in them, in order.
 *
 * The tree is walked once, along those offsets only, so that comments in strings, templates, regular
 * expressions and JSX text are not taken for comments, and a large file without any costs one search.
 */
export function commentsWithTags(source: ts.SourceFile): PlacedComment[] {
  const found = new Map<number, PlacedComment>();
  const offsets = tagOffsets(source.text);
  let cursor = 0;
  if (offsets.length > 0) visit(source);
  return [...found.values()].sort((one, other) => one.span.start - other.span.start);

  /** Walks in the order of the text, so that one cursor over the offsets serves the whole tree. */
  function visit(node: ts.Node): void {
    const own: number[] = [];
    ts.forEachChild(node, (child) => {
      while (cursor < offsets.length && offsets[cursor]! < child.pos) own.push(offsets[cursor++]!);
      if (cursor < offsets.length && offsets[cursor]! < child.end) visit(child);
    });
    while (cursor < offsets.length && offsets[cursor]! < node.end) own.push(offsets[cursor++]!);
    if (own.length > 0) visitTokens(node, own);
  }

  /** What no child holds is in a keyword, a bracket, a literal, or in front of one. */
  function visitTokens(node: ts.Node, offsets: readonly number[]): void {
    const tokens = isLeaf(node) ? [node] : node.getChildren(source);
    let index = 0;
    for (const token of tokens) {
      if (token.kind === ts.SyntaxKind.JSDoc) continue;
      while (index < offsets.length && offsets[index]! < token.pos) index++;
      const start = token.getStart(source);
      if (index < offsets.length && offsets[index]! < start) collect(token, start);
      while (index < offsets.length && offsets[index]! < token.end) index++;
    }
  }

  function collect(next: ts.Node, start: number): void {
    const { text } = source;
    const trailing = next.pos > 0 ? (ts.getTrailingCommentRanges(text, next.pos) ?? []) : [];
    const leading = ts.getLeadingCommentRanges(text, next.pos) ?? [];
    for (const { pos, end } of trailing) {
      const alone =
        /[\r\n\u2028\u2029]/.test(text.slice(end, start)) || next.kind === ts.SyntaxKind.EndOfFileToken;
      found.set(pos, { span: { start: pos, end }, next, trailing: alone });
    }
    for (const { pos, end } of leading) {
      if (!found.has(pos)) found.set(pos, { span: { start: pos, end }, next, trailing: false });
    }
  }
}

const isLeaf = (node: ts.Node): boolean => ts.isToken(node) || node.kind === ts.SyntaxKind.Identifier;

function tagOffsets(text: string): number[] {
  const offsets: number[] = [];
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    const letter = text[at + 1];
    if (letter === "c" || letter === "C") offsets.push(at);
  }
  return offsets;
}
