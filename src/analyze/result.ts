/** Analyzes the result of a function: its type, and whether it is returned directly or as a promise. */
import { ts } from "ts-morph";
import type { BatchForm, Mode } from "../../runtime/contract/spec.ts";
import type { Problem } from "../diagnostics/catalogue.ts";
import { problem } from "../diagnostics/catalogue.ts";
import type { NamedFunction } from "../find/mark.ts";
import type { FunctionOptions } from "../options/function.ts";
import type { FunctionText } from "../site.ts";
import type { MarkedFunction } from "../syntax/nodes.ts";
import { hasModifier, spanOf } from "../syntax/nodes.ts";
import { batchResultOf, type BatchResult } from "./batch.ts";
import { hasMethod } from "./shareable.ts";
import { isPlainData, storageProblems } from "./storage.ts";
import { libName } from "./types/origin.ts";
import { oneLine } from "./types/tokens.ts";
import { plainTypeText } from "./types/type-syntax.ts";
import type { Types } from "./types/types.ts";

export interface ResultAnalysis {
  readonly mode: Mode;
  /** The type gives a promise for some arguments, and for others a value at once. */
  readonly mixed: boolean;
  /** The type proves that the result is plain data, which any number of callers can use. */
  readonly proven: boolean;
  /** The canonical type, which is part of the version. */
  readonly type: string;
  /** The form of the results of a batch function. */
  readonly form: BatchForm | undefined;
  readonly returnType: FunctionText["returnType"];
  readonly insertReturnType: FunctionText["insertReturnType"];
  readonly problems: readonly Problem[];
}

export function analyzeResult(mark: NamedFunction, types: Types, options: FunctionOptions): ResultAnalysis {
  const { fn } = mark;
  const plain = plainResultText(fn, types);
  const type = resultText(fn, types);
  const isVoid = plain === undefined ? isVoidType(resultType(fn, types), types) : VOID_TEXT.test(plain);
  const annotation = fn.type ? oneLine(fn.type) : undefined;
  const mode = modeOf(fn, types);
  const mixed = mode === "either" && isMixed(resultType(fn, types), types);
  const batch = options.multi === undefined ? undefined : batchResult(fn, types);
  // Each result of a batch is stored by itself.
  const result = batch
    ? { mark, options, mode, mixed, plain: undefined, type: () => batch.value ?? batch.awaited }
    : { mark, options, mode, mixed, plain, type: () => resultType(fn, types) };
  return {
    mode,
    mixed,
    proven: isVoid || (mode !== "either" && isPlainData(result, types)),
    type,
    form: batch?.form,
    returnType: returnTypeText(fn),
    insertReturnType: inferredPredicate(fn, types),
    problems: isVoid
      ? [
          problem("function-void", fn.type ? spanOf(fn.type) : mark.name, {
            name: markName(mark),
            type: annotation,
          }),
        ]
      : batch && !batch.form
        ? [
            problem("multi-result", fn.type ? spanOf(fn.type) : mark.name, {
              name: markName(mark),
              type: types.display(batch.awaited),
            }),
          ]
        : storageProblems(result, types),
  };
}

function batchResult(fn: MarkedFunction, types: Types): Partial<BatchResult> & { readonly awaited: ts.Type } {
  const type = resultType(fn, types);
  const awaited = types.checker.getAwaitedType(type) ?? type;
  return { ...batchResultOf(awaited, types), awaited };
}

function markName({ path, runtimeName }: NamedFunction): string | undefined {
  return path.length > 0 ? path.join(".") : runtimeName || undefined;
}

/**
 * Tells whether a function is declared `async`, returns a promise, returns its result directly, or may do
 * either.
 */
export function modeOf(fn: MarkedFunction, types: Types): Mode {
  if (hasModifier(fn, ts.SyntaxKind.AsyncKeyword)) return "async";
  const plain = plainResultText(fn, types);
  if (plain === undefined) return modeOfType(resultType(fn, types), types);
  if (!plain.includes("Promise<")) return "sync";
  return fn.type && ts.isTypeReferenceNode(fn.type) ? "promise" : modeOfType(resultType(fn, types), types);
}

function plainResultText(fn: MarkedFunction, types: Types): string | undefined {
  return fn.type && types.plain ? plainTypeText(fn.type) : undefined;
}

