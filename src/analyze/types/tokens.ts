/**
 * The tokens of a node, without comments and layout. They are read from the tree, since a scanner alone can
 * mistake regular expressions, templates and JSX.
 */
import { ts } from "ts-morph";
import { isTypeOnly } from "../../syntax/nodes.ts";

/** Returns the tokens of a node; `types: false` leaves out the tokens that do not exist at run time. */
export function tokensOf(node: ts.Node, options: { readonly types: boolean }): readonly string[] {
  const source = node.getSourceFile();
  return leavesOf(node, source, options.types)
    .map((leaf) => (typeof leaf === "string" ? leaf : tokenText(leaf, source)))
    .filter(Boolean);
}

/** Returns the text of a node on one line, without comments; strings are left as they are. */
export function oneLine(node: ts.Node): string {
  const source = node.getSourceFile();
  let text = "";
  let end = node.getStart(source);
  for (const leaf of leavesOf(node, source, true)) {
    const token = typeof leaf === "string" ? leaf : tokenText(leaf, source);
    if (typeof leaf !== "string") {
      // One space replaces any whitespace and comments.
      const apart = /\s|\/[/*]/.test(source.text.slice(end, leaf.getStart(source)));
      if (apart && text !== "" && token !== "") text += " ";
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
function leavesOf(root: ts.Node, source: ts.SourceFile, types: boolean): readonly (ts.Node | string)[] {
  const leaves: (ts.Node | string)[] = [];
  const stack: (ts.Node | string)[] = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (typeof node === "string") leaves.push(node);
    else if (types || !isTypeOnly(node)) {
      const children = node.getChildren(source).filter((child) => !ts.isJSDoc(child));
      if (children.length === 0) leaves.push(node);
      const remaining = types ? children : withoutTypes(node, children);
      const parts = remaining.flatMap((child, index) =>
        index < remaining.length - 1 && lacksSemicolon(child, source) ? [child, ";"] : [child],
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
  if (ts.isJsxText(token)) return jsxText(token.text);
  const text = token.getText(source);
  // Inside a template, `\r\n` and `\n` have the same value, and so does the escape `\n`.
  return isTemplatePart(token) ? text.replace(/\r\n?|\n/g, "\\n") : text;
}

function isTemplatePart(token: ts.Node): boolean {
  return ts.isTemplateLiteralToken(token) || ts.isNoSubstitutionTemplateLiteral(token);
}

/** Returns the value of JSX text: lines are trimmed at line breaks, empty lines are dropped. */
function jsxText(text: string): string {
  const lines = text.split(/\r\n?|\n/);
  return lines
    .map((line, index) => {
      const start = index > 0 ? line.replace(/^[ \t]+/, "") : line;
      return index < lines.length - 1 ? start.replace(/[ \t]+$/, "") : start;
    })
    .filter((line) => line !== "")
    .join(" ");
}

/** Drops the children that belong to types: `: T`, `as T`, `<T>`, `?` and `!` of declarations. */
function withoutTypes(parent: ts.Node, children: readonly ts.Node[]): readonly ts.Node[] {
  const dropped = new Set<number>();
  const { typeArguments, typeParameters } = parent as {
    typeArguments?: ts.NodeArray<ts.Node>;
    typeParameters?: ts.NodeArray<ts.Node>;
  };
  children.forEach((child, index) => {
    const previous = children[index - 1]?.kind;
    if (isTypeOnly(child)) {
      dropped.add(index);
      if (previous !== undefined && INTRODUCES_TYPE.has(previous)) dropped.add(index - 1);
      if (previous === ts.SyntaxKind.LessThanToken) dropped.add(index - 1).add(index + 1);
    }
    const isTypeList = child.kind === ts.SyntaxKind.SyntaxList && previous === ts.SyntaxKind.LessThanToken;
    if (isTypeList && (child.pos === typeArguments?.pos || child.pos === typeParameters?.pos)) {
      dropped
        .add(index - 1)
        .add(index)
        .add(index + 1);
    }
    const isTypeMark =
      child.kind === ts.SyntaxKind.ExclamationToken || child.kind === ts.SyntaxKind.QuestionToken;
    const marksType = ts.isNonNullExpression(parent) || ts.isParameter(parent) || isClassMember(parent);
    if (isTypeMark && (marksType || ts.isVariableDeclaration(parent))) dropped.add(index);
  });
  return children.filter((_, index) => !dropped.has(index));
}

const INTRODUCES_TYPE: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.ColonToken,
  ts.SyntaxKind.AsKeyword,
  ts.SyntaxKind.SatisfiesKeyword,
]);

function isClassMember(node: ts.Node): boolean {
  return ts.isPropertyDeclaration(node) || ts.isMethodDeclaration(node);
}
