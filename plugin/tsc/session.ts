/** The work of one run of tsc: which files of a program are compiled, and with what. */
import type ts from "typescript";
import { isInputError, mayContainMark, resolveCompilerOptions } from "../../src/index.ts";
import type { Compiler, CompilerOptions } from "../../src/index.ts";
import { matcherOf, patternsFrom, SCRIPT_FILE } from "../core/patterns.ts";
import { FAILED, outcomeOf, Versions, type Outcome } from "./outcome.ts";
import { isPretty, diagnosticsText } from "./print.ts";
import { withCachedFunctions } from "./program.ts";
import { isOverlay } from "./rewritten.ts";

export interface SessionOptions {
  readonly options: CompilerOptions;
  /** Where globs start, and the names of files without a package. Absolute. */
  readonly root: string;
  /** Makes the compiler; called when the first file with a mark is seen. */
  readonly load: () => Compiler;
}

/** What became of a program. */
export interface Applied {
  readonly outcomes: ReadonlyMap<ts.SourceFile, Outcome>;
  /** What stands in the way of all files that hold a mark. */
  readonly failure: string | undefined;
}

/** Compiles the programs that tsc makes, one after the other. */
export class Session {
  readonly #load: () => Compiler;
  readonly #selects: (path: string) => boolean;
  readonly #versions = new Versions();
  /** The last program of each tsconfig: another object for a file is another text. */
  readonly #programs = new Map<unknown, ts.Program>();
  readonly #said = new Map<string, string>();
  #compiler: Compiler | undefined;

  /** @throws {Error} for an unknown option; the message is one line. */
  constructor({ options, root, load }: SessionOptions) {
    this.#load = load;
    this.#selects = matcherOf(patternsFrom(root, resolveCompilerOptions(options)));
  }

  /** Compiles a program's marked functions; what is warned of is printed, as tsc would, once. */
  apply(TS: typeof ts, program: ts.Program, host: ts.CompilerHost): Applied {
    if (isOverlay(host)) return { outcomes: new Map(), failure: undefined };
    this.#notice(program);
    const marked = program.getSourceFiles().filter((file) => this.#isMarked(program, file));
    const outcomes = new Map<ts.SourceFile, Outcome>();
    let failure: string | undefined;
    for (const file of marked) {
      try {
        this.#compiler ??= this.#load();
        outcomes.set(file, outcomeOf(TS, file, this.#compiler));
      } catch (error) {
        // A message of ours says all that there is to say: a stack would bury it.
        if (!isInputError(error)) throw error;
        failure = error.message;
        outcomes.set(file, FAILED);
      }
    }
    for (const [file, outcome] of outcomes) this.#versions.mark(file, outcome);
    this.#warn(TS, program, outcomes);
    withCachedFunctions({ ts: TS, program, host, outcomes, failure });
    return { outcomes, failure };
  }

  #isMarked(program: ts.Program, file: ts.SourceFile): boolean {
    if (file.isDeclarationFile || !mayContainMark(file.text)) return false;
    if (program.isSourceFileFromExternalLibrary(file)) return false;
    return SCRIPT_FILE.test(file.fileName) && this.#selects(file.fileName);
  }

  /** Hands on what tsc knows to have changed, so that the compiler need not find out. */
  #notice(program: ts.Program): void {
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

  /** A warning is no diagnostic of the program: to tsc each of these is a reason to fail. */
  #warn(TS: typeof ts, program: ts.Program, outcomes: ReadonlyMap<ts.SourceFile, Outcome>): void {
    const fresh = [...outcomes].flatMap(([{ fileName }, { warnings }]) => {
      const text = JSON.stringify(warnings.map(({ start, messageText }) => [start, messageText]));
      if (this.#said.get(fileName) === text) return [];
      this.#said.set(fileName, text);
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
