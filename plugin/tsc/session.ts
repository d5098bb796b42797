/** Compiles the marked files of the programs of one tsc run. */
import type ts from "typescript";
import { isInputError, mayContainMark, resolveCompilerOptions } from "../../src/index.ts";
import type { Compilation, Compiler, CompilerOptions } from "../../src/index.ts";
import { matcherOf, patternsFrom, SCRIPT_FILE } from "../core/patterns.ts";
import { FAILED, FileVersions, outcomeOf, type TscOutcome } from "./outcome.ts";
import { diagnosticsText, isPretty } from "./print.ts";
import { withCachedFunctions } from "./program.ts";
import { isOverlay } from "./rewritten.ts";

export interface SessionOptions {
  readonly options: CompilerOptions;
  /** Absolute path that globs are relative to, and the names of files without a package. */
  readonly root: string;
  /** Creates the compiler. Called for the first file with a mark. */
  readonly load: () => Compiler;
  /** Whether no program comes twice, so that types are released after each. Default: `false` */
  readonly once?: boolean;
}

/** The outcomes of a program. */
export interface SessionResult {
  readonly outcomes: ReadonlyMap<ts.SourceFile, TscOutcome>;
  /** The error that made all files with a mark fail. */
  readonly failure: string | undefined;
}

/** Compiles the programs that tsc creates, one after another. */
export class Session {
  readonly #load: () => Compiler;
  readonly #selects: (path: string) => boolean;
  readonly #versions = new FileVersions();
  /** The files of the last program of each tsconfig, which tsc may have released. A new object has a new text. */
  readonly #files = new Map<unknown, ReadonlyMap<string, WeakRef<ts.SourceFile>>>();
  readonly #once: boolean;
  readonly #printedWarnings = new Map<string, string>();
  #compiler: Compiler | undefined;

  /** @throws {InputError} if an option is unknown or has an invalid value */
  constructor({ options, root, load, once = false }: SessionOptions) {
    this.#once = once;
    this.#load = load;
    this.#selects = matcherOf(patternsFrom(root, resolveCompilerOptions(options)));
  }

  /** Compiles the marked functions of a program, and prints new warnings as tsc would. */
  apply(TS: typeof ts, program: ts.Program, host: ts.CompilerHost): SessionResult {
    if (isOverlay(host)) return { outcomes: new Map(), failure: undefined };
    this.#invalidateChanged(program);
    const marked = program.getSourceFiles().filter((file) => this.#isMarked(program, file));
    const outcomes = new Map<ts.SourceFile, TscOutcome>();
    let failure: string | undefined;
    const attempt = (files: readonly ts.SourceFile[], run: (compiler: Compiler) => void): void => {
      try {
        run((this.#compiler ??= this.#load()));
      } catch (error) {
        // The message is complete. A stack would hide it.
        if (!isInputError(error)) throw error;
        failure = error.message;
        for (const file of files) outcomes.set(file, FAILED);
      }
    };
    const compilations = new Map<ts.SourceFile, Compilation>();
    for (const file of marked) {
      attempt([file], (compiler) => compilations.set(file, compiler.compile(file.fileName, file.text)));
    }
    if (compilations.size > 0)
      attempt([...compilations.keys()], (compiler) => {
        const found = compiler.checkCallers(...callersIn(program, compilations));
        for (const [file, compilation] of compilations)
          outcomes.set(file, outcomeOf(TS, file, compilation, found.get(file.fileName) ?? []));
      });
    if (this.#once) this.#compiler?.release();
    for (const [file, outcome] of outcomes) this.#versions.update(file, outcome);
    this.#warn(TS, program, outcomes);
    withCachedFunctions({ ts: TS, program, host, outcomes, failure });
    return { outcomes, failure };
  }

  #isMarked(program: ts.Program, file: ts.SourceFile): boolean {
    if (!isOwn(program, file) || !mayContainMark(file.text)) return false;
    return SCRIPT_FILE.test(file.fileName) && this.#selects(file.fileName);
  }

  /** Tells the compiler which files tsc found to be changed. */
  #invalidateChanged(program: ts.Program): void {
    if (this.#once) return;
    const key = program.getCompilerOptions()["configFilePath"];
    const last = this.#files.get(key);
    const files = new Map(program.getSourceFiles().map((file) => [file.fileName, new WeakRef(file)]));
    this.#files.set(key, files);
    if (!last) return;
    for (const path of new Set([...last.keys(), ...files.keys()])) {
      if (last.get(path)?.deref() !== program.getSourceFile(path)) this.#compiler?.invalidate(path);
    }
  }

  /** Prints warnings directly: any diagnostic of the program, whatever its category, would make tsc fail. */
  #warn(TS: typeof ts, program: ts.Program, outcomes: ReadonlyMap<ts.SourceFile, TscOutcome>): void {
    const fresh = [...outcomes].flatMap(([{ fileName }, { warnings }]) => {
      const text = JSON.stringify(warnings.map(({ start, messageText }) => [start, messageText]));
      if (this.#printedWarnings.get(fileName) === text) return [];
      this.#printedWarnings.set(fileName, text);
      return warnings;
    });
    if (fresh.length === 0) return;
    const options = {
      pretty: isPretty(TS.sys, program.getCompilerOptions()),
      folder: program.getCurrentDirectory(),
    };
    TS.sys.write(diagnosticsText(TS, fresh, options));
  }
}

const isOwn = (program: ts.Program, file: ts.SourceFile): boolean =>
  !file.isDeclarationFile && !program.isSourceFileFromExternalLibrary(file);

/** Returns what a check of callers takes: the compiled files of a program, and the texts of all its files. */
function callersIn(
  program: ts.Program,
  compilations: ReadonlyMap<ts.SourceFile, Compilation>,
): Parameters<Compiler["checkCallers"]> {
  const compiled = [...compilations].map(([{ fileName: path, text }, compilation]) => ({
    path,
    text,
    compilation,
  }));
  const own = program.getSourceFiles().filter((file) => isOwn(program, file));
  return [compiled, new Map(own.map(({ fileName, text }) => [fileName, text]))];
}
