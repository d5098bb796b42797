/** Captured variables: like parameters they affect the result, so each becomes part of the key or an error. */
import { ts } from "ts-morph";
import type { Problem } from "../../diagnostics/catalogue.ts";
import { problem } from "../../diagnostics/catalogue.ts";
import type { MarkedFunction } from "../../syntax/nodes.ts";
import { boundNames, isWithin, spanOf } from "../../syntax/nodes.ts";
import type { Binding, Scopes } from "../../syntax/scope.ts";
import { isModuleLevel } from "../../syntax/scope.ts";
import type { FunctionReads } from "../purity/reads.ts";
import { isOnlyWritten, outerNames } from "../purity/reads.ts";
import { type Use, Uses } from "../purity/uses.ts";
import { oneLine } from "../types/tokens.ts";
import { plainParameterTexts, plainTypeText, wideLiteralText } from "../types/type-syntax.ts";
import type { Types } from "../types/types.ts";
import { shortType } from "../types/types.ts";
import type { KeyInput } from "./inputs.ts";
import { inputVerdicts } from "./inputs.ts";
import { checkKeyable } from "./keyability.ts";
import type { KeyContribution } from "./parameters.ts";

export interface CapturedInputs extends KeyContribution {
  /** Variables that may have no value yet when the function is called. */
  readonly uncertain: ReadonlySet<string>;
  /** Canonical types. They are no part of the version, which covers the parameters and the function's own code. */
  readonly captured: readonly string[];
}

/** Returns the captured variables as extra key parts, sorted by name. */
export function analyzeCaptures(
  fn: MarkedFunction,
  reads: FunctionReads,
  scopes: Scopes,
  types: Types,
): CapturedInputs {
  const problems: Problem[] = [];
  const uncertain = new Set<string>();
  const inputs: KeyInput[] = [];
  for (const [binding, read] of capturedVariables(fn, reads, scopes)) {
    const input = captureInput(binding, read, types);
    const found = captureProblems(binding, input, { reads, scopes }, types);
    problems.push(...found);
    if (found.every(({ severity }) => severity === "warning")) inputs.push(input);
    if (!isInitialized(binding, fn)) uncertain.add(binding.name);
  }
  inputs.sort((a, b) => (a.path < b.path ? -1 : 1));
  return {
    parts: inputs.map(({ path, display }) => ({ name: path, type: display, as: "extra" })),
    slots: inputs.map(({ slot }) => slot),
    types: [],
    omitted: [],
    problems,
    uncertain,
    captured: inputs.map(({ plain, type }) => plain ?? types.text(type())),
  };
}

/** Tells whether a variable has its value whenever a function can be called. */
function isInitialized({ declaration, kind }: Binding, fn: MarkedFunction): boolean {
  if (kind === "parameter") return true;
  if (!ts.isVariableDeclaration(declaration)) return false;
  const list = declaration.parent;
  if ((list.flags & ts.NodeFlags.BlockScoped) === 0 || !ts.isVariableDeclarationList(list)) return true;
  // A loop variable has its value when its body runs.
  if (!ts.isVariableStatement(list.parent)) return isWithin(fn, list.parent);
  const block = list.parent.parent;
  if (ts.isCaseClause(block) || ts.isDefaultClause(block) || fn.pos < list.end) return false;
  for (let node: ts.Node = fn; node !== block; node = node.parent)
    if (ts.isFunctionDeclaration(node)) return false;
  return true;
}

/** Returns each captured variable with the first identifier that reads it. */
export function capturedVariables(
  fn: MarkedFunction,
  reads: FunctionReads,
  scopes: Scopes,
): ReadonlyMap<Binding, ts.Identifier> {
  const captured = new Map<Binding, ts.Identifier>();
  for (const { identifier, binding } of outerNames(fn, reads, scopes)) {
    if (!binding || captured.has(binding) || isOnlyWritten(identifier)) continue;
    // The members of an enum are constants, wherever it is declared.
    if (binding.kind === "enum" || binding.kind === "import" || isModuleLevel(binding)) continue;
    if (!isSelfReference(binding, fn)) captured.set(binding, identifier);
  }
  return captured;
}

/**
 * Tells whether a captured name is the function itself. A recursive call goes through the cache like any
 * other.
 */
