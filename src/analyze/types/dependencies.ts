/**
 * Finds the files that types come from. It follows the syntax of declarations, not types, since a type does not
 * remember its aliases: of `type Id = string` in another file only `string` is left.
 */
import { ts } from "ts-morph";
import { isReference, isTypeOnly, isWrapper } from "../../syntax/nodes.ts";
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

/** A symbol that is being followed. */
interface Visit {
  readonly symbol: ts.Symbol;
  readonly files: Set<string>;
  readonly next: Iterator<ts.Symbol, undefined>;
  readonly index: number;
  /** The lowest index of the visits that this symbol is known to lead to. */
  low: number;
}

/** The declarations of a program, and what they refer to. */
class DependencyGraph {
  readonly #program: ts.Program;
  readonly #checker: ts.TypeChecker;
  readonly #scopes = new Scopes();
  readonly #stars = new Map<ts.Symbol, readonly ts.Expression[]>();
  /** All files that a symbol leads to. */
  readonly #reached = new Map<ts.Symbol, ReadonlySet<string>>();
  readonly #symbols = new Map<Binding, ts.Symbol | undefined>();
  readonly #walked = new Map<ts.Node, References>();

  constructor(program: ts.Program) {
    this.#program = program;
    this.#checker = program.getTypeChecker();
  }

  filesOf(nodes: readonly ts.Node[]): ReadonlySet<string> {
    const found = emptyReferences();
    for (const node of nodes) this.#addAll(node, found);
    for (const symbol of found.symbols) addAll(found.files, this.#filesFrom(symbol));
    return found.files;
  }

  /** Finds all files that a symbol leads to. Symbols that lead to each other have one set (Tarjan's algorithm, 1972). */
  #filesFrom(start: ts.Symbol): ReadonlySet<string> {
    const visits = new Map<ts.Symbol, Visit>();
    const path: Visit[] = [];
    const open: Visit[] = [];
    const enter = (symbol: ts.Symbol): void => {
      const { files, symbols } = this.#follow(symbol);
      const visit = { symbol, files, next: symbols.values(), index: open.length, low: open.length };
      visits.set(symbol, visit);
      open.push(visit);
      path.push(visit);
    };
    if (!this.#reached.has(start)) enter(start);
    for (let visit = path.at(-1); visit; visit = path.at(-1)) {
      const next = visit.next.next();
      if (!next.done) {
        const known = this.#reached.get(next.value);
        const seen = visits.get(next.value);
        if (known) addAll(visit.files, known);
        else if (seen) visit.low = Math.min(visit.low, seen.low);
        else enter(next.value);
      } else {
        path.pop();
        const parent = path.at(-1);
        if (parent) parent.low = Math.min(parent.low, visit.low);
        if (visit.low < visit.index) continue;
        for (const each of open.splice(visit.index)) {
          addAll(visit.files, each.files);
          this.#reached.set(each.symbol, visit.files);
        }
        if (parent) addAll(parent.files, visit.files);
      }
    }
    return this.#reached.get(start)!;
  }

  #addAll(root: ts.Node, { files, symbols }: References): void {
    let found = this.#walked.get(root);
    if (!found) this.#walked.set(root, (found = this.#walk(root)));
    addAll(files, found.files);
    addAll(symbols, found.symbols);
  }

  #walk(root: ts.Node): References {
    const found = emptyReferences();
    const queue = [root];
    for (let node = queue.pop(); node; node = queue.pop()) {
      if (ts.isIdentifier(node)) {
        if (!this.#isMember(node)) this.#addSymbol(node, found);
      } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
        this.#addModule(node.argument.literal, found, !node.qualifier);
      else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
        this.#addModule(node.arguments[0]!, found, true);
      const skipped = irrelevantPart(node);
      ts.forEachChild(node, (child) => {
        if (child !== skipped) queue.push(child);
      });
    }
    return found;
  }

  #addSymbol(name: ts.Identifier, found: References): void {
    const symbol = this.#symbolOf(name);
    if (!symbol) return;
    found.symbols.add(symbol);
    // What follows a namespace names one of its exports. By itself, it stands for all.
    const { parent } = name;
    const isQualifier =
      (ts.isPropertyAccessExpression(parent) && parent.expression === name) || ts.isQualifiedName(parent);
    if (!isQualifier && this.#isNamespace(symbol)) this.#addExports(this.#target(symbol), found);
  }

  #addExports(module: ts.Symbol, found: References): void {
    addAll(found.symbols, this.#checker.getExportsOfModule(module));
  }

