/** Reads the options argument of `cached()`. Literal values are known at build time, all others only at run time. */
import { ts } from "ts-morph";
import type { OptionValue, WrittenOption } from "../pragma/parse.ts";
import { literalName, spanOf, unwrap } from "../syntax/nodes.ts";
import type { Scopes } from "../syntax/scope.ts";

export interface CallOptions {
  readonly written: readonly WrittenOption[];
  /** Some options are not literal, so the argument must be evaluated at run time. */
  readonly dynamic: boolean;
}

/**
 * Reads an options argument: an object literal, or a `const` of the file that is initialized with one. Either may
 * also be spread into the literal.
 */
export function readCallOptions(argument: ts.Expression | undefined, scopes: Scopes): CallOptions {
  if (!argument || isUndefined(argument)) return { written: [], dynamic: false };
  const literal = unwrap(argument);
  if (!ts.isObjectLiteralExpression(literal)) {
    const held = heldLiteral(literal, scopes);
    // The object may be modified before the call, so the run time reads it again.
    return { written: held ? readLiteral(held, scopes) : [], dynamic: true };
  }
  const written = readLiteral(literal, scopes);
  const named = literal.properties.every((property) => propertyName(property) !== undefined);
  return { written, dynamic: !named || written.some(({ value }) => value.kind === "dynamic") };
}

/**
 * Reads the properties of a literal. Later properties replace earlier ones. `enclosing` are the literals that this
 * one is spread into, to stop at a cycle.
 */
function readLiteral(
  literal: ts.ObjectLiteralExpression,
  scopes: Scopes,
  enclosing: readonly ts.Node[] = [],
): readonly WrittenOption[] {
  let own: WrittenOption[] = [];
  let spread: WrittenOption[] = [];
  const without = (options: WrittenOption[], names: readonly (string | undefined)[]): WrittenOption[] =>
    options.filter(({ name }) => !names.includes(name));
  for (const property of literal.properties) {
    const name = propertyName(property);
    const inner = ts.isSpreadAssignment(property) ? heldLiteral(property.expression, scopes) : undefined;
    if (inner && !enclosing.includes(inner)) {
      const options = readLiteral(inner, scopes, [...enclosing, literal, inner]);
      const names = options.map((option) => option.name);
      [own, spread] = [without(own, names), [...without(spread, names), ...options]];
    } else if (name === undefined) {
      // A computed name or an unknown spread may replace any option that precedes it.
      const asDynamic = (option: WrittenOption): WrittenOption => ({ ...option, value: DYNAMIC });
      [own, spread] = [own.map(asDynamic), spread.map(asDynamic)];
    } else {
      spread = without(spread, [name]);
      own.push(...readProperty(property));
    }
  }
  return [...spread, ...own];
}

/** Returns the object literal itself, or the one that a `const` is initialized with. */
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

/** Reads the option of a property. `undefined` as a value counts as left out. */
function readProperty(property: ts.ObjectLiteralElementLike): readonly WrittenOption[] {
  const name = propertyName(property)!;
  const nameSpan = spanOf(property.name!);
  if (!ts.isPropertyAssignment(property)) {
    const isOne = name === "one" && ts.isShorthandPropertyAssignment(property);
    return [{ name, nameSpan, value: isOne ? literalOf(name) : DYNAMIC, valueSpan: spanOf(property) }];
  }
  const { initializer } = property;
  if (isUndefined(initializer)) return [];
  const inner = unwrap(initializer);
  const items = ts.isArrayLiteralExpression(inner) && inner.elements.map((element) => spanOf(element));
  // The name of a function stands for it, as in a pragma.
  const value = name === "one" ? pathText(inner) : literalValue(inner);
  const option = {
    name,
    nameSpan,
    value: value === undefined ? DYNAMIC : literalOf(value as string),
    valueSpan: spanOf(initializer),
  };
  return [items && value !== undefined ? { ...option, itemSpans: items } : option];
}

const literalOf = (value: string): OptionValue => ({ kind: "literal", value });

/** Returns the text of `users` or `repo.users`. */
const pathText = (node: ts.Expression): string | undefined =>
  /^[\p{ID_Continue}$]+(?:\.[\p{ID_Continue}$]+)*$/u.test(node.getText()) ? node.getText() : undefined;

const propertyName = (property: ts.ObjectLiteralElementLike): string | undefined =>
  ts.isSpreadAssignment(property) ? undefined : literalName(property.name);

const isUndefined = (node: ts.Expression): boolean => ts.isIdentifier(node) && node.text === "undefined";

/** Returns the value of a literal, including `-1`, `60 * 60` and arrays; undefined for anything else. */
function literalValue(expression: ts.Expression): string | number | boolean | null | unknown[] | undefined {
  const node = unwrap(expression);
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (node.kind === ts.SyntaxKind.TrueKeyword) return true;
  if (node.kind === ts.SyntaxKind.FalseKeyword) return false;
  if (node.kind === ts.SyntaxKind.NullKeyword) return null;
  if (ts.isIdentifier(node) && node.text === "Infinity") return Infinity;
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.AsteriskToken) {
    const [left, right] = [literalValue(node.left), literalValue(node.right)];
    return typeof left === "number" && typeof right === "number" ? left * right : undefined;
  }
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
