/**
 * Describes the source text of a function for the emitter: the spans of its parts and the names it passes on.
 */
import { ts } from "ts-morph";
import type { Mark } from "../find/mark.ts";
import type { FunctionOptions } from "../options/function.ts";
import type { FunctionText } from "../site.ts";
import { eachAssigned } from "../syntax/assignments.ts";
import type { MarkedFunction } from "../syntax/nodes.ts";
import { bodyStart, boundNames, hasModifier, realParameters, spanOf } from "../syntax/nodes.ts";
import type { Scopes } from "../syntax/scope.ts";
import { walk } from "../syntax/walk.ts";
import type { FunctionReads } from "./purity/reads.ts";
import { collectReads } from "./purity/reads.ts";
import type { ResultAnalysis } from "./result.ts";
import { plainParameterTexts } from "./types/type-syntax.ts";
import type { Types } from "./types/types.ts";

export function functionText(
  { fn, runtimeName }: Mark,
  {
    reads,
    scopes,
    result,
    options,
    types,
  }: { reads: FunctionReads; scopes: Scopes; result: ResultAnalysis; options: FunctionOptions; types: Types },
): FunctionText {
  const body = fn.body!;
  return {
    name: runtimeName,
    async: hasModifier(fn, ts.SyntaxKind.AsyncKeyword),
    arrow: ts.isArrowFunction(fn),
    expression: !ts.isBlock(body),
    body: spanOf(body),
    prologue: ts.isBlock(body) ? bodyStart(body) : body.getStart(),
    args: passedNames(fn, { reads, scopes, result, types }),
    given: options.dynamic.includes("skip") ? realParameters(fn).map(argumentText) : undefined,
    returnType: result.returnType,
    insertReturnType: result.insertReturnType,
    receiver: reads.own.super ? "super" : reads.own.this ? "this" : "none",
  };
}

/**
 * Returns an expression for an argument as it was passed; for a destructured parameter, an object of its
 * names.
 */
function argumentText({ name, dotDotDotToken }: ts.ParameterDeclaration): string {
  const text = ts.isIdentifier(name)
    ? name.text
    : `{ ${boundNames(name)
        .map(({ text }) => text)
        .join(", ")} }`;
  return dotDotDotToken && ts.isIdentifier(name) ? `...${text}` : text;
}

/** Returns the parameters that the body uses and that the inner function can take as its own parameters. */
function passedNames(
  fn: MarkedFunction,
  {
    reads,
    scopes,
    result,
    types,
  }: { reads: FunctionReads; scopes: Scopes; result: ResultAnalysis; types: Types },
): readonly string[] {
  const used = new Set<ts.Node>();
  for (const name of reads.names) {
    const binding = scopes.resolve(name);
    if (binding?.scope === fn && binding.kind === "parameter") used.add(binding.declaration);
  }
  const shared = namesSharedWithDefaults(fn);
  const read = new Set(reads.names.map(({ text }) => text));
  return realParameters(fn).flatMap((parameter) => {
    const { name } = parameter;
    if (ts.isIdentifier(name)) return used.has(parameter) && !shared.has(name.text) ? [name.text] : [];
    if (result.mode === "sync") return [];
    // From a pattern only signals are passed: an async run gets a signal of its own, not the one of its caller.
    const signals = types.query(parameter, "signals", () => signalsIn(parameter, types));
    return signals.filter((text) => read.has(text) && !shared.has(text));
  });
}

/** Returns the names in a pattern whose value is an `AbortSignal` or an object that has one. */
function signalsIn(parameter: ts.ParameterDeclaration, types: Types): readonly string[] {
  const plain = types.plain ? plainParameterTexts(parameter) : undefined;
  const names = boundNames(parameter.name).filter((bound, index) => {
    if (plain?.[index] !== undefined) return false;
    const type = types.at(bound);
    return types.isSignal(type) || types.signalsOf(type).length > 0;
  });
  return names.map(({ text }) => text);
}

/**
 * Returns the names that the body or a default assigns and that a function in a default reads. Such a parameter
 * must stay a single variable, so it cannot become a parameter of the inner function.
 */
function namesSharedWithDefaults(fn: MarkedFunction): ReadonlySet<string> {
  const seen = new Set<string>();
  for (const parameter of fn.parameters) {
    walk(parameter, (node) => {
      if (!ts.isFunctionLike(node) && !ts.isClassLike(node)) return true;
      for (const { text } of collectReads([node]).names) seen.add(text);
      return false;
    });
  }
  const shared = new Set<string>();
  if (seen.size === 0) return shared;
  for (const node of [...fn.parameters, fn.body!]) {
    eachAssigned(node, ({ text }) => {
      if (seen.has(text)) shared.add(text);
    });
  }
  return shared;
}
