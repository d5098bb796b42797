/** The functions of the same module that a piece of code calls, as far as the syntax of the module tells. */
import { ts } from "ts-morph";
import {
  isFunctionValue,
  isStatic,
  literalName,
  unwrap,
  eachValueChild,
  isTypeOnly,
  isReference,
} from "../../syntax/nodes.ts";
import type { Scopes } from "../../syntax/scope.ts";
import { implementationOf, isOverload, overloadsOf } from "../types/overloads.ts";

export interface Callee {
  /** As it is called: `stamp`, `Clock.now`. */
  readonly name: string;
  /** Where it is called or handed on. */
  readonly at: ts.Node;
  readonly fn: ts.Node;
  /** The nodes that run when it is called. */
  readonly region: readonly ts.Node[];
}

/** Finds the calls in some nodes. A function that is handed on, `ids.map(toRow)`, counts as called. */
export function calleesIn(region: readonly ts.Node[], scopes: Scopes): readonly Callee[] {
  const callees: Callee[] = [];
  const stack = [...region].reverse();
  for (let node = stack.pop(); node; node = stack.pop()) {
    const target = targetOf(node, scopes);
    const fn = target && (isRunnable(target) ? target : undefined);
    if (fn && !isMarked(fn)) callees.push({ name: nameOf(node), at: callOf(node), fn, region: runs(fn) });
    const children: ts.Node[] = [];
    eachValueChild(node, (child) => {
      if (!isTypeOnly(child)) children.push(child);
    });
    stack.push(...children.reverse());
  }
  return callees;
}

/** What a name or a member expression means, if it is used as a function or a class. */
function targetOf(node: ts.Node, scopes: Scopes): ts.Node | undefined {
  if (ts.isNewExpression(node)) {
    const made = valueOf(node.expression, scopes);
    return made && ts.isClassLike(made) ? made : undefined;
  }
  if (ts.isIdentifier(node) && isReference(node)) {
    const value = valueOf(node, scopes);
    return value && ts.isClassLike(value) ? undefined : value;
  }
  if (!ts.isPropertyAccessExpression(node)) return undefined;
  const value = valueOf(node, scopes);
  return value && ts.isClassLike(value) ? undefined : value;
}

/** The function, class, object or instance that an expression is, where only the module has a say in it. */
function valueOf(node: ts.Expression, scopes: Scopes): ts.Node | undefined {
  const expression = unwrap(node);
  if (ts.isIdentifier(expression)) {
    const binding = scopes.resolve(expression);
    if (!binding) return undefined;
    if (binding.kind === "function") return implementationOf(binding.declaration);
    if (binding.kind === "class") return binding.declaration;
    return binding.kind === "variable" && ts.isVariableDeclaration(binding.declaration)
      ? constantOf(binding.declaration)
      : undefined;
  }
  if (!ts.isPropertyAccessExpression(expression)) return undefined;
  const { expression: owner, name } = expression;
  if (owner.kind === ts.SyntaxKind.ThisKeyword) {
    const holder = holderOfThis(owner);
    return holder && memberOf(holder.owner, name.text, holder.isStatic, scopes);
  }
  const object = valueOf(owner, scopes);
  if (!object) return undefined;
  // `repo.find` of `const repo = new Repo()`, or `Repo.find`
  const made = ts.isNewExpression(object) ? valueOf(object.expression, scopes) : undefined;
  return memberOf(made ?? object, name.text, made === undefined, scopes);
}

function constantOf({ name, initializer, parent }: ts.VariableDeclaration): ts.Node | undefined {
  if (!initializer || !ts.isIdentifier(name) || (parent.flags & ts.NodeFlags.Const) === 0) return undefined;
  return unwrap(initializer);
}

function memberOf(owner: ts.Node, name: string, fromClass: boolean, scopes: Scopes): ts.Node | undefined {
  const members: readonly ts.Node[] = ts.isClassLike(owner)
    ? owner.members.filter((member) => isStatic(member) === fromClass)
    : ts.isObjectLiteralExpression(owner)
      ? owner.properties
      : [];
  for (const member of members) {
    if (literalName((member as { name?: ts.Node }).name) !== name) continue;
    if (ts.isShorthandPropertyAssignment(member)) return valueOf(member.name, scopes);
    if (isOverload(member)) return implementationOf(member);
    if (isRunnable(member)) return member;
    const { initializer } = member as { initializer?: ts.Expression };
    if (!initializer) continue;
    const value = unwrap(initializer);
    return ts.isIdentifier(value) ? valueOf(value, scopes) : value;
  }
  return undefined;
}

/** The class or the object literal that `this` is a member of. */
function holderOfThis(node: ts.Node): { readonly owner: ts.Node; readonly isStatic: boolean } | undefined {
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

type Runnable = ts.FunctionLikeDeclaration | ts.ClassLikeDeclaration;

function isRunnable(node: ts.Node): node is Runnable {
  if (ts.isClassLike(node)) return true;
  const hasBody = ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isGetAccessor(node);
  return isFunctionValue(node) || (hasBody && (node as ts.FunctionLikeDeclaration).body !== undefined);
}

/** What runs at a call; of a class, its constructor and what its fields start with. */
function runs(fn: Runnable): readonly ts.Node[] {
  if (!ts.isClassLike(fn)) return [...fn.parameters, ...(fn.body ? [fn.body] : [])];
  return fn.members.flatMap((member): readonly ts.Node[] => {
    if (ts.isConstructorDeclaration(member) && member.body) return [...member.parameters, member.body];
    const field = ts.isPropertyDeclaration(member) && !isStatic(member) ? member.initializer : undefined;
    return field && !isFunctionValue(unwrap(field)) ? [field] : [];
  });
}

/** A cached function has warnings of its own, where they can be mended or silenced. */
function isMarked(fn: Runnable): boolean {
  const statement = ts.findAncestor(fn, (node) => ts.isStatement(node) || ts.isClassElement(node)) ?? fn;
  const places = ts.isClassLike(fn) ? [] : [statement, ...(isOverload(fn) ? overloadsOf(fn) : [])];
  return places.some((place) => {
    const text = place.getSourceFile().text;
    const decorators = ts.canHaveDecorators(place) ? (ts.getDecorators(place) ?? []) : [];
    if (decorators.some((decorator) => /^@cached\b/.test(decorator.getText()))) return true;
    return /@cached\b/.test(text.slice(place.pos, place.getStart()));
  });
}

function nameOf(node: ts.Node): string {
  return (ts.isNewExpression(node) ? node.expression : node).getText().replace(/\s+/g, "");
}

/** `stamp()` where `stamp` is called. */
function callOf(node: ts.Node): ts.Node {
  const { parent } = node;
  const called = ts.isCallExpression(parent) || ts.isTaggedTemplateExpression(parent);
  return called && (ts.isCallExpression(parent) ? parent.expression : parent.tag) === node ? parent : node;
}
