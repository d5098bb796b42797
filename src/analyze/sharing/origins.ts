/**
 * Tells from the syntax which values are objects of a parameter, or hold some: follows names, properties, patterns,
 * loops, callbacks and copies. What it cannot tell counts as unrelated, so what it finds is so. Types are needed only to
 * prove that methods are those of built-in objects; see {@link Origin.proofs}.
 */
import { ts } from "ts-morph";
import { isFunctionValue, literalName, unwrap } from "../../syntax/nodes.ts";
import type { Binding, Scopes } from "../../syntax/scope.ts";
import { resolveValue } from "../purity/callees.ts";
import { CHAINING, COPYING, PICKING, STORING, VISITING } from "./methods.ts";

type Lookup = Origin | undefined;

/** A value that is an object of a parameter, or holds one. */
export interface Origin {
  readonly parameter: Binding;
  /** The levels of new objects around that of the parameter: 0 for itself, 1 for `[...list]`. */
  readonly fresh: number;
  /** What must be true of types. */
  readonly proofs: readonly Proof[];
  /** What each part of a new object is; undefined if its parts differ. */
  readonly items?: Lookup;
  /** Returns what a property of a new object is. Left out: one of `items`. */
  readonly property?: (name: string | undefined) => Lookup;
  /** Its properties differ, so that its type does not tell which of them is of the parameter. */
  readonly isRecord?: true;
}

/** The method is declared by one of these built-in interfaces; without a list: the value is not a `Map`. */
export interface Proof {
  readonly node: ts.Node;
  readonly owners?: readonly string[];
}

/** Returns what the call of this function returns, if that is followed. */
export type CallOrigin = (callee: ts.Expression) => Origin | undefined;

/** A function, and the names that its body uses. */
export interface ScopedFunction {
  readonly fn: ts.FunctionLikeDeclaration;
  readonly scopes: Scopes;
}

/** Returns the function of another module that an expression refers to, if it is known. */
export type ImportedFunction = (node: ts.Expression) => ScopedFunction | undefined;

/** A function that is called, and the origins of what it is given. */
export interface CalledFunction {
  readonly fn: ts.FunctionLikeDeclaration;
  readonly origins: Origins;
}

/** Calls of functions are followed to this depth, to see what they return. */
const MAX_CALL_DEPTH = 3;

/** What is known at the start. */
export interface OriginsOptions {
  /** What parameters are given. */
  readonly roots?: ReadonlyMap<Binding, Origin>;
  /** What calls of the cached function return. */
  readonly call?: CallOrigin;
  readonly imported: ImportedFunction;
}

export class Origins {
  readonly scopes: Scopes;
  readonly #options: OriginsOptions;
  readonly #roots: ReadonlyMap<Binding, Origin>;
  readonly #depth: number;
  readonly #known = new Map<Binding, Lookup>();

  constructor(scopes: Scopes, options: OriginsOptions, depth = 0) {
    this.scopes = scopes;
    this.#options = options;
    this.#roots = options.roots ?? new Map();
    this.#depth = depth;
  }

