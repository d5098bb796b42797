/** Names a function by the declarations around it: `Repo.find`, `api.users.find`, `outer.inner`. */
import { ts } from "ts-morph";
import type { MarkedFunction } from "../syntax/nodes.ts";
import { isFunctionValue, literalName, outermostWrapper } from "../syntax/nodes.ts";

/**
 * Returns the names of the declarations that hold a function, outermost first. A function expression has the name
 * of what holds it, or else its own name. Array indexes are not part of the path.
 */
export function pathOfFunction(fn: MarkedFunction): string[] {
  const outer = outerPath(fn);
  if (isFunctionValue(fn)) return directName(fn) !== undefined ? outer : withOwnName(outer, fn);
  if (ts.isFunctionDeclaration(fn)) return [...outer, fn.name?.text ?? "default"];
  return [...outer, memberName(fn)];
}

/**
 * Returns the path of a `cached()` call. Its last name is that of the declaration that holds the call, or else
 * `functionName`. Empty without either.
 */
export function pathOfCall(call: ts.CallExpression, functionName: string | undefined): string[] {
  const outer = outerPath(call);
  if (directName(choiceAround(call)) !== undefined) return outer;
  return functionName === undefined ? [] : [...outer, functionName];
}

/** Returns the outermost expression that can evaluate to this one: `on ? this : other`, `other ?? this`. */
function choiceAround(expression: ts.Expression): ts.Expression {
  for (let at = outermostWrapper(expression); ; at = outermostWrapper(at.parent as ts.Expression)) {
    const { parent } = at;
    const isChoice =
      (ts.isConditionalExpression(parent) && parent.condition !== at) ||
      (ts.isBinaryExpression(parent) && LOGICAL_OPERATORS.has(parent.operatorToken.kind));
    if (!isChoice) return at;
  }
}

const LOGICAL_OPERATORS: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.QuestionQuestionToken,
]);

/** Returns the name of what directly holds an expression. Parentheses and type assertions are skipped. */
export function directName(expression: ts.Expression): string | undefined {
  const value = outermostWrapper(expression);
  return contribution(value.parent, value)?.at(-1);
}

function outerPath(node: ts.Node): string[] {
  const path: string[] = [];
  for (let child = node, at = node.parent; !ts.isSourceFile(at); child = at, at = at.parent) {
    path.unshift(...(contribution(at, child) ?? []));
  }
  return path;
}

/** Returns the names that a node adds to the path of a function in its `child`. */
function contribution(node: ts.Node, child: ts.Node): string[] | undefined {
  if (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) return [node.name?.text ?? "default"];
  if (ts.isFunctionExpression(node) || ts.isClassExpression(node)) {
    return node.name && directName(node) === undefined ? [node.name.text] : undefined;
  }
  if (ts.isConstructorDeclaration(node)) return ["constructor"];
  if (ts.isModuleDeclaration(node)) return [node.name.text];
  if (ts.isExportAssignment(node)) return ["default"];
  if (ts.isMethodDeclaration(node) || ts.isAccessor(node)) return [memberName(node)];
  if (ts.isPropertyDeclaration(node) || ts.isPropertyAssignment(node)) {
    return node.initializer === child ? [memberName(node)] : undefined;
  }
  if (ts.isVariableDeclaration(node) || ts.isBindingElement(node) || ts.isParameter(node)) {
    return node.initializer === child && ts.isIdentifier(node.name) ? [node.name.text] : undefined;
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
    return node.right === child ? assignedName(node.left) : undefined;
  }
  return ts.isJsxAttribute(node) ? [node.name.getText()] : undefined;
}

const memberName = (node: { readonly name: ts.PropertyName }): string =>
  literalName(node.name) ?? node.name.getText().replace(/\s+/g, "");

const withOwnName = (outer: string[], { name }: ts.FunctionExpression | ts.ArrowFunction): string[] =>
  name && ts.isIdentifier(name) ? [...outer, name.text] : outer;

/**
 * Returns the path of an assignment's target. `exports.find`, `module.exports.find` and `this.find` are `find`;
 * `module.exports` is `default`.
 */
function assignedName(target: ts.Expression): string[] | undefined {
  const names: string[] = [];
  let at = target;
  for (; ts.isPropertyAccessExpression(at); at = at.expression) names.unshift(at.name.text);
  if (ts.isIdentifier(at)) {
    const isModule = at.text === "module" && names[0] === "exports";
    if (isModule) names.shift();
    else if (at.text !== "exports") names.unshift(at.text);
    return names.length > 0 ? names : ["default"];
  }
  return at.kind === ts.SyntaxKind.ThisKeyword && names.length > 0 ? names : undefined;
}
