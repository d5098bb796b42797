/** One lazily loaded TypeScript project per tsconfig: files are parsed at once, types only when asked for. */
import type { ts } from "ts-morph";
import { LazyProject } from "./project/lazy-project.ts";
import { Libraries } from "./project/libraries.ts";
import { Packages } from "./project/package.ts";
import { absolute, pathFrom } from "./project/paths.ts";
import { type Tsconfig, Tsconfigs } from "./project/tsconfig.ts";

/** What all files of one tsconfig share. */
export interface Project {
  /** Absolute path of the tsconfig; undefined when the file has none. */
  readonly tsconfig: string | undefined;
  readonly compilerOptions: ts.CompilerOptions;
  /** The file that `specifier` means in `fromFile`, path aliases included; undefined when there is none. */
  resolveModule(specifier: string, fromFile: string): ResolvedModule | undefined;
  /** The parsed file, which is also the program's; undefined when it cannot be read. */
  sourceOf(path: string): ts.SourceFile | undefined;
}

export interface ResolvedModule {
  /** Absolute. */
  readonly path: string;
  /** It was found in a `node_modules`. */
  readonly external: boolean;
}

/** One file, parsed; types are loaded when they are first asked for. */
export interface ProjectFile {
  /** Absolute, with `/`. */
  readonly path: string;
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
  readonly #libraries = new Libraries();

  constructor(options: WorkspaceOptions = {}) {
    this.#root = absolute(options.root ?? ".");
    this.#tsconfigs = new Tsconfigs(this.#root, options.tsconfig);
    this.#packages = new Packages(this.#root);
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
    const source = project.take(whole, text);
    const { root, name } = this.#packages.forFile(whole);
    const program = (): ts.Program => project.programWith(whole, source);
    return {
      path: whole,
      source,
      project,
      compilerOptions: project.compilerOptions,
      root,
      packageName: name,
      relative: pathFrom(root, whole),
      program,
      checker: () => program().getTypeChecker(),
    };
  }

  /** Says that a file changed, appeared or went away. What changes unsaid is noticed at the next `fileFor`. */
  invalidate(path: string): void {
    const whole = absolute(path, this.#root);
    if (this.#tsconfigs.invalidate(whole)) this.#projects.clear();
    for (const project of this.#projects.values()) project.invalidate(whole);
  }

  #projectOf(tsconfig: Tsconfig): LazyProject {
    let project = this.#projects.get(tsconfig);
    if (!project) {
      // A tsconfig that was read anew is another object: the project of its old state goes.
      for (const old of this.#projects.keys()) if (old.path === tsconfig.path) this.#projects.delete(old);
      this.#projects.set(tsconfig, (project = new LazyProject(tsconfig, this.#root, this.#libraries)));
    }
    return project;
  }
}
