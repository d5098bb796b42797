/** The signatures that callers of an overloaded function see; the key is bound to the implementation's parameters. */
import type { ts } from "ts-morph";
import { realParameters } from "../../syntax/nodes.ts";
import type { Overloadable } from "../../syntax/overloads.ts";
import { overloadsOf } from "../../syntax/overloads.ts";
import { plainParameterTexts, plainTypeText } from "./type-syntax.ts";
import type { Types } from "./types.ts";

/** The canonical types of what overloads take and give, for versions. */
export function overloadTexts(
  overloads: readonly Overloadable[],
  types: Types,
): readonly (readonly string[])[] {
  return overloads.map((overload) => {
    const parameters = realParameters(overload).map(
      (parameter) => plainParameterText(parameter, types) ?? types.text(types.at(parameter)),
    );
    return [...parameters, plainReturnText(overload, types) ?? types.text(returnTypeOf(overload, types))];
  });
}

/** The overloads whose types take a checker to know. */
export function uncertainOverloads(fn: ts.Node, types: Types): readonly Overloadable[] {
  return overloadsOf(fn).filter(
    (overload) =>
      plainReturnText(overload, types) === undefined ||
      realParameters(overload).some((parameter) => plainParameterText(parameter, types) === undefined),
  );
}

function plainParameterText(parameter: ts.ParameterDeclaration, types: Types): string | undefined {
  return types.plain ? plainParameterTexts(parameter)?.[0] : undefined;
}

function plainReturnText({ type }: Overloadable, types: Types): string | undefined {
  return type && types.plain ? plainTypeText(type) : undefined;
}

function returnTypeOf(overload: Overloadable, { checker }: Types): ts.Type {
  const signature = checker.getSignatureFromDeclaration(overload);
  return signature ? checker.getReturnTypeOfSignature(signature) : checker.getAnyType();
}