  /** Returns the same, with what the parameters of a function that is called are given. */
  within({ fn, scopes }: ScopedFunction, given: readonly Lookup[]): Origins {
    const roots = new Map(this.#roots);
    for (const [index, { name, dotDotDotToken }] of fn.parameters.entries()) {
      const binding = ts.isIdentifier(name) ? scopes.resolve(name) : undefined;
      const origin = given[index];
      if (origin && !dotDotDotToken)
        for (const each of patternParts(name, origin)) {
          const inner = scopes.resolve(each.name);
          if (inner) roots.set(inner, each.origin);
        }
      else if (binding) roots.delete(binding);
    }
    const { call, imported } = this.#options;
    // Callees are looked up in the module of the cached function.
    const isSameModule = scopes === this.scopes && call !== undefined;
    return new Origins(scopes, { roots, imported, ...(isSameModule && { call }) }, this.#depth + 1);
  }

  /** Returns the function that an expression refers to, if any of its arguments is followed or it is of this module. */
  functionAt(node: ts.Expression, given: readonly Lookup[]): ScopedFunction | undefined {
    if (this.isDeep) return undefined;
    const fn = functionOf(node, this.scopes);
    if (fn) return { fn, scopes: this.scopes };
    return given.some((each) => each) ? this.#options.imported(node) : undefined;
  }

  get isDeep(): boolean {
    return this.#depth >= MAX_CALL_DEPTH;
  }

  of(from: ts.Expression): Lookup {
    const node = unwrap(from);
    if (ts.isIdentifier(node)) {
      const binding = this.scopes.resolve(node);
      return binding && this.#ofBinding(binding);
    }
    if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node))
      return this.#ofMember(node);
    if (ts.isAwaitExpression(node)) return this.of(node.expression);
    if (ts.isConditionalExpression(node)) return nearest([this.of(node.whenTrue), this.of(node.whenFalse)]);
    if (ts.isBinaryExpression(node)) return this.#ofBinary(node);
    if (ts.isArrayLiteralExpression(node)) return this.#ofList(node);
    if (ts.isObjectLiteralExpression(node)) return this.#ofObject(node);
    if (ts.isCallExpression(node)) return this.#ofCall(node);
    if (ts.isNewExpression(node)) return this.#ofNew(node);
    return undefined;
  }

  /** Returns what a loop or a spread takes from a value. */
  itemsOf(node: ts.Expression, isPattern = false): Lookup {
    const origin = inside(this.of(node));
    return origin && !isPattern ? { ...origin, proofs: [...origin.proofs, { node }] } : origin;
  }

  #ofBinding(binding: Binding): Lookup {
    if (this.#known.has(binding)) return this.#known.get(binding);
    const initial = this.#roots.get(binding) ?? this.#declared(binding);
    // A variable that is assigned from itself, `node = node.next`, meanwhile has its first value.
    this.#known.set(binding, initial);
    const origin = this.#filled(binding, this.#assigned(binding, initial));
    this.#known.set(binding, origin);
    return origin;
  }

  /** A variable that is assigned again must be given an object of a parameter each time. */
  #assigned(binding: Binding, initial: Lookup): Lookup {
    const { declaration } = binding;
    if (!this.scopes.assignment(binding)) return initial;
    const isEmpty = ts.isVariableDeclaration(declaration) && !declaration.initializer;
    const names = this.scopes.assignments(binding);
    // `rows = rows ?? load()` keeps what the variable has.
    const isDefault = !initial && names.every(isDefaulted);
    if ((!initial && !isEmpty && !isDefault) || binding.redeclared) return undefined;
    const values = names.map((name) => this.#assignedValue(name));
    const all = initial ? [initial, ...values] : values;
    return all.every((each) => each !== undefined) ? farthest(all) : undefined;
  }

