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
  const walker = new DependencyWalker(program);
  for (const node of nodes) walker.visit(node);
  return [...walker.files].filter((file) => file !== own.fileName).sort();
}

class DependencyWalker {
  readonly files = new Set<string>();
  readonly #program: ts.Program;
  readonly #checker: ts.TypeChecker;
  readonly #scopes = new Scopes();
  readonly #symbols = new Set<ts.Symbol>();
  readonly #bindings = new Set<Binding>();
  readonly #queue: ts.Node[] = [];

  constructor(program: ts.Program) {
    this.#program = program;
    this.#checker = program.getTypeChecker();
  }

  visit(root: ts.Node): void {
    this.#queue.push(root);
    for (let node = this.#queue.pop(); node; node = this.#queue.pop()) this.#walk(node);
  }

  #walk(node: ts.Node): void {
    if (ts.isIdentifier(node)) this.#followName(node);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      this.#addModule(node.argument.literal);
    const skipped = irrelevantPart(node);
    ts.forEachChild(node, (child) => {
      if (child !== skipped) this.#queue.push(child);
    });
  }

  /** Follows a name. Variables are resolved in the scopes of their file first: one checker query for each. */
  #followName(name: ts.Identifier): void {
    const binding = isValueName(name) ? this.#scopes.resolve(name) : undefined;
    if (binding && this.#bindings.has(binding)) return;
    if (binding) this.#bindings.add(binding);
    const { parent } = name;
    this.#follow(
      ts.isShorthandPropertyAssignment(parent)
        ? this.#checker.getShorthandAssignmentValueSymbol(parent)
        : this.#checker.getSymbolAtLocation(name),
    );
  }

  #follow(symbol: ts.Symbol | undefined): void {
    if (!symbol || this.#symbols.has(symbol)) return;
    this.#symbols.add(symbol);
    for (const declaration of symbol.declarations ?? []) {
      if (!this.#addFile(declaration.getSourceFile())) continue;
      const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
      if (isAlias) this.#followAlias(symbol, declaration);
      else if (!ts.isSourceFile(declaration) && !isContainer(declaration)) this.#queue.push(declaration);
    }
  }

  /**
   * Adds every module between an import and the declaration, since each can change what the import refers to.
   */
  #followAlias(symbol: ts.Symbol, declaration: ts.Declaration): void {
    const statement = ts.findAncestor(
      declaration,
      (node): node is ts.ImportDeclaration | ts.ExportDeclaration =>
        ts.isImportDeclaration(node) || ts.isExportDeclaration(node),
    );
    const next = this.#checker.getImmediateAliasedSymbol(symbol);
    if (statement?.moduleSpecifier) {
      const module = this.#addModule(statement.moduleSpecifier);
      if (module && next) this.#addStars(module, next);
    }
    this.#follow(next);
  }

  /** Adds the modules that re-export a symbol with `export *`, for which the checker has no alias. */
  #addStars(module: ts.Symbol, wanted: ts.Symbol, seen: Set<ts.Symbol> = new Set()): void {
    if (seen.has(module)) return;
    seen.add(module);
    for (const file of module.declarations ?? []) {
      if (!ts.isSourceFile(file)) continue;
      for (const statement of file.statements) {
        if (!ts.isExportDeclaration(statement) || statement.exportClause || !statement.moduleSpecifier)
          continue;
        const inner = this.#checker.getSymbolAtLocation(statement.moduleSpecifier);
        if (!inner || !this.#checker.getExportsOfModule(inner).includes(wanted)) continue;
        this.#addModule(statement.moduleSpecifier);
        this.#addStars(inner, wanted, seen);
      }
    }
  }

  #addModule(specifier: ts.Node): ts.Symbol | undefined {
    const module = this.#checker.getSymbolAtLocation(specifier);
    for (const declaration of module?.declarations ?? []) this.#addFile(declaration.getSourceFile());
    return module;
  }

  /**
   * Adds a file of the project; false for others. Packages and libs change with an install, not in watch
   * mode.
   */
  #addFile(file: ts.SourceFile): boolean {
    if (fileOrigin(file, this.#program) !== "project") return false;
    this.files.add(file.fileName);
    return true;
  }
}

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
