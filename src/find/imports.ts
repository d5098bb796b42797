/** What the names of a file are bound to: which of them mean `cached`, through whatever modules hand it on. */
import { ts } from "ts-morph";
import { Scopes } from "../syntax/scope.ts";
import { problem, type Problem } from "../diagnostics/catalogue.ts";
import type { ProjectFile } from "../project/workspace.ts";
import { hasModifier, spanOf, unwrap } from "../syntax/nodes.ts";

export const PACKAGE = "aotcache";
const IDENTIFIER_NAME = "cached";

/** A name that an import makes: `name` of the module, or `*` for all of it. */
export interface Imported {
  readonly specifier: string;
  readonly name: string;
  /** The node to take out when nothing uses the name any more; undefined where that is left to others. */
  readonly element: ts.ImportSpecifier | ts.NamespaceImport | undefined;
}

/** What an expression means, as far as it matters here. */
type Meaning = "cached" | { readonly specifier: string; readonly from: string };

/** Resolves expressions of one file to `cached`. Modules are read when an expression needs them, not before. */
export class Imports {
  /** Other files that were read on the way. */
  readonly dependencies: Set<string> = new Set();
  readonly scopes: Scopes = new Scopes();
  readonly #file: ProjectFile;
  readonly #names: ReadonlyMap<ts.Node, Imported>;
  readonly #known = new Map<string, Meaning | undefined>();
  readonly #texts: ReadonlySet<string>;

  constructor(file: ProjectFile) {
    this.#file = file;
    this.#names = importedNames(file.source);
    this.#texts = new Set([...this.#names.keys()].map((node) => (node as ts.Identifier).text));
  }

  /** True when no expression of the file can mean `cached`. */
  get isEmpty(): boolean {
    return this.#names.size === 0;
  }

  /**
   * Tells whether an expression is bound to `cached`. Under another name than that, only modules of the
   * project itself are followed, and only when the use looks `likely`, so that calls in general cost nothing.
   */
  isCached(expression: ts.Expression, likely: boolean): boolean {
    return this.#meaning(expression, likely) === "cached";
  }

  /** Tells what `specifier` hands on as `name`, seen from a file. */
  exported(specifier: string, name: string, from: string, followsPackages: boolean): Meaning | undefined {
    if (specifier === PACKAGE) return name === IDENTIFIER_NAME ? "cached" : undefined;
    const module = this.#file.project.resolveModule(specifier, from);
    if (!module || (module.external && !followsPackages)) return undefined;
    const key = `${module.path}\0${name}`;
    if (!this.#known.has(key)) {
      this.#known.set(key, undefined);
      this.#known.set(key, this.#exportOf(module.path, name, followsPackages));
    }
    return this.#known.get(key);
  }

  /** The names that imports bind, with what could be taken out for each. */
  get names(): ReadonlyMap<ts.Node, Imported> {
    return this.#names;
  }

  #meaning(expression: ts.Expression, likely: boolean): Meaning | undefined {
    const node = unwrap(expression);
    if (ts.isIdentifier(node)) {
      if (!this.#texts.has(node.text)) return undefined;
      const declared = this.scopes.resolve(node)?.node;
      const imported = declared && this.#names.get(declared);
      if (!imported) return undefined;
      const { specifier, name } = imported;
      const from = this.#file.path;
      if (name === "*") return { specifier, from };
      if (specifier !== PACKAGE && name !== IDENTIFIER_NAME && !likely) return undefined;
      return this.exported(specifier, name, from, name === IDENTIFIER_NAME);
    }
    const member = memberOf(node);
    const space = member && this.#meaning(member.expression, likely);
    if (!space || space === "cached") return undefined;
    if (space.specifier !== PACKAGE && member.name !== IDENTIFIER_NAME && !likely) return undefined;
    return this.exported(space.specifier, member.name, space.from, member.name === IDENTIFIER_NAME);
  }

  #exportOf(path: string, name: string, followsPackages: boolean): Meaning | undefined {
    const source = this.#file.project.sourceOf(path);
    if (!source) return undefined;
    this.dependencies.add(path);
    const stars: string[] = [];
    for (const statement of source.statements) {
      if (declaresExport(statement, name)) return undefined;
      if (ts.isExportAssignment(statement) && name === "default" && ts.isIdentifier(statement.expression)) {
        return this.#localOf(source, statement.expression.text, followsPackages);
      }
      if (!ts.isExportDeclaration(statement) || statement.isTypeOnly) continue;
      const specifier = exportText(statement.moduleSpecifier);
      const clause = statement.exportClause;
      if (!clause) {
        if (specifier !== undefined) stars.push(specifier);
      } else if (ts.isNamespaceExport(clause)) {
        if (clause.name.text === name && specifier !== undefined) return { specifier, from: path };
      } else {
        const element = clause.elements.find((one) => one.name.text === name && !one.isTypeOnly);
        if (!element) continue;
        const inner = (element.propertyName ?? element.name).text;
        if (specifier === undefined) return this.#localOf(source, inner, followsPackages);
        return this.exported(specifier, inner, path, followsPackages);
      }
    }
    if (name === "default") return undefined;
    for (const specifier of stars) {
      const meaning = this.exported(specifier, name, path, followsPackages);
      if (meaning) return meaning;
    }
    return undefined;
  }

  #localOf(source: ts.SourceFile, local: string, followsPackages: boolean): Meaning | undefined {
    for (const [node, { specifier, name }] of importedNames(source)) {
      if ((node as ts.Identifier).text !== local) continue;
      if (name === "*") return { specifier, from: source.fileName };
      return this.exported(specifier, name, source.fileName, followsPackages);
    }
    return undefined;
  }
}

