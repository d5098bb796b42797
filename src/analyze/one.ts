/** Checks a single-id function (`one`): that it names a batch function, and that it fits its parameters and results. */
import { ts } from "ts-morph";
import { type Problem, problem } from "../diagnostics/catalogue.ts";
import type { FunctionOptions } from "../options/function.ts";
import { realParameters, spanOf, type MarkedFunction } from "../syntax/nodes.ts";
import { batchResultOf } from "./batch.ts";
import { idTypeOf } from "./key/ids.ts";
import type { KeyContribution } from "./key/parameters.ts";
import { isCachedDeclaration, NamedFunctions } from "./named-functions.ts";
import type { Types } from "./types/types.ts";

export interface OneAnalysis {
  readonly problems: readonly Problem[];
  /** The files that declare the batch function. */
  readonly dependencies: readonly string[];
}

export function analyzeOne(
  fn: MarkedFunction,
  { one, spans }: FunctionOptions,
  captures: KeyContribution,
  types: Types,
): OneAnalysis {
  const span = spans.get("one")?.value;
  if (one === undefined || !span) return { problems: [], dependencies: [] };
  const names = new NamedFunctions(fn, types);
  const path = one.split(".");
  const symbol = path[0] === "this" ? undefined : names.resolve(path);
  const declarations = symbol?.declarations ?? [];
  const dependencies = [...declarations.map((each) => each.getSourceFile()), ...names.touched].map(
    ({ fileName }) => fileName,
  );
  const type = symbol && types.checker.getTypeOfSymbolAtLocation(symbol, fn);
  const [signature] = type?.getCallSignatures() ?? [];
  const ids = declarations.find(isCachedDeclaration) && idsOf(declarations);
  if (!ids || !signature) {
    const nearest = symbol || path.length > 1 ? undefined : names.nearest(one);
    const details = { callee: one, isFunction: signature !== undefined, nearest };
    return { problems: [problem("one-unknown", span, details)], dependencies };
  }
  const fault = faultOf(fn, { name: one, ids, signature, captures }, types);
  return { problems: fault ? [problem("one-parameter", fault.at ?? span, fault)] : [], dependencies };
}

/** The value of `multi` at the declarations of a cached function. */
function idsOf(declarations: readonly ts.Declaration[]): string | undefined {
  for (const declaration of declarations) {
    const statement = ts.findAncestor(declaration, (node) => ts.isStatement(node) || ts.isClassElement(node));
    const text = (statement ?? declaration).getFullText();
    const found =
      /@cached\b.*?\bmulti="?([\p{ID_Continue}$]+)|\bmulti\s*:\s*["'`]([\p{ID_Continue}$]+)/u.exec(text);
    if (found) return found[1] ?? found[2];
  }
  return undefined;
}

interface Fault {
  readonly problem: string;
  readonly help: string;
  readonly at?: { readonly start: number; readonly end: number };
}

/** Returns what keeps a function from sharing the entries of a batch function. */
function faultOf(
  fn: MarkedFunction,
  {
    name,
    ids,
    signature,
    captures,
  }: {
    readonly name: string;
    readonly ids: string;
    readonly signature: ts.Signature;
    readonly captures: KeyContribution;
  },
  types: Types,
): Fault | undefined {
  const { checker } = types;
  const batch = signature.getParameters();
  const typeOf = (parameter: ts.Symbol): ts.Type => checker.getTypeOfSymbolAtLocation(parameter, fn);
  const [captured] = captures.parts;
  if (captured)
    return {
      problem: `\`${captured.name}\` of the enclosing function is not part of the keys of \`${name}\`.`,
      help: "Remove `one`, or move the function out of the enclosing one.",
    };
  const own = realParameters(fn);
  for (const [index, parameter] of own.entries()) {
    const at = spanOf(parameter.name);
    const text = parameter.name.getText();
    const other = batch[index];
    if (!ts.isIdentifier(parameter.name) || parameter.dotDotDotToken)
      return {
        at,
        problem: `\`${text}\` is not handed on to \`${name}\` as it is.`,
        help: "Write a parameter with one name.",
      };
    if (!other)
      return {
        at,
        problem: `\`${name}\` has no parameter for \`${text}\`.`,
        help: "Remove the parameter, or `one`.",
      };
    const isId = other.name === ids;
    const expected = isId ? idTypeOf(typeOf(other), types) : typeOf(other);
    const given = types.at(parameter.name);
    if (!expected || fits(given, expected, types)) continue;
    const what = isId ? `the ids of \`${name}\`` : `the parameter \`${other.name}\` of \`${name}\``;
    return {
      at,
      problem: `\`${text}: ${types.display(given)}\` does not fit ${what}, of type \`${types.display(expected)}\`.`,
      help: "Declare the parameters of the batch function in their order, with the id in place of the ids.",
    };
  }
  const missing = batch.slice(own.length).find(isNeeded);
  if (missing)
    return {
      problem: `\`${name}\` has the parameter \`${missing.name}\`, which this function lacks.`,
      help: "Declare the parameters of the batch function in their order, with the id in place of the ids.",
    };
  return resultFault(fn, name, signature, types);
}

const isNeeded = ({ valueDeclaration }: ts.Symbol): boolean =>
  valueDeclaration !== undefined &&
  ts.isParameter(valueDeclaration) &&
  !(valueDeclaration.questionToken || valueDeclaration.initializer || valueDeclaration.dotDotDotToken);

/** An optional parameter may be `undefined`. */
const fits = (given: ts.Type, expected: ts.Type, { checker }: Types): boolean =>
  (given.isUnion() ? given.types : [given]).every(
    (member) => (member.flags & ts.TypeFlags.Undefined) !== 0 || checker.isTypeAssignableTo(member, expected),
  );

/** The results that a batch has stored are given to the callers of the function. */
function resultFault(
  fn: MarkedFunction,
  name: string,
  signature: ts.Signature,
  types: Types,
): Fault | undefined {
  const { checker } = types;
  const own = checker.getSignatureFromDeclaration(fn);
  const awaited = (each: ts.Signature): ts.Type => {
    const type = checker.getReturnTypeOfSignature(each);
    return checker.getAwaitedType(type) ?? type;
  };
  const value = batchResultOf(awaited(signature), types)?.value;
  if (!own || !value || checker.isTypeAssignableTo(value, awaited(own))) return undefined;
  return {
    problem: `\`${name}\` has results of type \`${types.display(value)}\`, which this function, of type \`${types.display(awaited(own))}\`, would return.`,
    help: "Write a result type that includes those results.",
  };
}
