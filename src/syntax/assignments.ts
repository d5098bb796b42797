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
    if (ts.isBinaryExpression(node) && isAssignmentOperator(node.operatorToken.kind)) {
      eachAssignedName(node.left, visit);
    } else if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
      const { operator } = node;
      const changes = operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken;
      if (changes) eachAssignedName(node.operand, visit);
    } else if (ts.isForInStatement(node) || ts.isForOfStatement(node)) {
      if (!ts.isVariableDeclarationList(node.initializer)) eachAssignedName(node.initializer, visit);
    }
    eachValueChild(node, (child) => stack.push(child));
  }
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
