/** Checks `@invalidates`: that it names cached functions, and that its arguments are known and fit their parameters. */
import { ts } from "ts-morph";
import { suggest } from "../../runtime/contract/suggest.ts";
import { tagParts } from "../../runtime/contract/tags.ts";
import { type Problem, problem } from "../diagnostics/catalogue.ts";
import type { InvalidatesMark } from "../find/mark.ts";
import type { ResolvedCompilerOptions } from "../options/function.ts";
import type { InvalidatesArgument, InvalidatesCall, InvalidatesPragma } from "../pragma/invalidates.ts";
import type { ProjectFile } from "../project/workspace.ts";
import type { Invalidator } from "../site.ts";
import {
  bodyStart,
  boundNames,
  hasModifier,
  type MarkedFunction,
  realParameters,
  spanOf,
} from "../syntax/nodes.ts";
import { isCachedDeclaration, NamedFunctions } from "./named-functions.ts";
import { isInsertable } from "./key/tags.ts";
import { returnTypeText } from "./result.ts";
import { Types } from "./types/types.ts";

/** The name of the function's result in a pragma. */
const RESULT = "result";

export interface InvalidatesAnalysis {
  /** Undefined if one of the problems is an error. */
  readonly invalidator: Invalidator | undefined;
  readonly problems: readonly Problem[];
  /** Other files that were read. */
  readonly dependencies: readonly string[];
}

/** Analyzes the pragmas at one function. */
export function analyzeInvalidates(
  { fn, pragmas, runtimeName }: InvalidatesMark,
  file: ProjectFile,
  compiler: ResolvedCompilerOptions,
): InvalidatesAnalysis {
  const types = new Types(file, compiler);
  const problems: Problem[] = [];
  const dependencies = new Set<string>();
  const parameters = realParameters(fn).flatMap(({ name }) => boundNames(name));
  const isParameter = parameters.some(({ text }) => text === RESULT);
  const check = new PragmaCheck(fn, parameters, types);
  const targets = pragmas.flatMap(({ calls, strict }) =>
    calls.map((call) => {
      problems.push(...check.problemsOf(call, dependencies));
      const [access, receiver] = [call.callee.join("."), call.callee.slice(0, -1).join(".")];
      const usesResult = !isParameter && (call.args ?? []).some(({ path }) => path?.[0] === RESULT);
      const args = (call.args ?? []).map(({ text }) => text);
      return { access, receiver: receiver === "" ? undefined : receiver, args, usesResult, strict };
    }),
  );
  const tags = pragmas.flatMap((pragma) => {
    problems.push(...check.tagProblemsOf(pragma));
    if (pragma.tags.length === 0) return [];
    const usesResult = !isParameter && pragma.tags.some((tag) => /\{result[.}]/.test(tag));
    return { texts: pragma.tags, usesResult, strict: pragma.strict };
  });
  dependencies.delete(file.path);
  const failed = problems.length > 0 || pragmas.some((pragma) => pragma.problems.length > 0);
  const body = fn.body!;
  const invalidator: Invalidator = {
    name: runtimeName,
    async: hasModifier(fn, ts.SyntaxKind.AsyncKeyword),
    expression: !ts.isBlock(body),
    body: spanOf(body),
    prologue: ts.isBlock(body) ? bodyStart(body) : body.getStart(),
    returnType: types.typed ? returnTypeText(fn) : undefined,
    targets,
    tags,
  };
  return { invalidator: failed ? undefined : invalidator, problems, dependencies: [...dependencies].sort() };
}

class PragmaCheck {
  readonly #fn: MarkedFunction;
  readonly #parameters: readonly ts.Identifier[];
  readonly #types: Types;
  readonly #names: NamedFunctions;

  constructor(fn: MarkedFunction, parameters: readonly ts.Identifier[], types: Types) {
    this.#fn = fn;
    this.#parameters = parameters;
    this.#types = types;
    this.#names = new NamedFunctions(fn, types);
  }

