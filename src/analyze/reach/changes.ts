/** Finds variables of a module whose objects and collections functions change after the module was loaded. */
import { ts } from "ts-morph";
import { assignedTarget } from "../../syntax/assignments.ts";
import { eachValueChild, literalName, outermostWrapper, unwrap } from "../../syntax/nodes.ts";
import { ownerOfThis } from "../../syntax/members.ts";
import { type Binding, isModuleLevel, type Scopes } from "../../syntax/scope.ts";
import { isUnused } from "../purity/uses.ts";
import { CHANGING } from "../sharing/methods.ts";
import type { Module } from "./modules.ts";
import { isFirstSet } from "./singletons.ts";

/** One place that changes what a variable holds. */
interface Change {
  /** The property or the key, as it is written; undefined if all of it may change. */
  readonly key: string | undefined;
  /** The outermost function around the place. */
  readonly fn: ts.Node;
  /** The function looks up what it changes, and so gives the same answer again. */
  readonly isMemo: boolean;
  /** It changes the variable's own object, not what that holds: what was read from it before stays as it is. */
  readonly replaces: boolean;
}

/** The changes of the variables of one module. */
export type Changes = ReadonlyMap<Binding, readonly Change[]>;

/** Methods that return a length, which hardly any result is made from. */
const COUNTING_METHODS: ReadonlySet<string> = new Set(["push", "unshift"]);

/** Methods whose first argument is the key that they change. */
const KEYED_METHODS: ReadonlySet<string> = new Set(["add", "delete", "set"]);

export function changesIn({ source, scopes }: Module): Changes {
  const changes = new Map<Binding, Change[]>();
  const stack: ts.Node[] = [source];
  for (let node = stack.pop(); node; node = stack.pop()) {
    eachValueChild(node, (child) => stack.push(child));
    const part = changedBy(node);
    const name = part && unwrap(part.owner);
    const changed = name && ts.isIdentifier(name) ? scopes.resolve(name) : undefined;
    if (!changed) continue;
    const { binding, key } = holderOf({ binding: changed, key: part!.key }, scopes);
    if (!isModuleLevel(binding) || !isCollection(binding)) continue;
    const fn = outermostFunction(node);
    if (!fn) continue;
    const replaces = part!.isDirect && part!.key === key;
    const change = { key, fn, isMemo: isMemo(part!.lookup, fn), replaces };
    changes.set(binding, [...(changes.get(binding) ?? []), change]);
  }
  return changes;
}

/** A variable, or one property of what it holds. */
interface HeldPart {
  readonly binding: Binding;
  readonly key: string | undefined;
}

/** Returns the variable whose object a name stands for a part of: `state` for `const { list } = state`. */
function holderOf({ binding, key }: HeldPart, scopes: Scopes, steps = 0): HeldPart {
  const source = scopes.assignment(binding) ? undefined : sourceOf(binding);
  const name = source && unwrap(source.owner);
  const holder = name && ts.isIdentifier(name) ? scopes.resolve(name) : undefined;
  if (!holder || steps >= MAX_STEPS) return { binding, key };
  return holderOf({ binding: holder, key: source!.key ?? key }, scopes, steps + 1);
}

/** More of them are a circle. */
const MAX_STEPS = 10;

/** Returns what a variable is initialized with, as a part of another: of `const list = state.list`, of a pattern, of a loop. */
function sourceOf({ declaration, node }: Binding): Pick<ChangedPart, "owner" | "key"> | undefined {
  if (!ts.isVariableDeclaration(declaration)) return undefined;
  const { parent } = declaration.parent;
  const value = ts.isForOfStatement(parent) ? parent.expression : declaration.initializer;
  const part = value && (partOf(value) ?? { owner: value, key: undefined });
  if (!part || declaration.name === node) return part;
  const element = ts.findAncestor(node, (at) => at.parent === declaration.name);
  if (!element || !ts.isBindingElement(element) || element.dotDotDotToken) return undefined;
  const name = ts.isObjectBindingPattern(declaration.name)
    ? (element.propertyName ?? element.name)
    : undefined;
  return { owner: part.owner, key: part.key ?? literalName(name) };
}

const COLLECTION = /^(?:Map|Set|WeakMap|WeakSet|\w*Array|URLSearchParams|Headers|FormData|Date)$/;

const COLLECTION_CALL =
  /^(?:\w*Array\.(?:from|of)|Object\.(?:create|fromEntries)|Buffer\.(?:alloc|allocUnsafe|from))$/;

