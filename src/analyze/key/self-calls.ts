/**
 * Finds calls by which an async function asks for the key that it is computing. Such a call joins the run in flight,
 * which would wait for itself.
 */
import { ts } from "ts-morph";
import { type Problem, problem } from "../../diagnostics/catalogue.ts";
import type { FunctionOptions } from "../../options/function.ts";
import type { FunctionValue, MarkedFunction } from "../../syntax/nodes.ts";
import {
  boundNames,
  isFunctionValue,
  isWrapper,
  literalName,
  realParameters,
  spanOf,
  unwrap,
} from "../../syntax/nodes.ts";
import type { Scopes } from "../../syntax/scope.ts";
import { walk } from "../../syntax/walk.ts";
import { isCachedFunction, resolveValue } from "../purity/callees.ts";
import { oneLine } from "../types/tokens.ts";
import { isSelfReference } from "./captures.ts";
import { type InputUses, RECEIVER } from "./input-uses.ts";
import { isPrimitiveType } from "./shape.ts";

type Path = readonly string[];

interface SelfCallContext {
  readonly options: FunctionOptions;
  readonly uses: InputUses;
  readonly scopes: Scopes;
}

/** Reports the calls of a function by itself that certainly have the same key, and whose result it waits for. */
export function selfCallProblems(fn: MarkedFunction, context: SelfCallContext): readonly Problem[] {
  const { site, dynamic, unread } = context.options;
  const isUnsure = [...dynamic, ...unread].some((name) => ["lock", "key", "ignore", "this"].includes(name));
  if (site.lock === "none" || isUnsure) return [];
  const all = callsIn(fn.body!);
  const calls = all.filter((call) => isSelfCall(call, fn, context.scopes));
  const direct = calls
    .filter((call) => isWaitedFor(call, fn, context) && hasSameKey(call, calls, fn, context))
    .map((call) => problem("recursion-same-key", spanOf(call), { call: oneLine(call) }));
  return [...direct, ...all.flatMap((call) => callThroughHelper(call, fn, context) ?? [])];
}

function callsIn(body: ts.Node): readonly ts.CallExpression[] {
  const calls: ts.CallExpression[] = [];
  walk(body, (node) => {
    if (ts.isCallExpression(node)) calls.push(node);
  });
  return calls;
}

/** Reports a call of a function of the same file that calls the marked one again, and passes the key on as it is. */
function callThroughHelper(
  call: ts.CallExpression,
  fn: MarkedFunction,
  context: SelfCallContext,
): Problem | undefined {
  const { options, scopes } = context;
  const callee = unwrap(call.expression);
  const helper = ts.isIdentifier(callee) ? resolveValue(callee, scopes) : undefined;
  const isFunction = helper && (ts.isFunctionDeclaration(helper) || isFunctionValue(helper));
  if (!isFunction || helper === fn || !helper.body || isCachedFunction(helper)) return undefined;
  if (typeof options.this === "object" || !isWaitedFor(call, fn, context)) return undefined;
  const again = callsIn(helper.body).find((inner) => {
    if (!ts.isIdentifier(unwrap(inner.expression)) || !isSelfCall(inner, fn, scopes)) return false;
    return isWaitedFor(inner, helper, context) && passesKeyOn({ call, helper, inner }, fn, context);
  });
  return (
    again && problem("recursion-same-key", spanOf(call), { call: oneLine(again), within: callee.getText() })
  );
}

