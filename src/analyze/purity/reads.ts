/** Collects the names that a function reads, in one walk over its parameters and body. */
import { ts } from "ts-morph";
import type { MarkedFunction } from "../../syntax/nodes.ts";
import { eachValueChild, isReference, isTypeOnly } from "../../syntax/nodes.ts";
import type { Binding, Scopes } from "../../syntax/scope.ts";
import { isDeclaredIn } from "../../syntax/scope.ts";

export interface FunctionReads {
  /** Every name in value position, including those in nested functions, in source order. */
  readonly names: readonly ts.Identifier[];
  /** The first use of each that refers to this function itself, not to a nested one. */
  readonly own: { readonly [What in "this" | "super" | "arguments" | "newTarget"]?: ts.Node };
  /** Every `this` that refers to this function's receiver. */
  readonly receivers: readonly ts.Expression[];
  /** Every `super` of this function. */
  readonly supers: readonly ts.Node[];
}

/**
 * Collects the reads of some nodes; `this` and the like only where they refer to the function around the
 * nodes.
 */
export function collectReads(nodes: readonly ts.Node[]): FunctionReads {
  const names: ts.Identifier[] = [];
  const own: { -readonly [What in keyof FunctionReads["own"]]: ts.Node } = {};
  const receivers: ts.Expression[] = [];
  const supers: ts.Node[] = [];
  // A stack instead of recursion: generated code has sums of thousands of terms.
  const stack = nodes.map((node) => ({ node, isOwn: true })).reverse();
  for (let at = stack.pop(); at; at = stack.pop()) {
    const { node, isOwn } = at;
    if (isTypeOnly(node) || (ts.isIdentifier(node) && !isReference(node))) continue;
    if (ts.isIdentifier(node)) names.push(node);
    if (isOwn) recordOwn(node, own);
    if (isOwn && node.kind === ts.SyntaxKind.ThisKeyword) receivers.push(node as ts.Expression);
    if (isOwn && node.kind === ts.SyntaxKind.SuperKeyword) supers.push(node);
    const children: typeof stack = [];
    eachValueChild(node, (child) =>
      children.push({ node: child, isOwn: isOwn && !rebindsThis(node, child) }),
    );
    stack.push(...children.reverse());
  }
  return { names, own, receivers, supers };
}

function recordOwn(node: ts.Node, own: { -readonly [What in keyof FunctionReads["own"]]: ts.Node }): void {
  if (ts.isIdentifier(node) && node.text === "arguments") own.arguments ??= node;
  else if (node.kind === ts.SyntaxKind.ThisKeyword) own.this ??= node;
  else if (node.kind === ts.SyntaxKind.SuperKeyword) own.super ??= node;
  else if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.NewKeyword) own.newTarget ??= node;
}

/** Returns the nodes executed by a call: the parameters and the body, but not the name or decorators. */
export function executedNodes(fn: MarkedFunction): readonly ts.Node[] {
  return [...fn.parameters, ...(fn.body ? [fn.body] : [])];
}

/** Returns the names that are not declared in the function, each with its binding; globals have none. */
export function outerNames(
  fn: MarkedFunction,
  reads: FunctionReads,
  scopes: Scopes,
): readonly { readonly identifier: ts.Identifier; readonly binding: Binding | undefined }[] {
  const outer: { identifier: ts.Identifier; binding: Binding | undefined }[] = [];
  for (const identifier of reads.names) {
    const binding = scopes.resolve(identifier);
    if (!binding || !isDeclaredIn(binding, fn)) outer.push({ identifier, binding });
  }
  return outer;
}

/**
 * Tells whether a child has a `this` of its own: in functions but not arrows, class fields and static blocks.
 */
function rebindsThis(node: ts.Node, child: ts.Node): boolean {
  if (ts.isDecorator(child) || ts.isComputedPropertyName(child)) return false;
  if (ts.isFunctionLike(node)) return !ts.isArrowFunction(node);
  return ts.isPropertyDeclaration(node) || ts.isClassStaticBlockDeclaration(node);
}

/** Tells whether a name is written but not read: `x = 1`, or `x++;` as a statement. */
export function isOnlyWritten(node: ts.Identifier): boolean {
  const { parent } = node;
  const isUnary = ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent);
  if (isUnary && isIncrement(parent.operator)) return isValueUnused(parent);
  if (!ts.isBinaryExpression(parent) || parent.left !== node) return false;
  const { kind } = parent.operatorToken;
  if (kind === ts.SyntaxKind.EqualsToken) return true;
  return kind > ts.SyntaxKind.EqualsToken && kind <= ts.SyntaxKind.LastAssignment && isValueUnused(parent);
}

function isIncrement(operator: ts.SyntaxKind): boolean {
  return operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken;
}

function isValueUnused({ parent }: ts.Node): boolean {
  return ts.isExpressionStatement(parent) || ts.isVoidExpression(parent);
}
