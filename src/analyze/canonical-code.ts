/**
 * The code of a function in a form that changes only with its meaning. It has no comments, no layout, no types,
 * and nothing that a formatter adds, removes or rewrites: semicolons, trailing commas, redundant parentheses
 * and braces, quotes, the spelling of numbers, line breaks in JSX.
 *
 * It is made from the syntax tree, which says what belongs together. A line break after `return` makes another
 * tree, and so do the parentheses of `(a?.b).c`.
 */
import { ts } from "ts-morph";
import type { MarkedFunction } from "../syntax/nodes.ts";
import {
  hasModifier,
  isDirective,
  isThisParameter,
  isTypeOnly,
  isWrapper,
  realParameters,
  unwrap,
} from "../syntax/nodes.ts";

/** Returns the code that exists at run time, without the function's name and decorators. */
export function canonicalCode(fn: MarkedFunction): readonly string[] {
  const async = hasModifier(fn, ts.SyntaxKind.AsyncKeyword) ? "async" : "";
  return [async, ...write([...realParameters(fn), ...(fn.body ? [fn.body] : [])], fn.getSourceFile())];
}

/** Returns the code of some nodes of a file in the same form. */
export function canonicalNodes(nodes: readonly ts.Node[], source: ts.SourceFile): readonly string[] {
  return write(nodes, source);
}

/** A node whose parts are still to be written, or a text. */
type Part = ts.Node | string;

/**
 * Returns nodes as texts, each node between a start and an end. Uses no recursion, since the tree of a long sum
 * is as deep as the sum is long. For the same reason the file is passed along.
 */
function write(nodes: readonly ts.Node[], source: ts.SourceFile): readonly string[] {
  const texts: string[] = [];
  const stack: Part[] = [...nodes].reverse();
  for (let part = stack.pop(); part !== undefined; part = stack.pop()) {
    if (typeof part === "string") texts.push(part);
    else for (const inner of partsOf(part, source).reverse()) stack.push(inner);
  }
  return texts;
}

/** Names of kinds. The enum also has names of ranges, such as `FirstStatement`. */
const KIND_NAMES: ReadonlyMap<unknown, string> = new Map(
  Object.entries(ts.SyntaxKind)
    .filter(([name]) => !/^(?:First|Last)/.test(name))
    .map(([name, kind]) => [kind, name]),
);

function partsOf(node: ts.Node, source: ts.SourceFile): Part[] {
  if (isErased(node)) return [];
  const same = sameMeaning(node);
  if (same) return [same];
  const text = literalText(node, source);
  if (text !== undefined) return [text];
  if (isLogical(node)) return ["<Logical", node.operatorToken, ...logicalOperands(node), ">"];
  if (ts.isJsxElement(node)) {
    const { tagName, attributes } = node.openingElement;
    return ["<Jsx", tagName, attributes, ...jsxChildren(node.children), ">"];
  }
  if (ts.isJsxSelfClosingElement(node)) return ["<Jsx", node.tagName, node.attributes, ">"];
  if (ts.isJsxFragment(node)) return ["<JsxFragment", ...jsxChildren(node.children), ">"];
  const children = childrenOf(node, source);
  if (children.length === 0 && ts.isToken(node)) return [node.getText(source)];
  const chain = node.flags & ts.NodeFlags.OptionalChain ? "?" : "";
  return [`<${KIND_NAMES.get(node.kind)!}${chain}`, ...children, ">"];
}

/** Tells whether a node has no meaning at run time. */
function isErased(node: ts.Node): boolean {
  if (isTypeOnly(node) || ts.isJSDoc(node) || ts.isIndexSignatureDeclaration(node)) return true;
  if (ts.isParameter(node)) return isThisParameter(node);
  if (ts.isEmptyStatement(node)) return isStatementList(node.parent);
  if (ts.isSemicolonClassElement(node)) return true;
  const isOverload =
    (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isConstructorDeclaration(node)) &&
    !node.body;
  return isOverload || hasModifier(node, ts.SyntaxKind.DeclareKeyword);
}