/** Warns where a module hands `cached` on under a name that no search for marks would stop at. */
export function renamedExports(source: ts.SourceFile, imports: Imports): Problem[] {
  const problems: Problem[] = [];
  for (const statement of source.statements) {
    if (!ts.isExportDeclaration(statement) || statement.isTypeOnly || !statement.exportClause) continue;
    const { exportClause, moduleSpecifier } = statement;
    if (!ts.isNamedExports(exportClause)) continue;
    for (const { name, propertyName, isTypeOnly } of exportClause.elements) {
      if (isTypeOnly || name.text === IDENTIFIER_NAME) continue;
      const local = propertyName ?? name;
      const means = moduleSpecifier
        ? exportText(moduleSpecifier) === PACKAGE && local.text === IDENTIFIER_NAME
        : ts.isIdentifier(local) && imports.isCached(local, false);
      if (means) problems.push(problem("reexport-renamed", spanOf(name), { as: name.text }));
    }
  }
  return problems;
}

/** Collects what the imports and top-level `require` calls of a file bind, types aside. */
function importedNames(source: ts.SourceFile): Map<ts.Node, Imported> {
  const names = new Map<ts.Node, Imported>();
  for (const statement of source.statements) {
    if (ts.isImportDeclaration(statement)) addImport(statement, names);
    else if (ts.isImportEqualsDeclaration(statement) && !statement.isTypeOnly) {
      const { moduleReference, name } = statement;
      const specifier =
        ts.isExternalModuleReference(moduleReference) && exportText(moduleReference.expression);
      if (specifier) names.set(name, { specifier, name: "*", element: undefined });
    } else if (ts.isVariableStatement(statement)) {
      for (const declaration of statement.declarationList.declarations) addRequire(declaration, names);
    }
  }
  return names;
}

function addImport(
  { importClause, moduleSpecifier }: ts.ImportDeclaration,
  names: Map<ts.Node, Imported>,
): void {
  const specifier = exportText(moduleSpecifier);
  if (!importClause || importClause.phaseModifier !== undefined || specifier === undefined) return;
  const { name, namedBindings } = importClause;
  if (name) names.set(name, { specifier, name: "default", element: undefined });
  if (!namedBindings) return;
  if (ts.isNamespaceImport(namedBindings)) {
    names.set(namedBindings.name, { specifier, name: "*", element: namedBindings });
    return;
  }
  for (const element of namedBindings.elements) {
    if (element.isTypeOnly) continue;
    names.set(element.name, { specifier, name: (element.propertyName ?? element.name).text, element });
  }
}

/** `const { cached } = require("aotcache")`, `const aot = await import("aotcache")`. */
function addRequire({ name, initializer }: ts.VariableDeclaration, names: Map<ts.Node, Imported>): void {
  const specifier = initializer && requiredModule(unwrap(initializer));
  if (specifier === undefined) return;
  if (ts.isIdentifier(name)) names.set(name, { specifier, name: "*", element: undefined });
  if (!ts.isObjectBindingPattern(name)) return;
  for (const element of name.elements) {
    if (!ts.isIdentifier(element.name) || element.dotDotDotToken || element.initializer) continue;
    const property =
      exportText(element.propertyName) ?? (element.propertyName as ts.Identifier | undefined)?.text;
    names.set(element.name, { specifier, name: property ?? element.name.text, element: undefined });
  }
}

function requiredModule(node: ts.Expression): string | undefined {
  const call = ts.isAwaitExpression(node) ? unwrap(node.expression) : node;
  if (!ts.isCallExpression(call) || call.arguments.length !== 1) return undefined;
  const { expression: callee } = call;
  const loads =
    call === node
      ? ts.isIdentifier(callee) && callee.text === "require"
      : callee.kind === ts.SyntaxKind.ImportKeyword;
  return loads ? exportText(call.arguments[0]) : undefined;
}

const exportText = (node: ts.Node | undefined): string | undefined =>
  node && ts.isStringLiteralLike(node) ? node.text : undefined;

function memberOf(
  node: ts.Expression,
): { readonly expression: ts.Expression; readonly name: string } | undefined {
  if (ts.isPropertyAccessExpression(node)) return { expression: node.expression, name: node.name.text };
  if (!ts.isElementAccessExpression(node)) return undefined;
  const name = exportText(node.argumentExpression);
  return name === undefined ? undefined : { expression: node.expression, name };
}

/** A declaration of the module's own wins over what `export *` brings. */
function declaresExport(statement: ts.Statement, name: string): boolean {
  if (!hasModifier(statement, ts.SyntaxKind.ExportKeyword)) return false;
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.some(
      (one) => ts.isIdentifier(one.name) && one.name.text === name,
    );
  }
  if (!ts.isFunctionDeclaration(statement) && !ts.isClassDeclaration(statement)) return false;
  const isDefault = hasModifier(statement, ts.SyntaxKind.DefaultKeyword);
  return isDefault ? name === "default" : statement.name?.text === name;
}
