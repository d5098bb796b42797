/** Checks with types what the syntax alone assumes. */
import { ts } from "ts-morph";
import { isReadonlyMapped } from "../../ts-internals.ts";
import { libOwnerOf } from "../types/built-ins.ts";
import { propertiesOf } from "../types/type-shape.ts";
import { libName } from "../types/origin.ts";
import { unwrap } from "../../syntax/nodes.ts";
import { Scopes } from "../../syntax/scope.ts";
import type { Types } from "../types/types.ts";
import type { Proof } from "./origins.ts";

/** Tells whether the syntax proves it: `[...rows].sort()`, and `rows.sort()` with `rows: Row[]`. */
export function isEvident({ node, owners }: Proof): boolean {
  const value = owners ? (node.parent as ts.PropertyAccessExpression).expression : (node as ts.Expression);
  const name = evidentName(unwrap(value));
  if (name === undefined) return false;
  return owners ? owners.includes(name) : !name.endsWith("Map");
}

/** Returns the interface of a value, if the syntax tells that it is a list, a map or a set. */
function evidentName(value: ts.Expression): string | undefined {
  if (ts.isArrayLiteralExpression(value)) return "Array";
  const binding = ts.isIdentifier(value) ? new Scopes().resolve(value) : undefined;
  const { type, name } = (binding?.declaration ?? {}) as {
    readonly type?: ts.TypeNode;
    readonly name?: ts.Node;
  };
  return type && name === binding?.node ? builtInName(type) : undefined;
}

/** Returns the interface of a written type, if it is a list, a map or a set. */
function builtInName(type: ts.TypeNode): string | undefined {
  if (ts.isTypeOperatorNode(type)) return builtInName(type.type) === "Array" ? "ReadonlyArray" : undefined;
  if (ts.isArrayTypeNode(type) || ts.isTupleTypeNode(type)) return "Array";
  const name = ts.isTypeReferenceNode(type) ? type.typeName.getText() : "";
  return /^(?:Readonly)?(?:Array|Map|Set)$/.test(name) ? name : undefined;
}

/** Like {@link isEvident}, by the checker. The node is in the file that the types are of. */
export function holds({ node, owners }: Proof, types: Types): boolean {
  const { checker, program } = types;
  if (!owners)
    return !/^(?:Readonly)?Map$/.test(libName(checker.getNonNullableType(types.at(node)), program) ?? "");
  const symbol = checker.getSymbolAtLocation(node);
  const owner = symbol && libOwnerOf(symbol, program);
  return owner !== undefined && owners.includes(owner);
}

const CHANGEABLE_LIB_TYPES: ReadonlySet<string> = new Set(["Array", "Map", "Set", "URLSearchParams"]);
const READONLY_LIB_TYPES: ReadonlySet<string> = new Set(["ReadonlyArray", "ReadonlyMap", "ReadonlySet"]);

/** Types are looked into to this depth. */
const MAX_TYPE_DEPTH = 8;

/**
 * Returns the part of a type that can be changed; undefined for primitives, functions, what is `readonly` all the way
 * down, and types that prove nothing. Dates and other built-in values count as unchangeable, since hardly any code
 * changes them.
 */
export function changeablePart(type: ts.Type, types: Types, depth = 0): ts.Type | undefined {
  const { checker, program } = types;
  const bare = checker.getNonNullableType(type);
  const whole = bare.flags & ts.TypeFlags.Instantiable ? checker.getBaseConstraintOfType(bare) : bare;
  if (!whole || depth > MAX_TYPE_DEPTH) return undefined;
  const inner = (each: ts.Type): ts.Type | undefined => changeablePart(each, types, depth + 1);
  if (whole.isUnion()) return firstOf(whole.types, inner);
  if ((whole.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) === 0) return undefined;
  if (isCallable(whole, checker)) return undefined;
  if (checker.isTupleType(whole)) {
    if (!(whole as ts.TupleTypeReference).target.readonly) return whole;
    return firstOf(checker.getTypeArguments(whole as ts.TypeReference), inner);
  }
  const name = libName(whole, program);
  if (name !== undefined && CHANGEABLE_LIB_TYPES.has(name)) return whole;
  if (name !== undefined && READONLY_LIB_TYPES.has(name))
    return firstOf(checker.getTypeArguments(whole as ts.TypeReference), inner);
  if (name !== undefined || (whole.getSymbol()?.flags ?? 0) & ts.SymbolFlags.Class) return undefined;
  const indexes = checker.getIndexInfosOfType(whole);
  if (indexes.some(({ isReadonly }) => !isReadonly)) return whole;
  const properties = propertiesOf(whole, checker);
  // An object with functions is a service, not data.
  if (properties.some((property) => isCallable(checker.getTypeOfSymbol(property), checker))) return undefined;
  if (properties.some((property) => !isReadonly(property))) return whole;
  return firstOf(
    [...indexes.map((each) => each.type), ...properties.map((each) => checker.getTypeOfSymbol(each))],
    inner,
  );
}

const isCallable = (type: ts.Type, checker: ts.TypeChecker): boolean =>
  checker.getSignaturesOfType(checker.getNonNullableType(type), ts.SignatureKind.Call).length > 0;

/** Returns the types of what an object holds. */
export function contentTypes(type: ts.Type, types: Types): readonly ts.Type[] {
  const { checker, program } = types;
  const whole = checker.getNonNullableType(type);
  if (whole.isUnion()) return whole.types.flatMap((each) => contentTypes(each, types));
  if ((whole.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) === 0) return [];
  if (checker.isArrayType(whole) || checker.isTupleType(whole) || libName(whole, program) !== undefined)
    return checker.getTypeArguments(whole as ts.TypeReference);
  return [
    ...checker.getIndexInfosOfType(whole).map((each) => each.type),
    ...propertiesOf(whole, checker).map((each) => checker.getTypeOfSymbol(each)),
  ];
}

export function firstOf<T, R>(all: readonly T[], find: (each: T) => R | undefined): R | undefined {
  for (const each of all) {
    const found = find(each);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Tells whether a property is `readonly`, also by a mapped type. */
function isReadonly(property: ts.Symbol): boolean {
  const { valueDeclaration: declaration } = property;
  const flags = declaration ? ts.getCombinedModifierFlags(declaration) : ts.ModifierFlags.None;
  return (flags & ts.ModifierFlags.Readonly) !== 0 || isReadonlyMapped(property);
}