/** Tells whether a helper passes the primitive values of the key on, in parameters that nothing assigns to. */
function passesKeyOn(
  {
    call,
    helper,
    inner,
  }: {
    readonly call: ts.CallExpression;
    readonly helper: ts.FunctionDeclaration | FunctionValue;
    readonly inner: ts.CallExpression;
  },
  fn: MarkedFunction,
  { options, uses, scopes }: SelfCallContext,
): boolean {
  return keyedPaths(options, uses).every(([name, path]) => {
    const type = uses.typeAt(name, []);
    if (path.length > 0 || !type || !isPrimitiveType(type) || !uses.isUnchanged(name, [])) return false;
    const given = argumentFor(name, inner, fn);
    const passed = given?.path.length === 0 ? unwrap(given.node) : undefined;
    const binding = passed && ts.isIdentifier(passed) ? scopes.resolve(passed) : undefined;
    if (!binding || scopes.assignment(binding)) return false;
    const index = realParameters(helper).findIndex((each) => each === binding.declaration);
    const parameter = realParameters(helper)[index];
    const argument = call.arguments[index];
    if (!parameter || parameter.initializer || parameter.dotDotDotToken || !argument) return false;
    if (!ts.isIdentifier(parameter.name) || call.arguments.some(ts.isSpreadElement)) return false;
    const own = unwrap(argument);
    return ts.isIdentifier(own) && scopes.resolve(own) === uses.bindingOf(name);
  });
}

function isSelfCall({ expression }: ts.CallExpression, fn: MarkedFunction, scopes: Scopes): boolean {
  const callee = unwrap(expression);
  if (ts.isIdentifier(callee)) {
    const binding = scopes.resolve(callee);
    return binding !== undefined && (binding.declaration === fn || isSelfReference(binding, fn));
  }
  if (!ts.isPropertyAccessExpression(callee)) return false;
  const owner = unwrap(callee.expression);
  // Another instance has another key, unless the receiver makes no difference.
  if (owner.kind !== ts.SyntaxKind.ThisKeyword) {
    const object = resolveValue(owner, scopes);
    if (!object || ts.isNewExpression(object)) return false;
  }
  const value = resolveValue(callee, scopes);
  return (
    value === fn ||
    (value !== undefined && ts.isCallExpression(value) && value.arguments.includes(fn as never))
  );
}

const CHAIN_METHODS: readonly string[] = ["then", "catch", "finally"];

/** Tells whether the function's own promise settles only after that of an expression. */
function isWaitedFor(from: ts.Expression, fn: ts.Node, context: SelfCallContext): boolean {
  for (let node = from; ;) {
    const { parent } = node;
    const isBody = ts.isArrowFunction(parent) && parent.body === node;
    if (ts.isAwaitExpression(parent) || ts.isReturnStatement(parent) || isBody) {
      const owner = isBody ? parent : ts.findAncestor(parent, ts.isFunctionLike);
      if (owner === fn) return true;
      // A callback, as in `fetchUser(id).catch(() => load(id))`.
      const chain = isFunctionValue(owner) ? chainOf(owner) : undefined;
      if (!chain) return false;
      node = chain;
    } else if (isWrapper(parent)) node = parent;
    else if (ts.isConditionalExpression(parent) && parent.condition !== node) node = parent;
    else if (ts.isBinaryExpression(parent) && flowsThrough(parent, node)) node = parent;
    else if (ts.isPropertyAccessExpression(parent) && CHAIN_METHODS.includes(parent.name.text)) {
      if (!ts.isCallExpression(parent.parent)) return false;
      node = parent.parent;
    } else if (ts.isArrayLiteralExpression(parent) && isPromiseAll(parent.parent)) node = parent.parent;
    else return ts.isVariableDeclaration(parent) && isNameWaitedFor(parent, fn, context);
  }
}

/** Returns the call of `then`, `catch` or `finally` that a callback is passed to. */
function chainOf(callback: ts.Node): ts.CallExpression | undefined {
  const { parent } = callback;
  if (!ts.isCallExpression(parent) || !ts.isPropertyAccessExpression(parent.expression)) return undefined;
  return CHAIN_METHODS.includes(parent.expression.name.text) ? parent : undefined;
}

function flowsThrough({ operatorToken, right }: ts.BinaryExpression, node: ts.Node): boolean {
  const { kind } = operatorToken;
  const isLast = kind === ts.SyntaxKind.AmpersandAmpersandToken || kind === ts.SyntaxKind.CommaToken;
  if (isLast) return right === node;
  return kind === ts.SyntaxKind.QuestionQuestionToken || kind === ts.SyntaxKind.BarBarToken;
}

