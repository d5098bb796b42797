/** Small questions about syntax that more than one step of finding asks. */
import { ts } from "ts-morph";
import type { Span, Edit } from "../site.ts";

export type FunctionValue = ts.FunctionExpression | ts.ArrowFunction;

/** Returns the span of a node without the comments in front of it. */
export function spanOf(node: ts.Node): Span {
  return { start: node.getStart(), end: node.end };
}

type Wrapped =
  | ts.ParenthesizedExpression
  | ts.AsExpression
  | ts.SatisfiesExpression
  | ts.NonNullExpression
  | ts.TypeAssertion;

/** Tells whether a node hands its inner expression on as it is: parentheses, `as`, `satisfies`, `!`. */
export function isWrapper(node: ts.Node): node is Wrapped {
  return (
    ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node) ||
    ts.isNonNullExpression(node) ||
    ts.isTypeAssertionExpression(node)
  );
}

/** Returns the expression inside of parentheses and type assertions. */
export function unwrap(node: ts.Expression): ts.Expression {
  while (isWrapper(node)) node = node.expression;
  return node;
}

/** Returns the outermost expression that hands this one on as it is. */
export function wrapped(node: ts.Expression): ts.Expression {
  while (isWrapper(node.parent)) node = node.parent;
  return node;
}

export function isFunctionValue(node: ts.Node | undefined): node is FunctionValue {
  return node !== undefined && (ts.isFunctionExpression(node) || ts.isArrowFunction(node));
}

/** Returns the text of a name that is known from the syntax alone: `find`, `"find"`, `["find"]`, `#find`, `1`. */
export function literalName(name: ts.Node | undefined): string | undefined {
  if (!name) return undefined;
  if (ts.isIdentifier(name) || ts.isPrivateIdentifier(name)) return name.text;
  const literal = ts.isComputedPropertyName(name) ? unwrap(name.expression) : name;
  return ts.isStringLiteralLike(literal) || ts.isNumericLiteral(literal) ? literal.text : undefined;
}

export function hasModifier(node: ts.Node, kind: ts.SyntaxKind): boolean {
  return (
    ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some((modifier) => modifier.kind === kind) ?? false)
  );
}

export const isStatic = (node: ts.Node): boolean => hasModifier(node, ts.SyntaxKind.StaticKeyword);

/** The span of a function's own name, or of its first token behind comments. */
export function nameSpan(fn: MarkedFunction): Span {
  if (fn.name) return spanOf(fn.name);
  const first = fn.getFirstToken();
  return first ? spanOf(first) : spanOf(fn);
}

/** Returns the text without everything but its line breaks, so that no line moves when it goes. */
function lineBreaksOf(text: string): string {
  return text.replace(/[^\r\n\u2028\u2029]+/g, "");
}

/** Takes a range out of the text, keeping its line breaks. */
export function removal(source: ts.SourceFile, span: Span): Edit {
  return { span, text: lineBreaksOf(source.text.slice(span.start, span.end)) };
}

/**
 * Returns the offset behind `{` and behind directives like `"use server"`; when the last of those has no
 * semicolon, of what follows it, so that a statement can be inserted.
 */
export function bodyStart(block: ts.Block | ts.ModuleBlock): number {
  const { statements, parent } = block;
  const count = ts.isFunctionLike(parent) ? statements.findIndex((statement) => !isDirective(statement)) : 0;
  const directives = count < 0 ? statements : statements.slice(0, count);
  const last = directives.at(-1);
  if (!last || last.getText().endsWith(";")) return last?.end ?? statements.pos;
  return statements[directives.length]?.getStart() ?? block.end - 1;
}

export function isDirective(statement: ts.Statement): boolean {
  return ts.isExpressionStatement(statement) && ts.isStringLiteral(statement.expression);
}

/** The functions that can be cached: each has a body. */
export type MarkedFunction =
  ts.FunctionDeclaration | ts.FunctionExpression | ts.ArrowFunction | ts.MethodDeclaration;

/** A function that can be cached; it has a body. */
export type FunctionNode = MarkedFunction;

/** Tells whether `inner` is `outer` or stands in it. */
export function isWithin(inner: ts.Node, outer: ts.Node): boolean {
  return inner.pos >= outer.pos && inner.end <= outer.end && inner.getSourceFile() === outer.getSourceFile();
}

/** Calls `visit` for the children of a node that exist at run time: no types, no type parameters. */
export function eachValueChild(node: ts.Node, visit: (child: ts.Node) => void): void {
  ts.forEachChild(node, (child) => {
    if (!isTypeOnly(child)) visit(child);
  });
}

/** Tells whether nothing of a node is left once the types are gone. Asked of every node there is. */
export function isTypeOnly(node: ts.Node): boolean {
  const { kind } = node;
  // `class A extends B<T>` and `f<T>` are expressions with type arguments, though they count as type nodes.
  if (kind === EXPRESSION_WITH_TYPES) return false;
  if (kind === HERITAGE) {
    const { token, parent } = node as ts.HeritageClause;
    return token === ts.SyntaxKind.ImplementsKeyword || ts.isInterfaceDeclaration(parent);
  }
  return DECLARES_TYPE.has(kind) || ts.isTypeNode(node);
}

const EXPRESSION_WITH_TYPES = ts.SyntaxKind.ExpressionWithTypeArguments;

const HERITAGE = ts.SyntaxKind.HeritageClause;

const DECLARES_TYPE: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.TypeParameter,
  ts.SyntaxKind.InterfaceDeclaration,
  ts.SyntaxKind.TypeAliasDeclaration,
]);

/** The parameters that take arguments: all but a `this` parameter. */
export function realParameters(fn: ts.SignatureDeclarationBase): readonly ts.ParameterDeclaration[] {
  return fn.parameters.filter((parameter) => !isThisParameter(parameter));
}

export function isThisParameter(parameter: ts.ParameterDeclaration): boolean {
  return ts.isIdentifier(parameter.name) && parameter.name.text === "this";
}

/** The names that a parameter or a pattern binds, in order. */
export function boundNames(name: ts.BindingName): readonly ts.Identifier[] {
  if (ts.isIdentifier(name)) return [name];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(element.name) : []));
}

/** 1-based position of a span. */
export function positionOf(
  source: ts.SourceFile,
  { start }: Span,
): { readonly line: number; readonly column: number } {
  const { line, character } = source.getLineAndCharacterOfPosition(start);
  return { line: line + 1, column: character + 1 };
}

/** Tells whether an identifier reads or writes a variable, rather than naming a property or a declaration. */
export function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (
    ts.isJsxOpeningElement(parent) ||
    ts.isJsxSelfClosingElement(parent) ||
    ts.isJsxClosingElement(parent)
  ) {
    return !/^[a-z]/.test(node.text);
  }
  if (ts.isBreakOrContinueStatement(parent) || ts.isLabeledStatement(parent)) return false;
  if (ts.isMetaProperty(parent) || ts.isJsxAttribute(parent) || ts.isJsxNamespacedName(parent)) return false;
  if (ts.isImportSpecifier(parent) || ts.isImportClause(parent) || ts.isNamespaceImport(parent)) return false;
  if (ts.isExportSpecifier(parent)) return false;
  return (parent as { name?: ts.Node }).name !== node;
}