  /** What is put into a new object later replaces what it held. */
  #filled(binding: Binding, origin: Lookup): Lookup {
    const isNew = origin !== undefined && origin.fresh > 0;
    const filled = isNew ? fillingsOf(binding, this.scopes) : [];
    if (!isNew || filled.length === 0) return origin;
    const isUntouched = (name: string | undefined): boolean =>
      name !== undefined && filled.every((each) => each.name !== undefined && each.name !== name);
    const property = (name?: string): Lookup => (isUntouched(name) ? propertyOf(origin, name) : undefined);
    return { ...origin, items: undefined, property };
  }

  #assignedValue(name: ts.Identifier): Lookup {
    const { parent } = name;
    const isAssignment =
      ts.isBinaryExpression(parent) && parent.left === name && ASSIGNMENTS.has(parent.operatorToken.kind);
    return isAssignment ? this.of(parent.right) : undefined;
  }

  #declared({ node, declaration, kind }: Binding): Lookup {
    if (ts.isParameter(declaration)) return this.#givenToCallback(declaration, node);
    if (kind !== "variable" || !ts.isVariableDeclaration(declaration)) return undefined;
    const loop = declaration.parent.parent;
    const isPattern = !ts.isIdentifier(declaration.name);
    const value = ts.isForOfStatement(loop)
      ? this.itemsOf(loop.expression, isPattern)
      : declaration.initializer && this.of(declaration.initializer);
    return value && patternParts(declaration.name, value).find(({ name }) => name === node)?.origin;
  }

  /** Finds what `rows.forEach((row) => …)` gives to the parameter of the callback. */
  #givenToCallback(parameter: ts.ParameterDeclaration, node: ts.Node): Lookup {
    const fn = parameter.parent;
    if (!isFunctionValue(fn) || parameter.dotDotDotToken) return undefined;
    const given = this.givenBy(fn)?.[fn.parameters.indexOf(parameter)];
    return given && patternParts(parameter.name, given).find(({ name }) => name === node)?.origin;
  }

  /** Returns what the call that a function is passed to gives to it. */
  givenBy(callback: ts.Expression): readonly Lookup[] | undefined {
    const { parent: call } = callback;
    if (!ts.isCallExpression(call) || call.arguments[0] !== callback) return undefined;
    const { expression: callee } = call;
    if (!ts.isPropertyAccessExpression(callee)) return undefined;
    const method = callee.name.text;
    if (method === "then") return [this.of(callee.expression)];
    const list = VISITING.has(method) || ITEM_POSITIONS.has(method) ? this.of(callee.expression) : undefined;
    if (!list) return undefined;
    const owners = VISITING.get(method) ?? ["Array", "ReadonlyArray"];
    const item = proved(inside(list), callee.name, owners);
    if (!VISITING.has(method))
      return ITEM_POSITIONS.get(method)!.map((isItem) => (isItem ? item : undefined));
    return [item, undefined, proved(list, callee.name, owners)];
  }

  #ofMember(node: ts.PropertyAccessExpression | ts.ElementAccessExpression): Lookup {
    const object = this.of(node.expression);
    return object && propertyOf(object, accessedName(node));
  }

  /** Follows all properties at once, because a variable may be given an object that is made of its own properties. */
  #ofObject({ properties }: ts.ObjectLiteralExpression): Lookup {
    const values = properties.map((each) => this.#ofProperty(each));
    const parts = values.map((each, index) =>
      ts.isSpreadAssignment(properties[index]!) ? inside(each) : each,
    );
    const isCopy = properties.length === 1 && ts.isSpreadAssignment(properties[0]!);
    const property = isCopy ? undefined : (name?: string): Lookup => namedProperty(properties, values, name);
    const origin = held(parts, property);
    return origin && property ? { ...origin, isRecord: true } : origin;
  }

  /** Returns what a property is given, or what is spread. */
  #ofProperty(property: ts.ObjectLiteralElementLike): Lookup {
    if (ts.isPropertyAssignment(property)) return this.of(property.initializer);
    if (ts.isShorthandPropertyAssignment(property)) return this.of(property.name);
    return ts.isSpreadAssignment(property) ? this.of(property.expression) : undefined;
  }

  #ofList({ elements }: ts.ArrayLiteralExpression): Lookup {
    const values = this.#elements(elements);
    if (elements.some(ts.isSpreadElement)) return held(values);
    return held(values, (name) => (name === undefined ? undefined : values[Number(name)]));
  }

  #elements(elements: readonly ts.Expression[]): readonly Lookup[] {
    return elements.map((each) => (ts.isSpreadElement(each) ? this.itemsOf(each.expression) : this.of(each)));
  }

  #ofBinary({ left, operatorToken: { kind }, right }: ts.BinaryExpression): Lookup {
    if (EITHER.has(kind)) return nearest([this.of(left), this.of(right)]);
    return RIGHT.has(kind) ? this.of(right) : undefined;
  }

  #ofNew({
    expression,
    arguments: [first] = [],
  }: ts.NewExpression | { expression: ts.Expression; arguments?: readonly ts.Expression[] }): Lookup {
    if (!first || !ts.isIdentifier(expression) || this.scopes.resolve(expression)) return undefined;
    if (expression.text === "Set") return held([this.itemsOf(first)]);
    return expression.text === "Map" ? held([valueOf(this.itemsOf(first, true))]) : undefined;
  }

  #ofCall(call: ts.CallExpression): Lookup {
    const callee = unwrap(call.expression);
    const own = this.#options.call?.(callee);
    if (own) return own;
    const called = this.called(callee, call.arguments);
    if (called) return returnedBy(called);
    if (!ts.isPropertyAccessExpression(callee)) return undefined;
    const { expression: owner, name } = callee;
    if (ts.isIdentifier(owner) && !this.scopes.resolve(owner))
      return this.#ofStatic(`${owner.text}.${name.text}`, call);
    const method = name.text;
    const object = this.of(owner);
    const given =
      method === "concat" ? this.#elements(call.arguments).flatMap((each) => [each, inside(each)]) : [];
    if (!object) return held(given);
    if (CHAINING.has(method)) return proved(object, name, CHAINING.get(method)!);
    if (PICKING.has(method)) return proved(inside(object), name, PICKING.get(method)!);
    if (COPYING.has(method)) return proved(held([inside(object), ...given]), name, COPYING.get(method)!);
    if (method === "entries") return proved(held([pairOf(inside(object))]), name, VISITING.get("forEach")!);
    if (method !== "map" && method !== "flatMap") return undefined;
    const [callback] = call.arguments;
    const results = callback && returnedBy(this.calledBack(callback));
    return proved(held([method === "map" ? results : inside(results)]), name, ["Array", "ReadonlyArray"]);
  }

  #ofStatic(name: string, { arguments: args }: ts.CallExpression): Lookup {
    const [first] = args;
    if (!first || ts.isSpreadElement(first)) return undefined;
    if (name === "Object.freeze" || name === "Object.seal") return this.of(first);
    if (name === "Promise.all") {
      const list = this.of(first);
      // Its promise is of a new list.
      return list?.fresh === 0 ? held([list]) : list;
    }
    if (name === "Object.values") return held([inside(this.of(first))]);
    if (name === "Object.entries") return held([pairOf(inside(this.of(first)))]);
    if (name === "Object.fromEntries") return held([valueOf(this.itemsOf(first, true))]);
    if (name === "Array.from" && args.length === 1) return held([this.itemsOf(first)]);
    if (name !== "Object.assign") return undefined;
    const sources = args.slice(1).map((each) => inside(this.of(each)));
    return this.of(first) ?? held(sources, sources.length > 1 ? () => undefined : undefined);
  }

  /** Returns the function that a call calls, with what that gives to its parameters. */
  called(callee: ts.Expression, args: readonly ts.Expression[]): CalledFunction | undefined {
    if (this.isDeep) return undefined;
    const given = this.argumentsOf(args);
    const found = this.functionAt(callee, given);
    return found && { fn: found.fn, origins: this.within(found, given) };
  }

  /** Returns the function that is passed to a method of a list, with what that gives to its parameters. */
  calledBack(callback: ts.Expression): CalledFunction | undefined {
    const node = unwrap(callback);
    const given = this.givenBy(callback) ?? [];
    const found = this.functionAt(node, given);
    if (!found) return undefined;
    return { fn: found.fn, origins: isFunctionValue(node) ? this : this.within(found, given) };
  }

  /** Returns what a call gives to the parameters of a function, as far as no spread argument comes first. */
  argumentsOf(args: readonly ts.Expression[]): readonly Lookup[] {
    const spread = args.findIndex(ts.isSpreadElement);
    return (spread < 0 ? args : args.slice(0, spread)).map((each) => this.of(each));
  }
}

