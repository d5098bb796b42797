/** The signatures that callers of an overloaded function see; the key is bound to the implementation's parameters. */
import { ts } from "ts-morph";
import { literalName, realParameters } from "../../syntax/nodes.ts";
import { plainParameterTexts, plainTypeText } from "./type-syntax.ts";
import type { Types } from "./types.ts";

export type Overload = ts.FunctionDeclaration | ts.MethodDeclaration;

export function isOverload(fn: ts.Node): fn is Overload {
  return ts.isFunctionDeclaration(fn) || ts.isMethodDeclaration(fn);
}

/** The overloads of an implementation, in order; none for a function that has but one signature. */
export function overloadsOf(fn: ts.Node): readonly Overload[] {
  if (!isOverload(fn)) return [];
  const siblings = siblingsOf(fn);
  const overloads: Overload[] = [];
  for (let at = siblings.indexOf(fn) - 1; at >= 0; at--) {
    const sibling = siblings[at]!;
    if (!isOverload(sibling) || sibling.body || !isNamesake(sibling, fn)) break;
    overloads.unshift(sibling);
  }
  return overloads;
}

/** The declaration with a body that belongs to an overload: itself, if it has one. */
export function implementationOf(fn: ts.Node): ts.Node {
  if (!isOverload(fn) || fn.body) return fn;
  const siblings = siblingsOf(fn);
  const found = siblings
    .slice(siblings.indexOf(fn))
    .find((sibling) => isOverload(sibling) && sibling.body && isNamesake(sibling, fn));
  return found ?? fn;
}

function siblingsOf({ parent }: Overload): readonly ts.Node[] {
  if (ts.isClassLike(parent)) return parent.members;
  return (parent as { statements?: readonly ts.Node[] }).statements ?? [];
}

function isNamesake(one: Overload, other: Overload): boolean {
  return literalName(one.name) === literalName(other.name);
}

/** The canonical types of what overloads take and give, for versions. */
export function overloadTexts(overloads: readonly Overload[], types: Types): readonly (readonly string[])[] {
  return overloads.map((overload) => {
    const parameters = realParameters(overload).map(
      (parameter) => plainText(parameter, types) ?? types.text(types.at(parameter)),
    );
    return [...parameters, plainResult(overload, types) ?? types.text(resultOf(overload, types))];
  });
}

/** The overloads whose types take a checker to know. */
export function askedOverloads(fn: ts.Node, types: Types): readonly Overload[] {
  return overloadsOf(fn).filter(
    (overload) =>
      plainResult(overload, types) === undefined ||
      realParameters(overload).some((parameter) => plainText(parameter, types) === undefined),
  );
}

function plainText(parameter: ts.ParameterDeclaration, types: Types): string | undefined {
  return types.plain ? plainParameterTexts(parameter)?.[0] : undefined;
}

function plainResult({ type }: Overload, types: Types): string | undefined {
  return type && types.plain ? plainTypeText(type) : undefined;
}

function resultOf(overload: Overload, { checker }: Types): ts.Type {
  const signature = checker.getSignatureFromDeclaration(overload);
  return signature ? checker.getReturnTypeOfSignature(signature) : checker.getAnyType();
}
