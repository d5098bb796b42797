/** Analyzes `cached(load)`: the function is declared elsewhere, and checked as if it were written in the call. */
import { createHash } from "node:crypto";
import { ts } from "ts-morph";
import type { Problem } from "../diagnostics/catalogue.ts";
import { problem } from "../diagnostics/catalogue.ts";
import type { ReferenceMark } from "../find/mark.ts";
import type { FunctionOptions, ResolvedCompilerOptions } from "../options/function.ts";
import type { ProjectFile } from "../project/workspace.ts";
import type { Reference } from "../site.ts";
import type { MarkedFunction } from "../syntax/nodes.ts";
import { isStatic, isWithin, positionOf, spanOf, unwrap } from "../syntax/nodes.ts";
import { Scopes } from "../syntax/scope.ts";
import { analyzeCaptures, capturedVariables } from "./key/captures.ts";
import { walk } from "../syntax/walk.ts";
import { canonicalCode } from "./canonical-code.ts";
import { costProblems } from "./cost/cheap.ts";
import { canonicalOf, isDeep, siteIdOf } from "./identity.ts";
import { ignoredReads } from "./key/ignored-reads.ts";
import { importedFunctions } from "./imported-functions.ts";
import { InputUses } from "./key/input-uses.ts";
import { analyzeParameters } from "./key/parameters.ts";
import { collectReads, executedNodes } from "./purity/reads.ts";
import { isCachedFunction } from "./purity/callees.ts";
import { deepCode } from "./reach/deep-version.ts";
import { analyzePurity } from "./reach/purity.ts";
import { dependenciesOf } from "./types/dependencies.ts";
import { analyzeResult, resultText } from "./result.ts";
import { analyzeSharing, type Sharing } from "./sharing/sharing.ts";
import { Types } from "./types/types.ts";

export interface ReferenceAnalysis {
  /** Undefined if it has no name. */
  readonly reference: Reference | undefined;
  readonly problems: readonly Problem[];
  /** Other files that were read. */
  readonly dependencies: readonly string[];
}

export function analyzeReference(
  mark: ReferenceMark,
  file: ProjectFile,
  options: FunctionOptions,
  compiler: ResolvedCompilerOptions,
): ReferenceAnalysis {
  if (mark.path.length === 0 && options.name === undefined)
    return { reference: undefined, problems: [problem("name-missing", mark.span)], dependencies: [] };
  const types = new Types(file, compiler);
  const node = argumentAt(file.source, mark.argument);
  const target = mark.target ?? resolveFunction(node, types.checker);
  const call = ts.findAncestor(node.parent, ts.isCallExpression)!;
  const captured = target ? capturesOf(target, call, types) : NO_CAPTURES;
  const purity = analyzePurity(unwrap(node as ts.Expression), {
    file,
    types,
    name: mark.path.join("."),
    singletons: compiler.singletons,
    settled: options.this === undefined ? undefined : target && ts.findAncestor(target, ts.isClassLike),
  });
  const sharing =
    target && !isCachedFunction(target)
      ? analyzeBody(target, { mark, call, file, types, options, compiler })
      : undefined;
  const found = [
    ...(target ? problemsOfKey(target, mark, options, types, file) : []),
    ...captured.problems,
    ...purity.problems,
    ...(sharing?.problems ?? []),
  ];
  const deep = target && isDeep(options) ? deepCode(target, { file, types }) : undefined;
  const version = (): string => {
    const code = target ? canonicalCode(target) : [];
    const parts = [code, types.text(types.at(node)), options.key?.map((path) => path.text)];
    const text = JSON.stringify(deep ? [...parts, { reached: deep.code.map(canonicalOf) }] : parts);
    return createHash("sha256").update(text).digest("hex").slice(0, 8);
  };
  const { line, column } = positionOf(file.source, mark.span);
  const idFiles = [
    ...dependenciesOf(target ? [node, target] : [node], types.program),
    ...(deep?.dependencies ?? []),
  ];
  const reference: Reference = {
    id: siteIdOf({ mark, file, options, compiler }, version),
    span: mark.span,
    line,
    column,
    at: `${file.relative}:${line}`,
    options: options.site,
    seen: mark.dynamic ? mark.written.map(({ name }) => name) : undefined,
    argument: mark.argument,
    isVariable: isRepeated(call) && (!target || captured.any),
    reads: purity.environment,
    reach: purity.reach,
    ...(sharing?.sharedResult && { sharedResult: sharing.sharedResult }),
    dependencies: [...new Set(idFiles)].sort(),
  };
  return {
    reference,
    // Problems of the function are reported at the call that caches it, where the options are.
    problems: found.map((each) => ({ ...each, span: mark.argument })),
    dependencies: [...reference.dependencies, ...purity.dependencies, ...(sharing?.dependencies ?? [])],
  };
}