const ASSIGNMENTS: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.EqualsToken,
  ts.SyntaxKind.BarBarEqualsToken,
  ts.SyntaxKind.QuestionQuestionEqualsToken,
]);
const EITHER: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
]);
/** Tells whether a variable is assigned only if it has no value: `rows ??= load()`, `rows = rows || load()`. */
function isDefaulted(name: ts.Identifier): boolean {
  const { parent } = name;
  if (!ts.isBinaryExpression(parent) || parent.left !== name) return false;
  const { kind } = parent.operatorToken;
  if (kind !== ts.SyntaxKind.EqualsToken) return ASSIGNMENTS.has(kind);
  const value = unwrap(parent.right);
  if (!ts.isBinaryExpression(value) || !EITHER.has(value.operatorToken.kind)) return false;
  return ts.isIdentifier(value.left) && value.left.text === name.text;
}

const RIGHT: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.CommaToken,
  ts.SyntaxKind.EqualsToken,
]);

/** Which parameters of a callback are objects in the list. */
const ITEM_POSITIONS: ReadonlyMap<string, readonly boolean[]> = new Map([
  ["sort", [true, true]],
  ["toSorted", [true, true]],
  ["reduce", [false, true]],
  ["reduceRight", [false, true]],
]);

/** Returns the objects in a value: one level of new objects less. */
const inside = (origin: Lookup): Lookup =>
  origin && (origin.fresh === 0 ? origin : withProofs(origin.items, origin.proofs));

