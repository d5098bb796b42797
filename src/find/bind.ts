/** Binds a comment to the function declared directly after it. Only the head of that declaration may come between. */
import { ts } from "ts-morph";
import type { DiagnosticName } from "../diagnostics/catalogue.ts";
import type { Span } from "../site.ts";
import type { MarkedFunction } from "../syntax/nodes.ts";
import { hasModifier, isFunctionValue, literalName, spanOf, unwrap } from "../syntax/nodes.ts";
import type { PlacedComment } from "./comments.ts";
import { implementationOf, isOverloadable } from "../syntax/overloads.ts";

/**
 * The function that a mark binds to, or the reason why there is none. `found` describes what is there instead of
 * a function: "a `let`". The caller reports that at the mark.
 */
export type Binding =
  | { readonly fn: MarkedFunction }
  | { readonly call: ts.CallExpression }
  | { readonly found: string }
  | {
      readonly refused: Extract<DiagnosticName, `function-${string}`>;
      readonly span: Span;
      readonly name?: string;
    };

const CODE_BEFORE = "the code before it on its line";

/** Binds a comment. `isMark` tells which calls are marks themselves. */
export function bindComment(comment: PlacedComment, isMark: (call: ts.CallExpression) => boolean): Binding {
  const declaration = declarationAt(comment.next);
  if (!declaration) return { found: comment.trailing ? CODE_BEFORE : "the end of the file" };
  const isBefore = comment.span.end <= declaration.getStart();
  if (isBefore && comment.trailing) return { found: CODE_BEFORE };
  const bound = bindDeclaration(declaration, isMark);
  if (isBefore) return bound;
  const limit = headEnd(declaration, bound);
  if (limit === undefined || comment.span.end > limit) {
    if (startsFunction(comment.next)) return { found: "a function that has no name here" };
    const closes = comment.next.kind === ts.SyntaxKind.CloseBraceToken;
    return { found: closes ? "the end of a block" : "a place inside other code" };
  }
  return isInDecorator(comment) ? { found: "a place inside a decorator" } : bound;
}

/** Binds a declaration, or returns why it cannot be cached. */
export function bindDeclaration(node: ts.Node, isMark: (call: ts.CallExpression) => boolean): Binding {
  if (ts.isConstructorDeclaration(node)) {
    const keyword = node.getChildren().find((child) => child.kind === ts.SyntaxKind.ConstructorKeyword);
    return { refused: "function-constructor", span: spanOf(keyword ?? node) };
  }
  if (ts.isAccessor(node)) {
    return { refused: "function-accessor", span: spanOf(node.name), name: node.name.getText() };
  }
  if (isOverloadable(node)) {
    const fn = implementationOf(node);
    return fn ? bindFunction(fn) : { found: bodilessText(node) };
  }
  const value = heldValue(node);
  if (typeof value === "string") return { found: value };
  const inner = unwrap(value);
  if (isFunctionValue(inner)) return bindFunction(inner);
  if (ts.isCallExpression(inner) && isMark(inner)) return { call: inner };
  return { found: `${holderText(node)} that holds ${valueText(inner)}` };
}

/** Binds a function with a body, unless it is a generator or has a computed name. */
export function bindFunction(fn: MarkedFunction): Binding {
  if (!ts.isArrowFunction(fn) && fn.asteriskToken) {
    const name = fn.name && { name: fn.name.getText() };
    return { refused: "function-generator", span: spanOf(fn.asteriskToken), ...name };
  }
  if (ts.isMethodDeclaration(fn) && literalName(fn.name) === undefined) {
    return { found: "a method whose name is computed" };
  }
  return { fn };
}

/** Returns the nearest declaration, statement or member around a token; undefined at the end of the file. */
function declarationAt(token: ts.Node): ts.Node | undefined {
  for (let node = token; !ts.isSourceFile(node); node = node.parent) {
    if (node.kind === ts.SyntaxKind.EndOfFileToken) return undefined;
    const declares =
      ts.isStatement(node) ||
      ts.isClassElement(node) ||
      ts.isObjectLiteralElementLike(node) ||
      ts.isTypeElement(node) ||
      ts.isParameter(node) ||
      ts.isEnumMember(node) ||
      ts.isCaseOrDefaultClause(node);
    if (declares) return node;
  }
  return undefined;
}

