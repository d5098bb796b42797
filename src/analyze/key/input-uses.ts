/**
 * What a function does with its parameters and its receiver, as far as it can change the result. Offers of options
 * and the check for reads of what is left out of the key ask the same questions here.
 */
import { ts } from "ts-morph";
import type { MarkedFunction } from "../../syntax/nodes.ts";
import {
  boundNames,
  hasModifier,
  isWithin,
  isWrapper,
  literalName,
  realParameters,
} from "../../syntax/nodes.ts";
import { type Binding, Scopes } from "../../syntax/scope.ts";
import { collectReads, executedNodes, type FunctionReads } from "../purity/reads.ts";
import { isUnused, type Use, Uses } from "../purity/uses.ts";
import type { Types } from "../types/types.ts";
import { propertiesOf, propertyName } from "../types/type-shape.ts";
import { checkKeyable, joinPath, type Verdict } from "./keyability.ts";
import { followPath } from "./paths.ts";
import { isPrimitiveType } from "./shape.ts";

/** The name that stands for the receiver. No parameter can have it. */
export const RECEIVER = "this";

/** A property name that `key` and `this` can contain. */
const SEGMENT = /^#?[\p{ID_Continue}$]+$/u;

/** A use of the receiver in a method of it. */
export interface InnerUse {
  readonly use: Use;
  /** Those of the method. */
  readonly uses: InputUses;
  /** It uses a private name, `#secret`, of another class. */
  readonly isHidden: boolean;
}

export class InputUses {
  readonly #fn: MarkedFunction;
  readonly #types: Types;
  readonly #scopes: Scopes;
  readonly #uses: Uses;
  readonly #elementUses: Uses;
  readonly #reads: FunctionReads;
  readonly #nodes: ReadonlyMap<string, ts.Identifier>;

  constructor(fn: MarkedFunction, reads: FunctionReads, scopes: Scopes, types: Types) {
    this.#fn = fn;
    this.#types = types;
    this.#scopes = scopes;
    this.#reads = reads;
    this.#uses = new Uses(reads, scopes);
    this.#elementUses = new Uses(reads, scopes, true);
    const nodes = realParameters(fn).flatMap(({ name }) => boundNames(name));
    this.#nodes = new Map(nodes.map((node) => [node.text, node]));
  }

