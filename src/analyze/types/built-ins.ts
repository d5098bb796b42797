/** Built-in types whose values have a key, and what types that are made of them have in common with them. */
import { ts } from "ts-morph";
import { BYTE_TYPES, isMapped, libName, originOf, typeArguments } from "./origin.ts";

/** Built-in types whose values have a key, if their type arguments do. */
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
 * Returns the name of the keyable built-in type that a type is, or whose members it has: `Readonly<Date>` and
 * `Pick<Map<string, number>, "get">` are objects with methods to the checker, but their values are dates and maps.
 */
export function keyableLibName(type: ts.Type, program: ts.Program): string | undefined {
  const name = libName(type, program) ?? mappedLibName(type, program);
  return name !== undefined && KEYABLE_LIB_TYPES.has(name) ? name : undefined;
}

function mappedLibName(type: ts.Type, program: ts.Program): string | undefined {
  if (!isMapped(type)) return undefined;
  const methods = program
    .getTypeChecker()
    .getPropertiesOfType(type)
    .filter(
      ({ declarations: [first] = [] }) =>
        first && (ts.isMethodSignature(first) || ts.isMethodDeclaration(first)),
    );
  const owners = methods.map((method) => libOwnerOf(method, program));
  return owners.find((name) => name !== undefined && KEYABLE_LIB_TYPES.has(name));
}

/** Returns the name of the built-in type that declares a property, even if a mapped type shows the property. */
export function libOwnerOf({ declarations }: ts.Symbol, program: ts.Program): string | undefined {
  const owner = declarations?.[0]?.parent;
  if (!owner || !(ts.isInterfaceDeclaration(owner) || ts.isClassDeclaration(owner)) || !owner.name)
    return undefined;
  const symbol = program.getTypeChecker().getSymbolAtLocation(owner.name);
  return symbol && originOf(symbol, program) === "lib" ? symbol.name : undefined;
}

/** Returns the type arguments of a keyable built-in type, or of a type that extends or maps it. */
export function elementTypes(name: string, type: ts.Type, checker: ts.TypeChecker): readonly ts.Type[] {
  if (BYTE_TYPES.has(name)) return [];
  return type.getSymbol()?.name === name ? typeArguments(type, checker) : inheritedArguments(type, checker);
}

/** Returns the type arguments of an array, map or set as the members of a type show them. */
function inheritedArguments(type: ts.Type, checker: ts.TypeChecker): readonly ts.Type[] {
  const item = checker.getIndexTypeOfType(type, ts.IndexKind.Number);
  if (item) return [item];
  const [signature] = signaturesOf(checker.getPropertyOfType(type, "forEach"), checker);
  const callback = signature?.parameters[0];
  const [given] = signaturesOf(callback, checker);
  const [value, key] = (given?.parameters ?? []).map((parameter) => checker.getTypeOfSymbol(parameter));
  if (!value || !key) return [];
  return checker.getPropertyOfType(type, "get") ? [key, value] : [value];
}

function signaturesOf(symbol: ts.Symbol | undefined, checker: ts.TypeChecker): readonly ts.Signature[] {
  if (!symbol) return [];
  const type = checker.getNonNullableType(checker.getTypeOfSymbol(symbol));
  return checker.getSignaturesOfType(type, ts.SignatureKind.Call);
}
