/** Tells which values never become part of a result: those that only a log shows. */
import { ts } from "ts-morph";
import { isWrapper } from "../../syntax/nodes.ts";
import type { Binding, Scopes } from "../../syntax/scope.ts";
import { walk } from "../../syntax/walk.ts";
import { isUnused } from "../purity/uses.ts";

const LOGGER = /(?:^|\.)#?_?(?:console|log|logger|logging|debug|metrics|tracer)\b/i;

/** Tells whether a node is a call that only writes to a log: nothing uses what it returns. */
export function isLogged(node: ts.Node): boolean {
  return ts.isCallExpression(node) && isUnused(node) && LOGGER.test(node.expression.getText());
}

/** Tells whether a value, and all that is computed from it, is only passed to logs or decides about them. */
export function isOnlyLogged(
  node: ts.Node,
  scopes: Scopes,
  followed: ReadonlySet<Binding> = new Set(),
): boolean {
  let at = node;
  while (isComputedFrom(at.parent, at)) at = at.parent;
  const { parent } = at;
  if (ts.isCallExpression(parent) && parent.expression !== at) return isLogged(parent);
  if (decidesAboutLog(parent, at)) return true;
  if (!ts.isVariableDeclaration(parent) || parent.initializer !== at || !ts.isIdentifier(parent.name))
    return false;
  const binding = scopes.resolve(parent.name);
  if (!binding || followed.has(binding) || scopes.assignment(binding)) return false;
  const names = namesOf(binding, scopes).filter((name) => name !== parent.name);
  return names.every((name) => isOnlyLogged(name, scopes, new Set([...followed, binding])));
}

function namesOf(binding: Binding, scopes: Scopes): readonly ts.Identifier[] {
  const found: ts.Identifier[] = [];
  walk(binding.scope, (node) => {
    if (ts.isIdentifier(node) && node.text === binding.name && scopes.resolve(node) === binding)
      found.push(node);
  });
  return found;
}

/** Functions and methods that give nothing but what is computed from a number or a date. */
const COMPUTES = /^(?:Math\.\w+|Number|String|BigInt)$/;
const CONVERTS = /^(?:to[A-Z]\w*|get[A-Z]\w*|valueOf)$/;

/** Tells whether the value of a node is computed from the value of `part`, and has no other effect. */
function isComputedFrom(node: ts.Node, part: ts.Node): boolean {
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    const isAssignment = kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
    return !isAssignment && !LOGICAL.has(kind);
  }
  if (ts.isCallExpression(node)) {
    const { expression } = node;
    return expression === part ? ts.isPropertyAccessExpression(part) : COMPUTES.test(expression.getText());
  }
  if (ts.isPropertyAccessExpression(node))
    return (
      CONVERTS.test(node.name.text) && ts.isCallExpression(node.parent) && node.parent.expression === node
    );
  if (ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)) return true;
  return (
    isWrapper(node) ||
    ts.isPrefixUnaryExpression(node) ||
    ts.isElementAccessExpression(node) ||
    ts.isTemplateSpan(node) ||
    ts.isTemplateExpression(node) ||
    ts.isObjectLiteralExpression(node) ||
    ts.isArrayLiteralExpression(node)
  );
}

const LOGICAL: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
  ts.SyntaxKind.CommaToken,
  ts.SyntaxKind.InKeyword,
]);

/** Tells whether a test only decides whether something is logged: `if (ms > 100) console.warn(ms);`. */
function decidesAboutLog(node: ts.Node, test: ts.Node): boolean {
  if (ts.isBinaryExpression(node)) {
    const isAnd = node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken;
    return isAnd && node.left === test && isLogged(node.right);
  }
  if (!ts.isIfStatement(node) || node.expression !== test || node.elseStatement) return false;
  const { thenStatement } = node;
  const statements = ts.isBlock(thenStatement) ? thenStatement.statements : [thenStatement];
  return statements.every((each) => ts.isExpressionStatement(each) && isLogged(each.expression));
}
