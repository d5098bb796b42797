/** The classes that the option `classes` names. At run time, `configure({ classes })` gives their instances a key. */
import { posix } from "node:path";
import { ts } from "ts-morph";
import { suggest } from "../../../runtime/contract/suggest.ts";
import { InputError } from "../../diagnostics/input-error.ts";
import { absolute } from "../../project/files/paths.ts";
import type { ResolvedModule } from "../../project/program/project.ts";
import type { ProjectFile } from "../../project/workspace.ts";
import { exportsOf } from "../../syntax/exports.ts";
import { Scopes } from "../../syntax/scope.ts";
import { originOf } from "./origin.ts";

/** One entry of `classes`, as it is seen from a file. */
interface NamedClass {
  /** As it was given: `decimal.js#Decimal`. */
  readonly entry: string;
  /** The symbols of the types of its instances. Empty if the program does not contain the module. */
  readonly symbols: ReadonlySet<ts.Symbol>;
  /** The name of the class in its own module, or of the export. */
  readonly name: string;
  /** The folder of the package that declares it; undefined for the project's own modules. */
  readonly folder: string | undefined;
  /** The file that declares it, of the project's own modules that the program does not contain. */
  readonly path?: string | undefined;
}

export class NamedClasses {
  readonly #entries: readonly string[];
  readonly #file: ProjectFile;
  #program: ts.Program | undefined;
  #classes: readonly NamedClass[] = [];

  constructor(entries: readonly string[], file: ProjectFile) {
    this.#entries = entries;
    this.#file = file;
  }

  /**
   * Returns the entry that names the class of a type; undefined if there is none.
   *
   * @throws {InputError} if an entry names an export that its module does not have
   */
  entryOf(type: ts.Type): string | undefined {
    const symbol = this.#entries.length > 0 ? type.getSymbol() : undefined;
    if (!symbol || (symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface)) === 0) return undefined;
    const program = this.#file.program();
    if (this.#program !== program) {
      this.#classes = this.#entries.flatMap((entry) => this.#find(entry, program) ?? []);
      this.#program = program;
    }
    // A package may declare a class twice, for `import` and for `require`.
    const folder = packageFolder(symbol);
    return this.#classes.find(
      (each) =>
        each.symbols.has(symbol) ||
        (each.name === symbol.name &&
          (each.path === undefined
            ? folder !== undefined && each.folder === folder
            : each.path === declaredIn(symbol))),
    )?.entry;
  }

  /**
   * Returns the text of a class of a package, by which it is part of a version. Its members are not: they change with the
   * version of the package, and what its instances are encoded as does not.
   */
  textOf(type: ts.Type): string | undefined {
    const symbol = type.getSymbol();
    if (!symbol || this.entryOf(type) === undefined) return undefined;
    const folder = packageFolder(symbol);
    if (folder === undefined) return undefined;
    return `class ${packageNameOf(folder)}#${qualifiedName(symbol)}`;
  }

  /** Returns the entry that would name the class of a package, if its instances are values, as those of `Decimal`. */
  offerFor(type: ts.Type): string | undefined {
    const symbol = type.getSymbol();
    if (!symbol || (symbol.flags & ts.SymbolFlags.Class) === 0) return undefined;
    const program = this.#file.program();
    const isValue = type.getProperties().some(({ name }) => VALUE_METHODS.includes(name));
    const folder = packageFolder(symbol);
    if (!isValue || folder === undefined || originOf(symbol, program) !== "package") return undefined;
    const entry = `${packageNameOf(folder)}#${qualifiedName(symbol)}`;
    try {
      const named = this.#find(entry, program);
      return named?.folder === folder && named.name === symbol.name ? entry : undefined;
    } catch {
      return undefined;
    }
  }

  #find(entry: string, program: ts.Program): NamedClass | undefined {
    const at = entry.lastIndexOf("#");
    const [module, path] = [entry.slice(0, at), entry.slice(at + 1).split(".")];
    const { project } = this.#file;
    const resolved = this.#resolve(module);
    const checker = program.getTypeChecker();
    const ambient = checker.getAmbientModules().find(({ name }) => name === `"${module}"`);
    if (!resolved && !ambient) return undefined;
    // An edit of it may change what it exports.
    const source = resolved && (project.sourceOf(resolved.path), program.getSourceFile(resolved.path));
    const moduleSymbol = ambient ?? (source && checker.getSymbolAtLocation(source));
    const name = path.at(-1)!;
    const folder = resolved && folderOf(resolved.path);
    if (!moduleSymbol) {
      // A module that re-exports the class is in the program only if a marked file imports the class from there.
      const declared = module.startsWith(".") ? this.#declaration(resolved!.path, path[0]!) : undefined;
      return { entry, symbols: new Set(), name, folder, ...declared };
    }
    const symbol = exportAt(moduleSymbol, path, checker);
    if (symbol) return { entry, symbols: instanceSymbols(symbol, checker), name: symbol.name, folder };
    const names = checker.getExportsOfModule(moduleSymbol).map((each) => each.name);
    const nearest = suggest(path[0]!, names);
    const help =
      nearest && nearest !== path[0]
        ? `Write \`${module}#${nearest}\`.`
        : "Write the name of an exported class.";
    throw new InputError(
      `\`classes\`: \`${module}\` has no export \`${path.join(".")}\`, as \`${this.#file.relative}\` sees it. ${help}`,
    );
  }

  /** Returns the module of an entry. A path is relative to the package of the file, which may not have it. */
  #resolve(module: string): ResolvedModule | undefined {
    const { project, path: own, root } = this.#file;
    if (!module.startsWith(".")) return project.resolveModule(module, own);
    const specifier = `./${posix.relative(posix.dirname(own), absolute(module, root))}`;
    // Some tsconfigs ask for the endings that an import has.
    for (const end of ["", ".js", "/index.js", ".mjs", ".cjs"]) {
      const resolved = project.resolveModule(specifier + end, own);
      if (resolved) return resolved;
    }
    return undefined;
  }

  /** Returns the name of an exported class and the file that declares it, as far as the syntax of the modules says. */
  #declaration(path: string, name: string, seen = new Set<string>()): DeclaredClass | undefined {
    const { project } = this.#file;
    const source = seen.has(`${name} ${path}`) ? undefined : project.sourceOf(path);
    if (!source) return undefined;
    seen.add(`${name} ${path}`);
    const follow = (specifier: string, exported: string): DeclaredClass | undefined => {
      const resolved = project.resolveModule(specifier, path);
      return resolved && this.#declaration(resolved.path, exported, seen);
    };
    const { names, stars } = exportsOf(source);
    const own = names.get(name);
    if (own && "from" in own) return own.name === undefined ? undefined : follow(own.from, own.name);
    const local = own && ("local" in own ? own.local : own.node);
    if (local && ts.isIdentifier(local)) {
      const imported = new Scopes().resolve(local)?.declaration;
      const statement = imported && ts.findAncestor(imported, ts.isImportDeclaration);
      if (!statement || !ts.isStringLiteral(statement.moduleSpecifier)) return { path, name: local.text };
      const from = ts.isImportSpecifier(imported) ? (imported.propertyName ?? imported.name).text : "default";
      return follow(statement.moduleSpecifier.text, from);
    }
    if (local) return { path, name };
    for (const specifier of stars) {
      const found = follow(specifier, name);
      if (found) return found;
    }
    return undefined;
  }
}

