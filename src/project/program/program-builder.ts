/**
 * Builds programs, each from the previous one, and adds the files that pruned files require. The checker of a program
 * loads pruned files.
 */
import { ts } from "ts-morph";
import { extendProgram, importsIn, isWhollyReused, prepareModule, typesIn } from "../../ts-internals.ts";
import { timed } from "../../timing.ts";
import { absolute } from "../files/paths.ts";
import { PrunedError } from "../import-pruning/pruned-error.ts";
import { moduleAt, type RequiredFiles } from "../import-pruning/pruned-files.ts";
import type { Pruner } from "../import-pruning/pruner.ts";
import type { DependencyGraph } from "./dependency-graph.ts";
import type { RequiredImports } from "./host.ts";
import { canonical } from "./resolver.ts";

export interface ProgramBuilderOptions {
  readonly options: ts.CompilerOptions;
  readonly host: ts.CompilerHost;
  readonly pruner: Pruner;
  readonly dependencies: DependencyGraph;
  readonly parse: (path: string, text: string) => ts.SourceFile;
  readonly read: (path: string) => ts.SourceFile | undefined;
  /** Resolves an import of a pruned file. */
  readonly resolve: (
    specifier: string,
    from: string,
    mode: ts.ResolutionMode,
  ) => ts.ResolvedModuleFull | undefined;
  /** The folder of the generated file. */
  readonly folder: string;
  /** Called after each program was created. The next one is created from it. */
  readonly onCreated: () => void;
}

export interface BuildRequest {
  /** The files that a program without pruning has as its roots. */
  readonly roots: readonly string[];
  /** Those roots that need not be in the program: its checker loads them. */
  readonly modules: ReadonlySet<string>;
  readonly old: ts.Program | undefined;
  /** Whether imports may resolve to other files than in the old program. */
  readonly resolveAgain: boolean;
}

export class ProgramBuilder {
  readonly #config: ProgramBuilderOptions;
  #requiredImports: RequiredImports;
  #isBuilding = false;
  /** The files that the checker of the program has loaded. */
  #loaded = new Map<string, ts.SourceFile>();
  #sourceInProgram: (path: string) => ts.SourceFile | undefined = () => undefined;

  constructor(config: ProgramBuilderOptions) {
    this.#config = config;
    this.#requiredImports = this.#importsOf(new Map());
  }

  get requiredImports(): RequiredImports {
    return this.#requiredImports;
  }

  build(request: BuildRequest): ts.Program {
    this.#isBuilding = true;
    try {
      const program = this.#createComplete(request);
      this.#extend(program);
      for (const path of request.modules) this.#load(path, this.#loaded);
      return program;
    } finally {
      this.#isBuilding = false;
    }
  }

  /** Returns a file of the last program, or one that its checker has loaded. */
  sourceOf(path: string): ts.SourceFile | undefined {
    return this.#sourceInProgram(path) ?? this.#loaded.get(path);
  }

