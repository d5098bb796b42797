/** Analyzes `cached(load)`: the function is declared elsewhere, so only its id and parameters are checked. */
import { createHash } from "node:crypto";
import { ts } from "ts-morph";
import type { Problem } from "../diagnostics/catalogue.ts";
import { problem } from "../diagnostics/catalogue.ts";
import type { ReferenceMark } from "../find/mark.ts";
import type { FunctionOptions, ResolvedCompilerOptions } from "../options/function.ts";
import type { ProjectFile } from "../project/workspace.ts";
import type { Reference } from "../site.ts";
import type { MarkedFunction } from "../syntax/nodes.ts";
import { positionOf } from "../syntax/nodes.ts";
import { Scopes } from "../syntax/scope.ts";
import { walk } from "../syntax/walk.ts";
import { canonicalCode } from "./canonical-code.ts";
import { costProblems } from "./cost/cheap.ts";
import { canonicalOf, isDeep, siteIdOf } from "./identity.ts";
import { ignoredReads } from "./key/ignored-reads.ts";
import { InputUses } from "./key/input-uses.ts";
import { analyzeParameters } from "./key/parameters.ts";
import { collectReads, executedNodes } from "./purity/reads.ts";
import { deepCode } from "./reach/deep-version.ts";
import { dependenciesOf } from "./types/dependencies.ts";
import { resultText } from "./result.ts";
import { Types } from "./types/types.ts";

/** Analyzes one reference; `reference` is undefined if it has no name. */
export function analyzeReference(
  mark: ReferenceMark,
  file: ProjectFile,
  options: FunctionOptions,
  compiler: ResolvedCompilerOptions,
): { readonly reference: Reference | undefined; readonly problems: readonly Problem[] } {
  if (mark.path.length === 0 && options.name === undefined) {
    return { reference: undefined, problems: [problem("name-missing", mark.span)] };
  }
  const types = new Types(file, compiler);
  const node = argumentAt(file.source, mark.argument);
  const target = mark.target ?? resolveFunction(node, types.checker);
  // Problems of the function are reported at the call that caches it, where the options are.
  const targetProblems = target ? problemsOf(target, mark, options, types, file) : [];
  const deep = target && isDeep(options) ? deepCode(target, { file, types }) : undefined;
  const version = (): string => {
    const code = target ? canonicalCode(target) : [];
    const parts = [code, types.text(types.at(node)), options.key?.map((path) => path.text)];
    const text = JSON.stringify(deep ? [...parts, { reached: deep.code.map(canonicalOf) }] : parts);
    return createHash("sha256").update(text).digest("hex").slice(0, 8);
  };
  const { line, column } = positionOf(file.source, mark.span);
  const reference: Reference = {
    id: siteIdOf({ mark, file, options, compiler }, version),
    span: mark.span,
    line,
    column,
    at: `${file.relative}:${line}`,
    options: options.site,
    seen: mark.dynamic ? mark.written.map(({ name }) => name) : undefined,
    argument: mark.argument,
    dependencies: [
      ...new Set([
        ...dependenciesOf(target ? [node, target] : [node], types.program),
        ...(deep?.dependencies ?? []),
      ]),
    ].sort(),
  };
  return { reference, problems: targetProblems.map((each) => ({ ...each, span: mark.argument })) };
}

function problemsOf(
  target: MarkedFunction,
  mark: ReferenceMark,
  options: FunctionOptions,
  types: Types,
  file: ProjectFile,
): readonly Problem[] {
  const scopes = new Scopes();
  const uses = new InputUses(target, collectReads(executedNodes(target)), scopes, types);
  const { fileName } = target.getSourceFile();
  const elsewhere =
    target.getSourceFile() === file.source ? undefined : fileName.slice(fileName.lastIndexOf("/") + 1);
  const key = analyzeParameters(target, options, types);
  const found = [...key.problems, ...ignoredReads(target, options, uses, key.problems, elsewhere)];
  if (found.some(({ severity }) => severity === "error")) return found;
  const { path, argument: at } = mark;
  const cost = { ...key, form: "call", at, path, result: resultText(target, types) } as const;
  return [...found, ...costProblems(target, cost, scopes)];
}

function argumentAt(source: ts.SourceFile, { start, end }: ReferenceMark["argument"]): ts.Node {
  let found: ts.Node = source;
  walk(source, (node) => {
    if (node !== source && (node.getStart(source) > start || node.end < end)) return false;
    found = node;
    return true;
  });
  return found;
}

/** Returns the function that an expression refers to, through imports and aliases, if its body is available. */
function resolveFunction(node: ts.Node, checker: ts.TypeChecker): MarkedFunction | undefined {
  let symbol = checker.getSymbolAtLocation(node);
  if (symbol && symbol.flags & ts.SymbolFlags.Alias) symbol = checker.getAliasedSymbol(symbol);
  for (const declaration of symbol?.declarations ?? []) {
    const value = ts.isVariableDeclaration(declaration) ? declaration.initializer : declaration;
    const isFunction =
      value &&
      (ts.isFunctionDeclaration(value) ||
        ts.isFunctionExpression(value) ||
        ts.isArrowFunction(value) ||
        ts.isMethodDeclaration(value));
    if (isFunction && value.body) return value;
  }
  return undefined;
}