  problemsOf(call: InvalidatesCall, dependencies: Set<string>): readonly Problem[] {
    const callee = call.callee.join(".");
    const { checker } = this.#types;
    const symbol = this.#names.resolve(call.callee);
    const declarations = symbol?.declarations ?? [];
    for (const { fileName } of [...declarations.map((each) => each.getSourceFile()), ...this.#names.touched])
      dependencies.add(fileName);
    if (!symbol || !declarations.some(isCachedDeclaration)) {
      const type = symbol && checker.getTypeOfSymbolAtLocation(symbol, this.#fn);
      const isFunction = type !== undefined && type.getCallSignatures().length > 0;
      const nearest = symbol || call.callee.length > 1 ? undefined : this.#names.nearest(callee);
      return [problem("invalidates-unknown", call.calleeSpan, { callee, isFunction, nearest })];
    }
    const { args } = call;
    if (!args) return [];
    const given = args.map((each) => this.#typeOf(each));
    const problems = given.flatMap((each) => ("problem" in each ? [each.problem] : []));
    if (problems.length > 0) return problems;
    const signatures = checker.getTypeOfSymbolAtLocation(symbol, this.#fn).getCallSignatures();
    const faults = signatures.map((signature) =>
      this.#faultOf({ ...call, args }, given as readonly GivenType[], signature),
    );
    const [fault] = faults;
    return faults.includes(undefined) || !fault ? [] : [fault];
  }

  /** Checks the paths that tags insert. */
  tagProblemsOf({ tags, tagSpan: span }: InvalidatesPragma): readonly Problem[] {
    const paths = tags.flatMap((tag) =>
      tagParts(tag).flatMap((part) => (typeof part === "string" ? [] : part)),
    );
    return paths.flatMap(({ path }) => {
      const text = path.join(".");
      const given = this.#typeOf({ text, span: span!, path });
      if ("problem" in given) return given.problem;
      if (isInsertable(given.type, this.#types)) return [];
      const type = this.#types.display(given.type);
      return problem("invalidates-arguments", span!, { fault: "tag", text, type });
    });
  }

  /** What a call would be refused for by one signature. */
  #faultOf(
    call: InvalidatesCall & { readonly args: readonly InvalidatesArgument[] },
    given: readonly GivenType[],
    signature: ts.Signature,
  ): Problem | undefined {
    const { checker } = this.#types;
    const parameters = signature.getParameters();
    const declared = parameters.map(
      ({ valueDeclaration }) => valueDeclaration as ts.ParameterDeclaration | undefined,
    );
    const isRest = declared.at(-1)?.dotDotDotToken !== undefined;
    const isNeeded = (each: ts.ParameterDeclaration | undefined): boolean =>
      !each || !(each.questionToken || each.initializer || each.dotDotDotToken);
    const least = declared.findLastIndex(isNeeded) + 1;
    const most = isRest ? Infinity : parameters.length;
    if (given.length < least || given.length > most) {
      const count = { callee: call.callee.join("."), given: given.length, least, most };
      return problem("invalidates-arguments", call.span, { fault: "count", ...count });
    }
    for (const [index, { type }] of given.entries()) {
      const parameter = parameters[Math.min(index, parameters.length - 1)]!;
      let expected = checker.getTypeOfSymbolAtLocation(parameter, this.#fn);
      if (isRest && index >= parameters.length - 1)
        expected = checker.getIndexTypeOfType(expected, ts.IndexKind.Number) ?? expected;
      const isGeneric = (expected.flags & ts.TypeFlags.Instantiable) !== 0;
      if (isGeneric || this.#fits(type, expected, !isNeeded(declared[index]))) continue;
      const { text, span } = call.args[index]!;
      return problem("invalidates-arguments", span, {
        ...{ fault: "type", text, type: this.#types.display(type) },
        ...{ parameter: parameter.name, expected: this.#types.display(expected) },
      });
    }
    return undefined;
  }

  /** Tells whether an argument can be passed; `undefined` stands for an optional one. */
  #fits(type: ts.Type, expected: ts.Type, isOptional: boolean): boolean {
    const members = type.isUnion() ? type.types : [type];
    return members.every(
      (member) =>
        (isOptional && (member.flags & ts.TypeFlags.Undefined) !== 0) ||
        this.#types.checker.isTypeAssignableTo(member, expected),
    );
  }

  #typeOf(argument: InvalidatesArgument): GivenType | { readonly problem: Problem } {
    const { checker } = this.#types;
    const { text, path, span } = argument;
    if (!path) return { type: literalType(text, checker) };
    const [root, ...names] = path;
    const parameter = this.#parameters.find((each) => each.text === root);
    if (!parameter && root !== RESULT) return { problem: this.#unknown(argument) };
    let type = parameter ? checker.getTypeAtLocation(parameter) : this.#resultType();
    if (!type) return { problem: problem("invalidates-arguments", span, { fault: "result" }) };
    for (const name of names) {
      if (type.flags & ts.TypeFlags.Any) break;
      const whole: ts.Type = text.includes("?.") ? checker.getNonNullableType(type) : type;
      const property = checker.getPropertyOfType(checker.getApparentType(whole), name);
      if (!property) return { problem: this.#unknown(argument, whole) };
      type = checker.getTypeOfSymbolAtLocation(property, this.#fn);
    }
    return { type: text.includes("?.") ? checker.getNonNullableType(type) : type };
  }

  /** The value of the promise that the function returns, or what it returns itself; undefined if that is nothing. */
  #resultType(): ts.Type | undefined {
    const { checker } = this.#types;
    const signature = checker.getSignatureFromDeclaration(this.#fn);
    const returned = signature && checker.getReturnTypeOfSignature(signature);
    const type = returned && (checker.getAwaitedType(returned) ?? returned);
    return type && type.flags & (ts.TypeFlags.Void | ts.TypeFlags.Undefined | ts.TypeFlags.Never)
      ? undefined
      : type;
  }

  #unknown({ text, span, path }: InvalidatesArgument, of?: ts.Type): Problem {
    const known = [...this.#parameters.map((each) => each.text), RESULT];
    const names = of ? this.#types.checker.getPropertiesOfType(of).map(({ name }) => name) : known;
    const last = of ? path!.find((name, index) => index > 0 && !names.includes(name))! : path![0]!;
    const nearest = suggest(last, names);
    return problem("invalidates-arguments", span, {
      ...{ fault: "name", text, known },
      nearest: nearest && path!.map((name) => (name === last ? nearest : name)).join("."),
    });
  }
}

interface GivenType {
  readonly type: ts.Type;
}

function literalType(text: string, checker: ts.TypeChecker): ts.Type {
  if (text === "true") return checker.getTrueType();
  if (text === "false") return checker.getFalseType();
  if (text === "null") return checker.getNullType();
  if (text === "undefined") return checker.getUndefinedType();
  if (/^["']/.test(text)) return checker.getStringLiteralType(text.slice(1, -1));
  return text.endsWith("n") ? checker.getBigIntType() : checker.getNumberLiteralType(Number(text));
}
