/** The projects of a build, read with the TypeScript inside ts-morph. */
import { join } from "node:path";
import type ts from "typescript";
import { stampOf } from "../../../src/index.ts";

export interface ProjectGraph {
  /** Whether the tsconfig has references. */
  readonly isSolution: boolean;
  /** The tsconfig, and all that it refers to directly or indirectly. */
  readonly configs: readonly ProjectConfig[];
}

export interface ProjectConfig {
  readonly path: string;
  readonly parsed: ts.ParsedCommandLine;
}

interface ParsedFile {
  readonly stamp: string;
  readonly file: ts.SourceFile | undefined;
}

/** Reads projects, and reads them again when they change. The project's own tsc reports their errors. */
export class Projects {
  readonly #ts: typeof ts;
  readonly #folder: string;
  readonly #libraries: string | undefined;
  readonly #files = new Map<string, ParsedFile>();
  readonly #programs = new Map<string, ts.Program>();

  /**
   * @param folder the working directory
   * @param libraries the folder of `lib.d.ts`; the TypeScript inside ts-morph has it in memory only
   */
  constructor(TS: typeof ts, folder: string, libraries?: string) {
    this.#ts = TS;
    this.#folder = folder;
    this.#libraries = libraries;
  }

  /** Reads a tsconfig and its references. */
  read(path: string): ProjectGraph {
    const TS = this.#ts;
    const host = {
      ...TS.sys,
      getCurrentDirectory: () => this.#folder,
      onUnRecoverableConfigFileDiagnostic: () => {},
    };
    const found = new Map<string, ProjectConfig | undefined>([[path, undefined]]);
    // Iterating a map includes the entries that are added meanwhile.
    for (const [at] of found) {
      const parsed = TS.getParsedCommandLineOfConfigFile(at, {}, host);
      if (!parsed) continue;
      found.set(at, { path: at, parsed });
      for (const reference of parsed.projectReferences ?? []) {
        const next = TS.resolveProjectReferencePath(reference);
        if (!found.has(next)) found.set(next, undefined);
      }
    }
    const configs = [...found.values()].filter((config) => config !== undefined);
    const isSolution = (configs[0]?.parsed.projectReferences ?? []).length > 0;
    return { isSolution, configs };
  }

  /** Creates the program of a project. It reuses unchanged parts of the last one. */
  program({ path, parsed }: ProjectConfig): { readonly program: ts.Program; readonly host: ts.CompilerHost } {
    const { fileNames: rootNames, projectReferences, options } = parsed;
    const host = this.#host(options);
    const oldProgram = this.#programs.get(path);
    const program = this.#ts.createProgram({
      rootNames,
      options,
      host,
      ...(projectReferences && { projectReferences }),
      ...(oldProgram && { oldProgram }),
    });
    this.#programs.set(path, program);
    return { program, host };
  }

  #host(options: ts.CompilerOptions): ts.CompilerHost {
    const TS = this.#ts;
    const host = TS.createCompilerHost(options);
    host.getCurrentDirectory = () => this.#folder;
    const parse = host.getSourceFile.bind(host);
    host.getSourceFile = (name, parsing, ...rest) => {
      const key = JSON.stringify([name, parsing]);
      const stamp = stampOf(name);
      const known = this.#files.get(key);
      if (known?.stamp === stamp) return known.file;
      const file = parse(name, parsing, ...rest);
      this.#files.set(key, { stamp, file });
      return file;
    };
    const libraries = this.#libraries;
    if (libraries === undefined) return host;
    host.getDefaultLibLocation = () => libraries;
    host.getDefaultLibFileName = (given) => join(libraries, TS.getDefaultLibFileName(given));
    return host;
  }
}