export function isSelfReference({ declaration, name }: Binding, fn: MarkedFunction): boolean {
  if (ts.isFunctionDeclaration(declaration)) {
    return ts.isFunctionDeclaration(fn) && declaration.parent === fn.parent && fn.name?.text === name;
  }
  if (!ts.isVariableDeclaration(declaration) || !ts.isIdentifier(declaration.name)) return false;
  const { initializer } = declaration;
  if (!initializer || !isWithin(fn, initializer)) return false;
  // `const f = (fn)` and `const f = cached(fn)`, not `const api = { f: fn }`.
  for (let node: ts.Node = fn; node !== initializer; node = node.parent) {
    if (!ts.isExpression(node.parent) || ts.isObjectLiteralExpression(node.parent)) return false;
    if (ts.isArrayLiteralExpression(node.parent) || ts.isFunctionLike(node.parent)) return false;
  }
  return true;
}

function captureProblems(
  binding: Binding,
  input: KeyInput,
  { reads, scopes }: { readonly reads: FunctionReads; readonly scopes: Scopes },
  types: Types,
): readonly Problem[] {
  const { name, kind } = binding;
  if (kind !== "parameter" && kind !== "variable")
    return [problem("capture-unkeyable", input.span, { name })];
  if (scopes.assignment(binding)) return [problem("capture-reassigned", input.span, { name })];
  const verdicts = inputVerdicts(input, types);
  const verdict = verdicts.find((each) => each.kind !== "unproved") ?? verdicts[0];
  if (!verdict) return [];
  const { path } = verdict;
  if (verdict.kind === "unresolved") return [problem("parameter-unresolved", input.span, { path })];
  const type = path === name ? input.display : types.display(verdict.type);
  if (verdict.kind === "unkeyable") {
    const uses = new Uses(reads, scopes).ofVariable(binding);
    const advice = { isParameter: kind === "parameter", reads: keyableReads(uses, name, types) };
    return [problem("capture-unkeyable", input.span, { name, path, type, ...advice })];
  }
  return [problem("parameter-unproved", input.span, { path, type })];
}

/** With more of them a sentence is too long. */
const MAX_COPIED_READS = 2;

/** Returns the properties that a function reads of a variable; undefined if it does more, or one may have no key. */
function keyableReads(uses: readonly Use[], name: string, types: Types): readonly string[] | undefined {
  const isPlain = uses.every(({ kind, path, node, method }) => {
    const isCall = kind === "call" && method !== undefined && ts.isCallExpression(node);
    const { expression } = isCall ? node : {};
    const read = expression && ts.isPropertyAccessExpression(expression) ? expression.expression : node;
    const isRead = kind === "read" || kind === "test" || read !== node;
    return isRead && path.length > 0 && checkKeyable(types.at(read), name, types).verdicts.length === 0;
  });
  const texts = new Set(uses.map(({ path }) => [name, ...path].join(".")));
  return isPlain && texts.size <= MAX_COPIED_READS ? [...texts] : undefined;
}

function captureInput(binding: Binding, read: ts.Identifier, types: Types): KeyInput {
  const { name, node } = binding;
  const plain = types.plain ? plainCaptureText(binding) : undefined;
  const input = { path: name, slot: name, plain, type: () => types.at(node), span: spanOf(read) };
  return {
    ...input,
    // A getter, since this may load the program: it is not evaluated for a variable that is an error anyway.
    get display(): string {
      return writtenCaptureType(binding) ?? plain ?? types.display(types.at(node));
    },
  };
}

function plainCaptureText({ declaration, node, name }: Binding): string | undefined {
  if (ts.isParameter(declaration)) {
    const index = boundNames(declaration.name).findIndex((bound) => bound.text === name);
    return plainParameterTexts(declaration)?.[index];
  }
  if (!ts.isVariableDeclaration(declaration) || declaration.name !== node) return undefined;
  if (declaration.type) return plainTypeText(declaration.type);
  return declaration.initializer && wideLiteralText(declaration.initializer);
}

function writtenCaptureType({ declaration, node }: Binding): string | undefined {
  const { type, name } = declaration as { type?: ts.TypeNode; name?: ts.Node };
  return type && name === node ? shortType(oneLine(type)) : undefined;
}
