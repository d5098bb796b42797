/** What a function reads: one walk over its parameters and body that the other questions are answered from. */
import { ts } from "ts-morph";
import type { MarkedFunction } from "../../syntax/nodes.ts";
import { eachValueChild, isReference, isTypeOnly } from "../../syntax/nodes.ts";
import type { Binding, Scopes } from "../../syntax/scope.ts";
import { isDeclaredIn } from "../../syntax/scope.ts";

export interface FunctionReads {
  /** Every name in value position, nested functions included, in the order of the text. */
  readonly names: readonly ts.Identifier[];
  /** The first of each that means this function's own: nested functions have theirs. */
  readonly own: { readonly [What in "this" | "super" | "arguments" | "newTarget"]?: ts.Node };
}

/** Collects what nodes read; `this` and its kin only where they mean the function that the nodes belong to. */
export function collectReads(nodes: readonly ts.Node[]): FunctionReads {
  const names: ts.Identifier[] = [];
  const own: { -readonly [What in keyof FunctionReads["own"]]: ts.Node } = {};
  // A stack rather than recursion: generated code has sums of thousands of terms.
  const stack = nodes.map((node) => ({ node, ours: true })).reverse();
  for (let at = stack.pop(); at; at = stack.pop()) {
    const { node, ours } = at;
    if (isTypeOnly(node) || (ts.isIdentifier(node) && !isReference(node))) continue;
    if (ts.isIdentifier(node)) names.push(node);
    if (ours) recordOwn(node, own);
    const children: typeof stack = [];
    eachValueChild(node, (child) => children.push({ node: child, ours: ours && !rebindsThis(node, child) }));
    stack.push(...children.reverse());
  }
  return { names, own };
}

function recordOwn(node: ts.Node, own: { -readonly [What in keyof FunctionReads["own"]]: ts.Node }): void {
  if (ts.isIdentifier(node) && node.text === "arguments") own.arguments ??= node;
  else if (node.kind === ts.SyntaxKind.ThisKeyword) own.this ??= node;
  else if (node.kind === ts.SyntaxKind.SuperKeyword) own.super ??= node;
  else if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.NewKeyword) own.newTarget ??= node;
}

/** What of a function is read at a call: its parameters and its body, not its name and decorators. */
export function executedNodes(fn: MarkedFunction): readonly ts.Node[] {
  return [...fn.parameters, ...(fn.body ? [fn.body] : [])];
}

/** The names of a region that mean something outside of the function, with what they mean. */
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

/** Functions have their own `this`, arrows do not; of a class, its members' values and static blocks do. */
function rebindsThis(node: ts.Node, child: ts.Node): boolean {
  if (ts.isDecorator(child) || ts.isComputedPropertyName(child)) return false;
  if (ts.isFunctionLike(node)) return !ts.isArrowFunction(node);
  return ts.isPropertyDeclaration(node) || ts.isClassStaticBlockDeclaration(node);
}

/** Tells whether a name is only written here: `x = 1`, or `x++;` whose value nobody looks at. */
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