function propertyOf(origin: Origin, name: string | undefined): Lookup {
  if (origin.fresh === 0 || !origin.property) return inside(origin);
  return withProofs(origin.property(name), origin.proofs);
}

/** Returns a new object that holds these values; `property`: if each property has a value of its own. */
function held(contents: readonly Lookup[], property?: Origin["property"]): Lookup {
  const origin = nearest(contents);
  if (!origin) return undefined;
  const { parameter, fresh } = origin;
  return { parameter, fresh: fresh + 1, proofs: [], items: origin, ...(property && { property }) };
}

/**
 * Returns what the property of an object literal is.
 *
 * @param values what each of its parts is given, or spreads
 */
function namedProperty(
  properties: readonly ts.ObjectLiteralElementLike[],
  values: readonly Lookup[],
  name: string | undefined,
): Lookup {
  if (name === undefined) return undefined;
  const at = properties.findLastIndex((each) => literalName(each.name) === name);
  const later = properties.slice(at + 1);
  if (later.some((each) => each.name && ts.isComputedPropertyName(each.name))) return undefined;
  const spread = properties.findIndex((each, index) => index > at && ts.isSpreadAssignment(each));
  if (spread < 0) return values[at];
  // A spread behind the property may replace it.
  if (at >= 0 || later.filter(ts.isSpreadAssignment).length > 1) return undefined;
  const object = values[spread];
  return object && propertyOf(object, name);
}

/** Returns a new entry of a record or a map. Its key is not followed: it hardly ever is an object. */
const pairOf = (value: Lookup): Lookup => held([value], (name) => (name === "1" ? value : undefined));

const valueOf = (pair: Lookup): Lookup => pair && propertyOf(pair, "1");

const withProofs = (origin: Lookup, proofs: readonly Proof[]): Lookup =>
  origin && (proofs.length === 0 ? origin : { ...origin, proofs: [...origin.proofs, ...proofs] });

const returnedBy = (called: CalledFunction | undefined): Lookup =>
  called && nearest(returnsOf(called.fn).map((each) => called.origins.of(each)));

const nearest = (all: readonly Lookup[]): Lookup =>
  all.reduce((one, other) => (!one || (other && other.fresh < one.fresh) ? (other ?? one) : one), undefined);

const farthest = (all: readonly Lookup[]): Lookup =>
  all.reduce((one, other) => (!one || (other && other.fresh > one.fresh) ? other : one), undefined);