  /** Loads a module for the checker of the last program. Returns false if it requires files that are not in that. */
  load(path: string): boolean {
    const { targets } = this.#requiredImports;
    const required = [...this.#requiredBy([path]).keys()];
    if (!required.every((each) => targets.has(each) || this.#sourceInProgram(each))) return false;
    return this.#load(path, this.#loaded) !== undefined;
  }

  #extend(program: ts.Program): void {
    const { pruner, resolve } = this.#config;
    const loaded = (this.#loaded = new Map<string, ts.SourceFile>());
    // Building the next program from this one looks up imports and files too.
    this.#sourceInProgram = extendProgram(program, {
      resolve: ({ fileName }, name, mode) => {
        if (this.#isBuilding) return undefined;
        if (!loaded.has(fileName)) return pruner.prunedImport(fileName, name, mode);
        const resolved = resolve(name, fileName, mode);
        if (resolved && !this.#isAvailable(absolute(resolved.resolvedFileName)))
          throw new PrunedError(fileName);
        return resolved;
      },
      load: (path) => (this.#isBuilding ? undefined : this.#load(path, loaded)),
    });
  }

  /** Whether a file is in the last program, is required there, or may be loaded. */
  #isAvailable(path: string): boolean {
    const isInProgram = this.#requiredImports.targets.has(path) || this.#sourceInProgram(path) !== undefined;
    return isInProgram || this.#config.pruner.mayLoadScanned(path);
  }

  #load(path: string, loaded: Map<string, ts.SourceFile>): ts.SourceFile | undefined {
    const { pruner, read, options } = this.#config;
    let source = loaded.get(path);
    if (!source && pruner.mayLoadScanned(path) && (source = read(path))) {
      prepareModule(source, canonical(path), options);
      loaded.set(path, source);
    }
    return source;
  }

  #requiredBy(starts: readonly string[], program?: ts.Program): RequiredFiles {
    const { pruner, dependencies } = this.#config;
    return pruner.requiredBy(starts.map(moduleAt), {
      importsOf: (path) => {
        const file = program?.getSourceFile(path);
        if (!file) return [];
        const pruned = (name: string, mode: ts.ResolutionMode): ts.ResolvedModuleFull | undefined =>
          pruner.prunedImport(file.fileName, name, mode);
        const references = file.referencedFiles.map(({ fileName }) =>
          ts.resolveTripleslashReference(fileName, path),
        );
        const referenced = [...references, ...typesIn(program!, file)].map(moduleAt);
        return [...referenced, ...importsIn(program!, file, pruned)];
      },
      onImport: (from, to) => dependencies.add(from, to),
    });
  }

  /** Returns the files that a program must contain, which include those that it contains already. */
  #requiredIn(program: ts.Program, { roots }: BuildRequest): RequiredFiles {
    const { source } = this.#requiredImports;
    const own = program
      .getSourceFiles()
      .filter((file) => file !== source && !program.isSourceFileDefaultLibrary(file))
      .map(({ fileName }) => fileName);
    return this.#requiredBy([...roots, ...typesIn(program), ...own.sort()], program);
  }

  /** Creates programs until one contains all files that its pruned files require. */
  #createComplete(request: BuildRequest): ts.Program {
    const { roots, modules, old, resolveAgain } = request;
    const files = roots.filter((path) => !modules.has(path));
    if (resolveAgain) this.#requiredImports = this.#importsOf(new Map());
    let program = this.#create(files, old);
    // Starts from no required files: otherwise files that only require each other would never be dropped.
    if (this.#requiredImports.targets.size > 0 && !isWhollyReused(program)) {
      this.#requiredImports = this.#importsOf(new Map());
      program = this.#create(files, program);
    }
    const known = new Set<string>();
    let wasComplete = false;
    for (;;) {
      const required = this.#requiredIn(program, request);
      const { targets } = this.#requiredImports;
      const paths = [...required.keys()];
      const isContained = targets.size === 0 && paths.every((path) => program.getSourceFile(path));
      const isComplete = paths.every((path) => known.has(path));
      // Once more after the last file was added, since its imports may change the order. But no more often: of a package
      // that is installed twice, the order decides which copy's imports are followed, and they decide the order.
      if (isContained || paths.join() === [...targets.keys()].join() || (isComplete && wasComplete))
        return program;
      wasComplete = isComplete;
      for (const path of paths) known.add(path);
      this.#requiredImports = this.#importsOf(required);
      program = this.#create(files, program);
    }
  }

  #create(files: readonly string[], old: ts.Program | undefined): ts.Program {
    const { options, host, onCreated } = this.#config;
    const rootNames = [this.#requiredImports.source.fileName, ...files];
    const program = timed("programs", () =>
      ts.createProgram({ rootNames, options, host, ...(old && { oldProgram: old }) }),
    );
    onCreated();
    return program;
  }

  #importsOf(targets: RequiredFiles): RequiredImports {
    const { parse, folder } = this.#config;
    const text = [...targets.keys()].map((target) => `import ${JSON.stringify(target)};\n`).join("");
    return { targets, source: parse(`${folder}/aotcache-required-imports.ts`, `${text}export {};\n`) };
  }
}
