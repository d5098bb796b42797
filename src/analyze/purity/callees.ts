/** Finds the functions of the same module that a piece of code calls, from the syntax alone. */
import { ts } from "ts-morph";
import {
  eachValueChild,
  isFunctionValue,
  isReference,
  isStatic,
  literalName,
  unwrap,
} from "../../syntax/nodes.ts";
import { implementationOf, isOverloadable, overloadsOf } from "../../syntax/overloads.ts";
import type { Scopes } from "../../syntax/scope.ts";

export interface Callee {
  /** The expression that is called: `stamp`, `Clock.now`. */
  readonly name: string;
  /** Where it is called, or passed as a value. */
  readonly at: ts.Node;
  readonly fn: ts.Node;
  /** The nodes that are executed when it is called. */
  readonly region: readonly ts.Node[];
}

/**
 * Finds the callees in some nodes. A function that is passed as a value, `ids.map(toRow)`, counts as called.
 */
export function calleesIn(region: readonly ts.Node[], scopes: Scopes): readonly Callee[] {
  const callees: Callee[] = [];
  const stack = [...region].reverse();
  for (let node = stack.pop(); node; node = stack.pop()) {
    const callee = resolveCallee(node, scopes);
    const fn = callee && (isRunnable(callee) ? callee : undefined);
    if (fn && !isCachedFunction(fn))
      callees.push({ name: calleeName(node), at: callOrValue(node), fn, region: nodesRunBy(fn) });
    const children: ts.Node[] = [];
    eachValueChild(node, (child) => children.push(child));
    stack.push(...children.reverse());
  }
  return callees;
}

/** Returns the function that a name or a member expression refers to, or the class that `new` constructs. */
function resolveCallee(node: ts.Node, scopes: Scopes): ts.Node | undefined {
  if (ts.isNewExpression(node)) {
    const constructed = resolveValue(node.expression, scopes);
    return constructed && ts.isClassLike(constructed) ? constructed : undefined;
  }
  if (ts.isIdentifier(node) && isReference(node)) {
    const value = resolveValue(node, scopes);
    return value && ts.isClassLike(value) ? undefined : value;
  }
  if (!ts.isPropertyAccessExpression(node)) return undefined;
  const value = resolveValue(node, scopes);
  return value && ts.isClassLike(value) ? undefined : value;
}

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
  const members: readonly ts.Node[] = ts.isClassLike(owner)
    ? owner.members.filter((member) => isStatic(member) === fromClass)
    : ts.isObjectLiteralExpression(owner)
      ? owner.properties
      : [];
  for (const member of members) {
    if (literalName((member as { name?: ts.Node }).name) !== name) continue;
    if (ts.isShorthandPropertyAssignment(member)) return resolveValue(member.name, scopes);
    if (isOverloadable(member)) return implementationOf(member);
    if (isRunnable(member)) return member;
    const { initializer } = member as { initializer?: ts.Expression };
    if (!initializer) continue;
    const value = unwrap(initializer);
    return ts.isIdentifier(value) ? resolveValue(value, scopes) : value;
  }
  return undefined;
}

/** Returns the class or object literal that `this` refers to. */
function ownerOfThis(node: ts.Node): { readonly owner: ts.Node; readonly isStatic: boolean } | undefined {
  for (let at = node.parent; !ts.isSourceFile(at); at = at.parent) {
    if (ts.isClassElement(at) && ts.isClassLike(at.parent))
      return { owner: at.parent, isStatic: isStatic(at) };
    if (ts.isObjectLiteralElement(at) && ts.isFunctionLike(at)) return { owner: at.parent, isStatic: false };
    if (ts.isFunctionLike(at) && !ts.isArrowFunction(at)) {
      if (!ts.isPropertyAssignment(at.parent)) return undefined;
      return { owner: at.parent.parent, isStatic: false };
    }
  }
  return undefined;
}

export type Runnable = ts.FunctionLikeDeclaration | ts.ClassLikeDeclaration;

export function isRunnable(node: ts.Node): node is Runnable {
  if (ts.isClassLike(node)) return true;
  const hasBody = ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isGetAccessor(node);
  return isFunctionValue(node) || (hasBody && (node as ts.FunctionLikeDeclaration).body !== undefined);
}

/** Returns the nodes executed by a call; for a class, its constructor and its field initializers. */
function nodesRunBy(fn: Runnable): readonly ts.Node[] {
  if (!ts.isClassLike(fn)) return [...fn.parameters, ...(fn.body ? [fn.body] : [])];
  return fn.members.flatMap((member): readonly ts.Node[] => {
    if (ts.isConstructorDeclaration(member) && member.body) return [...member.parameters, member.body];
    const field = ts.isPropertyDeclaration(member) && !isStatic(member) ? member.initializer : undefined;
    return field && !isFunctionValue(unwrap(field)) ? [field] : [];
  });
}

/**
 * Tells whether a function is cached itself: its own warnings are reported where they can be fixed or
 * silenced.
 */
export function isCachedFunction(fn: Runnable): boolean {
  const statement = ts.findAncestor(fn, (node) => ts.isStatement(node) || ts.isClassElement(node)) ?? fn;
  const declarations = ts.isClassLike(fn) ? [] : [statement, ...(isOverloadable(fn) ? overloadsOf(fn) : [])];
  return declarations.some((declaration) => {
    const text = declaration.getSourceFile().text;
    const decorators = ts.canHaveDecorators(declaration) ? (ts.getDecorators(declaration) ?? []) : [];
    if (decorators.some((decorator) => /^@cached\b/.test(decorator.getText()))) return true;
    return /@cached\b/.test(text.slice(declaration.pos, declaration.getStart()));
  });
}

function calleeName(node: ts.Node): string {
  return (ts.isNewExpression(node) ? node.expression : node).getText().replace(/\s+/g, "");
}

/** Returns the node to report: the call `stamp()`, or the node itself where it is passed as a value. */
function callOrValue(node: ts.Node): ts.Node {
  const { parent } = node;
  const called = ts.isCallExpression(parent) || ts.isTaggedTemplateExpression(parent);
  return called && (ts.isCallExpression(parent) ? parent.expression : parent.tag) === node ? parent : node;
}