/** Returns where the head of a declaration ends. A comment inside the head still precedes the function. */
function headEnd(declaration: ts.Node, bound: Binding): number | undefined {
  if ("call" in bound) return bound.call.getStart();
  if (!("fn" in bound)) return undefined;
  if (isFunctionValue(bound.fn)) return bound.fn.getStart();
  // The head is that of `declaration`, which may be an overload of the function.
  const overload = declaration as ts.FunctionDeclaration | ts.MethodDeclaration;
  return overload.name ? overload.name.getStart() : overload.parameters.pos - 1;
}

/** Tells whether a token starts a function expression, such as an argument or an array item. */
function startsFunction(token: ts.Node): boolean {
  return ts.findAncestor(token, isFunctionValue)?.getStart() === token.getStart();
}

function isInDecorator({ next, span }: PlacedComment): boolean {
  const decorator = ts.findAncestor(next, ts.isDecorator);
  return decorator !== undefined && span.start > decorator.getStart();
}

function bodilessText(node: ts.FunctionDeclaration | ts.MethodDeclaration): string {
  if (hasModifier(node, ts.SyntaxKind.AbstractKeyword)) return "an abstract method";
  if (hasModifier(node, ts.SyntaxKind.DeclareKeyword)) return "a function that is only declared";
  return "a function without a body";
}

/** Returns the single value that a declaration holds, or a description of the declaration if it holds none. */
function heldValue(node: ts.Node): ts.Expression | string {
  if (ts.isVariableStatement(node)) {
    const { declarations, flags } = node.declarationList;
    const kind: ts.NodeFlags = flags & ts.NodeFlags.BlockScoped;
    if (kind === ts.NodeFlags.None) return "a `var`";
    if (kind === ts.NodeFlags.Let) return "a `let`";
    if (kind !== ts.NodeFlags.Const) return "a `using`";
    if (declarations.length > 1) return "a `const` with more than one variable";
    return declarations[0]?.initializer ?? "a `const` without a value";
  }
  if (ts.isPropertyAssignment(node)) return unlessComputed(node.name, node.initializer);
  if (ts.isPropertyDeclaration(node))
    return unlessComputed(node.name, node.initializer ?? "a field without a value");
  if (ts.isExportAssignment(node)) return node.expression;
  return descriptionOf(node);
}

const unlessComputed = (name: ts.PropertyName, value: ts.Expression | string): ts.Expression | string =>
  literalName(name) === undefined ? "a property whose name is computed" : value;

function holderText(node: ts.Node): string {
  if (ts.isVariableStatement(node)) return "a `const`";
  if (ts.isPropertyDeclaration(node)) return "a field";
  return ts.isExportAssignment(node) ? "an export" : "a property";
}

function valueText(value: ts.Expression): string {
  if (ts.isCallExpression(value)) return "the result of a call";
  if (ts.isClassExpression(value)) return "a class";
  if (ts.isObjectLiteralExpression(value)) return "an object";
  if (ts.isConditionalExpression(value) || ts.isBinaryExpression(value)) return "the result of an operator";
  if (ts.isIdentifier(value) || ts.isPropertyAccessExpression(value)) return "another name's value";
  return "a value that is not a function";
}

function descriptionOf(node: ts.Node): string {
  if (ts.isClassDeclaration(node)) return "a class";
  if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return "a type";
  if (ts.isTypeElement(node)) return "a member of a type";
  if (ts.isParameter(node)) return "a parameter";
  if (ts.isEnumDeclaration(node) || ts.isEnumMember(node)) return "an enum";
  if (ts.isModuleDeclaration(node)) return "a namespace";
  if (ts.isImportDeclaration(node) || ts.isImportEqualsDeclaration(node)) return "an import";
  if (ts.isExportDeclaration(node)) return "a re-export";
  if (ts.isShorthandPropertyAssignment(node)) return "a shorthand property";
  if (ts.isReturnStatement(node)) return "a `return`";
  if (ts.isSpreadAssignment(node)) return "a spread";
  if (ts.isClassStaticBlockDeclaration(node)) return "a static block";
  if (ts.isCaseOrDefaultClause(node)) return "a clause of a `switch`";
  return "a statement that does not declare a function";
}
