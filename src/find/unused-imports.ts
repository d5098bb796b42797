/** Imports that only decorators used: they go with them, or a strict compiler would call them unused. */
import { ts } from "ts-morph";
import type { Edit } from "../site.ts";
import type { Imports } from "./imports.ts";
import { removeKeepingLines, unwrap } from "../syntax/nodes.ts";

/** Returns what takes out the imports that nothing uses once these callees are gone. */
export function unusedImports(
  source: ts.SourceFile,
  imports: Imports,
  callees: ReadonlySet<ts.Expression>,
): Edit[] {
  const { names, scopes } = imports;
  const meant = new Set([...callees].map(rootName));
  const gone = [...names].flatMap(([name, { element }]) =>
    element && meant.has(name) && !isUsed(name as ts.Identifier) ? [element] : [],
  );
  const elements = new Set<ts.Node>(gone);
  const declarations = new Set(gone.map((element) => ts.findAncestor(element, ts.isImportDeclaration)!));
  return [...declarations].flatMap((declaration) => removals(source, declaration, elements));

  function rootName(expression: ts.Expression): ts.Node | undefined {
    let at = unwrap(expression);
    while (ts.isPropertyAccessExpression(at) || ts.isElementAccessExpression(at)) at = unwrap(at.expression);
    return ts.isIdentifier(at) ? scopes.resolve(at)?.node : undefined;
  }

  function isUsed(name: ts.Identifier): boolean {
    const visit = (node: ts.Node): boolean => {
      if (callees.has(node as ts.Expression)) return false;
      if (ts.isIdentifier(node) && node !== name && node.text === name.text && refersToBinding(node)) {
        return scopes.resolve(node)?.node === name;
      }
      return ts.forEachChild(node, visit) ?? false;
    };
    return visit(source);
  }
}

/** Tells whether an identifier refers to a binding of the file: in a value, a type or a local export. */
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

/** Takes import specifiers out, and the whole statement when nothing of it is left. */
function removals(
  source: ts.SourceFile,
  declaration: ts.ImportDeclaration,
  gone: ReadonlySet<ts.Node>,
): Edit[] {
  const { name, namedBindings } = declaration.importClause!;
  const elements: readonly ts.ImportSpecifier[] =
    namedBindings && ts.isNamedImports(namedBindings) ? namedBindings.elements : [];
  const left = elements.filter((element) => !gone.has(element));
  const start = declaration.getStart(source);
  if (!name && left.length === 0) return [removeKeepingLines(source, { start, end: declaration.end })];
  if (left.length === 0) return [removeKeepingLines(source, { start: name!.end, end: namedBindings!.end })];
  return elements.flatMap((element, index) => {
    if (!gone.has(element)) return [];
    // With the comma behind it, or, at the end of the list, with the one before it.
    const next = elements[index + 1];
    if (next)
      return [removeKeepingLines(source, { start: element.getStart(source), end: next.getStart(source) })];
    const kept = elements.findLast((other) => !gone.has(other))!;
    const from = elements.indexOf(kept) === index - 1 ? kept.end : element.getStart(source);
    return [removeKeepingLines(source, { start: from, end: element.end })];
  });
}
