/** What the values of an object type are at run time. Says the same as runtime/key/index.ts, which decides by the value. */
import { ts } from "ts-morph";
import { PACKAGE } from "../../find/imports.ts";
import { BYTE_TYPES, isUnresolved, libName, originOf } from "./origin.ts";
import { propertyName } from "./type-shape.ts";

/** Types of the language whose values have a key; their type arguments are looked at. */
const KEYABLE_LIB_TYPES: ReadonlySet<string> = new Set([
  ...BYTE_TYPES,
  "Array",
  "Date",
  "Map",
  "ReadonlyArray",
  "ReadonlyMap",
  "ReadonlySet",
  "RegExp",
  "Set",
  "TemplateStringsArray",
  "URL",
]);

/**
 * Types that say too little: `String` takes texts and objects around them, an `Iterable` may be an array, or
 * a generator that runs once.
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

/** What the values of an object type are, if they are more than their properties. */
export type ValueKind =
  | {
      readonly kind: "unkeyable";
      readonly why: string;
      /** It is a class of the project, which can be given a method. */
      readonly own?: boolean;
    }
  | { readonly kind: "unproved" | "unresolved" }
  /** A keyable type of the language: itself, or what a brand or an interface is made from. */
  | {
      readonly kind: "keyable";
      readonly name: string;
      readonly type: ts.Type;
      /** The other parts of an intersection: a brand, or further properties. */
      readonly others?: readonly ts.Type[];
    };

/** Says what the values of an object type are; undefined for those that are what their properties are. */
export function valueKindOf(type: ts.Type, program: ts.Program): ValueKind | undefined {
  const checker = program.getTypeChecker();
  if (isFunctionType(type, checker)) return { kind: "unkeyable", why: "a function" };
  if (type.isIntersection()) return kindOfIntersection(type.types, program);
  const lib = libName(type, program);
  if (lib !== undefined) return kindOfLib(lib, type, checker);
  if (acceptsAnyValue(type, checker)) return { kind: "unproved" };
  const symbol = type.getSymbol();
  if (!symbol) return undefined;
  if (symbol.flags & ts.SymbolFlags.Class)
    return instanceKind(symbol, originOf(symbol, program) === "project");
  if (symbol.flags & ts.SymbolFlags.ValueModule) return { kind: "unkeyable", why: "a module" };
  return symbol.flags & ts.SymbolFlags.Interface ? kindOfBases(type, symbol, program) : undefined;
}

/** Of `Date & { __brand: "utc" }` the values are dates, and the rest is there for the checker only. */
function kindOfIntersection(types: readonly ts.Type[], program: ts.Program): ValueKind | undefined {
  const kinds = types.map((member) => valueKindOf(member, program));
  for (const wanted of ["unresolved", "unkeyable", "keyable"] as const) {
    const at = kinds.findIndex((kind) => kind?.kind === wanted);
    const found = kinds[at];
    if (found?.kind === "keyable") return { ...found, others: types.filter((_, index) => index !== at) };
    if (found) return found;
  }
  return kinds.every((kind) => kind?.kind === "unproved") ? kinds[0] : undefined;
}

function kindOfLib(name: string, type: ts.Type, checker: ts.TypeChecker): ValueKind | undefined {
  if (KEYABLE_LIB_TYPES.has(name)) return { kind: "keyable", name, type };
  if (UNPROVED_LIB_TYPES.has(name)) return { kind: "unproved" };
  if (name === "Function") return { kind: "unkeyable", why: "a function" };
  const symbol = type.getSymbol()!;
  // What is made by a constructor, and what has methods as a `Generator` has; not the likes of `RequestInit`.
  const hasValue = (symbol.flags & ts.SymbolFlags.Value) !== 0;
  if (hasValue || checker.getPropertiesOfType(type).some(isRequiredMethod)) return instanceKind(symbol);
  return acceptsAnyValue(type, checker) ? { kind: "unproved" } : undefined;
}

function isRequiredMethod({ flags }: ts.Symbol): boolean {
  return (flags & ts.SymbolFlags.Method) !== 0 && (flags & ts.SymbolFlags.Optional) === 0;
}

/** An interface is what it extends: `interface Path extends Array<string> {}`. */
function kindOfBases(derived: ts.Type, symbol: ts.Symbol, program: ts.Program): ValueKind | undefined {
  const checker = program.getTypeChecker();
  for (const declaration of symbol.declarations ?? []) {
    if (!ts.isInterfaceDeclaration(declaration)) continue;
    for (const base of declaration.heritageClauses?.flatMap(({ types }) => [...types]) ?? []) {
      const type = checker.getTypeFromTypeNode(base);
      if (isUnresolved(type)) return { kind: "unresolved" };
      const kind = (type.flags & ts.TypeFlags.Object) === 0 ? undefined : valueKindOf(type, program);
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

/** `{}` takes every value but `null` and `undefined`; an interface of no properties as well. */
function acceptsAnyValue(type: ts.Type, checker: ts.TypeChecker): boolean {
  const mapped = ((type as ts.ObjectType).objectFlags & ts.ObjectFlags.Mapped) !== 0;
  const isClass = ((type.getSymbol()?.flags ?? 0) & ts.SymbolFlags.Class) !== 0;
  if (isClass && !mapped) return false;
  return checker.getPropertiesOfType(type).length + checker.getIndexInfosOfType(type).length === 0;
}

function instanceKind({ name }: ts.Symbol, own = false): ValueKind {
  const named = name !== "__class" && name !== "default";
  return { kind: "unkeyable", why: named ? `an instance of \`${name}\`` : "an instance of a class", own };
}

/** The method `[cacheKey]()` of a type, if it has one that the runtime will call. */
export function keyMethodOf(type: ts.Type, program: ts.Program): ts.Symbol | undefined {
  const checker = program.getTypeChecker();
  return checker.getPropertiesOfType(type).find((property) => {
    // The symbol is `cacheKey` of this package, by whatever name, or one's own `Symbol.for` of the same text.
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