const VOID_TEXT = /^(?:(?:Promise<(?:(?:void|undefined|never)\|?)+>|void|undefined|never)(?:\||$))+$/;

/** Returns the canonical type of the result, which is that of a promise in an async function. */
export function resultText(fn: MarkedFunction, types: Types): string {
  return plainResultText(fn, types) ?? types.text(resultType(fn, types));
}

function resultType(fn: MarkedFunction, types: Types): ts.Type {
  const signature = types.checker.getSignatureFromDeclaration(fn);
  return signature ? types.checker.getReturnTypeOfSignature(signature) : types.checker.getAnyType();
}

function isVoidType(type: ts.Type, types: Types): boolean {
  if (type.isUnion()) return type.types.every((member) => isVoidType(member, types));
  const result = types.checker.getAwaitedType(type) ?? type;
  if (result.isUnion() && result !== type) return isVoidType(result, types);
  return (result.flags & (ts.TypeFlags.Void | ts.TypeFlags.Undefined | ts.TypeFlags.Never)) !== 0;
}

function modeOfType(type: ts.Type, types: Types): Mode {
  if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.NonPrimitive)) return "either";
  if (type.isUnion()) {
    const modes = new Set(type.types.map((member) => modeOfType(member, types)));
    return modes.size === 1 ? [...modes][0]! : "either";
  }
  if (type.flags & ts.TypeFlags.Instantiable) {
    const constraint = types.checker.getBaseConstraintOfType(type);
    return constraint && constraint !== type ? modeOfType(constraint, types) : "either";
  }
  if ((type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) === 0) return "sync";
  const lib = libName(type, types.program);
  if (lib === "Promise" || lib === "PromiseLike" || hasMethod(type, "then", types)) return "promise";
  // A promise is assignable to `{}` and `Object`.
  return lib === "Object" || isEmptyObjectType(type, types) ? "either" : "sync";
}

function isEmptyObjectType(type: ts.Type, { checker }: Types): boolean {
  const symbol = type.getSymbol();
  if (symbol && symbol.flags & (ts.SymbolFlags.ObjectLiteral | ts.SymbolFlags.Class)) return false;
  if (checker.isArrayType(type) || checker.isTupleType(type)) return false;
  return checker.getPropertiesOfType(type).length + checker.getIndexInfosOfType(type).length === 0;
}

/** Tells whether a union has members that are promises, and others that are not. */
function isMixed(type: ts.Type, types: Types): boolean {
  if (!type.isUnion()) return false;
  const modes = type.types.map((member) => modeOfType(member, types));
  return modes.includes("promise") && modes.includes("sync");
}

/**
 * Returns the return type of the inner function. It has other parameters, so a type predicate becomes
 * `boolean`.
 */
export function returnTypeText({ type }: MarkedFunction): string | undefined {
  if (!type) return undefined;
  return ts.isTypePredicateNode(type) && !type.assertsModifier ? "boolean" : oneLine(type);
}

/**
 * Returns the predicate that TypeScript infers from the body (`x is string`); from the emitted body it
 * cannot.
 */
function inferredPredicate(fn: MarkedFunction, types: Types): FunctionText["insertReturnType"] {
  if (fn.type || !types.typed || hasModifier(fn, ts.SyntaxKind.AsyncKeyword)) return undefined;
  const close = fn.getChildren().find((child) => child.kind === ts.SyntaxKind.CloseParenToken);
  // `x => x !== null` has no parentheses, but a return type needs them.
  const bare = close ? undefined : fn.parameters[0];
  const signature = types.checker.getSignatureFromDeclaration(fn);
  const predicate = signature && types.checker.getTypePredicateOfSignature(signature);
  if (!predicate) return undefined;
  const text = types.checker.typePredicateToString(predicate, fn, ts.TypeFormatFlags.NoTruncation);
  // A type that the file does not import would be written as `import("…")` with an absolute path.
  if (text.includes("import(")) return undefined;
  if (bare) return { at: bare.getEnd(), text: `): ${text}`, open: bare.getStart() };
  return close && { at: close.getEnd(), text: `: ${text}` };
}

/** Returns the nodes that decide the result's type; empty if its text is known without the checker. */
export function uncertainResultNodes(fn: MarkedFunction, types: Types): readonly ts.Node[] {
  if (plainResultText(fn, types) !== undefined) return [];
  // Without an annotation the type is inferred from the whole function.
  return fn.type ? [fn.type] : [fn];
}
