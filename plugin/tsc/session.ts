/** Compiles the marked files of the programs of one tsc run. */
import type ts from "typescript";
import { isInputError, mayContainMark, resolveCompilerOptions } from "../../src/index.ts";
import type { Compiler, CompilerOptions } from "../../src/index.ts";
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
  /** The last program of each tsconfig. A file with a new object has a new text. */
  readonly #programs = new Map<unknown, ts.Program>();
  readonly #printedWarnings = new Map<string, string>();
  #compiler: Compiler | undefined;

  /** @throws {InputError} if an option is unknown or has an invalid value */
  constructor({ options, root, load }: SessionOptions) {
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
    for (const file of marked) {
      try {
        this.#compiler ??= this.#load();
        outcomes.set(file, outcomeOf(TS, file, this.#compiler));
      } catch (error) {
        // The message is complete. A stack would hide it.
        if (!isInputError(error)) throw error;
        failure = error.message;
        outcomes.set(file, FAILED);
      }
    }
    for (const [file, outcome] of outcomes) this.#versions.update(file, outcome);
    this.#warn(TS, program, outcomes);
    withCachedFunctions({ ts: TS, program, host, outcomes, failure });
    return { outcomes, failure };
  }

  #isMarked(program: ts.Program, file: ts.SourceFile): boolean {
    if (file.isDeclarationFile || !mayContainMark(file.text)) return false;
    if (program.isSourceFileFromExternalLibrary(file)) return false;
    return SCRIPT_FILE.test(file.fileName) && this.#selects(file.fileName);
  }

  /** Tells the compiler which files tsc found to be changed. */
  #invalidateChanged(program: ts.Program): void {
    const key = program.getCompilerOptions()["configFilePath"];
    const last = this.#programs.get(key);
    this.#programs.set(key, program);
    for (const { fileName } of last?.getSourceFiles() ?? []) {
      if (last!.getSourceFile(fileName) !== program.getSourceFile(fileName))
        this.#compiler?.invalidate(fileName);
    }
    for (const { fileName } of last ? program.getSourceFiles() : []) {
      if (!last!.getSourceFile(fileName)) this.#compiler?.invalidate(fileName);
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
