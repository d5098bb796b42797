/** Finds the marks that are code: `cached(fn, options)`, `cached(options)(fn)` and `@cached(options)`. */
import { ts } from "ts-morph";
import { problem, type Problem } from "../diagnostics/catalogue.ts";
import { asPairs } from "../pragma/write.ts";
import type { ProjectFile } from "../project/workspace.ts";
import type { MarkedFunction } from "../syntax/nodes.ts";
import { bindDeclaration, bindFunction, type Binding } from "./bind.ts";
import { readCallOptions, type CallOptions } from "./call-options.ts";
import { Imports } from "./imports.ts";
import { directName, pathOfCall, pathOfFunction } from "./lexical-path.ts";
import { argumentLink, linkOf, runtimeName, staticLink } from "./link.ts";
import type { Mark, ReferenceMark } from "./mark.ts";
import { isFunctionValue, nameSpan, outermostWrapper, spanOf, unwrap } from "../syntax/nodes.ts";
import { walk } from "../syntax/walk.ts";
import { unattachedHelp } from "./unattached.ts";

/** The parts of a call of `cached`. */
interface Call {
  /** The whole call. For `cached(options)(fn)` that is the outer call. */
  readonly whole: ts.CallExpression;
  /** The expression that is bound to `cached`. */
  readonly callee: ts.Expression;
  /** The function. */
  readonly argument: ts.Expression;
  readonly options: ts.Expression | undefined;
}

export interface FoundCalls {
  readonly marks: Mark[];
  readonly references: ReferenceMark[];
  /** The callees `cached` that nothing seems to declare. */
  readonly unbound: ts.Expression[];
  readonly problems: Problem[];
  /** Every call that is a mark, with its function; undefined for one that could not be bound. */
  readonly calls: ReadonlyMap<ts.CallExpression, MarkedFunction | undefined>;
  readonly imports: Imports;
  /** The callees of the decorators. Compiling removes them, which may leave imports unused. */
  readonly callees: ReadonlySet<ts.Expression>;
}

/** Finds the calls and decorators that are bound to `cached`, under any name. */
export function findCalls(file: ProjectFile): FoundCalls {
  const marks: Mark[] = [];
  const references: ReferenceMark[] = [];
  const unbound: ts.Expression[] = [];
  const problems: Problem[] = [];
  const calls = new Map<ts.CallExpression, MarkedFunction | undefined>();
  const callees = new Set<ts.Expression>();
  const imports = new Imports(file);
  const found: FoundCalls = { marks, references, unbound, problems, calls, imports, callees };
  if (imports.isEmpty) return found;
  walk(file.source, (node) => {
    if (ts.isDecorator(node)) addDecorator(node);
    else if (ts.isCallExpression(node)) addCall(node);
  });
  return found;

  function addCall(node: ts.CallExpression): void {
    const call = callOf(node, imports);
    if (!call) {
      if (imports.isUnbound(node.expression)) unbound.push(node.expression);
      return;
    }
    const fn = unwrap(call.argument);
    if (!isFunctionValue(fn)) {
      references.push(referenceOf(call, imports));
      return;
    }
    calls.set(call.whole, undefined);
    const bound = bindFunction(fn);
    if (!("fn" in bound)) {
      problems.push(bindingProblem(bound, spanOf(call.callee)));
      return;
    }
    const mark = callMark(call, fn, imports);
    const isNamed = mark.path.length > 0 || mark.written.some(({ name }) => name === "name");
    if (!isNamed) problems.push(problem("name-missing", mark.span));
    calls.set(call.whole, fn);
    if (isNamed) marks.push(mark);
  }

  function addDecorator(node: ts.Decorator): void {
    const expression = unwrap(node.expression);
    const call = ts.isCallExpression(expression) ? expression : undefined;
    const callee = call ? call.expression : node.expression;
    if (!imports.isCached(callee, true)) {
      // The walk visits the call of a decorator too.
      if (!call && imports.isUnbound(callee)) unbound.push(callee);
      return;
    }
    const bound = bindDeclaration(node.parent, () => false);
    if (!("fn" in bound)) {
      problems.push(bindingProblem(bound, spanOf(node), true));
      return;
    }
    callees.add(callee);
    if (file.compilerOptions.experimentalDecorators) {
      const argument = call?.arguments[0];
      const isDynamic = readCallOptions(argument, imports.scopes).dynamic;
      const options = isDynamic ? undefined : argument ? ` ${asPairs(argument.getText())}` : "";
      problems.push(problem("decorator-legacy", spanOf(node), { options: options?.trimEnd() }));
      return;
    }
    if (marks.some(({ fn }) => fn === bound.fn)) {
      problems.push(markedTwice("two decorators", spanOf(node)));
      return;
    }
    marks.push(decoratorMark(node, bound.fn, optionsOf(call?.arguments[0], imports)));
  }
}

/** Returns the problem of a mark that could not be bound. `span` is that of the mark. */
export function bindingProblem(
  binding: Exclude<Binding, { fn: unknown }>,
  span: Mark["span"],
  isDecorator: boolean = false,
): Problem {
  if ("refused" in binding) {
    const { refused, span: at, name } = binding;
    return refused === "function-constructor" ? problem(refused, at) : problem(refused, at, { name });
  }
  if ("call" in binding) return markedTwice("a pragma and by `cached()`", span);
  const { found } = binding;
  return problem("pragma-unattached", span, { found, help: unattachedHelp(found, isDecorator) });
}

