/** Marks every function of a package by itself, and compiles it. */
import { join } from "node:path";
import { createCompiler } from "aotcache/compiler";
import ts from "typescript";
import { type Candidate, candidatesIn, takesFunctions } from "./functions.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import { type CorpusPackage, textOf } from "./packages.ts";

export interface Surveyed extends Candidate {
  readonly file: string;
  readonly outcome: Outcome;
}

export interface Survey {
  readonly package: CorpusPackage;
  readonly functions: readonly Surveyed[];
  /** Those that take functions, which were left out. */
  readonly callbacks: number;
  /** For the types of arguments. */
  readonly program: ts.Program;
}

/** Most functions are short, and are chosen blindly: what they cost is no question here. */
export const ALLOWED = ["cheap"] as const;
/** More functions of one package would weigh too much, and take too long. They are spread over its files. */
const MAX_FUNCTIONS = 80;

export async function survey(of: CorpusPackage): Promise<Survey> {
  const compiler = await createCompiler({ root: of.folder, allow: [...ALLOWED] });
  const program = ts.createProgram(
    of.files.map((file) => join(of.folder, file)),
    optionsOf(of),
  );
  const checker = program.getTypeChecker();
  const all = of.files.flatMap((file) =>
    candidatesIn(program.getSourceFile(join(of.folder, file))!).map((each) => ({ ...each, file })),
  );
  const chosen = all.filter(({ fn }) => !takesFunctions(fn, checker));
  const step = Math.max(1, chosen.length / MAX_FUNCTIONS);
  const kept = chosen.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
  const functions: Surveyed[] = [];
  for (const file of of.files) {
    const path = join(of.folder, file);
    const text = withoutMarks(textOf(of, file));
    for (const each of kept.filter((candidate) => candidate.file === file)) {
      const marked = `${text.slice(0, each.at)}// @cached ttl=60\n${text.slice(each.at)}`;
      functions.push({ ...each, outcome: outcomeOf(compiler, path, marked, each.at) });
    }
    // Forgets the ids of the last form, and its text.
    compiler.compile(path, text);
    compiler.invalidate(path);
  }
  return { package: of, functions, callbacks: all.length - chosen.length, program };
}

/** Replaces pragmas by other comments of the same length. */
export const withoutMarks = (text: string): string => text.replaceAll("@cached", "-cached");

function optionsOf({ folder }: CorpusPackage): ts.CompilerOptions {
  const path = join(folder, "tsconfig.json");
  if (!ts.sys.fileExists(path)) return { strict: true, skipLibCheck: true, allowImportingTsExtensions: true };
  const { config } = ts.readConfigFile(path, (file) => ts.sys.readFile(file)) as { config: unknown };
  return ts.parseJsonConfigFileContent(config, ts.sys, folder).options;
}