type DeclaredClass = Required<Pick<NamedClass, "path" | "name">>;

/** What values have that can be compared and written down, and services do not. */
const VALUE_METHODS: readonly string[] = ["toJSON", "valueOf", "equals"];

function exportAt(
  module: ts.Symbol,
  [first, ...rest]: readonly string[],
  checker: ts.TypeChecker,
): ts.Symbol | undefined {
  let symbol = checker.getExportsOfModule(module).find(({ name }) => name === first);
  if (!symbol && first === "default") symbol = module.exports?.get(ts.InternalSymbolName.ExportEquals);
  for (const name of ["", ...rest]) {
    if (symbol && name !== "") symbol = checker.getExportsOfModule(symbol).find((each) => each.name === name);
    if (symbol && symbol.flags & ts.SymbolFlags.Alias) symbol = checker.getAliasedSymbol(symbol);
  }
  return symbol;
}

/** The class itself, and what a constant with constructors makes: `declare const Big: BigConstructor`. */
function instanceSymbols(symbol: ts.Symbol, checker: ts.TypeChecker): ReadonlySet<ts.Symbol> {
  const constructors =
    symbol.flags & ts.SymbolFlags.Variable
      ? checker.getSignaturesOfType(checker.getTypeOfSymbol(symbol), ts.SignatureKind.Construct)
      : [];
  const made = constructors.map((signature) => checker.getReturnTypeOfSignature(signature).getSymbol());
  return new Set([symbol, ...made.filter((each) => each !== undefined)]);
}

const declaredIn = ({ declarations }: ts.Symbol): string | undefined =>
  declarations?.[0]?.getSourceFile().fileName;

function packageFolder(symbol: ts.Symbol): string | undefined {
  const path = declaredIn(symbol);
  return path === undefined ? undefined : folderOf(path);
}

/** The name by which a package is imported, also if others wrote its types. */
function packageNameOf(folder: string): string {
  const [name] = /(?:@[^/]+\/)?[^/]+$/.exec(folder)!;
  return name.replace(/^@types\/(?:(.+)__)?/, (_, scope?: string) => (scope ? `@${scope}/` : ""));
}

/** The name of a class with those of the namespaces around it. */
function qualifiedName({ name, declarations }: ts.Symbol): string {
  const names = [name];
  for (let node = declarations?.[0]?.parent; node; node = node.parent)
    if (ts.isModuleDeclaration(node) && ts.isIdentifier(node.name)) names.unshift(node.name.text);
  return names.join(".");
}

const folderOf = (path: string): string | undefined =>
  /^.*\/node_modules\/(?!\.)(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