function isStatementList(node: ts.Node): boolean {
  return ts.isBlock(node) || ts.isCaseOrDefaultClause(node) || ts.isModuleBlock(node);
}

/** Returns the node inside parentheses, type assertions, and braces around the only statement of a branch or loop. */
function sameMeaning(node: ts.Node): ts.Node | undefined {
  if (isWrapper(node) || ts.isExpressionWithTypeArguments(node)) return node.expression;
  if (ts.isJsxExpression(node) && ts.isJsxAttribute(node.parent)) {
    const { expression } = node;
    return expression && ts.isStringLiteral(expression) && !/[&"']/.test(expression.text)
      ? expression
      : undefined;
  }
  if (!ts.isBlock(node) || !isBranch(node)) return undefined;
  const [only, ...others] = node.statements.filter((statement) => !ts.isEmptyStatement(statement));
  return only && others.length === 0 && !isDeclaration(only) ? only : undefined;
}

function isBranch({ parent }: ts.Block): boolean {
  return ts.isIfStatement(parent) || ts.isIterationStatement(parent, false) || ts.isWithStatement(parent);
}

/** Tells whether a statement declares a name in its block. */
function isDeclaration(statement: ts.Statement): boolean {
  if (ts.isVariableStatement(statement))
    return (statement.declarationList.flags & ts.NodeFlags.BlockScoped) !== 0;
  return !ts.isExpressionStatement(statement) && (statement as { name?: ts.Node }).name !== undefined;
}

function isLogical(node: ts.Node): node is ts.BinaryExpression {
  return ts.isBinaryExpression(node) && LOGICAL.has(node.operatorToken.kind);
}

const LOGICAL: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
]);

/** Returns `a`, `b` and `c` of both `a && (b && c)` and `(a && b) && c`. */
function logicalOperands({
  left,
  right,
  operatorToken: { kind },
}: ts.BinaryExpression): readonly ts.Expression[] {
  const operands: ts.Expression[] = [];
  const stack = [right, left];
  for (let node = stack.pop(); node; node = stack.pop()) {
    const inner = unwrap(node);
    if (ts.isBinaryExpression(inner) && inner.operatorToken.kind === kind)
      stack.push(inner.right, inner.left);
    else operands.push(inner);
  }
  return operands;
}

/** Returns the text of names, literals and directives. */
function literalText(node: ts.Node, source: ts.SourceFile): string | undefined {
  if (isPropertyName(node)) return `name:${ts.isNumericLiteral(node) ? Number(node.text) : node.text}`;
  if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) return node.text;
  if (ts.isStringLiteral(node))
    return JSON.stringify(ts.isJsxAttribute(node.parent) ? attributeText(node) : node.text);
  if (ts.isNumericLiteral(node)) return `number:${Number(node.text)}`;
  if (ts.isBigIntLiteral(node)) return `bigint:${BigInt(node.getText(source).replace(/n$|_/g, ""))}`;
  if (ts.isRegularExpressionLiteral(node)) {
    const [, body, flags] = /^(.*\/)(\w*)$/s.exec(node.text)!;
    return `regex:${body!}${flags!.split("").sort().join("")}`;
  }
  if (ts.isTemplateLiteralToken(node)) {
    return `template:${JSON.stringify(isTagged(node) ? rawText(node, source) : node.text)}`;
  }
  return ts.isStatement(node) && isInPrologue(node)
    ? `directive:${rawText(node.expression, source)}`
    : undefined;
}

/** Tells whether a node is the name of a property, which may be quoted or not. */
function isPropertyName(node: ts.Node): node is ts.Identifier | ts.StringLiteral | ts.NumericLiteral {
  if (!ts.isIdentifier(node) && !ts.isStringLiteral(node) && !ts.isNumericLiteral(node)) return false;
  const { parent } = node;
  if (ts.isBindingElement(parent)) return parent.propertyName === node;
  return (
    (ts.isPropertyAssignment(parent) || ts.isClassElement(parent) || ts.isEnumMember(parent)) &&
    parent.name === node
  );
}

