/** Finds the functions of the same module that expressions evaluate to, from the syntax alone. */
import { ts } from "ts-morph";
import { memberOf, ownerOfThis } from "../../syntax/members.ts";
import { isFunctionValue, unwrap } from "../../syntax/nodes.ts";
import { implementationOf, isOverloadable, overloadsOf } from "../../syntax/overloads.ts";
import type { Scopes } from "../../syntax/scope.ts";

/**
 * Returns the function, class, object literal or `new` expression that an expression evaluates to, if it is
 * known.
 */
export function resolveValue(node: ts.Expression, scopes: Scopes): ts.Node | undefined {
  const expression = unwrap(node);
  if (ts.isIdentifier(expression)) {
    const binding = scopes.resolve(expression);
    if (!binding) return undefined;
    const { kind, declaration } = binding;
    if (kind === "function") return isOverloadable(declaration) ? implementationOf(declaration) : declaration;
    if (kind === "class") return declaration;
    return kind === "variable" && ts.isVariableDeclaration(declaration)
      ? constInitializer(declaration)
      : undefined;
  }
  if (!ts.isPropertyAccessExpression(expression)) return undefined;
  const { expression: owner, name } = expression;
  if (owner.kind === ts.SyntaxKind.ThisKeyword) {
    const holder = ownerOfThis(owner);
    return holder && resolveMember(holder.owner, name.text, holder.isStatic, scopes);
  }
  const object = resolveValue(owner, scopes);
  if (!object) return undefined;
  // `repo.find` with `const repo = new Repo()`, or `Repo.find`
  const constructed = ts.isNewExpression(object) ? resolveValue(object.expression, scopes) : undefined;
  return resolveMember(constructed ?? object, name.text, constructed === undefined, scopes);
}

function constInitializer({ name, initializer, parent }: ts.VariableDeclaration): ts.Node | undefined {
  if (!initializer || !ts.isIdentifier(name) || (parent.flags & ts.NodeFlags.Const) === 0) return undefined;
  return unwrap(initializer);
}

function resolveMember(
  owner: ts.Node,
  name: string,
  fromClass: boolean,
  scopes: Scopes,
): ts.Node | undefined {
  const found = memberOf({ kind: fromClass ? "code" : "instance", node: owner }, name);
  if (!found || "parameter" in found) return undefined;
  const value = "node" in found ? found.node : found.initializer;
  const node = value && ts.isExpression(value) ? unwrap(value) : value;
  return node && ts.isIdentifier(node) ? resolveValue(node, scopes) : node;
}

export type Runnable = ts.FunctionLikeDeclaration | ts.ClassLikeDeclaration;

export function isRunnable(node: ts.Node): node is Runnable {
  if (ts.isClassLike(node)) return true;
  const hasBody = ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isGetAccessor(node);
  return isFunctionValue(node) || (hasBody && (node as ts.FunctionLikeDeclaration).body !== undefined);
}

/**
 * Tells whether a function is cached itself: its own warnings are reported where they can be fixed or
 * silenced.
 */
export function isCachedFunction(fn: Runnable): boolean {
  if (ts.isCallExpression(fn.parent) && /^cached\b/.test(fn.parent.expression.getText())) return true;
  const statement = ts.findAncestor(fn, (node) => ts.isStatement(node) || ts.isClassElement(node)) ?? fn;
  const declarations = ts.isClassLike(fn) ? [] : [statement, ...(isOverloadable(fn) ? overloadsOf(fn) : [])];
  return declarations.some((declaration) => {
    const text = declaration.getSourceFile().text;
    const decorators = ts.canHaveDecorators(declaration) ? (ts.getDecorators(declaration) ?? []) : [];
    if (decorators.some((decorator) => /^@cached\b/.test(decorator.getText()))) return true;
    return /@cached\b/.test(text.slice(declaration.pos, declaration.getStart()));
  });
}
