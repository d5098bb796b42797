/** Finds the comments that could contain a pragma, and the token that follows each. */
import { ts } from "ts-morph";
import type { Span } from "../site.ts";

export interface PlacedComment {
  readonly span: Span;
  /** The token after the comment, which may be the end of the file. */
  readonly next: ts.Node;
  /** Code precedes the comment on its line and nothing follows it there, so it belongs to that code. */
  readonly trailing: boolean;
}

/**
 * Returns the comments that contain `@c` or `@i`, in order.
 *
 * Walks the syntax tree, so that text in strings, templates, regular expressions and JSX is not mistaken for a
 * comment. It walks once, and only along the offsets of those tags, so a large file without any costs one search.
 * It does not recurse, because generated code has sums of thousands of terms.
 */
export function commentsWithTags(source: ts.SourceFile): PlacedComment[] {
  const found = new Map<number, PlacedComment>();
  const stack = [{ node: source as ts.Node, offsets: tagOffsets(source.text) }];
  for (let at = stack.pop(); at; at = stack.pop()) visit(at.node, at.offsets);
  return [...found.values()].sort((one, other) => one.span.start - other.span.start);

  /** Divides the offsets in a node between its children and its own tokens. */
  function visit(node: ts.Node, offsets: readonly number[]): void {
    if (offsets.length === 0) return;
    const between: number[] = [];
    let cursor = 0;
    ts.forEachChild(node, (child) => {
      while (cursor < offsets.length && offsets[cursor]! < child.pos) between.push(offsets[cursor++]!);
      const first = cursor;
      while (cursor < offsets.length && offsets[cursor]! < child.end) cursor++;
      if (cursor > first) stack.push({ node: child, offsets: offsets.slice(first, cursor) });
    });
    between.push(...offsets.slice(cursor));
    if (between.length > 0) visitTokens(node, between);
  }

  /** Offsets outside the children of a node are in its own tokens, or in the comments before those. */
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
      const endsLine =
        /[\r\n\u2028\u2029]/.test(text.slice(end, start)) || next.kind === ts.SyntaxKind.EndOfFileToken;
      found.set(pos, { span: { start: pos, end }, next, trailing: endsLine });
    }
    for (const { pos, end } of leading) {
      if (!found.has(pos)) found.set(pos, { span: { start: pos, end }, next, trailing: false });
    }
  }
}

const isLeaf = (node: ts.Node): boolean => ts.isToken(node) || node.kind === ts.SyntaxKind.Identifier;

/** Returns the offsets of `@c`, `@C`, `@i` and `@I`. */
function tagOffsets(text: string): number[] {
  const offsets: number[] = [];
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    const letter = text[at + 1];
    if (letter !== undefined && "cCiI".includes(letter)) offsets.push(at);
  }
  return offsets;
}
