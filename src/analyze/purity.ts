/** What a function reads that no key can hold: state of the module, the clock, chance, the request. */
import { ts } from "ts-morph";
import type { Problem } from "../diagnostics.ts";
import { problem } from "../diagnostics.ts";
import { spanOf } from "../syntax.ts";
import type { Reads } from "./reads.ts";
import { isOnlyWritten, outerNames } from "./reads.ts";
import type { Binding, Scopes } from "./scope.ts";
import { isModuleLevel } from "./scope.ts";
import type { FunctionNode } from "./syntax.ts";
import { oneLine } from "./tokens.ts";

export function analyzePurity(fn: FunctionNode, bodyReads: Reads, scopes: Scopes): readonly Problem[] {
  const problems: Problem[] = [];
  const reported = new Set<Binding>();
  for (const { identifier, binding } of outerNames(fn, bodyReads, scopes)) {
    const ambient = ambientRead(identifier, binding);
    if (ambient) problems.push(problem("ambient-read", spanOf(ambient), { read: shortRead(ambient) }));
    if (!binding || reported.has(binding) || isOnlyWritten(identifier)) continue;
    if (binding.kind !== "variable" || !isModuleLevel(binding) || !scopes.assignment(binding)) continue;
    reported.add(binding);
    problems.push(problem("module-state", spanOf(identifier), { name: binding.name }));
  }
  return problems;
}

/** Members of globals and of modules whose calls answer differently each time. */
const AMBIENT: readonly (readonly [object: string, members: readonly string[], modules: RegExp])[] = [
  ["Date", ["now"], /^$/],
  ["Math", ["random"], /^$/],
  ["crypto", ["randomUUID", "getRandomValues", "randomBytes", "randomInt"], /^(node:)?crypto$/],
  ["performance", ["now"], /^(node:)?perf_hooks$/],
];

/** Functions of frameworks that read the request that is being answered. */
const REQUEST: ReadonlyMap<string, RegExp> = new Map([
  ["cookies", /^next\/headers$/],
  ["headers", /^next\/headers$/],
  ["draftMode", /^next\/headers$/],
]);

/** The call that reads something ambient, if a name is the start of one. */
function ambientRead(name: ts.Identifier, binding: Binding | undefined): ts.Node | undefined {
  const from = importOf(binding);
  if (binding && !from) return storeRead(name, binding);
  // `randomUUID` from `node:crypto`, `cookies` from `next/headers`
  if (from && from.name !== undefined && isCalled(name)) {
    const direct = AMBIENT.some(
      ([, members, modules]) => members.includes(from.name!) && modules.test(from.module),
    );
    if (direct || REQUEST.get(from.name)?.test(from.module)) return name.parent;
  }
  if (!binding && name.text === "Date") {
    const { parent } = name;
    const isNow = ts.isNewExpression(parent) && parent.expression === name && !parent.arguments?.length;
    if (isNow || isCalled(name)) return parent;
  }
  return memberRead(name, from) ?? (binding ? storeRead(name, binding) : undefined);
}

/** `Date.now()`, `globalThis.crypto.randomUUID()`, `crypto.randomUUID()` of an import. */
function memberRead(name: ts.Identifier, from: ImportedName | undefined): ts.Node | undefined {
  const global = !from && name.text === "globalThis" ? accessOn(name) : undefined;
  const object = global ? global.name.text : name.text;
  const access = accessOn(global ?? name);
  if (!access || !isCalled(access)) return undefined;
  const known = AMBIENT.some(([owner, members, modules]) => {
    if (!members.includes(access.name.text)) return false;
    return from ? modules.test(from.module) : owner === object;
  });
  return known ? access.parent : undefined;
}

/** `storage.getStore()`: only an `AsyncLocalStorage` has it. */
function storeRead(name: ts.Identifier, binding: Binding): ts.Node | undefined {
  const access = accessOn(name);
  if (!access || access.name.text !== "getStore" || !isCalled(access)) return undefined;
  return binding.kind === "import" || isModuleLevel(binding) ? access.parent : undefined;
}

interface ImportedName {
  readonly module: string;
  /** The exported name; undefined for a default or namespace import. */
  readonly name: string | undefined;
}

function importOf(binding: Binding | undefined): ImportedName | undefined {
  if (binding?.kind !== "import") return undefined;
  const declaration = ts.findAncestor(binding.declaration, ts.isImportDeclaration);
  if (!declaration || !ts.isStringLiteral(declaration.moduleSpecifier)) return undefined;
  const specifier = ts.isImportSpecifier(binding.declaration) ? binding.declaration : undefined;
  return {
    module: declaration.moduleSpecifier.text,
    name: (specifier?.propertyName ?? specifier?.name)?.text,
  };
}

function accessOn(node: ts.Node): ts.PropertyAccessExpression | undefined {
  const { parent } = node;
  return ts.isPropertyAccessExpression(parent) && parent.expression === node ? parent : undefined;
}

function isCalled(node: ts.Node): boolean {
  return ts.isCallExpression(node.parent) && node.parent.expression === node;
}

/** The expression up to its arguments. */
function shortRead(node: ts.Node): string {
  const text = oneLine(node);
  return text.length > 40 ? `${oneLine((node as ts.CallExpression).expression)}(…)` : text;
}