/** Returns the problem of a function with two marks. `by` names them: "two pragmas". */
export function markedTwice(by: string, span: Mark["span"]): Problem {
  return problem("option-conflict", span, {
    problem: `This function is marked twice: by ${by}.`,
    help: "Keep one of them, and move all options to it.",
  });
}

function callOf(node: ts.CallExpression, imports: Imports): Call | undefined {
  const [first, second] = node.arguments;
  if (!first || ts.isSpreadElement(first) || node.questionDotToken) return undefined;
  // The call in a decorator has only options; its function is the member.
  if (ts.isDecorator(outermostWrapper(node).parent)) return undefined;
  const inner = unwrap(first);
  const isLikely = isFunctionValue(inner) || ts.isObjectLiteralExpression(inner);
  if (!imports.isCached(node.expression, isLikely)) return undefined;
  const callee = node.expression;
  if (isFunctionValue(inner)) return { whole: node, callee, argument: first, options: second };
  const outer = outerCall(node);
  const argument = outer?.arguments[0];
  if (outer && argument && isOptions(inner, imports))
    return { whole: outer, callee, argument, options: first };
  // `cached(options)` alone returns a function that is called elsewhere, which only the run time can follow.
  return ts.isObjectLiteralExpression(inner)
    ? undefined
    : { whole: node, callee, argument: first, options: second };
}

/** Returns the outer call of `cached(options)(fn)`, given the inner one. */
function outerCall(node: ts.CallExpression): ts.CallExpression | undefined {
  let at: ts.Node = node;
  while (ts.isParenthesizedExpression(at.parent)) at = at.parent;
  const { parent } = at;
  return ts.isCallExpression(parent) && parent.expression === at && !parent.questionDotToken
    ? parent
    : undefined;
}

/** Tells whether an argument is known to be an options object. Any other expression could be a function. */
function isOptions(node: ts.Expression, imports: Imports): boolean {
  if (ts.isObjectLiteralExpression(node)) return true;
  const declaration = ts.isIdentifier(node) ? imports.scopes.resolve(node)?.declaration : undefined;
  if (!declaration || !ts.isVariableDeclaration(declaration) || !declaration.initializer) return false;
  return ts.isObjectLiteralExpression(unwrap(declaration.initializer));
}

function callMark(call: Call, fn: ts.FunctionExpression | ts.ArrowFunction, imports: Imports): Mark {
  const { whole, callee, options } = call;
  const path = pathOfCall(whole, fn.name?.text);
  // The language does not name a function that is an argument, so the name is that of what holds the result.
  const functionName = fn.name?.text ?? directName(whole) ?? path.at(-1) ?? "";
  return {
    form: "call",
    span: spanOf(callee),
    ...optionsOf(options, imports),
    fn,
    name: nameSpan(fn),
    runtimeName: functionName,
    path,
    link: argumentLink(fn),
  };
}

function decoratorMark(node: ts.Decorator, fn: MarkedFunction, options: WrittenOptions): Mark {
  const isPublicMethod = ts.isMethodDeclaration(fn) && !ts.isPrivateIdentifier(fn.name);
  return {
    form: "decorator",
    span: spanOf(node),
    ...options,
    fn,
    name: nameSpan(fn),
    runtimeName: runtimeName(fn),
    path: pathOfFunction(fn),
    link: isPublicMethod ? staticLink(fn) : linkOf(fn, 0),
  };
}

type WrittenOptions = CallOptions & Pick<Mark, "optionsText">;

function optionsOf(options: ts.Expression | undefined, { scopes }: Imports): WrittenOptions {
  return { ...readCallOptions(options, scopes), optionsText: options && spanOf(options) };
}

function referenceOf({ whole, callee, argument, options }: Call, imports: Imports): ReferenceMark {
  const inner = unwrap(argument);
  const name = ts.isIdentifier(inner)
    ? inner.text
    : ts.isPropertyAccessExpression(inner)
      ? inner.name.text
      : undefined;
  return {
    span: spanOf(callee),
    argument: spanOf(argument),
    call: spanOf(whole),
    path: pathOfCall(whole, name),
    ...optionsOf(options, imports),
    target: ts.isIdentifier(inner) ? referencedFunction(inner, imports) : undefined,
  };
}

/** Returns the function that a name refers to, if it is declared in this file and never reassigned. */
function referencedFunction(name: ts.Identifier, { scopes }: Imports): MarkedFunction | undefined {
  const binding = scopes.resolve(name);
  if (!binding || scopes.assignment(binding)) return undefined;
  const { declaration } = binding;
  if (ts.isFunctionDeclaration(declaration)) {
    const bound = bindDeclaration(declaration, () => false);
    return "fn" in bound ? bound.fn : undefined;
  }
  if (!ts.isVariableDeclaration(declaration) || !declaration.initializer) return undefined;
  const value = unwrap(declaration.initializer);
  return isFunctionValue(value) && ts.isIdentifier(declaration.name) ? value : undefined;
}
