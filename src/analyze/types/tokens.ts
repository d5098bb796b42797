/**
 * The text of a node without comments and layout. It is read from the tree, since a scanner alone can mistake
 * regular expressions and templates.
 */
import { ts } from "ts-morph";

/** Whitespace and comments. Else, no token has the first `<` of `Of<<T>(value: T) => T>`: the scanner reads `<<`. */
const LAYOUT = /\s+|\/\/.*|\/\*[^]*?\*\//g;

/** Returns the text of a node on one line, without comments; strings are left as they are. */
export function oneLine(node: ts.Node): string {
  const source = node.getSourceFile();
  let text = "";
  let end = node.getStart(source);
  for (const leaf of leavesOf(node, source)) {
    const token = typeof leaf === "string" ? leaf : tokenText(leaf, source);
    if (typeof leaf !== "string") {
      // One space replaces any whitespace and comments.
      const between = source.text.slice(end, leaf.getStart(source));
      const missed = between.replace(LAYOUT, "");
      if (missed !== "") text += missed;
      else if (between !== "" && text !== "" && token !== "") text += " ";
      end = leaf.getEnd();
    }
    text += token;
  }
  return text;
}

/**
 * Returns the tokens in order, with the semicolons that line breaks stand for. The file is passed along: a node
 * would climb the tree to find it, and the tree of a long sum is as deep as the sum is long.
 */
function leavesOf(root: ts.Node, source: ts.SourceFile): readonly (ts.Node | string)[] {
  const leaves: (ts.Node | string)[] = [];
  const stack: (ts.Node | string)[] = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (typeof node === "string") leaves.push(node);
    else {
      const children = node.getChildren(source).filter((child) => !ts.isJSDoc(child));
      if (children.length === 0) leaves.push(node);
      const parts = children.flatMap((child, index) =>
        index < children.length - 1 && lacksSemicolon(child, source) ? [child, ";"] : [child],
      );
      for (const part of parts.reverse()) stack.push(part);
    }
  }
  return leaves;
}

/** Tells whether only a line break follows the member of a type; on one line it needs a semicolon. */
function lacksSemicolon(child: ts.Node, source: ts.SourceFile): boolean {
  return (
    ts.isTypeElement(child) && ts.isTypeLiteralNode(child.parent) && !/[;,]$/.test(child.getText(source))
  );
}

function tokenText(token: ts.Node, source: ts.SourceFile): string {
  const text = token.getText(source);
  // Inside a template, `\r\n` and `\n` have the same value, and so does the escape `\n`.
  return isTemplatePart(token) ? text.replace(/\r\n?|\n/g, "\\n") : text;
}

function isTemplatePart(token: ts.Node): boolean {
  return ts.isTemplateLiteralToken(token) || ts.isNoSubstitutionTemplateLiteral(token);
}
