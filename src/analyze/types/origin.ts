/**
 * Tells where a type is declared: in the standard library or its host (Node.js, Bun, …), in a package, or in
 * the project.
 */
import { ts } from "ts-morph";

export type Origin = "lib" | "package" | "project";

/** Returns the origin of a symbol. If the project or a package augments a library type, the library wins. */
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

/** Without folders that start with a dot: they hold code generated for the project, such as a Prisma client. */
const PACKAGE_PATH = /\/node_modules\/(?!\.)/;

const HOST_TYPES_PATH =
  /\/node_modules\/(?:@types\/(?:node|web|bun|deno)|undici-types|bun-types|typescript\/lib|@typescript\/lib-[^/]+)\//;

/**
 * Returns the name of a class or interface of the standard library or its host; undefined for all other
 * types.
 */
export function libName(type: ts.Type, program: ts.Program): string | undefined {
  const symbol = type.getSymbol();
  if (!symbol || (symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface)) === 0) return undefined;
  // `typeof Date` has the symbol of its variable or class too, but is not an instance.
  if ((type.flags & ts.TypeFlags.Object) === 0) return undefined;
  if (((type as ts.ObjectType).objectFlags & ts.ObjectFlags.Anonymous) !== 0) return undefined;
  return originOf(symbol, program) === "lib" ? symbol.name : undefined;
}

/** Buffers and typed arrays. Their type arguments describe the underlying buffer, not the content. */
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

/** Returns the arguments of a generic class or interface, without those of enclosing types. */
export function typeArguments(type: ts.Type, checker: ts.TypeChecker): readonly ts.Type[] {
  if (((type as ts.ObjectType).objectFlags & ts.ObjectFlags.Reference) === 0) return [];
  const reference = type as ts.TypeReference;
  return checker.getTypeArguments(reference).slice(0, reference.target.typeParameters?.length ?? 0);
}

/** Tells whether a type is the `any` of a type that could not be resolved, not one that was written. */
export function isUnresolved(type: ts.Type): boolean {
  return (
    (type.flags & ts.TypeFlags.Any) !== 0 && (type as { intrinsicName?: string }).intrinsicName === "error"
  );
}

/** Tells whether a type is a mapped type: `Readonly<T>`, `{ [K in keyof T]: … }`. */
export function isMapped(type: ts.Type): boolean {
  return ((type as ts.ObjectType).objectFlags & ts.ObjectFlags.Mapped) !== 0;
}
