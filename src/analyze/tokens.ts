/**
 * The tokens of a piece of syntax, from the tree: comments and layout are gone, and what a scanner alone
 * could mistake (regular expressions, templates, JSX) is told apart.
 */
import { ts } from "ts-morph";
import { isTypeOnly } from "./syntax.ts";

/** The tokens of a node; `types: false` leaves out what is gone at run time. */
export function tokensOf(node: ts.Node, options: { readonly types: boolean }): readonly string[] {
  const tokens: string[] = [];
  const visit = (current: ts.Node): void => {
    if (!options.types && isTypeOnly(current)) return;
    const children = current.getChildren().filter((child) => !ts.isJSDoc(child));
    if (children.length > 0) {
      const kept = options.types ? children : withoutTypes(current, children);
      for (const child of kept) {
        visit(child);
        if (needsSemicolon(current, child)) tokens.push(";");
      }
    } else {
      const text = tokenText(current);
      if (text !== "") tokens.push(text);
    }
  };
  visit(node);
  return tokens;
}

/** The text of a node on one line, without comments: what its author wrote, strings untouched. */
export function oneLine(node: ts.Node): string {
  let text = "";
  let end = node.getStart();
  const source = node.getSourceFile().text;
  const visit = (current: ts.Node): void => {
    const children = current.getChildren().filter((child) => !ts.isJSDoc(child));
    if (children.length === 0) {
      const token = tokenText(current);
      if (token === "") return;
      const start = current.getStart();
      // Where there was a space, a line break or a comment, one space says enough.
      text += start > end && /\s|\/[/*]/.test(source.slice(end, start)) && text !== "" ? ` ${token}` : token;
      end = current.getEnd();
    }
    for (const child of children) {
      visit(child);
      if (needsSemicolon(current, child)) text += ";";
    }
  };
  visit(node);
  return text;
}

/** A line break may separate the members of a type; on one line that takes a semicolon. */
function needsSemicolon(list: ts.Node, child: ts.Node): boolean {
  if (!ts.isTypeElement(child) || !ts.isTypeLiteralNode(list.parent)) return false;
  return !/[;,]$/.test(child.getText()) && list.getChildren().at(-1) !== child;
}

function tokenText(token: ts.Node): string {
  if (ts.isJsxText(token)) return jsxText(token.text);
  const text = token.getText();
  // Inside a template, `\r\n` and `\n` are the same value, and an escape is the same as a line break.
  return isTemplatePart(token) ? text.replace(/\r\n?|\n/g, "\\n") : text;
}

function isTemplatePart(token: ts.Node): boolean {
  return ts.isTemplateLiteralToken(token) || ts.isNoSubstitutionTemplateLiteral(token);
}

/** What JSX makes of its text: lines are trimmed where they meet, empty ones are nothing. */
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
    const isMark =
      child.kind === ts.SyntaxKind.ExclamationToken || child.kind === ts.SyntaxKind.QuestionToken;
    const marksType = ts.isNonNullExpression(parent) || ts.isParameter(parent) || isClassMember(parent);
    if (isMark && (marksType || ts.isVariableDeclaration(parent))) dropped.add(index);
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