const proved = (origin: Lookup, node: ts.Node, owners: readonly string[]): Lookup =>
  withProofs(origin, [{ node, owners }]);

/** Returns the names that a pattern binds, with what they are given. */
function patternParts(
  name: ts.BindingName,
  origin: Origin,
): readonly { readonly name: ts.Identifier; readonly origin: Origin }[] {
  if (ts.isIdentifier(name)) return [{ name, origin }];
  return name.elements.flatMap((element, index) => {
    if (!ts.isBindingElement(element)) return [];
    const key = ts.isArrayBindingPattern(name)
      ? String(index)
      : literalName(element.propertyName ?? element.name);
    const part = element.dotDotDotToken ? held([inside(origin)]) : propertyOf(origin, key);
    return part ? patternParts(element.name, part) : [];
  });
}

function accessedName(node: ts.PropertyAccessExpression | ts.ElementAccessExpression): string | undefined {
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  const { argumentExpression: argument } = node;
  return ts.isStringLiteralLike(argument) || ts.isNumericLiteral(argument) ? argument.text : undefined;
}

/** Returns the function of the same module that an expression refers to. */
function functionOf(node: ts.Expression, scopes: Scopes): ts.FunctionLikeDeclaration | undefined {
  const value = isFunctionValue(node) ? node : resolveValue(node, scopes);
  const isFunction =
    value && (isFunctionValue(value) || ts.isFunctionDeclaration(value) || ts.isMethodDeclaration(value));
  return isFunction && value.body && !value.asteriskToken ? value : undefined;
}

/** Returns the expressions that a function itself returns. */
export function returnsOf({ body }: ts.FunctionLikeDeclaration): readonly ts.Expression[] {
  if (!body) return [];
  if (!ts.isBlock(body)) return [body];
  const found: ts.Expression[] = [];
  const stack: ts.Node[] = [body];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (ts.isReturnStatement(node) && node.expression) found.push(node.expression);
    ts.forEachChild(node, (child) => {
      if (!ts.isFunctionLike(child) && !ts.isClassLike(child)) stack.push(child);
    });
  }
  return found.reverse();
}

/** What is put into a variable's object: `copy.tags = …`, `list.push(…)`. */
export interface Filling {
  /** The property. Undefined if it is not known. */
  readonly name: string | undefined;
  readonly value: ts.Expression;
}

/** Finds what is put into the object of a variable, directly. */
export function fillingsOf(binding: Binding, scopes: Scopes): readonly Filling[] {
  const found: Filling[] = [];
  const stack: ts.Node[] = [binding.scope];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (ts.isIdentifier(node) && node.text === binding.name) found.push(...fillingsAt(node, binding, scopes));
    ts.forEachChild(node, (child) => void stack.push(child));
  }
  return found;
}

function fillingsAt(name: ts.Identifier, binding: Binding, scopes: Scopes): readonly Filling[] {
  const { parent } = name;
  if (ts.isCallExpression(parent) && parent.arguments[0] === name && parent.arguments.length > 1) {
    const isAssign = parent.expression.getText() === "Object.assign" && scopes.resolve(name) === binding;
    return isAssign ? parent.arguments.slice(1).map((value) => ({ name: undefined, value })) : [];
  }
  const isAccess = ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent);
  if (!isAccess || parent.expression !== name || scopes.resolve(name) !== binding) return [];
  const outer = parent.parent;
  const property = accessedName(parent);
  if (ts.isBinaryExpression(outer) && outer.left === parent && ASSIGNMENTS.has(outer.operatorToken.kind))
    return [{ name: property, value: outer.right }];
  if (!ts.isCallExpression(outer) || outer.expression !== parent) return [];
  const skipped = STORING.get(property ?? "");
  return skipped === undefined
    ? []
    : outer.arguments.slice(skipped).map((value) => ({ name: undefined, value }));
}
