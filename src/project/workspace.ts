/** One lazily loaded TypeScript project per tsconfig: files are parsed at once, types only when asked for. */
import type { ts } from "ts-morph";
import { componentOf, type Script } from "./component.ts";
import { LazyProject } from "./program/lazy-project.ts";
import { PrunedError } from "./import-pruning/pruned-error.ts";
import { Libraries } from "./program/libraries.ts";
import { Packages } from "./files/package.ts";
import { absolute, pathFrom } from "./files/paths.ts";
import type { SharedFacts } from "./program/dependency-graph.ts";
import { type Transpiler, transpilerOf } from "./transpile.ts";
import { type Fact, Trace } from "./files/trace.ts";
import { type Tsconfig, Tsconfigs } from "./files/tsconfig.ts";
import type { Project } from "./program/project.ts";

/** What a result stands on: it is the same as long as all of this stays true. */
export interface Inputs {
  readonly project: Project;
  /** About the file and those that it imports. */
  readonly own: readonly Fact[];
  /** About the files that all results of this project stand on, like declarations of globals. */
  readonly shared: () => SharedFacts;
  /** Where modules, packages and tsconfigs were looked for: for all files of a workspace. */
  readonly trace: Trace;
}

/** One file, parsed; types are loaded when they are first asked for. */
export interface ProjectFile {
  /** Absolute, with `/`; of a component, that of its scripts, which is not on disk. */
  readonly path: string;
  /** The scripts of a component; undefined for any other file. */
  readonly scripts?: readonly Script[];
  /** The node that the program has too, so that a checker takes the nodes found in it. */
  readonly source: ts.SourceFile;
  readonly project: Project;
  readonly compilerOptions: ts.CompilerOptions;
  /** The folder of the nearest package.json, else the workspace's. */
  readonly root: string;
  /** The name in that package.json; `""` when there is none. */
  readonly packageName: string;
  /** The path from `root`, with `/`. */
  readonly relative: string;
  checker(): ts.TypeChecker;
  program(): ts.Program;
  /**
   * Answers a question about types, which is asked once while only bodies are edited that no answer depends on.
   *
   * @param words what is asked about the node, with everything besides types that decides the answer
   * @param lasts whether the answer holds no place in the text
   */
  query<T>(node: ts.Node, words: string, ask: () => T, lasts?: (answer: T) => boolean): T;
}

export interface WorkspaceOptions {
  /** This tsconfig for every file, in place of the one that contains it. */
  readonly tsconfig?: string | undefined;
  /** Where relative paths start; default: the working directory. */
  readonly root?: string | undefined;
}

/**
 * The files of one run of a compiler: parsed once, re-read when they change.
 *
 * @example
 * const workspace = new Workspace();
 * const file = workspace.fileFor("src/users.ts", "export const answer = 42;");
 * file.source.statements.length; // 1: parsed
 * file.checker();                // loads the types
 */
export class Workspace {
  readonly #root: string;
  readonly #tsconfigs: Tsconfigs;
  readonly #packages: Packages;
  readonly #projects = new Map<Tsconfig, LazyProject>();
  /** Where the scripts of each component are found. */
  readonly #scripts = new Map<string, string>();
  readonly #trace = new Trace();
  #current: LazyProject | undefined;
  #isSettling = false;
  readonly #shared = { libraries: new Libraries(), trace: this.#trace };

  constructor(options: WorkspaceOptions = {}) {
    this.#root = absolute(options.root ?? ".");
    this.#tsconfigs = new Tsconfigs(this.#root, options.tsconfig, this.#trace);
    this.#packages = new Packages(this.#root, this.#trace);
  }

  /**
   * Takes a file's text, which wins over what is on disk until that changes, and returns the file, parsed.
   *
   * @throws Error when its tsconfig cannot be read.
   */
  fileFor(path: string, text: string): ProjectFile {
    const whole = absolute(path, this.#root);
    const project = this.#projectOf(this.#tsconfigs.forFile(whole));
    project.newRound();
    const component = componentOf(whole, text);
    const own = component?.path ?? whole;
    if (component) this.#scripts.set(whole, own);
    const source = project.take(own, component?.text ?? text);
    const { root, name } = this.#packages.forFile(whole);
    this.#current = project;
    const program = (): ts.Program => project.programWith(own, source, this.#isSettling);
    return {
      path: own,
      ...(component && { scripts: component.scripts }),
      source,
      project,
      compilerOptions: project.compilerOptions,
      root,
      packageName: name,
      relative: pathFrom(root, whole),
      program,
      checker: () => program().getTypeChecker(),
      query: (node, words, ask, lasts = () => true) =>
        project.query({ path: own, source, node, words }, ask, lasts),
    };
  }

  /**
   * Answers questions about the types of the last file that was taken. They are asked again where they led to
   * something that the program was made without, so that what is not asked for is not loaded.
   */
  withPruning<T>(ask: () => T): T {
    this.#isSettling = true;
    try {
      for (;;) {
        try {
          return ask();
        } catch (error) {
          if (!(error instanceof PrunedError)) throw error;
          this.#current!.restore(error);
        }
      }
    } finally {
      this.#isSettling = false;
    }
  }

  /** Says that a file changed, appeared or went away. What changes unsaid is noticed at the next `fileFor`. */
  invalidate(path: string): void {
    const whole = absolute(path, this.#root);
    if (this.#tsconfigs.invalidate(whole)) this.#projects.clear();
    for (const project of this.#projects.values()) project.invalidate(this.#scripts.get(whole) ?? whole);
  }

  /** What the result of the last `fileFor` stands on, to be asked before the next one. */
  inputsFor(path: string): Inputs {
    const whole = absolute(path, this.#root);
    const project = this.#projectOf(this.#tsconfigs.forFile(whole));
    return {
      project,
      own: project.factsOf(this.#scripts.get(whole) ?? whole),
      shared: () => project.sharedFacts(),
      trace: this.#trace,
    };
  }

  /** What makes JavaScript of files, by their tsconfigs. */
  transpiler(): Transpiler {
    return transpilerOf(this.#tsconfigs, this.#root);
  }

  #projectOf(tsconfig: Tsconfig): LazyProject {
    let project = this.#projects.get(tsconfig);
    if (!project) {
      // A tsconfig that was read anew is another object: the project of its old state goes.
      for (const old of this.#projects.keys()) if (old.path === tsconfig.path) this.#projects.delete(old);
      this.#projects.set(tsconfig, (project = new LazyProject(tsconfig, this.#root, this.#shared)));
    }
    return project;
  }
}
