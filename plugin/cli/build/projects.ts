/** The projects of a build, as the TypeScript inside of the compiler sees them. */
import type ts from "typescript";
import { join } from "node:path";
import { stampOf } from "../../../src/index.ts";

export interface Graph {
  /** The tsconfig refers to other ones. */
  readonly isSolution: boolean;
  /** It and all that it leads to. */
  readonly configs: readonly Config[];
}

export interface Config {
  readonly path: string;
  readonly parsed: ts.ParsedCommandLine;
}

interface Parsed {
  readonly stamp: string;
  readonly file: ts.SourceFile | undefined;
}

/** Reads projects, and again when they changed. What is wrong with them is the project's own tsc to say. */
export class Projects {
  readonly #ts: typeof ts;
  readonly #folder: string;
  readonly #libraries: string | undefined;
  readonly #files = new Map<string, Parsed>();
  readonly #programs = new Map<string, ts.Program>();

  /**
   * @param folder the working directory
   * @param libraries the folder of `lib.d.ts`, which the TypeScript in here has on no disk
   */
  constructor(TS: typeof ts, folder: string, libraries?: string) {
    this.#ts = TS;
    this.#folder = folder;
    this.#libraries = libraries;
  }

  read(path: string): Graph {
    const TS = this.#ts;
    const host = {
      ...TS.sys,
      getCurrentDirectory: () => this.#folder,
      onUnRecoverableConfigFileDiagnostic: () => {},
    };
    const found = new Map<string, Config | undefined>([[path, undefined]]);
    // A map hands out what is added while it is walked.
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

  /** A program over a project, with as much of its last one as still holds. */
  program({ path, parsed }: Config): { readonly program: ts.Program; readonly host: ts.CompilerHost } {
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
