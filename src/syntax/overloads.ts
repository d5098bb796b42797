/** Overloadable signatures of a function or method, and the implementation that they belong to. */
import { ts } from "ts-morph";
import { literalName } from "./nodes.ts";

/** A declaration that can be overloaded: a signature, or the implementation. */
export type Overloadable = ts.FunctionDeclaration | ts.MethodDeclaration;

export function isOverloadable(fn: ts.Node): fn is Overloadable {
  return ts.isFunctionDeclaration(fn) || ts.isMethodDeclaration(fn);
}

/** Returns the overload signatures of an implementation, in order; empty for a function without overloads. */
export function overloadsOf(fn: ts.Node): readonly Overloadable[] {
  if (!isOverloadable(fn)) return [];
  const siblings = siblingsOf(fn);
  const overloads: Overloadable[] = [];
  for (let at = siblings.indexOf(fn) - 1; at >= 0; at--) {
    const sibling = siblings[at]!;
    if (!isOverloadable(sibling) || sibling.body || !isSameName(sibling, fn)) break;
    overloads.unshift(sibling);
  }
  return overloads;
}

/** Returns the declaration with a body: `fn` itself, or the one that its overload signatures lead to. */
export function implementationOf(fn: Overloadable): Overloadable | undefined {
  if (fn.body) return fn;
  const siblings = siblingsOf(fn);
  for (const sibling of siblings.slice(siblings.indexOf(fn) + 1)) {
    if (!isOverloadable(sibling) || !isSameName(sibling, fn)) return undefined;
    if (sibling.body) return sibling;
  }
  return undefined;
}

function siblingsOf({ parent }: Overloadable): readonly ts.Node[] {
  if (ts.isClassLike(parent)) return parent.members;
  return (parent as { statements?: readonly ts.Node[] }).statements ?? [];
}

function isSameName({ name }: Overloadable, other: Overloadable): boolean {
  const text = literalName(name);
  if (text !== undefined) return text === literalName(other.name);
  // Computed names are compared as they are written.
  return name?.getText() === other.name?.getText();
}
