/** The modules of a project as the walk through calls sees them: parsed one by one, when a call leads there. */
import type { ts } from "ts-morph";
import { DECLARATION_FILE, isSourceName } from "../../project/files/file-names.ts";
import type { Project, ResolvedModule } from "../../project/program/project.ts";
import type { ProjectFile } from "../../project/workspace.ts";
import { Scopes } from "../../syntax/scope.ts";
import { type Exports, exportsOf } from "../../syntax/exports.ts";

/** One parsed file. When its text changes, or an import of it leads elsewhere, another record replaces it. */
export interface Module {
  readonly path: string;
  readonly source: ts.SourceFile;
  readonly scopes: Scopes;
  readonly exports: Exports;
  /** Where the imports lead to that were followed. */
  readonly links: Map<string, Link>;
  /** The {@link Project.resolutions} that the links are of. */
  resolutions: object;
}

/** Where an import leads to: a module of the project, a package by the name that is written, or neither. */
export type Link = { readonly path: string } | { readonly package: string } | undefined;

/** A module that is no source of the project: a package, or a built-in module of Node.js. */
const BARE = /^(?!\.{0,2}\/|\.\.?$)/;

/**
 * The modules of one project. What was learned about a module is kept until its text changes; a round is the
 * compilation of one file, in which each module is compared once.
 */
export class Modules {
  readonly #project: Project;
  readonly #records = new Map<string, Module>();
  #round: ProjectFile | undefined;
  #compared = new Map<Module, boolean>();

  constructor(project: Project) {
    this.#project = project;
  }

  /** Starts the round of a file, unless it is under way. Returns the record of the file. */
  startRound(file: ProjectFile): Module {
    if (this.#round !== file) {
      this.#round = file;
      this.#compared = new Map();
    }
    const known = this.#records.get(file.path);
    if (known?.source === file.source && this.isCurrent(known)) return known;
    return this.#add(file.path, file.source, new Scopes(file.scripts));
  }

  /** Returns where an import of a module leads to. */
  follow(specifier: string, from: Module): Module | { readonly package: string } | undefined {
    let link = from.links.get(specifier);
    if (!from.links.has(specifier)) from.links.set(specifier, (link = this.#resolve(specifier, from.path)));
    return link && "path" in link ? this.at(link.path) : link;
  }

  /** Tells whether neither the text of a module nor any followed import has changed since the record was made. */
  isCurrent(module: Module): boolean {
    let isSame = this.#compared.get(module);
    if (isSame === undefined) {
      const { path, source } = module;
      isSame =
        this.#records.get(path) === module &&
        this.#project.sourceOf(path) === source &&
        this.#hasSameLinks(module);
      this.#compared.set(module, isSame);
    }
    return isSame;
  }

  #hasSameLinks(module: Module): boolean {
    const { resolutions } = this.#project;
    const isSame =
      module.resolutions === resolutions ||
      [...module.links].every(([specifier, link]) => isSameLink(this.#resolve(specifier, module.path), link));
    if (isSame) module.resolutions = resolutions;
    return isSame;
  }

  /** Returns a file of the project; undefined if it cannot be read. */
  at(path: string): Module | undefined {
    const known = this.#records.get(path);
    if (known && this.isCurrent(known)) return known;
    const source = this.#project.sourceOf(path);
    return source && this.#add(path, source, new Scopes());
  }

  #add(path: string, source: ts.SourceFile, scopes: Scopes): Module {
    const { resolutions } = this.#project;
    const module = { path, source, scopes, exports: exportsOf(source), links: new Map(), resolutions };
    this.#records.set(path, module);
    this.#compared.set(module, true);
    return module;
  }

  #resolve(specifier: string, from: string): Link {
    const found = this.#project.resolveModule(specifier, from);
    if (found && isSource(found)) return { path: found.path };
    return BARE.test(specifier) ? { package: specifier } : undefined;
  }
}

const isSource = ({ path, external }: ResolvedModule): boolean =>
  !external && !DECLARATION_FILE.test(path) && isSourceName(path, true);

function isSameLink(one: Link, other: Link): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
