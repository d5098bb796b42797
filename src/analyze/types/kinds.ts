/**
 * Tells what the values of an object type are at run time. Must agree with runtime/key, which decides by the
 * value.
 */
import { ts } from "ts-morph";
import { PACKAGE } from "../../find/imports.ts";
import { keyableLibName } from "./built-ins.ts";
import type { NamedClasses } from "./classes.ts";
import { isMapped, isUnresolved, libName, originOf } from "./origin.ts";
import { propertyName } from "./type-shape.ts";

/**
 * Built-in types that prove nothing: a `String` may be a primitive or an object, an `Iterable` an array or a
 * generator, which can be read only once.
 */
const UNPROVED_LIB_TYPES: ReadonlySet<string> = new Set([
  "BigInt",
  "Boolean",
  "Iterable",
  "Number",
  "Object",
  "ReadonlySetLike",
  "String",
]);

/** The values of an object type, if they are not just their properties. */
export type ValueKind =
  | {
      readonly kind: "unkeyable";
      readonly why: string;
      /** It is a class of the project, so a `[cacheKey]()` method can be added to it. */
      readonly own?: boolean;
    }
  | { readonly kind: "unproved" | "unresolved" }
  | KeyableKind;

/**
 * A keyable built-in type: the type itself, or the one that is branded, extended or mapped. Or a class that the option
 * `classes` names.
 */
export interface KeyableKind {
  readonly kind: "keyable";
  /** Undefined for a class. What its instances hold does not matter. */
  readonly name: string | undefined;
  readonly type: ts.Type;
  /** Other built-in types that the values have too: `string[]` of `unknown[] & string[]`. */
  readonly also?: readonly KeyableKind[];
  /** Types with further properties, such as a brand. */
  readonly others?: readonly ts.Type[];
}

/** What decides the kind of a type. */
export interface KindContext {
  readonly program: ts.Program;
  readonly classes: NamedClasses;
}

/** Returns what the values of an object type are; undefined for plain objects, which are their properties. */
export function valueKindOf(type: ts.Type, context: KindContext): ValueKind | undefined {
  const { program, classes } = context;
  const checker = program.getTypeChecker();
  if (isFunctionType(type, checker)) return { kind: "unkeyable", why: "a function" };
  if (type.isIntersection()) return kindOfIntersection(type.types, context);
  if (classes.entryOf(type) !== undefined) return { kind: "keyable", name: undefined, type };
  const name = checker.isTupleType(type) ? "Array" : keyableLibName(type, program);
  if (name !== undefined) return { kind: "keyable", name, type, others: isMapped(type) ? [type] : [] };
  const lib = libName(type, program);
  if (lib !== undefined) return kindOfLib(lib, type, checker);
  if (acceptsAnyValue(type, checker)) return { kind: "unproved" };
  const symbol = type.getSymbol();
  if (!symbol) return undefined;
  if (symbol.flags & ts.SymbolFlags.Class)
    return instanceKind(symbol, originOf(symbol, program) === "project");
  if (symbol.flags & ts.SymbolFlags.ValueModule) return { kind: "unkeyable", why: "a module" };
  return symbol.flags & ts.SymbolFlags.Interface ? kindOfBases(type, symbol, context) : undefined;
}

/** Returns the kind of an intersection: the values of `Date & { __brand: "utc" }` are dates. */
function kindOfIntersection(types: readonly ts.Type[], context: KindContext): ValueKind | undefined {
  const kinds = types.map((member) => valueKindOf(member, context));
  for (const wanted of ["unresolved", "unkeyable"] as const) {
    const found = kinds.find((kind) => kind?.kind === wanted);
    if (found) return found;
  }
  const [first, ...also] = kinds.filter((kind) => kind?.kind === "keyable");
  const others = types.filter((_, index) => kinds[index]?.kind !== "keyable");
  if (first) return { ...first, also, others: [...(first.others ?? []), ...others] };
  return kinds.every((kind) => kind?.kind === "unproved") ? kinds[0] : undefined;
}

