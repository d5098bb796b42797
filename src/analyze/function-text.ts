/**
 * Describes the source text of a function for the emitter: the spans of its parts and the names it passes on.
 */
import { ts } from "ts-morph";
import type { Mark } from "../find/mark.ts";
import type { FunctionOptions } from "../options/function.ts";
import type { FunctionText, InnerParameter } from "../site.ts";
import { eachAssigned } from "../syntax/assignments.ts";
import { varNames } from "../syntax/names.ts";
import type { MarkedFunction } from "../syntax/nodes.ts";
import {
  bodyStart,
  boundNames,
  hasModifier,
  isStatic,
  isThisParameter,
  realParameters,
  spanOf,
} from "../syntax/nodes.ts";
import type { Scopes } from "../syntax/scope.ts";
import { walk } from "../syntax/walk.ts";
import { isPrimitiveResult } from "./key/shape.ts";
import { mayCorrelate } from "./link-type.ts";
import type { FunctionReads } from "./purity/reads.ts";
import { collectReads } from "./purity/reads.ts";
import { inlineBody } from "./inline-body.ts";
import type { ResultAnalysis } from "./result.ts";
import { oneLine } from "./types/tokens.ts";
import { plainParameterTexts } from "./types/type-syntax.ts";
import type { Types } from "./types/types.ts";

export function functionText(
  { fn, runtimeName, dynamic }: Mark,
  {
    reads,
    scopes,
    result,
    options,
    types,
    compilerOptions,
    kept,
  }: {
    reads: FunctionReads;
    scopes: Scopes;
    result: ResultAnalysis;
    options: FunctionOptions;
    types: Types;
    compilerOptions: ts.CompilerOptions;
    /** The slots that hold an input as it is, not its properties. */
    kept: readonly string[];
  },
): FunctionText {
  const body = fn.body!;
  const receiverType = types.typed ? declaredReceiver(fn) : undefined;
  // A stale value is refreshed later by the inner function, and options of run time may allow stale values.
  const isBatch = options.multi !== undefined || options.one !== undefined;
  const { swr, refresh } = options.site;
  const isRefreshed = swr !== undefined || refresh !== undefined;
  const mayStayInPlace = result.mode === "sync" && !dynamic && !isRefreshed && !isBatch;
  const inline = mayStayInPlace ? inlineBody(fn, { typed: types.typed, compilerOptions }) : undefined;
  const args = innerParameters(fn, { reads, scopes, result, types });
  const passed = new Set([...(inline ? [] : args.map(({ name }) => name)), ...kept]);
  const given = realParameters(fn).map(argumentText);
  const isGiven =
    options.one !== undefined ||
    options.dynamic.some((name) => name === "skip" || name === "ttl" || name === "tags") ||
    (!isPrimitiveResult(result.type) && readsOthers(fn, reads, passed));
  return {
    name: runtimeName,
    async: hasModifier(fn, ts.SyntaxKind.AsyncKeyword),
    arrow: ts.isArrowFunction(fn),
    expression: !ts.isBlock(body),
    body: spanOf(body),
    prologue: ts.isBlock(body) ? bodyStart(body) : body.getStart(),
    args,
    given: isGiven ? given : undefined,
    returnType: result.returnType,
    insertReturnType: result.insertReturnType,
    receiver: reads.own.super || receiverType === null ? "super" : reads.own.this ? "this" : "none",
    receiverType: receiverType ?? undefined,
    inline,
  };
}

