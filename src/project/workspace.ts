/** Holds one TypeScript project per tsconfig. Files are parsed at once; types are loaded when first requested. */
import type { ts } from "ts-morph";
import type { Script } from "../site.ts";
import { componentOf } from "./component.ts";
import { Packages } from "./files/package.ts";
import { absolute, pathFrom } from "./files/paths.ts";
import { type Fact, Trace } from "./files/trace.ts";
import { type Tsconfig, Tsconfigs } from "./files/tsconfig.ts";
import { PrunedError } from "./import-pruning/pruned-error.ts";
import type { SharedFacts } from "./program/dependency-graph.ts";
import { LazyProject, type StoredRound } from "./program/lazy-project.ts";
import { Libraries } from "./program/libraries.ts";
import { ParsedFiles } from "./program/parsed-files.ts";
import type { Project } from "./program/project.ts";
import { type Transpiler, transpilerOf } from "./transpile.ts";

/** The inputs of a result. The result stays valid while all of these facts hold. */
export interface Inputs {
  readonly project: Project;
  /** Whether its types came from another process, which knows the facts that these depend on. */
  readonly isAnsweredFromStore: boolean;
  /** What was learned of the types of the file, for another process. */
  readonly answers: () => StoredRound | undefined;
  /** Facts about the file and the files that it imports. */
  readonly fileFacts: readonly Fact[];
  /** Facts that all results of the project depend on, such as declarations of globals. */
  readonly sharedFacts: () => SharedFacts;
  /** The lookups of modules, packages and tsconfigs, for all files of the workspace. */
  readonly trace: Trace;
}

/** One parsed file. Its types are loaded when they are first requested. */
export interface ProjectFile {
  /** Absolute, with `/`. For a component, the path of its scripts, which is not on disk. */
  readonly path: string;
  /** The scripts of a component. Undefined for any other file. */
  readonly scripts?: readonly Script[];
  /** The same node as in the program, so that the checker accepts the nodes in it. */
  readonly source: ts.SourceFile;
  readonly project: Project;
  readonly compilerOptions: ts.CompilerOptions;
  /** The folder of the nearest package.json, else the root of the workspace. */
  readonly root: string;
  /** The name in that package.json, `""` if there is none. */
  readonly packageName: string;
  /** The path relative to `root`, with `/`. */
  readonly relative: string;
  checker(): ts.TypeChecker;
  program(): ts.Program;
  /** Returns the files that may change types without being imported. Empty if no type was requested. */
  globalFiles(): readonly string[];
  /**
   * Computes a result about types, or returns the cached one. The cached one is valid until an edit changes more
   * than function bodies that no type depends on.
   *
   * @param question identifies the query, together with `node`. It contains everything that decides the result
   *   besides types.
   * @param isStorable whether the result contains no offset into the text, which an edit would move. Default: true
   */
  query<T>(node: ts.Node, question: string, compute: () => T, isStorable?: (result: T) => boolean): T;
}

export interface WorkspaceOptions {
  /** The tsconfig of every file. Default: the one that contains the file. */
  readonly tsconfig?: string | undefined;
  /** The folder that relative paths start at. Default: the working directory. */
  readonly root?: string | undefined;
}

/** The types of a project take a hundred megabytes or more. A project that is dropped loads its types again. */
const MAX_PROJECTS = 4;

/**
 * The files of one compiler. Each is parsed once, and again when it has changed.
 *
 * @example
 * const workspace = new Workspace();
 * const file = workspace.fileFor("src/users.ts", "export const answer = 42;");
 * file.source.statements.length; // 1
 * file.checker(); // loads the types
 */
