/** Resolves the names of a file: finds those that are bound to `cached`, also through re-exports. */
import { ts } from "ts-morph";
import { problem, type Problem } from "../diagnostics/catalogue.ts";
import type { ProjectFile } from "../project/workspace.ts";
import { hasModifier, spanOf, unwrap } from "../syntax/nodes.ts";
import { Scopes } from "../syntax/scope.ts";

export const PACKAGE = "aotcache";
const CACHED = "cached";

/** What an import binds: the export `name` of a module, or `*` for its namespace. */
export interface Imported {
  readonly specifier: string;
  readonly name: string;
  /** The node to remove when the name is no longer used; undefined for an import that is never removed. */
  readonly element: ts.ImportSpecifier | ts.NamespaceImport | undefined;
}

/** What an expression is bound to: `cached`, or the namespace of the module `specifier` imported in `from`. */
type Meaning = "cached" | { readonly specifier: string; readonly from: string };

/** Tells which expressions of one file are bound to `cached`. Other modules are read only when needed. */
export class Imports {
  /** Other files that were read. */
  readonly dependencies: Set<string> = new Set();
  readonly scopes: Scopes = new Scopes();
  readonly #file: ProjectFile;
  readonly #names: ReadonlyMap<ts.Node, Imported>;
  /** Whether the text may call `cached` without an import. */
  readonly #mayBeGlobal: boolean;
  readonly #globals = new Map<string, Meaning | undefined>();
  readonly #exports = new Map<string, Meaning | undefined>();
  /** The texts of the keys of `#names`, to skip other identifiers quickly. */
  readonly #texts: ReadonlySet<string>;

  constructor(file: ProjectFile) {
    this.#file = file;
    this.#names = importedNames(file.source);
    this.#mayBeGlobal = /\bcached\b/.test(file.source.text);
    this.#texts = new Set([...this.#names.keys()].map((node) => (node as ts.Identifier).text));
  }

  /** True when no expression of the file can be bound to `cached`. */
  get isEmpty(): boolean {
    return this.#names.size === 0 && !this.#mayBeGlobal;
  }

  /**
   * Tells whether an expression is bound to `cached`. A name other than `cached` is only followed through modules
   * of the project itself, and only when its use looks like a mark (`isLikely`), so that other calls cost nothing.
   */
  isCached(expression: ts.Expression, isLikely: boolean): boolean {
    return this.#meaning(expression, isLikely) === "cached";
  }

  /** Tells whether an expression is the name `cached`, and neither the file nor an automatic import binds it. */
  isUnbound(expression: ts.Expression): boolean {
    const node = unwrap(expression);
    if (!ts.isIdentifier(node) || node.text !== CACHED || this.scopes.resolve(node)) return false;
    return this.#meaning(node, true) === undefined;
  }

  /** Returns what the module `specifier` exports as `name`. `from` is the importing file. */
  exported(specifier: string, name: string, from: string, followsPackages: boolean): Meaning | undefined {
    if (name === "*") return { specifier, from };
    if (isPackage(specifier)) return name === CACHED ? "cached" : undefined;
    const module = this.#file.project.resolveModule(specifier, from);
    if (!module || (module.external && !followsPackages)) return undefined;
    const key = `${module.path}\0${name}`;
    if (!this.#exports.has(key)) {
      // Ends the recursion of modules that re-export from each other.
      this.#exports.set(key, undefined);
      this.#exports.set(key, this.#exportOf(module.path, name, followsPackages));
    }
    return this.#exports.get(key);
  }

  /** The names that imports bind. */
  get names(): ReadonlyMap<ts.Node, Imported> {
    return this.#names;
  }

  /** @param mayBeGlobal whether a name that the file does not bind may be a global of an automatic import */
  #meaning(
    expression: ts.Expression,
    isLikely: boolean,
    mayBeGlobal: boolean = this.#mayBeGlobal && isNameOfCached(expression),
  ): Meaning | undefined {
    const node = unwrap(expression);
    if (ts.isIdentifier(node)) {
      if (!this.#texts.has(node.text) && !mayBeGlobal) return undefined;
      const declared = this.scopes.resolve(node)?.node;
      if (!declared) return mayBeGlobal ? this.#globalMeaning(node.text) : undefined;
      const imported = this.#names.get(declared);
      if (!imported) return undefined;
      const { specifier, name } = imported;
      if (specifier !== PACKAGE && name !== "*" && name !== CACHED && !isLikely) return undefined;
      return this.exported(specifier, name, this.#file.path, name === CACHED);
    }
    const member = accessedMember(node);
    const namespace = member && this.#meaning(member.expression, isLikely, mayBeGlobal);
    if (!namespace || namespace === "cached") return undefined;
    if (namespace.specifier !== PACKAGE && member.name !== CACHED && !isLikely) return undefined;
    return this.exported(namespace.specifier, member.name, namespace.from, member.name === CACHED);
  }

  /**
   * Returns what a global name is bound to. Plugins that import automatically declare it in a file of the project:
   * `declare global { const cached: typeof import("aotcache").cached }`.
   */
  #globalMeaning(name: string): Meaning | undefined {
    if (!this.#globals.has(name)) this.#globals.set(name, this.#findGlobal(name));
    return this.#globals.get(name);
  }

  #findGlobal(name: string): Meaning | undefined {
    for (const path of this.#file.project.globalSources()) {
      const source = this.#file.project.sourceOf(path);
      if (!source?.text.includes(name)) continue;
      this.dependencies.add(path);
      for (const each of globalImports(source)) {
        const meaning =
          each.as.text === name ? this.exported(each.specifier, each.name, path, true) : undefined;
        if (meaning) return meaning;
      }
    }
    return undefined;
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
      const specifier = literalText(statement.moduleSpecifier);
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
      return this.exported(specifier, name, source.fileName, followsPackages);
    }
    return undefined;
  }
}