/** Returns a text without its first and last delimiter, as it is written, except that a line break is `\n`. */
function rawText(node: ts.Node, source: ts.SourceFile): string {
  return node
    .getText(source)
    .replace(/^[`}"']|(?:[`"']|\$\{)$/g, "")
    .replace(/\r\n?/g, "\n");
}

/** Tells whether a part of a template has a tag, which can read the text as it is written. */
function isTagged({ parent }: ts.Node): boolean {
  if (ts.isTemplateSpan(parent)) parent = parent.parent;
  return ts.isTaggedTemplateExpression(ts.isTemplateExpression(parent) ? parent.parent : parent);
}

/** Tells whether a statement is a directive: one that is not a string further down, and not in parentheses. */
function isInPrologue(statement: ts.Statement): statement is ts.ExpressionStatement {
  if (!isDirective(statement) || !ts.isBlock(statement.parent) || !ts.isFunctionLike(statement.parent.parent))
    return false;
  const { statements } = statement.parent;
  return statements.slice(0, statements.indexOf(statement)).every(isDirective);
}

/** Returns the text of an attribute in JSX, with the quotes that formatters write as entities. */
function attributeText({ text }: ts.StringLiteral): string {
  return text.replaceAll("&quot;", '"').replaceAll("&apos;", "'").replace(/\r\n?/g, "\n");
}

/**
 * Returns the children of an element. Texts are joined as JSX joins them: a line break with the spaces around it
 * is one space between words, and nothing at the ends. Formatters write a space at the end of a line as `{" "}`.
 */
function jsxChildren(children: readonly ts.JsxChild[]): Part[] {
  const parts: Part[] = [];
  let text = "";
  const flush = (): void => {
    if (text !== "") parts.push(`text:${JSON.stringify(text.replace(/[ \t\r\n]+/g, " "))}`);
    text = "";
  };
  for (const child of children) {
    if (ts.isJsxText(child)) text += jsxText(child.text);
    else if (ts.isJsxExpression(child) && isSpace(child.expression)) text += " ";
    else if (!ts.isJsxExpression(child) || child.expression) {
      flush();
      parts.push(child);
    }
  }
  flush();
  return parts;
}

function isSpace(node: ts.Expression | undefined): boolean {
  return node !== undefined && ts.isStringLiteral(node) && /^ +$/.test(node.text);
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

/** Punctuation that the tree implies. Type arguments and types behind `:` are left out themselves. */
const IMPLIED: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.OpenParenToken,
  ts.SyntaxKind.CloseParenToken,
  ts.SyntaxKind.CommaToken,
  ts.SyntaxKind.SemicolonToken,
  ts.SyntaxKind.ColonToken,
  ts.SyntaxKind.QuestionToken,
  ts.SyntaxKind.ExclamationToken,
  ts.SyntaxKind.LessThanToken,
  ts.SyntaxKind.GreaterThanToken,
]);

function childrenOf(node: ts.Node, source: ts.SourceFile): readonly ts.Node[] {
  const children = node
    .getChildren(source)
    .flatMap((child) => (child.kind === ts.SyntaxKind.SyntaxList ? child.getChildren(source) : [child]));
  // The name of a constructor may be quoted.
  if (ts.isConstructorDeclaration(node))
    return [...(node.modifiers ?? []), ...node.parameters, ...(node.body ? [node.body] : [])];
  // The operator of an expression is not implied, and `for (;;)` tells its parts by their place.
  const counts = ts.isBinaryExpression(node) || ts.isPrefixUnaryExpression(node) || ts.isForStatement(node);
  return counts ? children : children.filter(({ kind }) => !IMPLIED.has(kind));
}