/** Tells whether the body reads a parameter that the runtime is not given otherwise. It freezes no object of one. */
function readsOthers(fn: MarkedFunction, { names }: FunctionReads, passed: ReadonlySet<string>): boolean {
  const read = new Set(names.map(({ text }) => text));
  return realParameters(fn)
    .flatMap(({ name }) => boundNames(name))
    .some(({ text }) => read.has(text) && !passed.has(text));
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
function innerParameters(
  fn: MarkedFunction,
  {
    reads,
    scopes,
    result,
    types,
  }: { reads: FunctionReads; scopes: Scopes; result: ResultAnalysis; types: Types },
): readonly InnerParameter[] {
  const used = new Set<ts.Node>();
  for (const name of reads.names) {
    const binding = scopes.resolve(name);
    if (binding?.scope === fn && binding.kind === "parameter") used.add(binding.declaration);
  }
  // Neither a variable that a function in a default shares, nor one whose type would be inferred from itself.
  const shared = new Set([...namesSharedWithDefaults(fn), ...inferredNamesInResult(fn)]);
  const read = new Set(reads.names.map(({ text }) => text));
  const redeclared = new Set(varNames(fn.body!));
  const changed = new Set(redeclared);
  eachAssigned(fn.body!, ({ text }) => void changed.add(text));
  const parameters = realParameters(fn);
  const isTyped = ({ type, initializer }: ts.ParameterDeclaration): boolean =>
    type !== undefined || initializer !== undefined;
  // As long as they are parameters of one function.
  const isCorrelated = types.typed && mayCorrelate(fn);
  const signals = (parameter: ts.ParameterDeclaration): readonly string[] =>
    result.mode === "sync" ? [] : types.query(parameter, "signals", () => signalsIn(parameter, types));
  return parameters.flatMap((parameter): readonly InnerParameter[] => {
    const { name } = parameter;
    const isSeparate = ts.isIdentifier(name) && (!isCorrelated || isTyped(parameter));
    const names = isSeparate
      ? used.has(parameter)
        ? [name.text]
        : []
      : // From a pattern, a signal is passed, because an async run gets one of its own, and what the body declares
        // again or assigns. TypeScript may narrow the other names by each other.
        boundNames(name)
          .map(({ text }) => text)
          .filter((text) => read.has(text) && (changed.has(text) || signals(parameter).includes(text)));
    return (
      names
        // The variable of a `var` is another one than the parameter that a default reads.
        .filter((text) => !shared.has(text) || redeclared.has(text))
        .map((text) => ({
          name: text,
          type: ts.isIdentifier(name) ? annotation(parameter) : undefined,
          // The runtime looks for signals among the arguments and their properties.
          rest: isSeparate && parameter.dotDotDotToken && signals(parameter).length > 0 ? true : undefined,
        }))
    );
  });
}

/** Returns the parameters in the result type, as in `typeof options`, whose own type the inner function would infer. */
function inferredNamesInResult(fn: MarkedFunction): readonly string[] {
  const queried = new Set<string>();
  if (fn.type) {
    walk(fn.type, (node) => {
      if (ts.isTypeQueryNode(node)) queried.add(firstName(node.exprName));
      return true;
    });
  }
  return realParameters(fn)
    .filter((parameter) => annotation(parameter) === undefined)
    .flatMap(({ name }) => boundNames(name).map(({ text }) => text))
    .filter((text) => queried.has(text));
}

function firstName(name: ts.EntityName): string {
  return ts.isIdentifier(name) ? name.text : firstName(name.left);
}

/** Returns the type of an annotated parameter inside the function, on one line. A default removes `undefined`. */
function annotation({ type, questionToken, initializer }: ts.ParameterDeclaration): string | undefined {
  if (!type || initializer) return undefined;
  return questionToken ? `(${oneLine(type)}) | undefined` : oneLine(type);
}

/**
 * Returns the type of `this` in a method that calls a method of `this` as a statement. If that method never returns or
 * asserts something, TypeScript requires that the type of `this` is declared. Returns `null` if it has no name.
 */
function declaredReceiver(fn: MarkedFunction): string | undefined | null {
  if (ts.isArrowFunction(fn) || !callsReceiver(fn.body!)) return undefined;
  const parameter = fn.parameters.find(isThisParameter);
  if (parameter?.type) return oneLine(parameter.type);
  if (!ts.isMethodDeclaration(fn) || !ts.isClassLike(fn.parent)) return undefined;
  const { name, typeParameters } = fn.parent;
  if (!name) return null;
  if (isStatic(fn)) return `typeof ${name.text}`;
  return typeParameters
    ? `${name.text}<${typeParameters.map((each) => each.name.text).join(", ")}>`
    : name.text;
}

/** Tells whether a body has a statement such as `this.check(value);`. */
function callsReceiver(body: ts.Node): boolean {
  let isFound = false;
  walk(body, (node) => {
    if (ts.isFunctionLike(node) && !ts.isArrowFunction(node)) return false;
    if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression)) {
      let root: ts.Expression = node.expression.expression;
      while (ts.isPropertyAccessExpression(root)) root = root.expression;
      isFound ||= root.kind === ts.SyntaxKind.ThisKeyword;
    }
    return !isFound;
  });
  return isFound;
}

/** Returns the names in a pattern whose value is an `AbortSignal` or an object that has one. */
function signalsIn(parameter: ts.ParameterDeclaration, types: Types): readonly string[] {
  const plain = types.plain ? plainParameterTexts(parameter) : undefined;
  const names = boundNames(parameter.name).filter((bound, index) => {
    if (plain?.[index] !== undefined) return false;
    const type = types.at(bound);
    return [types.signalsOf(type), types.signalElements(type)].flat().length > 0 || types.isSignal(type);
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
