/** The options argument of `cached()`: what of it is literal is known now, the rest at run time. */
import { ts } from "ts-morph";
import type { Scopes } from "../syntax/scope.ts";
import type { OptionValue, WrittenOption } from "../pragma/parse.ts";
import { literalName, spanOf, unwrap } from "../syntax/nodes.ts";

export interface CallOptions {
  readonly written: readonly WrittenOption[];
  /** Some of it is not literal, so that the expression has to be evaluated. */
  readonly dynamic: boolean;
}

/** Reads an options argument: an object literal, or a `const` of the file that holds one, here or spread. */
export function readCallOptions(argument: ts.Expression | undefined, scopes: Scopes): CallOptions {
  if (!argument || isUndefined(argument)) return { written: [], dynamic: false };
  const literal = unwrap(argument);
  if (!ts.isObjectLiteralExpression(literal)) {
    const held = heldLiteral(literal, scopes);
    // What it holds may change before it is used, so the run time looks again.
    return { written: held ? readLiteral(held, scopes) : [], dynamic: true };
  }
  const written = readLiteral(literal, scopes);
  const named = literal.properties.every((property) => nameOf(property) !== undefined);
  return { written, dynamic: !named || written.some(({ value }) => value.kind === "dynamic") };
}

/** Reads the properties in the order in which they replace each other; `held` are the literals around this one. */
function readLiteral(
  literal: ts.ObjectLiteralExpression,
  scopes: Scopes,
  held: readonly ts.Node[] = [],
): readonly WrittenOption[] {
  let own: WrittenOption[] = [];
  let spread: WrittenOption[] = [];
  const without = (options: WrittenOption[], names: readonly (string | undefined)[]): WrittenOption[] =>
    options.filter(({ name }) => !names.includes(name));
  for (const property of literal.properties) {
    const name = nameOf(property);
    const inner = ts.isSpreadAssignment(property) ? heldLiteral(property.expression, scopes) : undefined;
    if (inner && !held.includes(inner)) {
      const options = readLiteral(inner, scopes, [...held, literal, inner]);
      const names = options.map((option) => option.name);
      [own, spread] = [without(own, names), [...without(spread, names), ...options]];
    } else if (name === undefined) {
      const unsettled = (option: WrittenOption): WrittenOption => ({ ...option, value: DYNAMIC });
      [own, spread] = [own.map(unsettled), spread.map(unsettled)];
    } else {
      spread = without(spread, [name]);
      own.push(...readProperty(property));
    }
  }
  return [...spread, ...own];
}

/** The object literal that a name stands for. */
function heldLiteral(expression: ts.Expression, scopes: Scopes): ts.ObjectLiteralExpression | undefined {
  const node = unwrap(expression);
  if (ts.isObjectLiteralExpression(node)) return node;
  const declaration = ts.isIdentifier(node) ? scopes.resolve(node)?.declaration : undefined;
  if (!declaration || !ts.isVariableDeclaration(declaration) || !declaration.initializer) return undefined;
  if ((declaration.parent.flags & ts.NodeFlags.Const) === 0) return undefined;
  const value = unwrap(declaration.initializer);
  return ts.isObjectLiteralExpression(value) ? value : undefined;
}

const DYNAMIC: OptionValue = { kind: "dynamic" };

/** The option of a property; none for one that is left out by `undefined`. */
function readProperty(property: ts.ObjectLiteralElementLike): readonly WrittenOption[] {
  const name = nameOf(property)!;
  const nameSpan = spanOf(property.name!);
  if (!ts.isPropertyAssignment(property)) {
    return [{ name, nameSpan, value: DYNAMIC, valueSpan: spanOf(property) }];
  }
  const { initializer } = property;
  if (isUndefined(initializer)) return [];
  const inner = unwrap(initializer);
  const items = ts.isArrayLiteralExpression(inner) && inner.elements.map((element) => spanOf(element));
  const value = literalValue(inner);
  const option = {
    name,
    nameSpan,
    value: value === undefined ? DYNAMIC : ({ kind: "literal", value: value as string } as const),
    valueSpan: spanOf(initializer),
  };
  return [items && value !== undefined ? { ...option, itemSpans: items } : option];
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
