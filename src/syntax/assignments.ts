/** Finds assignments to names. */
import { ts } from "ts-morph";
import { eachValueChild } from "./nodes.ts";

/** Returns the identifiers in a node that are assigned to, by name. */
export function assignedIn(scope: ts.Node): ReadonlyMap<string, readonly ts.Identifier[]> {
  const assigned = new Map<string, ts.Identifier[]>();
  eachAssigned(scope, (name) => {
    const known = assigned.get(name.text);
    if (known) known.push(name);
    else assigned.set(name.text, [name]);
  });
  return assigned;
}

/** Calls `visit` for each name that a node assigns to: `=`, `+=`, `++`, `for (x of …)`, patterns. */
export function eachAssigned(root: ts.Node, visit: (identifier: ts.Identifier) => void): void {
  const stack = [root];
  for (let node = stack.pop(); node; node = stack.pop()) {
    const target = targetOf(node);
    if (target) eachAssignedName(target, visit);
    eachValueChild(node, (child) => stack.push(child));
  }
}

/** Returns the left side of an assignment, the operand of `++`, and the variable of `for (x of …)`. */
function targetOf(node: ts.Node): ts.Expression | undefined {
  if (ts.isBinaryExpression(node))
    return isAssignmentOperator(node.operatorToken.kind) ? node.left : undefined;
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    const { operator } = node;
    const changes = operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken;
    return changes ? node.operand : undefined;
  }
  const isLoop = ts.isForInStatement(node) || ts.isForOfStatement(node);
  return isLoop && !ts.isVariableDeclarationList(node.initializer) ? node.initializer : undefined;
}

/** Returns the expression that a node assigns to, or deletes. */
export function assignedTarget(node: ts.Node): ts.Expression | undefined {
  return ts.isDeleteExpression(node) ? node.expression : targetOf(node);
}

function isAssignmentOperator(kind: ts.SyntaxKind): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

function eachAssignedName(target: ts.Node, visit: (identifier: ts.Identifier) => void): void {
  if (ts.isIdentifier(target)) visit(target);
  else if (ts.isArrayLiteralExpression(target))
    for (const element of target.elements) eachAssignedName(element, visit);
  else if (ts.isObjectLiteralExpression(target)) {
    for (const property of target.properties) {
      if (ts.isShorthandPropertyAssignment(property)) visit(property.name);
      else if (ts.isPropertyAssignment(property)) eachAssignedName(property.initializer, visit);
      else if (ts.isSpreadAssignment(property)) eachAssignedName(property.expression, visit);
    }
  } else if (ts.isSpreadElement(target)) eachAssignedName(target.expression, visit);
  else if (ts.isBinaryExpression(target)) eachAssignedName(target.left, visit);
  else if (
    ts.isParenthesizedExpression(target) ||
    ts.isNonNullExpression(target) ||
    ts.isAsExpression(target) ||
    ts.isSatisfiesExpression(target) ||
    ts.isTypeAssertionExpression(target)
  ) {
    eachAssignedName(target.expression, visit);
  }
}