function problemsOfKey(
  target: MarkedFunction,
  mark: ReferenceMark,
  options: FunctionOptions,
  types: Types,
  file: ProjectFile,
): readonly Problem[] {
  const scopes = new Scopes();
  const uses = new InputUses(target, collectReads(executedNodes(target)), scopes, types);
  const key = analyzeParameters(target, options, types);
  const found = [...key.problems, ...ignoredReads(options, uses, key.problems, file)];
  if (found.some(({ severity }) => severity === "error")) return found;
  const { path, argument: at } = mark;
  const cost = { ...key, form: "call", at, path, result: resultText(target, types) } as const;
  return [...found, ...costProblems(target, cost, scopes)];
}

/** What a function reads of the functions around it. */
interface Captures {
  readonly any: boolean;
  readonly problems: readonly Problem[];
}

const NO_CAPTURES: Captures = { any: false, problems: [] };

/** A key contains captured variables only if the function is written in the call. */
function capturesOf(target: MarkedFunction, call: ts.Node, types: Types): Captures {
  const scopes = new Scopes();
  const reads = collectReads(executedNodes(target));
  const captured = [...capturedVariables(target, reads, scopes).keys()];
  // Those of a function that does not contain the call may be the same at each of its evaluations.
  if (!captured.some(({ scope }) => isWithin(call, scope))) return { any: captured.length > 0, problems: [] };
  const { parts, problems } = analyzeCaptures(target, reads, scopes, types);
  const unkeyed = parts.map(({ name }) =>
    problem("capture-unkeyable", spanOf(target), { name, isReference: true }),
  );
  return { any: true, problems: [...problems, ...unkeyed] };
}

interface BodyContext {
  readonly mark: ReferenceMark;
  readonly call: ts.CallExpression;
  readonly file: ProjectFile;
  readonly types: Types;
  readonly options: FunctionOptions;
  readonly compiler: ResolvedCompilerOptions;
}

/** Analyzes what the function returns, and what it shares with its callers. */
function analyzeBody(
  fn: MarkedFunction,
  { mark, call, file, types, options, compiler }: BodyContext,
): Sharing {
  const named = { fn, name: mark.argument, runtimeName: fn.name?.getText() ?? "", path: mark.path };
  const result = analyzeResult(named, types, options);
  const allow = [...compiler.allow, ...options.allow];
  const context = {
    ...{ call: call.pos, scopes: new Scopes(), file, types, options, allow, result },
    imported: importedFunctions(file),
  };
  const sharing = analyzeSharing(named, context);
  return { ...sharing, problems: [...result.problems, ...sharing.problems] };
}

/** Tells whether a node may be evaluated more than once. */
const isRepeated = (node: ts.Node): boolean =>
  ts.findAncestor(
    node,
    (at) =>
      ts.isFunctionLike(at) ||
      (ts.isPropertyDeclaration(at) && !isStatic(at)) ||
      ts.isIterationStatement(at, false),
  ) !== undefined;

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
    const value =
      ts.isVariableDeclaration(declaration) || ts.isPropertyAssignment(declaration)
        ? declaration.initializer && unwrap(declaration.initializer)
        : declaration;
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
