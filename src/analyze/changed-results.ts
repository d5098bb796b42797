/** Finds where a file changes what cached functions of other files returned to it. */
import { ts } from "ts-morph";
import type { ResolvedCompilerOptions } from "../options/function.ts";
import type { ProjectFile } from "../project/workspace.ts";
import { positionOf, spanOf, unwrap } from "../syntax/nodes.ts";
import type { Binding } from "../syntax/scope.ts";
import { importedFunctions } from "./imported-functions.ts";
import type { Module, Modules } from "./reach/modules.ts";
import { summariesOf } from "./reach/summary.ts";
import { Values } from "./reach/values.ts";
import { oneLine } from "./types/tokens.ts";
import { shortType, Types } from "./types/types.ts";
import { changesIn } from "./sharing/changes.ts";
import { type CallOrigin, type Origin, Origins } from "./sharing/origins.ts";
import { holds, isEvident } from "./sharing/proofs.ts";

/** A cached function that a file may call. */
export interface CalledResult {
  /** The absolute path of its file. */
  readonly path: string;
  /** The position in the syntax tree: of the function, or of the call `cached(load)`. */
  readonly pos: number;
  /** The names that it may be called by, aliases of the same file aside. */
  readonly names: readonly string[];
}

/** A change of what a function returned. */
export interface ResultChange {
  /** The index of the {@link CalledResult}. */
  readonly result: number;
  /** What is changed, `row.rank`, or the method that changes it, `rows.sort`. */
  readonly change: string;
  /** 1-based. */
  readonly line: number;
}

/** Returns the first change of each result, or undefined if only types can tell and they are not to be loaded. */
export function changesByCaller(
  file: ProjectFile,
  results: readonly CalledResult[],
  compiler: Pick<ResolvedCompilerOptions, "classes">,
  loadsTypes: boolean,
): readonly ResultChange[] | undefined {
  const { start, summaries } = summariesOf(file);
  const bindings = results.map((_, index) => bindingOf(index, file.source));
  const callOrigin = originOfCalls(results, bindings, start, valuesFor(results, summaries.modules));
  const origins = new Origins(start.scopes, { call: callOrigin, imported: importedFunctions(file) });
  const types = new Types(file, compiler);
  const found = new Map<number, ResultChange>();
  for (const { parameter, node: changed, proofs: all, through } of changesIn(
    file.source.statements,
    origins,
  )) {
    const result = bindings.indexOf(parameter);
    if (found.has(result)) continue;
    const proofs = all.filter((each) => !isEvident(each));
    const isOwn = (each: ts.Node): boolean => each.getSourceFile() === file.source;
    if (!proofs.every(({ node }) => isOwn(node))) continue;
    if (proofs.length > 0 && !loadsTypes) return undefined;
    if (!proofs.every((proof) => holds(proof, types))) continue;
    const node = isOwn(changed) ? changed : through!.call;
    const { line } = positionOf(file.source, spanOf(node));
    found.set(result, { result, change: shortType(oneLine(node)), line });
  }
  return [...found.values()];
}

/** A binding that stands for what a function returned. Its name tells the functions apart. */
function bindingOf(index: number, source: ts.SourceFile): Binding {
  return { name: `${index} `, kind: "function", node: source, declaration: source, scope: source };
}

/** The value of a call `cached(load)` that is one of the functions is the call, since `load` itself is not cached. */
function valuesFor(results: readonly CalledResult[], modules: Modules): Values {
  const isResult = (call: ts.Node, { path }: Module): boolean =>
    results.some((result) => result.pos === call.pos && result.path === path);
  return new Values(modules, isResult);
}

function originOfCalls(
  results: readonly CalledResult[],
  bindings: readonly Binding[],
  module: Module,
  values: Values,
): CallOrigin {
  const names = new Set(results.flatMap((result) => result.names));
  const known = new Map<ts.Expression, Origin | undefined>();
  const originOf = (callee: ts.Expression): Origin | undefined => {
    if (!mayBeCall(callee, names, module)) return undefined;
    const value = values.of(callee, module);
    if (value?.kind !== "code") return undefined;
    const index = results.findIndex(({ path, pos }) => path === value.module.path && pos === value.node.pos);
    return index < 0 ? undefined : { parameter: bindings[index]!, fresh: 0, proofs: [] };
  };
  return (callee) => {
    if (!known.has(callee)) known.set(callee, originOf(callee));
    return known.get(callee);
  };
}

/** Tells whether a callee may be one of the functions, so that only these are followed into other files. */
function mayBeCall(callee: ts.Expression, names: ReadonlySet<string>, { scopes }: Module): boolean {
  if (ts.isPropertyAccessExpression(callee))
    return names.has(callee.name.text) || callee.name.text === "default";
  if (ts.isElementAccessExpression(callee)) return ts.isStringLiteralLike(callee.argumentExpression);
  if (!ts.isIdentifier(callee)) return false;
  if (names.has(callee.text)) return true;
  const declaration = scopes.resolve(callee)?.declaration;
  if (!declaration) return false;
  if (ts.isImportSpecifier(declaration)) {
    const { text } = declaration.propertyName ?? declaration.name;
    return text === "default" || names.has(text);
  }
  if (ts.isImportDeclaration(declaration)) return true;
  if (ts.isBindingElement(declaration)) return true;
  if (!ts.isVariableDeclaration(declaration)) return false;
  const value = declaration.initializer && unwrap(declaration.initializer);
  return (
    value !== undefined &&
    (!ts.isIdentifier(declaration.name) || ts.isIdentifier(value) || ts.isPropertyAccessExpression(value))
  );
}
