/** Builds programs, each from the previous one, and adds the files that pruned files require. */
import { ts } from "ts-morph";
import { isWhollyReused, watchImports } from "../../ts-internals.ts";
import { PrunedError } from "../import-pruning/pruned-error.ts";
import { timed } from "../../timing.ts";
import type { Pruner } from "../import-pruning/pruner.ts";
import type { DependencyGraph } from "./dependency-graph.ts";
import type { RequiredImports } from "./host.ts";

export interface ProgramBuilderOptions {
  readonly options: ts.CompilerOptions;
  readonly host: ts.CompilerHost;
  readonly pruner: Pruner;
  readonly dependencies: DependencyGraph;
  readonly parse: (path: string, text: string) => ts.SourceFile;
  /** The folder of the generated file. */
  readonly folder: string;
  /** Called after each program was created. The next one is created from it. */
  readonly onCreated: () => void;
}

export class ProgramBuilder {
  readonly #config: ProgramBuilderOptions;
  #requiredImports: RequiredImports;
  #isBuilding = false;

  constructor(config: ProgramBuilderOptions) {
    this.#config = config;
    this.#requiredImports = this.#importsOf(new Map());
  }

  get requiredImports(): RequiredImports {
    return this.#requiredImports;
  }

  /** @param resolveAgain whether imports may resolve to other files than in the old program */
  build(files: readonly string[], old: ts.Program | undefined, resolveAgain: boolean): ts.Program {
    this.#isBuilding = true;
    try {
      const program = this.#createComplete(files, old, resolveAgain);
      watchImports(program, ({ fileName }, name, mode) => {
        // Building the next program from this one looks up imports too.
        if (!this.#isBuilding && this.#config.pruner.hasPruned(fileName, name, mode))
          throw new PrunedError(fileName);
      });
      return program;
    } finally {
      this.#isBuilding = false;
    }
  }

  /** Creates programs until one contains all files that its pruned files require. */
  #createComplete(files: readonly string[], old: ts.Program | undefined, resolveAgain: boolean): ts.Program {
    const { pruner, dependencies } = this.#config;
    if (resolveAgain) this.#requiredImports = this.#importsOf(new Map());
    let program = this.#create(files, old);
    // Starts from no required files: otherwise files that only require each other would never be dropped.
    if (this.#requiredImports.targets.size > 0 && !isWhollyReused(program)) {
      this.#requiredImports = this.#importsOf(new Map());
      program = this.#create(files, program);
    }
    for (;;) {
      const required = pruner.requiredFiles(program, (from, to) => dependencies.addPruned(from, to));
      if (required.size === this.#requiredImports.targets.size) return program;
      this.#requiredImports = this.#importsOf(required);
      program = this.#create(files, program);
    }
  }

  #create(files: readonly string[], old: ts.Program | undefined): ts.Program {
    const { options, host, onCreated } = this.#config;
    const rootNames = [...files, this.#requiredImports.source.fileName];
    const program = timed("programs", () =>
      ts.createProgram({ rootNames, options, host, ...(old && { oldProgram: old }) }),
    );
    onCreated();
    return program;
  }

  #importsOf(targets: ReadonlyMap<string, ts.ResolvedModuleFull>): RequiredImports {
    const { parse, folder } = this.#config;
    const text = [...targets.keys()].map((target) => `import ${JSON.stringify(target)};\n`).join("");
    return { targets, source: parse(`${folder}/aotcache-required-imports.ts`, `${text}export {};\n`) };
  }
}
