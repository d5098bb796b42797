/**
 * Finds results that cannot be given to a second caller: those that can be read once, and thenables that are more
 * than a promise. Tells by the members of a type, as the runtime does by those of a value: the classes of packages
 * and of the project count, too. Must agree with runtime/call/shareable.ts.
 */
import { ts } from "ts-morph";
import { valueKindOf } from "./types/kinds.ts";
import { libName, originOf, typeArguments } from "./types/origin.ts";
import { isPublic, propertiesOf, propertyName } from "./types/type-shape.ts";
import type { Types } from "./types/types.ts";

/** A part of a result that cannot be given to a second caller. */
export interface Unshareable {
  readonly path: string;
  readonly type: ts.Type;
  /** Every value of the result has it, `null` and `undefined` aside. */
  readonly always: boolean;
}

/** Deeper or further parts are not checked; the runtime decides by the value. */
const MAX_DEPTH = 6;
const MAX_TYPES = 2000;

/** Returns the part of a result that can be read only once. */
export function readOncePart(result: ts.Type, types: Types): Unshareable | undefined {
  const { checker } = types;
  const known = new Map<ts.Type, Unshareable | undefined>();
  return search(result, MAX_DEPTH);

  function search(promised: ts.Type, depth: number): Unshareable | undefined {
    const type = checker.getAwaitedType(promised) ?? promised;
    if (depth === 0 || known.size > MAX_TYPES || known.has(type)) return known.get(type);
    if (type.isUnion()) return ofUnion(type.types, (member) => search(member, depth), checker);
    if ((type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) === 0) return undefined;
    // A type that contains itself: nothing is known of the inner one yet.
    known.set(type, undefined);
    const found = isReadOnce(type, types) ? { path: "", type, always: true } : searchParts(type, depth);
    known.set(type, found);
    return found;
  }

  function searchParts(type: ts.Type, depth: number): Unshareable | undefined {
    const found = partsOf(type, types).flatMap(({ type: part, path }) => {
      const inner = search(part, depth - 1);
      return inner ? [{ ...inner, path: path + inner.path }] : [];
    });
    return found.find(({ always }) => always) ?? found[0];
  }
}

/** Returns the types that a value of a type holds. What an instance of a class holds is not given to the callers. */
function partsOf(type: ts.Type, types: Types): readonly Pick<Unshareable, "type" | "path">[] {
  const { checker } = types;
  const args = typeArguments(type, checker);
  if (checker.isTupleType(type)) return args.map((arg, index) => ({ type: arg, path: `[${index}]` }));
  const kind = valueKindOf(type, types);
  if (kind?.kind === "keyable") {
    const places = args.length === 2 ? ["[key]", "[value]"] : ["[]"];
    return args.map((arg, index) => ({ type: arg, path: places[index] ?? "" }));
  }
  if (kind) return [];
  return [
    ...propertiesOf(type, checker)
      .map((property) => ({ type: checker.getTypeOfSymbol(property), name: propertyName(property) }))
      .filter(({ name }) => /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name))
      .map(({ type, name }) => ({ type, path: `.${name}` })),
    ...checker.getIndexInfosOfType(type).map((index) => ({ type: index.type, path: "[]" })),
  ];
}

/** Returns the thenable among the values of a return type that a promise of the same result cannot stand for. */
export function thenablePart(type: ts.Type, types: Types): Unshareable | undefined {
  if (type.isUnion()) return ofUnion(type.types, (member) => thenablePart(member, types), types.checker);
  return hasMethod(type, "then", types) && !isPlainPromise(type, types)
    ? { path: "", type, always: true }
    : undefined;
}

/** Tells whether a type has a method of a name. */
export function hasMethod(type: ts.Type, name: string, { checker }: Types): boolean {
  return returnTypes(type, name, checker).length > 0;
}

/** Joins what was found in the members of a union: `null` and `undefined` make no difference. */
function ofUnion(
  members: readonly ts.Type[],
  search: (member: ts.Type) => Unshareable | undefined,
  checker: ts.TypeChecker,
): Unshareable | undefined {
  const NULLISH = ts.TypeFlags.Null | ts.TypeFlags.Undefined | ts.TypeFlags.Void;
  const found = members.filter(({ flags }) => (flags & NULLISH) === 0).map(search);
  const [first] = found
    .filter((part) => part !== undefined)
    // The order of a union's members depends on what the checker saw first.
    .map((part) => ({ part, text: `${part.path} ${checker.typeToString(part.type)}` }))
    .sort((one, other) => (one.text < other.text ? -1 : 1));
  return first && { ...first.part, always: found.every((part) => part?.always) };
}

/** Bodies of requests and responses, streams, their readers, and iterators. */
function isReadOnce(type: ts.Type, types: Types): boolean {
  const { checker } = types;
  const has = (name: string): boolean => checker.getPropertyOfType(type, name) !== undefined;
  if (has("bodyUsed") || (has("locked") && has("getReader"))) return true;
  if (has("releaseLock") && hasMethod(type, "read", types)) return true;
  if (has("readable") && (hasMethod(type, "pipe", types) || isTransform(type, types))) return true;
  return returnTypes(type, "next", checker).some((result) => {
    const awaited = checker.getAwaitedType(result) ?? result;
    return ["done", "value"].every((name) => checker.getPropertyOfType(awaited, name));
  });
}

/** A pair of web streams: `TransformStream`, `CompressionStream`. */
function isTransform(type: ts.Type, types: Types): boolean {
  const [readable, writable] = ["readable", "writable"].map((name) =>
    types.checker.getPropertyOfType(type, name),
  );
  if (!readable || !writable) return false;
  return types.checker.getPropertyOfType(types.checker.getTypeOfSymbol(readable), "getReader") !== undefined;
}

/** Tells whether another promise can stand for those of a type: it has no members of its own and starts nothing. */
function isPlainPromise(type: ts.Type, { checker, program }: Types): boolean {
  const lib = libName(type, program);
  if (lib === "Promise" || lib === "PromiseLike") return true;
  const isClass = ((type.getSymbol()?.flags ?? 0) & ts.SymbolFlags.Class) !== 0;
  return checker.getPropertiesOfType(type).every((property) => {
    const name = propertyName(property);
    // A class with its own `then` may start its work there.
    if (name === "then") return !isClass || originOf(property, program) === "lib";
    // What callers cannot use: private members, and those that only brand the type.
    if (/^(?:catch|finally|[_#].*)$/.test(name) || !isPublic(property)) return true;
    if (!name.startsWith("[")) return false;
    // Lazy promises have a tag: `[Symbol.toStringTag]: "PrismaPromise"`.
    const symbolType = checker.getTypeOfSymbol(property);
    return !name.includes("toStringTag") || !symbolType.isStringLiteral() || symbolType.value === "Promise";
  });
}

function returnTypes(type: ts.Type, name: string, checker: ts.TypeChecker): readonly ts.Type[] {
  const method = checker.getPropertyOfType(type, name);
  if (!method) return [];
  const signatures = checker.getSignaturesOfType(
    checker.getNonNullableType(checker.getTypeOfSymbol(method)),
    ts.SignatureKind.Call,
  );
  return signatures.map((signature) => checker.getReturnTypeOfSignature(signature));
}
