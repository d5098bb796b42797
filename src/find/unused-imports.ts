/** Removes the imports that only decorators used. Otherwise `noUnusedLocals` would report them. */
import { ts } from "ts-morph";
import type { Edit } from "../site.ts";
import type { Imports } from "./imports.ts";
import { removeKeepingLines, unwrap } from "../syntax/nodes.ts";
import { walk } from "../syntax/walk.ts";

/** Returns the edits that remove the imports which are unused once these callees are removed. */
export function unusedImports(
  source: ts.SourceFile,
  imports: Imports,
  callees: ReadonlySet<ts.Expression>,
): Edit[] {
  const { names, scopes } = imports;
  const calleeRoots = new Set([...callees].map(rootName));
  const unused = [...names].flatMap(([name, { element }]) =>
    element && calleeRoots.has(name) && !isUsed(name as ts.Identifier) ? [element] : [],
  );
  const elements = new Set<ts.Node>(unused);
  const declarations = new Set(unused.map((element) => ts.findAncestor(element, ts.isImportDeclaration)!));
  return [...declarations].flatMap((declaration) => removals(source, declaration, elements));

  function rootName(expression: ts.Expression): ts.Node | undefined {
    let at = unwrap(expression);
    while (ts.isPropertyAccessExpression(at) || ts.isElementAccessExpression(at)) at = unwrap(at.expression);
    return ts.isIdentifier(at) ? scopes.resolve(at)?.node : undefined;
  }

  function isUsed(name: ts.Identifier): boolean {
    let used = false;
    walk(source, (node) => {
      if (used || callees.has(node as ts.Expression)) return false;
      if (ts.isIdentifier(node) && node !== name && node.text === name.text && refersToBinding(node))
        used = scopes.resolve(node)?.node === name;
      return true;
    });
    return used;
  }
}

/** Tells whether an identifier refers to a variable, in a value, a type or an export. */
function refersToBinding(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isQualifiedName(parent)) return parent.left === node;
  if (ts.isImportSpecifier(parent)) return false;
  if (ts.isExportSpecifier(parent)) {
    const isLocal = parent.parent.parent.moduleSpecifier === undefined;
    return isLocal && (parent.propertyName ?? parent.name) === node;
  }
  const isKey =
    ts.isPropertyAssignment(parent) || ts.isMethodDeclaration(parent) || ts.isPropertyDeclaration(parent);
  return !(isKey && parent.name === node);
}

/** Returns the edits that remove import specifiers, or the whole statement if nothing is left of it. */
function removals(
  source: ts.SourceFile,
  declaration: ts.ImportDeclaration,
  removed: ReadonlySet<ts.Node>,
): Edit[] {
  const { name, namedBindings } = declaration.importClause!;
  const elements: readonly ts.ImportSpecifier[] =
    namedBindings && ts.isNamedImports(namedBindings) ? namedBindings.elements : [];
  const left = elements.filter((element) => !removed.has(element));
  const start = declaration.getStart(source);
  if (!name && left.length === 0) return [removeKeepingLines(source, { start, end: declaration.end })];
  if (left.length === 0) return [removeKeepingLines(source, { start: name!.end, end: namedBindings!.end })];
  return elements.flatMap((element, index) => {
    if (!removed.has(element)) return [];
    // Removes the comma after the element, or before it at the end of the list.
    const next = elements[index + 1];
    if (next)
      return [removeKeepingLines(source, { start: element.getStart(source), end: next.getStart(source) })];
    const kept = elements.findLast((other) => !removed.has(other))!;
    const from = elements.indexOf(kept) === index - 1 ? kept.end : element.getStart(source);
    return [removeKeepingLines(source, { start: from, end: element.end })];
  });
}