  /**
   * Tells whether a name is that of a property whose declaration the object leads to. The checker is not asked for it,
   * since that would take as long as to check the whole body.
   */
  #isMember(name: ts.Identifier): boolean {
    const { parent } = name;
    if (ts.isBindingElement(parent)) return parent.propertyName === name;
    if (!ts.isPropertyAccessExpression(parent) || parent.name !== name) return false;
    let object: ts.Expression = parent.expression;
    while (isLink(object)) object = object.expression;
    if (!ts.isIdentifier(object)) return false;
    const symbol = this.#symbolOf(object);
    return symbol !== undefined && !this.#isNamespace(symbol);
  }

  #target(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  #isNamespace(symbol: ts.Symbol): boolean {
    return (this.#target(symbol).flags & ts.SymbolFlags.Module) !== 0;
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
      else if (!ts.isSourceFile(declaration) && !isContainer(declaration))
        for (const node of typeSources(declaration)) this.#addAll(node, found);
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
      if (module && next) this.#leadsTo(module, next.escapedName, found);
    }
    if (next) found.symbols.add(next);
  }

  /** Adds the modules that re-export a name with `export *`, for which the checker has no alias. */
  #leadsTo(
    module: ts.Symbol,
    name: ts.__String,
    found: References,
    seen: Map<ts.Symbol, boolean> = new Map(),
  ): boolean {
    const known = seen.get(module);
    if (known !== undefined) return known;
    // Not `getExportsOfModule`: in a row of modules, it takes as long for each as there are modules after it.
    let leads = module.exports?.has(name) ?? false;
    seen.set(module, leads);
    if (leads) return true;
    for (const specifier of this.#starsOf(module)) {
      const inner = this.#checker.getSymbolAtLocation(specifier);
      if (!inner || !this.#leadsTo(inner, name, found, seen)) continue;
      this.#addModule(specifier, found);
      leads = true;
    }
    seen.set(module, leads);
    return leads;
  }

  /** Returns the specifiers of `export * from`. */
  #starsOf(module: ts.Symbol): readonly ts.Expression[] {
    let stars = this.#stars.get(module);
    if (!stars) {
      const statements = (module.declarations ?? [])
        .filter(ts.isSourceFile)
        .flatMap((file) => file.statements);
      stars = statements
        .filter(ts.isExportDeclaration)
        .flatMap(({ exportClause, moduleSpecifier }) => (exportClause ? [] : (moduleSpecifier ?? [])));
      this.#stars.set(module, stars);
    }
    return stars;
  }

  #addModule(specifier: ts.Node, found: References, isWhole = false): ts.Symbol | undefined {
    const module = this.#checker.getSymbolAtLocation(specifier);
    if (module && isWhole) this.#addExports(module, found);
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

function addAll<T>(to: Set<T>, from: Iterable<T>): void {
  for (const value of from) to.add(value);
}

/** Tells whether a value is made from the value of its `expression` only, and from arguments. */
function isLink(node: ts.Expression): node is ts.Expression & { readonly expression: ts.Expression } {
  return (
    ts.isPropertyAccessExpression(node) ||
    ts.isElementAccessExpression(node) ||
    ts.isCallExpression(node) ||
    ts.isNewExpression(node) ||
    ts.isAwaitExpression(node) ||
    isWrapper(node)
  );
}

const emptyReferences = (): References => ({ files: new Set(), symbols: new Set() });

/** Returns the part of an annotated declaration that does not affect its type: the body or the initializer. */
function irrelevantPart(node: ts.Node): ts.Node | undefined {
  if (ts.isFunctionLike(node) && node.type) return (node as { body?: ts.Node }).body;
  const isVariable = ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node) || ts.isParameter(node);
  return isVariable && node.type ? node.initializer : undefined;
}

/** Returns the nodes that decide the type of what is declared. */
function typeSources(declaration: ts.Declaration): readonly ts.Node[] {
  const root = ts.isBindingElement(declaration)
    ? ts.walkUpBindingElementsAndPatterns(declaration)
    : declaration;
  const isVariable = ts.isVariableDeclaration(root);
  if (!isVariable && !ts.isParameter(root)) return [root];
  if (root.type ?? root.initializer) return [root];
  if (!isVariable) return [contextOf(root.parent) ?? root];
  const { parent: owner } = root.parent;
  if (ts.isForOfStatement(owner) || ts.isForInStatement(owner)) return [root, owner.expression];
  // What is assigned to it decides.
  return ts.isVariableStatement(owner) && ts.isBlock(owner.parent) ? [owner.parent] : [root];
}

/** Returns the node around a function that decides the types of its parameters: what has the call that it is given to. */
function contextOf(fn: ts.Node): ts.Node | undefined {
  if (!ts.isFunctionExpression(fn) && !ts.isArrowFunction(fn) && !isObjectMethod(fn)) return undefined;
  for (let node: ts.Node = fn; ; node = node.parent) {
    const { parent } = node;
    if (ts.isReturnStatement(parent) || (ts.isArrowFunction(parent) && parent.body === node)) {
      const outer = ts.findAncestor(parent, ts.isFunctionLike)!;
      return outer.type ?? contextOf(outer);
    }
    if (ts.isStatement(parent) || ts.isClassElement(parent)) return parent;
    if (ts.isVariableDeclaration(parent) || ts.isParameter(parent)) return parent;
  }
}

const isObjectMethod = (node: ts.Node): boolean =>
  ts.isMethodDeclaration(node) && ts.isObjectLiteralExpression(node.parent);

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