export class Workspace {
  readonly #root: string;
  readonly #tsconfigs: Tsconfigs;
  readonly #packages: Packages;
  readonly #projects = new Map<Tsconfig, LazyProject>();
  /** Texts that override files on disk, in every project that imports them. */
  readonly #texts = new Map<string, string>();
  /** The path of the scripts of each component, by the path of the component. */
  readonly #scriptPaths = new Map<string, string>();
  readonly #trace = new Trace();
  #current: LazyProject | undefined;
  #mayPrune = false;
  readonly #sharedResources = {
    libraries: new Libraries(),
    parsed: new ParsedFiles(),
    trace: this.#trace,
  };

  constructor(options: WorkspaceOptions = {}) {
    this.#root = absolute(options.root ?? ".");
    this.#tsconfigs = new Tsconfigs(this.#root, options.tsconfig, this.#trace);
    this.#packages = new Packages(this.#root, this.#trace);
  }

  /**
   * Parses a file. The text overrides the file on disk until that changes.
   *
   * @param stored what another process knows of its types, if only bodies in the file have changed since
   * @throws {Error} if its tsconfig cannot be read.
   */
  fileFor(path: string, text: string, stored?: StoredRound): ProjectFile {
    const full = absolute(path, this.#root);
    const project = this.#projectOf(this.#tsconfigs.forFile(full));
    const component = componentOf(full, text);
    const parsedPath = component?.path ?? full;
    project.startRound(parsedPath, stored);
    if (component) this.#scriptPaths.set(full, parsedPath);
    const source = project.setText(parsedPath, component?.text ?? text);
    const { root, name } = this.#packages.forFile(full);
    this.#current = project;
    const program = (): ts.Program => project.programFor(parsedPath, source, this.#mayPrune);
    return {
      path: parsedPath,
      ...(component && { scripts: component.scripts }),
      source,
      project,
      compilerOptions: project.compilerOptions,
      root,
      packageName: name,
      relative: pathFrom(root, full),
      program,
      checker: () => program().getTypeChecker(),
      globalFiles: () => project.globalFiles(),
      query: (node, question, compute, isStorable = () => true) =>
        project.query({ path: parsedPath, source, node, question }, compute, isStorable),
    };
  }

  /** Returns the path of a file relative to the folder of its package. */
  relativePath(path: string): string {
    const full = absolute(path, this.#root);
    return pathFrom(this.#packages.forFile(full).root, full);
  }

  /** Sets the text of a file for all projects, until the file on disk changes or a change is reported. */
  setText(path: string, text: string): void {
    const full = absolute(path, this.#root);
    this.#texts.set(full, text);
    for (const project of this.#projects.values()) setTextIn(project, full, text);
  }

  /**
   * Runs a computation about the last file with a program from which imports are pruned, so that files it does not
   * need are not loaded. If it reaches something that was not loaded, loads that and runs again.
   */
  withPruning<T>(compute: () => T): T {
    this.#mayPrune = true;
    try {
      for (;;) {
        try {
          return compute();
        } catch (error) {
          if (!(error instanceof PrunedError)) {
            // The checker was interrupted. Its results, and symbols in the syntax trees, may be incomplete.
            for (const [config, project] of this.#projects)
              if (project === this.#current) this.#projects.delete(config);
            this.#sharedResources.parsed.clear();
            throw error;
          }
          this.#current!.restore(error);
        }
      }
    } finally {
      this.#mayPrune = false;
    }
  }

  /** Tells which files will need types, so that one program is built for all of them. */
  addRoots(paths: readonly string[]): void {
    for (const path of paths) {
      const full = absolute(path, this.#root);
      this.#projectOf(this.#tsconfigs.forFile(full)).addRoot(this.#scriptPaths.get(full) ?? full);
    }
  }

  /** Reports that a file was changed, added or removed. The next `fileFor` also detects unreported changes. */
  invalidate(path: string): void {
    const full = absolute(path, this.#root);
    this.#texts.delete(full);
    if (this.#tsconfigs.invalidate(full)) this.#projects.clear();
    for (const project of this.#projects.values()) project.invalidate(this.#scriptPaths.get(full) ?? full);
  }

  /** Drops the projects and their types. What comes next loads them again, from files that are still parsed. */
  release(): void {
    this.#projects.clear();
    this.#scriptPaths.clear();
    this.#current = undefined;
  }

  /** Returns the inputs of the last file. Call it before the next `fileFor`. */
  inputsFor(path: string): Inputs {
    const full = absolute(path, this.#root);
    const project = this.#projectOf(this.#tsconfigs.forFile(full));
    const parsedPath = this.#scriptPaths.get(full) ?? full;
    return {
      project,
      isAnsweredFromStore: project.isAnsweredFromStore,
      answers: () => project.answersOf(parsedPath),
      // The lookups of modules are not in the record that other results share.
      fileFacts: [...project.factsOf(parsedPath), ...(project.isAnsweredFromStore ? this.#trace.facts : [])],
      sharedFacts: () => project.sharedFacts(),
      trace: this.#trace,
    };
  }

  /** Returns a transpiler that uses the tsconfig of each file. */
  transpiler(): Transpiler {
    return transpilerOf(this.#tsconfigs, this.#root);
  }

  #projectOf(tsconfig: Tsconfig): LazyProject {
    let project = this.#projects.get(tsconfig);
    if (!project) {
      // A tsconfig that was read again is a new object, so the project of the old object is removed.
      for (const old of this.#projects.keys()) if (old.path === tsconfig.path) this.#projects.delete(old);
      project = new LazyProject(tsconfig, this.#root, this.#sharedResources);
      for (const [path, text] of this.#texts) setTextIn(project, path, text);
    }
    // The last project of the map is the one that was used last.
    this.#projects.delete(tsconfig);
    this.#projects.set(tsconfig, project);
    const [oldest] = this.#projects.keys();
    if (this.#projects.size > MAX_PROJECTS) this.#projects.delete(oldest!);
    return project;
  }
}

function setTextIn(project: LazyProject, path: string, text: string): void {
  const component = componentOf(path, text);
  project.setText(component?.path ?? path, component?.text ?? text);
}
