/** Checks the parameter with the ids of a batch function (`multi`). */
import { ts } from "ts-morph";
import { suggest } from "../../../runtime/contract/suggest.ts";
import { type Problem, problem } from "../../diagnostics/catalogue.ts";
import type { FunctionOptions } from "../../options/function.ts";
import type { MarkedFunction } from "../../syntax/nodes.ts";
import { boundNames, realParameters } from "../../syntax/nodes.ts";
import { libName } from "../types/origin.ts";
import type { Types } from "../types/types.ts";

/** Returns the type of the ids of a list or a `Set`; undefined for any other type. */
export function idTypeOf(type: ts.Type, { checker, program }: Types): ts.Type | undefined {
  const whole = checker.getBaseConstraintOfType(type) ?? type;
  if (checker.isArrayType(whole) || checker.isTupleType(whole))
    return checker.getIndexTypeOfType(whole, ts.IndexKind.Number);
  return /^(?:Readonly)?Set$/.test(libName(whole, program) ?? "")
    ? checker.getTypeArguments(whole as ts.TypeReference)[0]
    : undefined;
}

/** Checks that the option names a parameter with a list or a `Set` of primitive values, which the function reads. */
export function checkIds(
  fn: MarkedFunction,
  { multi, spans }: FunctionOptions,
  types: Types,
): readonly Problem[] {
  const span = spans.get("multi")?.value;
  if (multi === undefined || !span) return [];
  const parameters = realParameters(fn);
  const known = parameters.flatMap(({ name }) => boundNames(name).map(({ text }) => text));
  const parameter = parameters.find(({ name }) => ts.isIdentifier(name) && name.text === multi);
  if (!known.includes(multi))
    return [
      problem("multi-parameter", span, {
        name: multi,
        fault: "unknown",
        nearest: suggest(multi, known),
        known,
      }),
    ];
  if (!parameter) return [problem("multi-parameter", span, { name: multi, fault: "destructured" })];
  if (parameter.dotDotDotToken) return [problem("multi-parameter", span, { name: multi, fault: "rest" })];
  const type = types.at(parameter.name);
  const id = idTypeOf(type, types);
  return id && isPrimitiveType(id, types)
    ? []
    : [problem("multi-parameter", span, { name: multi, fault: "type", type: types.display(type) })];
}

const PRIMITIVE: number =
  ts.TypeFlags.StringLike |
  ts.TypeFlags.NumberLike |
  ts.TypeFlags.BigIntLike |
  ts.TypeFlags.BooleanLike |
  ts.TypeFlags.Null |
  ts.TypeFlags.Undefined;

function isPrimitiveType(type: ts.Type, types: Types): boolean {
  const constraint = types.checker.getBaseConstraintOfType(type) ?? type;
  if (constraint.isUnion()) return constraint.types.every((member) => isPrimitiveType(member, types));
  const members = constraint.isIntersection() ? constraint.types : [constraint];
  return members.some(({ flags }) => (flags & PRIMITIVE) !== 0);
}