function kindOfLib(name: string, type: ts.Type, checker: ts.TypeChecker): ValueKind | undefined {
  if (UNPROVED_LIB_TYPES.has(name)) return { kind: "unproved" };
  if (name === "Function") return { kind: "unkeyable", why: "a function" };
  const symbol = type.getSymbol()!;
  // A type with a constructor, or with methods like `Generator`; not a record of options like `RequestInit`.
  const hasValue = (symbol.flags & ts.SymbolFlags.Value) !== 0;
  if (hasValue || checker.getPropertiesOfType(type).some(isRequiredMethod)) return instanceKind(symbol);
  return acceptsAnyValue(type, checker) ? { kind: "unproved" } : undefined;
}

function isRequiredMethod({ flags }: ts.Symbol): boolean {
  return (flags & ts.SymbolFlags.Method) !== 0 && (flags & ts.SymbolFlags.Optional) === 0;
}

/** Returns the kind of the type that an interface extends: `interface Path extends Array<string> {}`. */
function kindOfBases(derived: ts.Type, symbol: ts.Symbol, context: KindContext): ValueKind | undefined {
  const checker = context.program.getTypeChecker();
  for (const declaration of symbol.declarations ?? []) {
    if (!ts.isInterfaceDeclaration(declaration)) continue;
    for (const base of declaration.heritageClauses?.flatMap(({ types }) => [...types]) ?? []) {
      const type = checker.getTypeFromTypeNode(base);
      if (isUnresolved(type)) return { kind: "unresolved" };
      const isObject = (type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) !== 0;
      const kind = isObject ? valueKindOf(type, context) : undefined;
      if (kind?.kind === "keyable") return { ...kind, type: derived };
      if (kind && kind.kind !== "unproved") return kind;
    }
  }
  return undefined;
}

function isFunctionType(type: ts.Type, checker: ts.TypeChecker): boolean {
  return (
    checker.getSignaturesOfType(type, ts.SignatureKind.Call).length > 0 ||
    checker.getSignaturesOfType(type, ts.SignatureKind.Construct).length > 0
  );
}

/** Tells whether a type accepts every value except `null` and `undefined`: `{}`, or an empty interface. */
function acceptsAnyValue(type: ts.Type, checker: ts.TypeChecker): boolean {
  const isClass = ((type.getSymbol()?.flags ?? 0) & ts.SymbolFlags.Class) !== 0;
  if (isClass && !isMapped(type)) return false;
  return checker.getPropertiesOfType(type).length + checker.getIndexInfosOfType(type).length === 0;
}

function instanceKind({ name }: ts.Symbol, own = false): ValueKind {
  const named = name !== "__class" && name !== "default";
  return { kind: "unkeyable", why: named ? `an instance of \`${name}\`` : "an instance of a class", own };
}

/** Returns the method `[cacheKey]()` of a type, if it has one that the runtime will call. */
export function keyMethodOf(type: ts.Type, program: ts.Program): ts.Symbol | undefined {
  const checker = program.getTypeChecker();
  return checker.getPropertiesOfType(type).find((property) => {
    // The symbol is `cacheKey` of this package, under any name, or a `Symbol.for` with the same text.
    if (!propertyName(property).startsWith("[")) return false;
    return (property.declarations ?? []).some((declaration) => {
      const name = ts.getNameOfDeclaration(declaration);
      return name && ts.isComputedPropertyName(name) && isCacheKey(name.expression, program);
    });
  });
}

function isCacheKey(expression: ts.Expression, program: ts.Program): boolean {
  const checker = program.getTypeChecker();
  let symbol = checker.getSymbolAtLocation(expression);
  while (symbol && symbol.flags & ts.SymbolFlags.Alias) {
    if (symbol.declarations?.some((each) => importedFrom(each) === PACKAGE)) return symbol.name !== "default";
    symbol = checker.getImmediateAliasedSymbol(symbol);
  }
  if (!symbol) return false;
  if (symbol.name === "cacheKey" && originOf(symbol, program) === "package") {
    return symbol.declarations!.some((each) => each.getSourceFile().fileName.includes(`/${PACKAGE}/`));
  }
  const declaration = symbol.valueDeclaration;
  const made = declaration && ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
  return made !== undefined && /^Symbol\s*\.\s*for\(\s*(["'`])aotcache\.cacheKey\1/.test(made.getText());
}

function importedFrom(declaration: ts.Node): string | undefined {
  const from = ts.findAncestor(
    declaration,
    (node): node is ts.ImportDeclaration | ts.ExportDeclaration =>
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node),
  )?.moduleSpecifier;
  return from && ts.isStringLiteral(from) ? from.text : undefined;
}