function isPromiseAll(node: ts.Node): node is ts.CallExpression {
  return ts.isCallExpression(node) && /^Promise\.all(?:Settled)?$/.test(node.expression.getText());
}

function isNameWaitedFor({ name }: ts.VariableDeclaration, fn: ts.Node, context: SelfCallContext): boolean {
  if (!ts.isIdentifier(name)) return false;
  const binding = context.scopes.resolve(name);
  if (!binding || context.scopes.assignment(binding)) return false;
  return context.uses.readsOf(binding).some((read) => isWaitedFor(read, fn, context));
}

/** Tells whether each part of the key is given the value that it has in the run itself. */
function hasSameKey(
  call: ts.CallExpression,
  calls: readonly ts.CallExpression[],
  fn: MarkedFunction,
  { options, uses }: SelfCallContext,
): boolean {
  const keyed = keyedPaths(options, uses);
  if (typeof options.this === "object" && !uses.isUnchanged(RECEIVER, calls)) return false;
  return keyed.every(([name, path]) => {
    const given = argumentFor(name, call, fn);
    if (!given || !uses.isUnchanged(name, calls)) return false;
    const source = valueOf(given.node, [...given.path, ...path], uses);
    return source?.binding === uses.bindingOf(name) && source?.path.join("\n") === path.join("\n");
  });
}

function keyedPaths({ key, ignore }: FunctionOptions, uses: InputUses): readonly (readonly [string, Path])[] {
  if (key) {
    return key.map(({ text }) => {
      const [name = "", ...path] = text.split(".");
      return [name, path];
    });
  }
  const ignored = ignore?.map(({ text }) => text) ?? [];
  const names = uses.names.filter((name) => !ignored.includes(name) && !uses.isSignal(name, []));
  return names.map((name) => [name, []]);
}

/** Returns the argument for a name that a parameter binds, and where in the argument it is. */
function argumentFor(
  name: string,
  { arguments: args }: ts.CallExpression,
  fn: MarkedFunction,
): { readonly node: ts.Expression; readonly path: Path } | undefined {
  const parameters = realParameters(fn);
  const index = parameters.findIndex((each) => boundNames(each.name).some(({ text }) => text === name));
  const parameter = parameters[index];
  const node = args[index];
  if (!parameter || !node || args.slice(0, index).some(ts.isSpreadElement)) return undefined;
  if (parameter.dotDotDotToken) {
    const isWhole = ts.isSpreadElement(node) && args.length === index + 1;
    return isWhole ? { node: node.expression, path: [] } : undefined;
  }
  if (ts.isSpreadElement(node)) return undefined;
  if (ts.isIdentifier(parameter.name)) return { node, path: [] };
  if (!ts.isObjectBindingPattern(parameter.name)) return undefined;
  const element = parameter.name.elements.find(
    (each) => ts.isIdentifier(each.name) && each.name.text === name,
  );
  const property = element && !element.dotDotDotToken && literalName(element.propertyName ?? element.name);
  return property ? { node, path: [property] } : undefined;
}

/** Returns the variable and the properties that a part of an expression is read from. */
function valueOf(expression: ts.Expression, path: Path, uses: InputUses): ReturnType<InputUses["sourceOf"]> {
  const node = unwrap(expression);
  if (!ts.isObjectLiteralExpression(node)) {
    const source = uses.sourceOf(node);
    return source && { binding: source.binding, path: [...source.path, ...path] };
  }
  const [first, ...rest] = path;
  if (first === undefined) return undefined;
  for (const property of [...node.properties].reverse()) {
    if (ts.isSpreadAssignment(property)) return valueOf(property.expression, path, uses);
    const name = literalName(property.name);
    if (name === undefined) return undefined;
    if (name !== first) continue;
    if (ts.isPropertyAssignment(property)) return valueOf(property.initializer, rest, uses);
    return ts.isShorthandPropertyAssignment(property) ? valueOf(property.name, rest, uses) : undefined;
  }
  return undefined;
}
