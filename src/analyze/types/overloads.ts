/** The types of overloads. Callers see them, while the key is made from the implementation's parameters. */
import type { ts } from "ts-morph";
import { realParameters } from "../../syntax/nodes.ts";
import type { Overloadable } from "../../syntax/overloads.ts";
import { overloadsOf } from "../../syntax/overloads.ts";
import { plainParameterTexts, plainTypeText } from "./type-syntax.ts";
import type { Types } from "./types.ts";

/** Returns the canonical types of each overload's parameters and result, for versions. */
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

/** Returns the overloads whose types are not known without the checker. */
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
