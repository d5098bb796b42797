/** Where a type comes from: the language and its hosts, a package, or the project itself. */
import { ts } from "ts-morph";

export type Origin = "lib" | "package" | "project";

/** Says where the declarations of a symbol stand; the language's own win over what augments them. */
export function originOf(symbol: ts.Symbol, program: ts.Program): Origin {
  const origins = (symbol.declarations ?? []).map((declaration) =>
    fileOrigin(declaration.getSourceFile(), program),
  );
  if (origins.includes("lib")) return "lib";
  return origins.includes("package") ? "package" : "project";
}

export function fileOrigin(file: ts.SourceFile, program: ts.Program): Origin {
  if (program.isSourceFileDefaultLibrary(file) || HOST_TYPES_PATH.test(file.fileName)) return "lib";
  return PACKAGE_PATH.test(file.fileName) ? "package" : "project";
}

/** Folders with a dot hold what tools made for the project (a client of Prisma), which changes with it. */
const PACKAGE_PATH = /\/node_modules\/(?!\.)/;

const HOST_TYPES_PATH =
  /\/node_modules\/(?:@types\/(?:node|web|bun|deno)|undici-types|bun-types|typescript\/lib|@typescript\/lib-[^/]+)\//;

/** The name of a class or an interface of the language or its hosts; undefined for all other types. */
export function libName(type: ts.Type, program: ts.Program): string | undefined {
  const symbol = type.getSymbol();
  if (!symbol || (symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface)) === 0) return undefined;
  // `typeof Date` has the symbol of its variable or class too, but is no instance.
  if ((type.flags & ts.TypeFlags.Object) === 0) return undefined;
  if (((type as ts.ObjectType).objectFlags & ts.ObjectFlags.Anonymous) !== 0) return undefined;
  return originOf(symbol, program) === "lib" ? symbol.name : undefined;
}

/** Buffers and views of bytes: their type arguments say where the bytes live, not what they are. */
export const BYTE_TYPES: ReadonlySet<string> = new Set([
  "ArrayBuffer",
  "SharedArrayBuffer",
  "DataView",
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float16Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
  "Buffer",
  "NonSharedBuffer",
]);

/** The arguments of a generic class or interface, without those of the types that it is nested in. */
export function typeArguments(type: ts.Type, checker: ts.TypeChecker): readonly ts.Type[] {
  if (((type as ts.ObjectType).objectFlags & ts.ObjectFlags.Reference) === 0) return [];
  const reference = type as ts.TypeReference;
  return checker.getTypeArguments(reference).slice(0, reference.target.typeParameters?.length ?? 0);
}

/** Tells the `any` of what could not be resolved from one that was written. */
export function isUnresolved(type: ts.Type): boolean {
  return (
    (type.flags & ts.TypeFlags.Any) !== 0 && (type as { intrinsicName?: string }).intrinsicName === "error"
  );
}
