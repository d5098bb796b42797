/** Finds reads of ambient values, which are in no key: the clock, random numbers, the current request. */
import { ts } from "ts-morph";
import type { Binding } from "../../syntax/scope.ts";
import { isModuleLevel } from "../../syntax/scope.ts";
import { oneLine } from "../types/tokens.ts";
import type { Types } from "../types/types.ts";

interface AmbientObject {
  /** The name of the global object. */
  readonly name: string;
  readonly members: readonly string[];
  /** Modules that export the members, or the object as a whole. */
  readonly modules: RegExp;
}

/** Objects with members that return a different value on each call. */
const AMBIENT_OBJECTS: readonly AmbientObject[] = [
  { name: "Date", members: ["now"], modules: /^$/ },
  { name: "Math", members: ["random"], modules: /^$/ },
  {
    name: "crypto",
    members: ["randomUUID", "getRandomValues", "randomBytes", "randomInt"],
    modules: /^(node:)?crypto$/,
  },
  { name: "performance", members: ["now"], modules: /^(node:)?perf_hooks$/ },
  { name: "process", members: ["hrtime", "uptime"], modules: /^(node:)?process$/ },
];

/** Functions of packages that read the current request or return random values. */
const AMBIENT_FUNCTIONS: readonly (readonly [modules: RegExp, names: readonly string[]])[] = [
  [/^next\/headers(\.js)?$/, ["cookies", "headers", "draftMode"]],
  [/^\$app\/server$/, ["getRequestEvent"]],
  [/^solid-js\/web$/, ["getRequestEvent"]],
  [/^hono\/context-storage$/, ["getContext"]],
  [
    /^(nuxt\/app|#app|#imports)$/,
    ["useCookie", "useRequestEvent", "useRequestHeader", "useRequestHeaders", "useRequestURL"],
  ],
  [/^nanoid$/, ["nanoid"]],
  [/^uuid$/, ["v1", "v4", "v6", "v7"]],
];

/** Returns the call that reads an ambient value, if the name is the start of one. */
export function ambientRead(
  name: ts.Identifier,
  binding: Binding | undefined,
  types: Types | undefined,
): ts.Node | undefined {
  const from = importedNameOf(binding);
  const store = asyncStorageRead(name, binding, types);
  if (store || (binding && !from)) return store;
  if (from?.name !== undefined && isAmbientExport(from.module, from.name)) {
    if (isCalled(name)) return name.parent;
    if (isHandedOn(name)) return name;
  }
  if (!from && (name.text === "Date" || accessOn(name)?.name.text === "Date")) {
    const date = name.text === "Date" ? name : isGlobalObject(name) ? accessOn(name)! : undefined;
    const now = date && currentDateRead(date);
    if (now) return now;
  }
  return memberRead(name, from) ?? (from ? undefined : astroRead(name));
}

/** Finds reads of the global of Astro's frontmatter, which holds the current request: `Astro.url`. */
function astroRead(name: ts.Identifier): ts.Node | undefined {
  if (name.text !== "Astro" || !/\.astro\b/.test(name.getSourceFile().fileName)) return undefined;
  const access = accessOn(name);
  return /^(?:site|generator)$/.test(access?.name.text ?? "") ? undefined : (access ?? name);
}

function isAmbientExport(module: string, name: string): boolean {
  return (
    AMBIENT_OBJECTS.some(({ members, modules }) => members.includes(name) && modules.test(module)) ||
    AMBIENT_FUNCTIONS.some(([modules, names]) => names.includes(name) && modules.test(module))
  );
}

/** Finds `new Date()` and `Date()`, but not `new Date(at)`. */
function currentDateRead(date: ts.Expression): ts.Node | undefined {
  const { parent } = date;
  const isNow = ts.isNewExpression(parent) && parent.expression === date && !parent.arguments?.length;
  return isNow || isCalled(date) ? parent : undefined;
}

/**
 * Finds calls of members: `Date.now()`, `globalThis.crypto.randomUUID()`, `crypto.randomUUID()` on an import,
 * `process.hrtime.bigint()`. A function that gets one as an argument calls it: `Array.from({ length }, Math.random)`.
 */
function memberRead(name: ts.Identifier, from: ImportedName | undefined): ts.Node | undefined {
  const global = !from && isGlobalObject(name) ? accessOn(name) : undefined;
  const object = global ? global.name.text : name.text;
  if (!global && !from && object === "Temporal") return temporalRead(name);
  const access = accessOn(global ?? name);
  if (!access) return undefined;
  const { text } = access.name;
  const known =
    AMBIENT_OBJECTS.some(({ name: owner, members, modules }) => {
      if (!members.includes(text)) return false;
      return from ? from.name !== text && modules.test(from.module) : owner === object;
    }) ||
    (from?.name === undefined &&
      from !== undefined &&
      AMBIENT_FUNCTIONS.some(([modules, names]) => names.includes(text) && modules.test(from.module)));
  if (!known) return undefined;
  const inner = accessOn(access);
  const called = isCalled(access) ? access : inner && isCalled(inner) ? inner : undefined;
  return called?.parent ?? (isHandedOn(access) ? access : undefined);
}

/** Finds calls on `Temporal.Now`, such as `Temporal.Now.instant()`. */
function temporalRead(name: ts.Identifier): ts.Node | undefined {
  const now = accessOn(name);
  const method = now?.name.text === "Now" ? accessOn(now) : undefined;
  return method && isCalled(method) ? method.parent : undefined;
}

/**
 * Finds `storage.getStore()` on an `AsyncLocalStorage`, also one that is a property of a module-level object.
 */
function asyncStorageRead(
  name: ts.Identifier,
  binding: Binding | undefined,
  types: Types | undefined,
): ts.Node | undefined {
  let access = accessOn(name);
  while (access && access.name.text !== "getStore") access = accessOn(access);
  if (!access || !isCalled(access)) return undefined;
  if (binding && binding.kind !== "import" && !isModuleLevel(binding)) return undefined;
  return isAsyncStorage(access.expression, binding, types) ? access.parent : undefined;
}

/**
 * Tells whether a value with `getStore` is an `AsyncLocalStorage`: other classes have `getStore`, but not
 * `run`.
 */
function isAsyncStorage(
  expression: ts.Expression,
  binding: Binding | undefined,
  types: Types | undefined,
): boolean {
  const { initializer } = (binding?.declaration ?? {}) as { initializer?: ts.Node };
  if (ts.isIdentifier(expression) && initializer && ts.isNewExpression(initializer)) {
    if (/\bAsyncLocalStorage$/.test(initializer.expression.getText())) return true;
  }
  if (!types) return false;
  const type = types.checker.getNonNullableType(types.at(expression));
  if (type.flags & ts.TypeFlags.Any) return true;
  return types.checker.getPropertyOfType(type, "run") !== undefined;
}

interface ImportedName {
  readonly module: string;
  /** The exported name; undefined for a default or namespace import. */
  readonly name: string | undefined;
}

function importedNameOf(binding: Binding | undefined): ImportedName | undefined {
  if (binding?.kind !== "import") return undefined;
  const declaration = ts.findAncestor(binding.declaration, ts.isImportDeclaration);
  if (!declaration || !ts.isStringLiteral(declaration.moduleSpecifier)) return undefined;
  const specifier = ts.isImportSpecifier(binding.declaration) ? binding.declaration : undefined;
  return {
    module: declaration.moduleSpecifier.text,
    name: (specifier?.propertyName ?? specifier?.name)?.text,
  };
}

export function isGlobalObject({ text }: Pick<ts.Identifier, "text">): boolean {
  return text === "globalThis" || text === "window" || text === "self" || text === "global";
}

export function accessOn(node: ts.Node): ts.PropertyAccessExpression | undefined {
  const { parent } = node;
  return ts.isPropertyAccessExpression(parent) && parent.expression === node ? parent : undefined;
}

export function isCalled(node: ts.Node): boolean {
  return ts.isCallExpression(node.parent) && node.parent.expression === node;
}

function isHandedOn(node: ts.Expression): boolean {
  const { parent } = node;
  return ts.isCallExpression(parent) && parent.arguments.includes(node);
}

/** Returns the text of a read for a message; the arguments of a long call are left out. */
export function ambientReadText(node: ts.Node): string {
  const text = oneLine(node);
  const isCall = ts.isCallExpression(node) || ts.isNewExpression(node);
  return isCall && text.length > 40 ? `${oneLine(node.expression)}(…)` : text;
}
