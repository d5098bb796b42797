/** Makes programs, each of the one before, with what is needed of what they leave out. */
import { ts } from "ts-morph";
import type { Needs } from "./host.ts";
import { PrunedError } from "../import-pruning/pruned-error.ts";
import type { Pruner } from "../import-pruning/pruner.ts";
import type { DependencyGraph } from "./dependency-graph.ts";
import { isWhollyReused, watchImports } from "../../ts-internals.ts";

export interface ProgramBuilderOptions {
  readonly options: ts.CompilerOptions;
  readonly host: ts.CompilerHost;
  readonly pruner: Pruner;
  readonly dependencies: DependencyGraph;
  readonly parse: (path: string, text: string) => ts.SourceFile;
  /** A folder for the file that is made up. */
  readonly folder: string;
  /** A program was made; the next one is made of it. */
  readonly made: () => void;
}

export class ProgramBuilder {
  readonly #given: ProgramBuilderOptions;
  #needs: Needs;
  #isMaking = false;

  constructor(given: ProgramBuilderOptions) {
    this.#given = given;
    this.#needs = this.#newNeeds(new Map());
  }

  /** Imports what the program needs of what it leaves out. */
  get needs(): Needs {
    return this.#needs;
  }

  /** @param anew what imports lead to may have changed */
  make(files: readonly string[], old: ts.Program | undefined, anew: boolean): ts.Program {
    this.#isMaking = true;
    try {
      const program = this.#settle(files, old, anew);
      watchImports(program, ({ fileName }, name, mode) => {
        // The next program, which is made from this one, asks too.
        if (!this.#isMaking && this.#given.pruner.hasPruned(fileName, name, mode))
          throw new PrunedError(fileName);
      });
      return program;
    } finally {
      this.#isMaking = false;
    }
  }

  #settle(files: readonly string[], old: ts.Program | undefined, anew: boolean): ts.Program {
    const { pruner, dependencies } = this.#given;
    if (anew) this.#needs = this.#newNeeds(new Map());
    let program = this.#create(files, old);
    // What is needed is found from nothing: files that need each other would stay for ever.
    if (this.#needs.targets.size > 0 && !isWhollyReused(program)) {
      this.#needs = this.#newNeeds(new Map());
      program = this.#create(files, program);
    }
    for (;;) {
      const needs = pruner.needsOf(program, (from, to) => dependencies.addPruned(from, to));
      if (needs.size === this.#needs.targets.size) return program;
      this.#needs = this.#newNeeds(needs);
      program = this.#create(files, program);
    }
  }

  #create(files: readonly string[], old: ts.Program | undefined): ts.Program {
    const { options, host, made } = this.#given;
    const program = ts.createProgram({
      rootNames: [...files, this.#needs.source.fileName],
      options,
      host,
      ...(old && { oldProgram: old }),
    });
    made();
    return program;
  }

  #newNeeds(targets: ReadonlyMap<string, ts.ResolvedModuleFull>): Needs {
    const { parse, folder } = this.#given;
    const text = [...targets.keys()].map((target) => `import ${JSON.stringify(target)};\n`).join("");
    return { targets, source: parse(`${folder}/aotcache-needs.ts`, `${text}export {};\n`) };
  }
}