  /** The names that the parameters bind, in order. */
  get names(): readonly string[] {
    return [...this.#nodes.keys()];
  }

  /**
   * Returns the uses of a parameter, or of `this`, that can change the result, in source order.
   *
   * @param isKeyed whether all of another parameter is in the key
   */
  usesOf(name: string, isKeyed: (name: string) => boolean = () => true): readonly Use[] {
    const binding = this.bindingOf(name);
    const uses = binding ? this.#uses.ofVariable(binding) : name === RECEIVER ? this.#uses.ofReceiver() : [];
    return uses.filter((use) => this.#matters(use, name, isKeyed));
  }

  /**
   * Returns the uses of the receiver in those of its methods that the function calls, also through others of them; those
   * of base classes in other files of the project too.
   */
  usesInMethods(): readonly InnerUse[] {
    const found: InnerUse[] = [];
    const seen = new Set<ts.Node>([this.#fn]);
    const follow = (from: InputUses): void => {
      for (const fn of from.#calledMethods()) {
        if (seen.has(fn)) continue;
        seen.add(fn);
        const scopes = fn.getSourceFile() === this.#fn.getSourceFile() ? this.#scopes : new Scopes();
        const inner = new InputUses(fn, collectReads(executedNodes(fn)), scopes, this.#types);
        const isOther = ts.findAncestor(fn, ts.isClassLike) !== ts.findAncestor(this.#fn, ts.isClassLike);
        for (const use of inner.usesOf(RECEIVER))
          found.push({ use, uses: inner, isHidden: isOther && use.path[0]?.startsWith("#") === true });
        follow(inner);
      }
    };
    follow(this);
    return found;
  }

  #calledMethods(): readonly MarkedFunction[] {
    const [receiver] = this.#reads.receivers;
    const own = receiver
      ? this.usesOf(RECEIVER)
          .filter(({ kind, path }) => kind === "call" && path.length === 0)
          .map(({ method }) => ({ owner: receiver, method }))
      : [];
    const inherited = this.#reads.supers.map((owner) => ({
      owner,
      method: literalName(memberNameOf(owner)),
    }));
    return [...own, ...inherited].flatMap(({ owner, method }) => this.#methodOf(owner, method) ?? []);
  }

  /** Returns a method of the project's, or the function that a field holds. */
  #methodOf(owner: ts.Node, name: string | undefined): MarkedFunction | undefined {
    const members = this.#types.at(owner).getProperties();
    const member = members.find((each) => propertyName(each) === name);
    for (const declaration of member?.declarations ?? []) {
      const fn = ts.isPropertyDeclaration(declaration) ? declaration.initializer : declaration;
      if (fn && (ts.isMethodDeclaration(fn) || ts.isArrowFunction(fn)) && fn.body) return fn;
    }
    return undefined;
  }

  /** Returns the variable at the start of an expression, and the properties that follow. */
  sourceOf(node: ts.Expression): ReturnType<Uses["sourceOf"]> {
    return this.#uses.sourceOf(node);
  }

  /** Returns the identifiers that refer to a variable. */
  readsOf(binding: Binding): readonly ts.Identifier[] {
    return this.#uses.namesOf(binding);
  }

  /** Returns the variable that a parameter binds. */
  bindingOf(name: string): Binding | undefined {
    const node = this.#nodes.get(name);
    return node && this.#scopes.resolve(node);
  }

  /**
   * Tells whether a parameter, or the receiver, certainly has the same key in all of the body: nothing assigns to it,
   * and only primitive parts of it leave the function. What happens in `except` does not count.
   */
  isUnchanged(name: string, except: readonly ts.Node[]): boolean {
    const binding = this.bindingOf(name);
    if (binding && this.#scopes.assignment(binding)) return false;
    if (this.#isPrimitive(name, [])) return true;
    const uses = binding ? this.#uses.ofVariable(binding) : this.#uses.ofReceiver();
    return uses.every(({ node, kind, path }) => {
      if (except.some((each) => isWithin(node, each))) return true;
      if (kind === "write" || kind === "effect") return false;
      return this.#isPrimitive(name, path) || (ts.isSpreadElement(node.parent) && this.#isFlat(name, path));
    });
  }

  /** Tells whether a value is an array of primitives, which spreading copies. */
  #isFlat(name: string, path: readonly string[]): boolean {
    const type = this.typeAt(name, path);
    const item = type && this.#types.checker.getIndexTypeOfType(type, ts.IndexKind.Number);
    return item !== undefined && isPrimitiveType(item);
  }

  #isPrimitive(name: string, path: readonly string[]): boolean {
    const type = this.typeAt(name, path);
    return type !== undefined && isPrimitiveType(type);
  }

  /**
   * Tells whether the function may read a part of a parameter, as in `opts.filter` or `rows[].note`. It does not where
   * it reads other parts only, or hands on a record that has the part as a property.
   */
  reaches({ path, isElement }: Pick<Verdict, "path" | "isElement">): boolean {
    const [name = "", ...segments] = path.match(/\[[^\]]*\]|[^.[]+/g) ?? [];
    // Not a property: the value, or an element of it.
    if (isElement !== false && segments.every((segment) => segment.startsWith("["))) return true;
    // The entries of a `Map` are no elements of an array.
    const isArray = !segments.some((segment) => segment === "[key]" || segment === "[value]");
    const binding = this.bindingOf(name);
    const uses = binding && (isArray ? this.#elementUses : this.#uses).ofVariable(binding);
    return (uses ?? []).some((use) => {
      if (!this.#matters(use, name, () => true)) return false;
      const isApart = use.path.some((segment, index) => {
        const other = segments[index];
        return other !== undefined && !other.startsWith("[") && other !== segment;
      });
      if (isApart || use.kind === "test") return false;
      const handsOn = use.kind === "read" && use.path.length < segments.length && isHandedOn(use.node);
      return !handsOn || isElement === true;
    });
  }

  /** Tells whether nothing reads a parameter, not even to call it. */
  isUnread(name: string): boolean {
    const binding = this.bindingOf(name);
    return binding !== undefined && this.#uses.ofVariable(binding).every(({ kind }) => kind === "write");
  }

  /** Returns the type of a parameter's property, or of the parameter for an empty path. */
  typeAt(name: string, path: readonly string[]): ts.Type | undefined {
    const node = name === RECEIVER ? this.#reads.receivers[0] : this.#nodes.get(name);
    if (!node) return undefined;
    const start = {
      type: this.#types.at(node),
      slot: name,
      prefix: "",
      receiver: name === RECEIVER ? this.#fn : undefined,
    };
    const found = followPath(start, path, this.#types);
    return "type" in found ? found.type : undefined;
  }

  /**
   * Tells whether `key` or `this` can name a path, and its type has a key.
   *
   * @param isProved whether the type has to prove that, which `any` does not
   */
  isKeyable(name: string, path: readonly string[], isProved = true): boolean {
    if (!path.every((segment) => SEGMENT.test(segment))) return false;
    const type = this.typeAt(name, path);
    if (!type || this.#types.isSignal(type) || this.#isUntyped(type)) return false;
    const signals = new Set(this.#types.signalsOf(type).map((signal) => joinPath(name, signal)));
    const { verdicts } = checkKeyable(type, name, this.#types);
    const faults = isProved ? verdicts : verdicts.filter(({ kind }) => kind !== "unproved");
    return faults.every((verdict) => signals.has(verdict.path));
  }

  /** Tells whether a type is the `never` that `cached()` gives to a parameter without a type. */
  #isUntyped(type: ts.Type): boolean {
    const item = this.#types.checker.getIndexTypeOfType(type, ts.IndexKind.Number) ?? type;
    return ((type.flags | item.flags) & ts.TypeFlags.Never) !== 0;
  }

  /** Tells whether a path leads to or through an `AbortSignal`, which is never part of a key. */
  isSignal(name: string, path: readonly string[]): boolean {
    return [...path, ""].some((_, index) => {
      const type = this.typeAt(name, path.slice(0, index));
      return type !== undefined && this.#types.isSignal(type);
    });
  }

  /** Tells whether a path can be `undefined` or `null`. */
  isOptional(name: string, path: readonly string[]): boolean {
    const type = this.typeAt(name, path);
    return !type || type !== this.#types.checker.getNonNullableType(type);
  }

  /** Returns the names of the properties of a plain object; undefined for other values. */
  propertiesAt(name: string, path: readonly string[]): readonly string[] | undefined {
    const type = this.typeAt(name, path);
    const { checker } = this.#types;
    const whole = type && checker.getApparentType(checker.getNonNullableType(type));
    if (!whole || (whole.flags & ts.TypeFlags.Object) === 0) return undefined;
    if (checker.getIndexInfosOfType(whole).length > 0) return undefined;
    return propertiesOf(whole, checker).map(propertyName);
  }

  /** Tells whether instances can differ in a member of the receiver: not in `readonly prefix = "#"`. */
  isVariable(member: string): boolean {
    const type = this.typeAt(RECEIVER, []);
    const declarations = type?.getProperties().find((each) => propertyName(each) === member)?.declarations;
    return !declarations?.every(
      (each) =>
        ts.isPropertyDeclaration(each) &&
        hasModifier(each, ts.SyntaxKind.ReadonlyKeyword) &&
        each.initializer !== undefined &&
        ts.isLiteralExpression(each.initializer),
    );
  }

  /** Tells whether all names in an expression are a parameter's own or global, so that its caller can write it too. */
  isKnownToCaller(node: ts.Node, name: string): boolean {
    const own = this.bindingOf(name);
    const names = this.#reads.names.filter((each) => isWithin(each, node));
    return names.every((each) => {
      const binding = this.#scopes.resolve(each);
      return binding === undefined || binding === own;
    });
  }

  #matters({ kind, node }: Use, name: string, isKeyed: (name: string) => boolean): boolean {
    if (kind === "effect" || kind === "write") return false;
    if (this.#isThrown(node) || this.#isLogged(node, name, isKeyed)) return false;
    if (kind === "test" && this.#guardsLogging(node as ts.Expression, name, isKeyed)) return false;
    if (this.#feedsKey(node, isKeyed)) return false;
    return kind !== "call" || !this.#givesNothing(node as ts.Expression);
  }

  /** Errors are never stored. */
  #isThrown(node: ts.Node): boolean {
    const thrown = ts.findAncestor(node, (at) => at === this.#fn || ts.isThrowStatement(at));
    if (!thrown || thrown === this.#fn) return false;
    return ts.findAncestor(thrown, (at) => at === this.#fn || ts.isTryStatement(at)) === this.#fn;
  }

  /** Tells whether a value is only an argument of a log: `console.log(id)`, or a method of a value that is left out. */
  #isLogged(node: ts.Node, name: string, isKeyed: (name: string) => boolean): boolean {
    for (let at = node; at !== this.#fn && !ts.isStatement(at); at = at.parent) {
      const { parent } = at;
      if (ts.isCallExpression(parent) && parent.expression !== at && this.#isLog(parent, name, isKeyed))
        return true;
    }
    return false;
  }

  #isLog(call: ts.CallExpression, name: string, isKeyed: (name: string) => boolean): boolean {
    if (!isUnused(call)) return false;
    let callee: ts.Expression = call.expression;
    while (ts.isPropertyAccessExpression(callee) || ts.isNonNullExpression(callee))
      callee = callee.expression;
    if (!ts.isIdentifier(callee)) return false;
    const binding = this.#scopes.resolve(callee);
    if (!binding) return callee.text === "console";
    if (binding.name === name || binding !== this.bindingOf(binding.name)) return false;
    return !isKeyed(binding.name);
  }

  /** Tells whether a test only decides about a log: `if (verbose) console.log(id);`, `verbose && console.log(id);`. */
  #guardsLogging(node: ts.Expression, name: string, isKeyed: (name: string) => boolean): boolean {
    const isLog = (at: ts.Node): boolean =>
      ts.isCallExpression(at) && (this.#isLog(at, name, isKeyed) || this.#isOwnEffect(at, name));
    let tested: ts.Node = node;
    while (ts.isPrefixUnaryExpression(tested.parent) || ts.isBinaryExpression(tested.parent)) {
      tested = tested.parent;
      if (ts.isBinaryExpression(tested) && isLog(tested.right)) return isUnused(tested);
    }
    const { parent } = tested;
    if (!ts.isIfStatement(parent) || parent.elseStatement) return false;
    const { thenStatement } = parent;
    const statements = ts.isBlock(thenStatement) ? thenStatement.statements : [thenStatement];
    return statements.every((each) => ts.isExpressionStatement(each) && isLog(each.expression));
  }

  #isOwnEffect(call: ts.CallExpression, name: string): boolean {
    const binding = this.bindingOf(name);
    if (!binding || !isUnused(call)) return false;
    return this.#uses.ofVariable(binding).some((use) => use.kind === "effect" && use.node === call);
  }

  /** Tells whether a read is in the default of parameters that are in the key: their values tell it. */
  #feedsKey(node: ts.Node, isKeyed: (name: string) => boolean): boolean {
    const holder = ts.findAncestor(
      node,
      (at): at is ts.ParameterDeclaration | ts.BindingElement =>
        (ts.isParameter(at) || ts.isBindingElement(at)) &&
        at.initializer !== undefined &&
        isWithin(node, at.initializer),
    );
    if (!holder || isWithin(holder, this.#fn.body!)) return false;
    return boundNames(holder.name).every(({ text }) => isKeyed(text));
  }

  /** Tells whether a call gives `void`, also in a promise. */
  #givesNothing(call: ts.Expression): boolean {
    if (!ts.isCallExpression(call)) return false;
    const type = this.#types.at(call);
    const result = this.#types.checker.getAwaitedType(type) ?? type;
    const members = result.isUnion() ? result.types : [result];
    const nothing = ts.TypeFlags.Void | ts.TypeFlags.Undefined;
    return members.every(({ flags }) => (flags & nothing) !== 0);
  }
}

/** Returns the name of the member that is read of a value. */
const memberNameOf = ({ parent }: ts.Node): ts.Node | undefined =>
  ts.isPropertyAccessExpression(parent)
    ? parent.name
    : ts.isElementAccessExpression(parent)
      ? parent.argumentExpression
      : undefined;

/** Functions of `Object` and `Reflect` look at what they are given. */
const LOOKS_INSIDE = /^(?:Object|Reflect)\.(?!freeze$)/;

/** Tells whether an expression is an argument, returned, or put into another value as it is. */
function isHandedOn(node: ts.Node): boolean {
  if (!ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node)) return false;
  let at: ts.Expression = node;
  while (isWrapper(at.parent) || ts.isAwaitExpression(at.parent)) at = at.parent;
  const { parent } = at;
  if (ts.isCallExpression(parent) || ts.isNewExpression(parent))
    return parent.expression !== at && !LOOKS_INSIDE.test(parent.expression.getText());
  if (ts.isArrowFunction(parent)) return parent.body === at;
  return (
    ts.isReturnStatement(parent) ||
    ts.isShorthandPropertyAssignment(parent) ||
    ts.isSpreadAssignment(parent) ||
    (ts.isPropertyAssignment(parent) && parent.initializer === at) ||
    ts.isArrayLiteralExpression(parent)
  );
}

/** Tells whether `start` is the start of a path, or all of it. */
export const isPrefix = (start: readonly string[], path: readonly string[]): boolean =>
  start.length <= path.length && start.every((segment, index) => segment === path[index]);

/** Writes a path as options contain it. */
export const pathText = (name: string, path: readonly string[]): string =>
  (name === RECEIVER ? path : [name, ...path]).join(".");