/** The static members of the classes of one module that functions assign to after the module was loaded. */
export type ChangedStatics = ReadonlyMap<Binding, ReadonlySet<string>>;

export function changedStaticsIn({ source, scopes }: Module): ChangedStatics {
  const statics = new Map<Binding, Set<string>>();
  const stack: ts.Node[] = [source];
  for (let node = stack.pop(); node; node = stack.pop()) {
    eachValueChild(node, (child) => stack.push(child));
    const target = assignedTarget(node);
    if (!target || !ts.isPropertyAccessExpression(target) || !outermostFunction(node)) continue;
    const owner = classOf(target.expression, scopes);
    if (owner && !isFirstSet(node, target))
      statics.set(owner, (statics.get(owner) ?? new Set()).add(target.name.text));
  }
  return statics;
}

/** Returns the class whose static members an expression holds: `Settings`, or `this` in one of them. */
function classOf(node: ts.Expression, scopes: Scopes): Binding | undefined {
  const holder = node.kind === ts.SyntaxKind.ThisKeyword ? ownerOfThis(node) : undefined;
  const isOwn = holder?.isStatic && ts.isClassLike(holder.owner);
  const name = isOwn ? holder.owner.name : ts.isIdentifier(node) ? node : undefined;
  const binding = name && scopes.resolve(name);
  return binding?.kind === "class" && isModuleLevel(binding) ? binding : undefined;
}

/** Tells whether a variable holds a built-in collection, an array or an object literal. */
function isCollection({ declaration }: Binding): boolean {
  if (!ts.isVariableDeclaration(declaration) || !declaration.initializer) return false;
  const value = unwrap(declaration.initializer);
  if (ts.isNewExpression(value)) return COLLECTION.test(value.expression.getText());
  if (ts.isCallExpression(value)) return COLLECTION_CALL.test(value.expression.getText());
  return ts.isObjectLiteralExpression(value) || ts.isArrayLiteralExpression(value);
}

interface ChangedPart {
  readonly owner: ts.Expression;
  readonly key: string | undefined;
  /** The owner itself is changed, not what it holds. */
  readonly isDirect: boolean;
  /** The collection and the key that are changed. */
  readonly lookup: readonly [collection: ts.Expression, key: string] | undefined;
}

/** Returns what a node changes: `list.push(1)`, `table[id] = row`, `Object.assign(config, next)`. */
function changedBy(node: ts.Node): ChangedPart | undefined {
  if (!ts.isCallExpression(node)) {
    const target = assignedTarget(node);
    const part = target && partOf(target);
    if (!part) return undefined;
    const { owner, key } = part;
    const { expression } = unwrap(target) as ts.PropertyAccessExpression;
    return {
      owner,
      key,
      isDirect: expression === owner,
      lookup: key === undefined ? undefined : [owner, key],
    };
  }
  const { expression: callee, arguments: args } = node;
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  const { text } = callee.name;
  const [first] = args;
  const isAssign = callee.getText() === "Object.assign";
  const changed = isAssign ? first : CHANGING.has(text) ? callee.expression : undefined;
  if (!changed) return undefined;
  const key = !isAssign && KEYED_METHODS.has(text) ? first?.getText() : undefined;
  const part = partOf(changed);
  const lookup = key === undefined ? undefined : ([changed, key] as const);
  return { ...(part ?? { owner: changed, key }), isDirect: !part, lookup };
}

/** Returns the owner and the first property of `config.locale` and of `table[id].name`. */
function partOf(target: ts.Expression): Pick<ChangedPart, "owner" | "key"> | undefined {
  let at = unwrap(target);
  let part: Pick<ChangedPart, "owner" | "key"> | undefined;
  while (ts.isPropertyAccessExpression(at) || ts.isElementAccessExpression(at)) {
    part = { owner: at.expression, key: keyOf(at) };
    at = unwrap(at.expression);
  }
  return part;
}

function keyOf(access: ts.PropertyAccessExpression | ts.ElementAccessExpression): string {
  if (ts.isPropertyAccessExpression(access)) return access.name.text;
  const { argumentExpression: key } = access;
  return ts.isStringLiteralLike(key) ? key.text : key.getText();
}

/** Returns the outermost function around a node; code outside of functions runs while the module is loaded. */
function outermostFunction(node: ts.Node): ts.Node | undefined {
  let fn: ts.Node | undefined;
  for (let at = node.parent; !ts.isSourceFile(at); at = at.parent) {
    if (ts.isFunctionLike(at) && !isCalledAtOnce(at)) fn = at;
  }
  return fn;
}

