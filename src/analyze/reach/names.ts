/** Follows names through imports and re-exports to what they stand for. */
import { ts } from "ts-morph";
import type { Binding } from "../../syntax/scope.ts";
import type { Export } from "../../syntax/exports.ts";
import type { Module, Modules } from "./modules.ts";

/** What a name stands for. */
export type Meaning =
  | { readonly kind: "variable"; readonly binding: Binding; readonly module: Module }
  /** The value of `export default`. */
  | { readonly kind: "node"; readonly node: ts.Node; readonly module: Module }
  | { readonly kind: "namespace"; readonly module: Module }
  /** An export of a package; without a path, the package itself. */
  | { readonly kind: "package"; readonly package: string; readonly path: readonly string[] };

/** Follows names, and notes the modules on the way: a change of one may change what a name stands for. */
export class Names {
  readonly touched: Set<Module> = new Set();
  readonly #modules: Modules;

  constructor(modules: Modules) {
    this.#modules = modules;
  }

  /** Returns what a name of a module stands for. Returns undefined for globals and imports that lead nowhere. */
  meaningOf(name: ts.Identifier, module: Module): Meaning | undefined {
    const binding = module.scopes.resolve(name);
    return binding && this.#ofBinding(binding, module);
  }

  /** Returns what another module exports under a name. */
  exported(specifier: string, name: string | undefined, from: Module): Meaning | undefined {
    this.touched.add(from);
    const target = this.#modules.follow(specifier, from);
    if (!target) return undefined;
    if ("package" in target)
      return { kind: "package", package: target.package, path: name === undefined ? [] : [name] };
    this.touched.add(target);
    return name === undefined ? { kind: "namespace", module: target } : this.exportOf(target, name);
  }

  /** Returns what a module exports under a name, itself or from others. */
  exportOf(module: Module, name: string, seen: Set<Module> = new Set()): Meaning | undefined {
    if (seen.has(module)) return undefined;
    seen.add(module);
    const own = module.exports.names.get(name);
    if (own) return this.#ofExport(own, module);
    if (name === "default") return undefined;
    for (const specifier of module.exports.stars) {
      const target = this.#modules.follow(specifier, module);
      this.touched.add(module);
      if (!target || "package" in target) continue;
      this.touched.add(target);
      const found = this.exportOf(target, name, seen);
      if (found) return found;
    }
    return undefined;
  }

  #ofExport(own: Export, module: Module): Meaning | undefined {
    if ("local" in own) return this.meaningOf(own.local, module);
    if ("node" in own) return { kind: "node", node: own.node, module };
    return this.exported(own.from, own.name, module);
  }

  #ofBinding(binding: Binding, module: Module): Meaning | undefined {
    if (binding.kind !== "import") return { kind: "variable", binding, module };
    const { declaration } = binding;
    const statement = ts.findAncestor(declaration, ts.isImportDeclaration);
    if (!statement || !ts.isStringLiteral(statement.moduleSpecifier)) return undefined;
    const from = statement.moduleSpecifier.text;
    if (ts.isImportSpecifier(declaration))
      return this.exported(from, (declaration.propertyName ?? declaration.name).text, module);
    const isDefault = statement.importClause?.name === binding.node;
    return this.exported(from, isDefault ? "default" : undefined, module);
  }
}