/** Warns about another name for `cached` in other files, in which the prefilter cannot recognize it. */
export function renamed(source: ts.SourceFile, imports: Imports): Problem[] {
  const problems: Problem[] = [];
  for (const { as, specifier, name } of globalImports(source)) {
    if (as.text === CACHED || imports.exported(specifier, name, source.fileName, true) !== "cached") continue;
    problems.push(problem("reexport-renamed", spanOf(as), { as: as.text, isGlobal: true }));
  }
  for (const statement of source.statements) {
    if (!ts.isExportDeclaration(statement) || statement.isTypeOnly || !statement.exportClause) continue;
    const { exportClause, moduleSpecifier } = statement;
    if (!ts.isNamedExports(exportClause)) continue;
    for (const { name, propertyName, isTypeOnly } of exportClause.elements) {
      if (isTypeOnly || name.text === CACHED) continue;
      const local = propertyName ?? name;
      const isCached = moduleSpecifier
        ? literalText(moduleSpecifier) === PACKAGE && local.text === CACHED
        : ts.isIdentifier(local) && imports.isCached(local, false);
      if (isCached) problems.push(problem("reexport-renamed", spanOf(name), { as: name.text }));
    }
  }
  return problems;
}

/** The declaration of a global variable: `const as: typeof import("specifier").name`; `*` for the whole module. */
interface GlobalImport {
  readonly as: ts.Identifier;
  readonly specifier: string;
  readonly name: string;
}

function* globalImports(source: ts.SourceFile): Generator<GlobalImport> {
  const isScript = !ts.isExternalModule(source);
  const statements = source.statements.flatMap((statement) => {
    if (!ts.isModuleDeclaration(statement)) return isScript ? [statement] : [];
    const isGlobal = (statement.flags & ts.NodeFlags.GlobalAugmentation) !== 0;
    return isGlobal && statement.body && ts.isModuleBlock(statement.body)
      ? [...statement.body.statements]
      : [];
  });
  for (const statement of statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name: as, type } of statement.declarationList.declarations) {
      const imported = type && ts.isIdentifier(as) && importedByType(type);
      if (imported) yield { as: as, ...imported };
    }
  }
}

/** Reads `typeof import("a").b`, `typeof import("a")["b"]` and `typeof import("a")`. */
function importedByType(type: ts.TypeNode): Pick<Imported, "specifier" | "name"> | undefined {
  if (ts.isIndexedAccessTypeNode(type)) {
    const module = importedByType(type.objectType);
    const name = ts.isLiteralTypeNode(type.indexType) ? literalText(type.indexType.literal) : undefined;
    return module?.name === "*" && name !== undefined ? { ...module, name } : undefined;
  }
  if (!ts.isImportTypeNode(type) || !type.isTypeOf) return undefined;
  const specifier = specifierOf(type);
  if (specifier === undefined || (type.qualifier && !ts.isIdentifier(type.qualifier))) return undefined;
  return { specifier, name: type.qualifier?.text ?? "*" };
}

const specifierOf = ({ argument }: ts.ImportTypeNode): string | undefined =>
  ts.isLiteralTypeNode(argument) ? literalText(argument.literal) : undefined;

/** Collects the names that imports and top-level `require` calls of a file bind, without type imports. */
function importedNames(source: ts.SourceFile): Map<ts.Node, Imported> {
  const names = new Map<ts.Node, Imported>();
  for (const statement of source.statements) {
    if (ts.isImportDeclaration(statement)) addImport(statement, names);
    else if (ts.isImportEqualsDeclaration(statement) && !statement.isTypeOnly) {
      const { moduleReference, name } = statement;
      const specifier =
        ts.isExternalModuleReference(moduleReference) && literalText(moduleReference.expression);
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
  const specifier = literalText(moduleSpecifier);
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

/** Adds the names of `const { cached } = require("aotcache")` or `const aot = await import("aotcache")`. */
function addRequire({ name, initializer }: ts.VariableDeclaration, names: Map<ts.Node, Imported>): void {
  const specifier = initializer && requiredModule(unwrap(initializer));
  if (specifier === undefined) return;
  if (ts.isIdentifier(name)) names.set(name, { specifier, name: "*", element: undefined });
  if (!ts.isObjectBindingPattern(name)) return;
  for (const element of name.elements) {
    if (!ts.isIdentifier(element.name) || element.dotDotDotToken || element.initializer) continue;
    const property =
      literalText(element.propertyName) ?? (element.propertyName as ts.Identifier | undefined)?.text;
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
  return loads ? literalText(call.arguments[0]) : undefined;
}

const literalText = (node: ts.Node | undefined): string | undefined =>
  node && ts.isStringLiteralLike(node) ? node.text : undefined;

/** Nuxt writes the path of an installed package that is not a dependency in package.json. */
const isPackage = (specifier: string): boolean =>
  specifier === PACKAGE || specifier.endsWith(`/node_modules/${PACKAGE}`);

/** Matches `cached` and `a.cached`. */
function isNameOfCached(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  return (ts.isIdentifier(node) ? node.text : accessedMember(node)?.name) === CACHED;
}

/** Returns the object and the name of `a.name` or `a["name"]`. */
function accessedMember(
  node: ts.Expression,
): { readonly expression: ts.Expression; readonly name: string } | undefined {
  if (ts.isPropertyAccessExpression(node)) return { expression: node.expression, name: node.name.text };
  if (!ts.isElementAccessExpression(node)) return undefined;
  const name = literalText(node.argumentExpression);
  return name === undefined ? undefined : { expression: node.expression, name };
}

/** Tells whether a statement exports its own declaration of `name`, which takes precedence over `export *`. */
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