function isCalledAtOnce(fn: ts.Node): boolean {
  const value = ts.isExpression(fn) ? outermostWrapper(fn) : undefined;
  return value !== undefined && ts.isCallExpression(value.parent) && value.parent.expression === value;
}

/** Returns the changes of what a variable holds; those of all of an object that it stands for a part of. */
export function changesOfVariable(binding: Binding, changes: Changes, scopes: Scopes): readonly Change[] {
  const holder = holderOf({ binding, key: undefined }, scopes);
  const found = changes.get(holder.binding) ?? [];
  if (holder.key === undefined) return found;
  const ofPart = found.filter(({ key, replaces }) => !replaces && (key === undefined || key === holder.key));
  return ofPart.map((change) => ({ ...change, key: undefined }));
}

/**
 * Tells whether a use of a variable sees changes. It does not see those of other properties, nor does a function that
 * looks a key up before it adds it, and so gives the same answer again.
 */
export function seesChange(
  name: ts.Identifier | ts.PropertyAccessExpression,
  changes: readonly Change[],
): boolean {
  const at = outermostWrapper(name);
  const { parent } = at;
  if (isOnlyChanged(at)) return false;
  const access =
    (ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent)) &&
    parent.expression === at
      ? parent
      : undefined;
  if (access && isUnused(access)) return false;
  const fn = outermostFunction(name);
  const others = changes.filter((change) => change.fn !== fn || !change.isMemo);
  const names = propertiesRead(at, access);
  return others.some(({ key }) => !names || key === undefined || names.includes(key));
}

/** Returns the names of the properties that are read of a value; undefined if that may be all of it. */
function propertiesRead(at: ts.Expression, access: ts.Expression | undefined): readonly string[] | undefined {
  const { parent } = at;
  if (ts.isVariableDeclaration(parent) && ts.isObjectBindingPattern(parent.name)) {
    const { elements } = parent.name;
    const names = elements.flatMap(({ propertyName, name }) => literalName(propertyName ?? name) ?? []);
    const isAll = names.length < elements.length || elements.some(({ dotDotDotToken }) => dotDotDotToken);
    return isAll || names.some(isCount) ? undefined : names;
  }
  if (!access || !ts.isPropertyAccessExpression(access)) return undefined;
  const isMethod = ts.isCallExpression(access.parent) && access.parent.expression === access;
  const { text } = access.name;
  return isMethod || isCount(text) ? undefined : [text];
}

const isCount = (name: string): boolean => name === "size" || name === "length";

/** Tells whether a value is only written to: `list.push(1);`, `config.locale = next;`. */
function isOnlyChanged(at: ts.Expression): boolean {
  const { parent } = at;
  if (!ts.isPropertyAccessExpression(parent) && !ts.isElementAccessExpression(parent)) return false;
  const owner = parent.parent;
  const isCall = ts.isCallExpression(owner) && owner.expression === parent;
  if (isCall && ts.isPropertyAccessExpression(parent))
    return COUNTING_METHODS.has(parent.name.text) || (CHANGING.has(parent.name.text) && isUnused(owner));
  return assignedTarget(owner) === parent && ts.isExpression(owner) && isUnused(owner);
}

/** What follows an element that is assigned to or counted up. `??=` and `||=` look it up. */
const UPDATE = /^(?:=(?!=)|\+\+|--|(?:[-+*/%&^]|\*\*|<<|>>>?|\|(?!\|))=)/;

/** What precedes an element that is counted up. */
const STEP = /(?:\+\+|--)$/;

/** Tells whether a function looks up the key that it changes: `table.get(id)`, `table[id]`, `id in table`. */
function isMemo(lookup: ChangedPart["lookup"], fn: ts.Node): boolean {
  if (!lookup) return false;
  const text = fn.getText().replace(/\s+/g, "");
  const name = lookup[0].getText().replace(/\s+/g, "");
  const wanted = lookup[1].replace(/\s+/g, "");
  const lookups = [`${name}.get(${wanted})`, `${name}.has(${wanted})`, `${wanted}in${name}`];
  const element = `${name}[${wanted}]`;
  const pieces = text.split(element);
  const isRead = pieces.some((rest, at) => at > 0 && !UPDATE.test(rest) && !STEP.test(pieces[at - 1]!));
  return isRead || lookups.some((lookup) => text.includes(lookup));
}
