/** The options argument of `cached()`: what of it is literal is known now, the rest at run time. */
import { ts } from "ts-morph";
import type { OptionValue, WrittenOption } from "./pragma.ts";
import { literalName, spanOf, unwrap } from "./syntax.ts";

export interface CallOptions {
  readonly written: readonly WrittenOption[];
  /** Some of it is not literal, so that the expression has to be evaluated. */
  readonly dynamic: boolean;
}

/** Reads an options argument. What is not an object literal says nothing at build time. */
export function readCallOptions(argument: ts.Expression | undefined): CallOptions {
  if (!argument || isUndefined(argument)) return { written: [], dynamic: false };
  const literal = unwrap(argument);
  if (!ts.isObjectLiteralExpression(literal)) return { written: [], dynamic: true };
  const written = literal.properties.flatMap((property, index) => {
    const option = readProperty(property);
    if (!option) return [];
    // A spread behind it may replace it.
    const settled = !literal.properties.slice(index + 1).some((other) => nameOf(other) === undefined);
    return [settled ? option : { ...option, value: DYNAMIC }];
  });
  const named = literal.properties.every((property) => nameOf(property) !== undefined);
  return { written, dynamic: !named || written.some(({ value }) => value.kind === "dynamic") };
}

const DYNAMIC: OptionValue = { kind: "dynamic" };

function readProperty(property: ts.ObjectLiteralElementLike): WrittenOption | undefined {
  const name = nameOf(property);
  if (name === undefined) return undefined;
  const nameSpan = spanOf(property.name!);
  if (!ts.isPropertyAssignment(property)) {
    return { name, nameSpan, value: DYNAMIC, valueSpan: spanOf(property) };
  }
  const { initializer } = property;
  if (isUndefined(initializer)) return undefined;
  const inner = unwrap(initializer);
  const items = ts.isArrayLiteralExpression(inner) && inner.elements.map((element) => spanOf(element));
  const value = literalValue(inner);
  return {
    name,
    nameSpan,
    value: value === undefined ? DYNAMIC : { kind: "literal", value: value as string },
    valueSpan: spanOf(initializer),
    ...(items && value !== undefined && { itemSpans: items }),
  };
}

const nameOf = (property: ts.ObjectLiteralElementLike): string | undefined =>
  ts.isSpreadAssignment(property) ? undefined : literalName(property.name);

const isUndefined = (node: ts.Expression): boolean => ts.isIdentifier(node) && node.text === "undefined";

/** Returns the value of a literal, `-1` and arrays of literals included; undefined for anything else. */
function literalValue(expression: ts.Expression): string | number | boolean | null | unknown[] | undefined {
  const node = unwrap(expression);
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (node.kind === ts.SyntaxKind.TrueKeyword) return true;
  if (node.kind === ts.SyntaxKind.FalseKeyword) return false;
  if (node.kind === ts.SyntaxKind.NullKeyword) return null;
  if (ts.isIdentifier(node) && node.text === "Infinity") return Infinity;
  if (ts.isPrefixUnaryExpression(node)) {
    const operand = literalValue(node.operand);
    if (typeof operand !== "number") return undefined;
    if (node.operator === ts.SyntaxKind.MinusToken) return -operand;
    return node.operator === ts.SyntaxKind.PlusToken ? operand : undefined;
  }
  if (!ts.isArrayLiteralExpression(node)) return undefined;
  const values = node.elements.map((element) => literalValue(element));
  return values.includes(undefined) ? undefined : values;
}
