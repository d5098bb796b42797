/** Finds imported variables that the exporting file reassigns: `export let current`. */
import { ts } from "ts-morph";
import type { ProjectFile } from "../../project/workspace.ts";
import { boundNames } from "../../syntax/nodes.ts";
import type { Binding } from "../../syntax/scope.ts";
import { Scopes } from "../../syntax/scope.ts";
import { isCalled } from "./ambient.ts";

/** Reads the files that a file imports from; uses their syntax alone. */
export class ImportedState {
  readonly #file: ProjectFile;
  readonly #files = new Set<string>();
  readonly #states = new Map<Binding, boolean>();

  constructor(file: ProjectFile) {
    this.#file = file;
  }

  /** Absolute paths of the files that were read. */
  get files(): readonly string[] {
    return [...this.#files];
  }

  isState(name: ts.Identifier, binding: Binding): boolean {
    // A name that is called is a function, which is hardly ever reassigned, so its file is not read.
    if (binding.kind !== "import" || isCalled(name)) return false;
    let state = this.#states.get(binding);
    if (state === undefined) this.#states.set(binding, (state = this.#check(binding)));
    return state;
  }

  #check({ declaration }: Binding): boolean {
    if (!ts.isImportSpecifier(declaration)) return false;
    const specifier = declaration.parent.parent.parent.moduleSpecifier;
    if (!ts.isStringLiteral(specifier) || !specifier.text.startsWith(".")) return false;
    const { path, project } = this.#file;
    const module = project.resolveModule(specifier.text, path);
    const source = module && !module.external ? project.sourceOf(module.path) : undefined;
    if (!module || !source || source.isDeclarationFile) return false;
    this.#files.add(module.path);
    const local = localNameOf(source, (declaration.propertyName ?? declaration.name).text);
    const variable = local && reassignableVariable(source, local);
    const scopes = new Scopes();
    const found = variable && scopes.resolve(variable);
    return found ? scopes.assignment(found) !== undefined : false;
  }
}

/** Returns the local name of an export: `current` for `user` in `export { current as user }`. */
function localNameOf(source: ts.SourceFile, exported: string): string {
  for (const statement of source.statements) {
    if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier) continue;
    if (!statement.exportClause || !ts.isNamedExports(statement.exportClause)) continue;
    const found = statement.exportClause.elements.find(({ name }) => name.text === exported);
    if (found) return (found.propertyName ?? found.name).text;
  }
  return exported;
}

function reassignableVariable(source: ts.SourceFile, name: string): ts.Identifier | undefined {
  return source.statements
    .filter(ts.isVariableStatement)
    .filter(({ declarationList }) => (declarationList.flags & ts.NodeFlags.Const) === 0)
    .flatMap(({ declarationList }) => declarationList.declarations.flatMap((each) => boundNames(each.name)))
    .find(({ text }) => text === name);
}
