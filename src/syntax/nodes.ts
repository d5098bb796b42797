/** Helpers for syntax nodes that several phases use. */
import { ts } from "ts-morph";
import type { Edit, Span } from "../site.ts";

export type FunctionValue = ts.FunctionExpression | ts.ArrowFunction;

/** A function that can be cached; it has a body. */
export type MarkedFunction =
  ts.FunctionDeclaration | ts.FunctionExpression | ts.ArrowFunction | ts.MethodDeclaration;

type Wrapper =
  | ts.ParenthesizedExpression
  | ts.AsExpression
  | ts.SatisfiesExpression
  | ts.NonNullExpression
  | ts.TypeAssertion;

/** Returns the span of a node without its leading comments. */
export function spanOf(node: ts.Node): Span {
  return { start: node.getStart(), end: node.end };
}

/** Returns the span of a function's own name, or of its first token. */
export function nameSpan(fn: MarkedFunction): Span {
  if (fn.name) return spanOf(fn.name);
  const first = fn.getFirstToken();
  return first ? spanOf(first) : spanOf(fn);
}

/** Returns the 1-based position of the start of a span. */
export function positionOf(
  source: ts.SourceFile,
  { start }: Span,
): { readonly line: number; readonly column: number } {
  const { line, character } = source.getLineAndCharacterOfPosition(start);
  return { line: line + 1, column: character + 1 };
}

/** Tells whether `inner` is `outer` or one of its descendants. */
export function isWithin(inner: ts.Node, outer: ts.Node): boolean {
  return inner.pos >= outer.pos && inner.end <= outer.end && inner.getSourceFile() === outer.getSourceFile();
}

/** Returns an edit that removes a range but keeps its line breaks, so that no line moves. */
export function removeKeepingLines(source: ts.SourceFile, span: Span): Edit {
  return { span, text: lineBreaksOf(source.text.slice(span.start, span.end)) };
}

function lineBreaksOf(text: string): string {
  return text.replace(/[^\r\n\u2028\u2029]+/g, "");
}

/** Returns the text of a name that the syntax alone determines: `find`, `"find"`, `["find"]`, `#find`, `1`. */
export function literalName(name: ts.Node | undefined): string | undefined {
  if (!name) return undefined;
  if (ts.isIdentifier(name) || ts.isPrivateIdentifier(name)) return name.text;
  const literal = ts.isComputedPropertyName(name) ? unwrap(name.expression) : name;
  return ts.isStringLiteralLike(literal) || ts.isNumericLiteral(literal) ? literal.text : undefined;
}

/** Returns the names that a parameter or a pattern binds, in source order. */
export function boundNames(name: ts.BindingName): readonly ts.Identifier[] {
  if (ts.isIdentifier(name)) return [name];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(element.name) : []));
}

/**
 * Tells whether an identifier reads or writes a variable. False for the names of properties and declarations,
 * and for imports and exports.
 */
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

/** Tells whether a node only wraps an expression, whose value it has: parentheses, `as`, `satisfies`, `!`. */
export function isWrapper(node: ts.Node): node is Wrapper {
  return (
    ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node) ||
    ts.isNonNullExpression(node) ||
    ts.isTypeAssertionExpression(node)
  );
}

/** Returns the expression inside parentheses and type assertions. */
export function unwrap(node: ts.Expression): ts.Expression {
  while (isWrapper(node)) node = node.expression;
  return node;
}

/** Returns the outermost wrapper around an expression, or the expression itself. */
export function outermostWrapper(node: ts.Expression): ts.Expression {
  while (isWrapper(node.parent)) node = node.parent;
  return node;
}

export function isFunctionValue(node: ts.Node | undefined): node is FunctionValue {
  return node !== undefined && (ts.isFunctionExpression(node) || ts.isArrowFunction(node));
}

export function hasModifier(node: ts.Node, kind: ts.SyntaxKind): boolean {
  return (
    ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some((modifier) => modifier.kind === kind) ?? false)
  );
}

export const isStatic = (node: ts.Node): boolean => hasModifier(node, ts.SyntaxKind.StaticKeyword);

/** Returns the parameters that take arguments: all except a `this` parameter. */
export function realParameters(fn: ts.SignatureDeclarationBase): readonly ts.ParameterDeclaration[] {
  return fn.parameters.filter((parameter) => !isThisParameter(parameter));
}

export function isThisParameter(parameter: ts.ParameterDeclaration): boolean {
  return ts.isIdentifier(parameter.name) && parameter.name.text === "this";
}

/**
 * Returns the offset at which a statement can be inserted: after `{` and after directives such as
 * `"use server"`. If the last directive has no semicolon, this is where the next statement or `}` starts.
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

/** Calls `visit` for the children of a node that exist at run time: no types, no type parameters. */
export function eachValueChild(node: ts.Node, visit: (child: ts.Node) => void): void {
  ts.forEachChild(node, (child) => {
    if (!isTypeOnly(child)) visit(child);
  });
}

/**
 * Tells whether a node disappears when types are erased. Runs for every node of a file, so it must be cheap.
 */
export function isTypeOnly(node: ts.Node): boolean {
  const { kind } = node;
  // `class A extends B<T>` and `f<T>` are expressions with type arguments, though TypeScript counts them as
  // type nodes.
  if (kind === EXPRESSION_WITH_TYPES) return false;
  if (kind === HERITAGE_CLAUSE) {
    const { token, parent } = node as ts.HeritageClause;
    return token === ts.SyntaxKind.ImplementsKeyword || ts.isInterfaceDeclaration(parent);
  }
  return TYPE_DECLARATIONS.has(kind) || ts.isTypeNode(node);
}

const EXPRESSION_WITH_TYPES = ts.SyntaxKind.ExpressionWithTypeArguments;

const HERITAGE_CLAUSE = ts.SyntaxKind.HeritageClause;

const TYPE_DECLARATIONS: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.TypeParameter,
  ts.SyntaxKind.InterfaceDeclaration,
  ts.SyntaxKind.TypeAliasDeclaration,
]);

/** Tells whether an offset is in a declaration with `export`, at the top level of a file. */
export function isInExport({ statements }: ts.SourceFile, at: number): boolean {
  const statement = statements.find(({ pos, end }) => pos <= at && at < end);
  return statement !== undefined && hasModifier(statement, ts.SyntaxKind.ExportKeyword);
}
