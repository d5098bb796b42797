/**
 * Finds the files that types come from. It follows the syntax of declarations, not types, since a type does not
 * remember its aliases: of `type Id = string` in another file only `string` is left.
 */
import { ts } from "ts-morph";
import { isReference, isTypeOnly } from "../../syntax/nodes.ts";
import type { Binding } from "../../syntax/scope.ts";
import { Scopes } from "../../syntax/scope.ts";
import { fileOrigin } from "./origin.ts";

/**
 * Returns the project files that decide the types in some nodes: absolute, sorted, without the nodes' own
 * file.
 */
export function dependenciesOf(nodes: readonly ts.Node[], program: ts.Program): readonly string[] {
  const own = nodes[0]?.getSourceFile();
  if (!own) return [];
  let graph = graphs.get(program);
  if (!graph) graphs.set(program, (graph = new DependencyGraph(program)));
  return [...graph.filesOf(nodes)].filter((file) => file !== own.fileName).sort();
}

/** The functions of a program mostly depend on the same declarations, so these are walked once. */
const graphs = new WeakMap<ts.Program, DependencyGraph>();

/** What a declaration refers to. */
interface References {
  /** Files of the project. */
  readonly files: Set<string>;
  readonly symbols: Set<ts.Symbol>;
}

/** The declarations of a program, and what they refer to. */
class DependencyGraph {
  readonly #program: ts.Program;
  readonly #checker: ts.TypeChecker;
  readonly #scopes = new Scopes();
  readonly #references = new Map<ts.Symbol, References>();
  readonly #symbols = new Map<Binding, ts.Symbol | undefined>();

  constructor(program: ts.Program) {
    this.#program = program;
    this.#checker = program.getTypeChecker();
  }

  filesOf(nodes: readonly ts.Node[]): ReadonlySet<string> {
    const { files, symbols } = emptyReferences();
    const add = (references: References): void => {
      for (const file of references.files) files.add(file);
      for (const symbol of references.symbols) symbols.add(symbol);
    };
    for (const node of nodes) {
      const references = emptyReferences();
      this.#walk(node, references);
      add(references);
    }
    // Iterating over a set also visits the values that the loop adds.
    for (const symbol of symbols) add(this.#referencesOf(symbol));
    return files;
  }

  #referencesOf(symbol: ts.Symbol): References {
    let found = this.#references.get(symbol);
    if (!found) this.#references.set(symbol, (found = this.#follow(symbol)));
    return found;
  }

  #walk(root: ts.Node, found: References): void {
    const queue = [root];
    for (let node = queue.pop(); node; node = queue.pop()) {
      if (ts.isIdentifier(node)) {
        const symbol = this.#symbolOf(node);
        if (symbol) found.symbols.add(symbol);
      } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
        this.#addModule(node.argument.literal, found);
      const skipped = irrelevantPart(node);
      ts.forEachChild(node, (child) => {
        if (child !== skipped) queue.push(child);
      });
    }
  }

  /** Returns what a name refers to. Variables are resolved in the scopes of their file: one checker query for each. */
  #symbolOf(name: ts.Identifier): ts.Symbol | undefined {
    const { parent } = name;
    const query = (): ts.Symbol | undefined =>
      ts.isShorthandPropertyAssignment(parent)
        ? this.#checker.getShorthandAssignmentValueSymbol(parent)
        : this.#checker.getSymbolAtLocation(name);
    const binding = isValueName(name) ? this.#scopes.resolve(name) : undefined;
    if (!binding) return query();
    if (!this.#symbols.has(binding)) this.#symbols.set(binding, query());
    return this.#symbols.get(binding);
  }

  #follow(symbol: ts.Symbol): References {
    const found = emptyReferences();
    for (const declaration of symbol.declarations ?? []) {
      if (!this.#addFile(declaration.getSourceFile(), found)) continue;
      const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
      if (isAlias) this.#followAlias(symbol, declaration, found);
      else if (!ts.isSourceFile(declaration) && !isContainer(declaration)) this.#walk(declaration, found);
    }
    return found;
  }

  /**
   * Adds every module between an import and the declaration, since each can change what the import refers to.
   */
  #followAlias(symbol: ts.Symbol, declaration: ts.Declaration, found: References): void {
    const statement = ts.findAncestor(
      declaration,
      (node): node is ts.ImportDeclaration | ts.ExportDeclaration =>
        ts.isImportDeclaration(node) || ts.isExportDeclaration(node),
    );
    const next = this.#checker.getImmediateAliasedSymbol(symbol);
    if (statement?.moduleSpecifier) {
      const module = this.#addModule(statement.moduleSpecifier, found);
      if (module && next) this.#addStars(module, next, found);
    }
    if (next) found.symbols.add(next);
  }

  /** Adds the modules that re-export a symbol with `export *`, for which the checker has no alias. */
  #addStars(module: ts.Symbol, wanted: ts.Symbol, found: References, seen: Set<ts.Symbol> = new Set()): void {
    if (seen.has(module)) return;
    seen.add(module);
    for (const file of module.declarations ?? []) {
      if (!ts.isSourceFile(file)) continue;
      for (const statement of file.statements) {
        if (!ts.isExportDeclaration(statement) || statement.exportClause || !statement.moduleSpecifier)
          continue;
        const inner = this.#checker.getSymbolAtLocation(statement.moduleSpecifier);
        if (!inner || !this.#checker.getExportsOfModule(inner).includes(wanted)) continue;
        this.#addModule(statement.moduleSpecifier, found);
        this.#addStars(inner, wanted, found, seen);
      }
    }
  }

  #addModule(specifier: ts.Node, found: References): ts.Symbol | undefined {
    const module = this.#checker.getSymbolAtLocation(specifier);
    for (const declaration of module?.declarations ?? []) this.#addFile(declaration.getSourceFile(), found);
    return module;
  }

  /**
   * Adds a file of the project; false for others. Packages and libs change with an install, not in watch
   * mode.
   */
  #addFile(file: ts.SourceFile, { files }: References): boolean {
    if (fileOrigin(file, this.#program) !== "project") return false;
    files.add(file.fileName);
    return true;
  }
}

const emptyReferences = (): References => ({ files: new Set(), symbols: new Set() });

/** Returns the part of an annotated declaration that does not affect its type: the body or the initializer. */
function irrelevantPart(node: ts.Node): ts.Node | undefined {
  if (ts.isFunctionLike(node) && node.type) return (node as { body?: ts.Node }).body;
  const isVariable = ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node) || ts.isParameter(node);
  return isVariable && node.type ? node.initializer : undefined;
}

/** Tells whether a declaration only qualifies names and has no type of its own. */
function isContainer(declaration: ts.Declaration): boolean {
  return ts.isModuleDeclaration(declaration) || ts.isNamespaceImport(declaration);
}

/** Tells whether a name reads a variable, and is not a property, a declaration, or part of a type. */
function isValueName(name: ts.Identifier): boolean {
  const { parent } = name;
  return (
    isReference(name) && !isTypeOnly(parent) && !ts.isQualifiedName(parent) && !ts.isExportSpecifier(parent)
  );
}
