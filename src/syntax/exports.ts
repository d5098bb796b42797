/** Lists what a module exports, from its syntax. */
import { ts } from "ts-morph";
import { boundNames, hasModifier } from "./nodes.ts";

/**
 * - `local`: a name of the module.
 * - `node`: the declaration or the expression of `export default`.
 * - `from`: an export of another module; without a name, that module itself.
 */
export type Export =
  | { readonly local: ts.Identifier }
  | { readonly node: ts.Node }
  | { readonly from: string; readonly name: string | undefined };

export interface Exports {
  readonly names: ReadonlyMap<string, Export>;
  /** The modules of `export * from`. */
  readonly stars: readonly string[];
}

export function exportsOf(source: ts.SourceFile): Exports {
  const names = new Map<string, Export>();
  const stars: string[] = [];
  for (const statement of source.statements) {
    if (ts.isExportDeclaration(statement)) addExport(statement, names, stars);
    else if (ts.isExportAssignment(statement)) names.set("default", { node: statement.expression });
    else if (hasModifier(statement, ts.SyntaxKind.ExportKeyword)) addDeclaration(statement, names);
  }
  return { names, stars };
}

function addExport(statement: ts.ExportDeclaration, names: Map<string, Export>, stars: string[]): void {
  const { exportClause, moduleSpecifier } = statement;
  const from = moduleSpecifier && ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : undefined;
  if (!exportClause) {
    if (from !== undefined) stars.push(from);
  } else if (ts.isNamespaceExport(exportClause)) {
    if (from !== undefined) names.set(exportClause.name.text, { from, name: undefined });
  } else {
    for (const { name, propertyName = name } of exportClause.elements) {
      if (from !== undefined) names.set(name.text, { from, name: propertyName.text });
      else if (ts.isIdentifier(propertyName)) names.set(name.text, { local: propertyName });
    }
  }
}

function addDeclaration(statement: ts.Statement, names: Map<string, Export>): void {
  if (ts.isVariableStatement(statement)) {
    for (const { name } of statement.declarationList.declarations)
      for (const each of boundNames(name)) names.set(each.text, { local: each });
    return;
  }
  const { name } = statement as { readonly name?: ts.Node };
  if (hasModifier(statement, ts.SyntaxKind.DefaultKeyword)) {
    // Of an overloaded function, the implementation comes last.
    names.set("default", { node: statement });
  } else if (name && ts.isIdentifier(name)) names.set(name.text, { local: name });
}
