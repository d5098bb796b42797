/** `aotcache rewrite`: the sources of a project with their marked functions compiled, for any compiler. */
import { resolve } from "node:path";
import type ts from "typescript";
import {
  createCompiler,
  formatDiagnostic,
  isInputError,
  loadTypeScript,
  mayContainMark,
} from "../../../src/index.ts";
import { resolveCompilerOptions, type CompilerOptions, type Diagnostic } from "../../../src/index.ts";
import { Projects } from "../build/projects.ts";
import { matcherOf, patternsFrom } from "../../core/patterns.ts";
import { commonFolder, projectFiles } from "./files.ts";
import { Mirror } from "./mirror.ts";
import { projectPath, tsconfigFor } from "../../tsc/tsconfig.ts";

/** What {@link rewrite} takes: the options of the compiler, and of the command. */
export interface RewriteOptions extends CompilerOptions {
  /** A tsconfig, or its folder; relative to `cwd`. Left out: the nearest tsconfig.json, upward from there. */
  readonly project?: string | undefined;
  /** The folder to write to: a new one, an empty one, or one that was written before. Relative to `cwd`. */
  readonly out: string;
  /** Where relative paths start. Default: the working directory. */
  readonly cwd?: string | undefined;
}

/**
 * Writes the sources of a project, of its references too, to another folder: marked functions compiled, all else
 * as it is, at the same places below the folder that holds all of them. Its tsconfigs and package.jsons go along.
 *
 * @returns the exit code: 0, 1 when the compiler found an error and nothing is written, 2 for bad input.
 */
export async function rewrite({ project, out, cwd = ".", ...given }: RewriteOptions): Promise<number> {
  try {
    const folder = resolve(cwd);
    const path = projectPath(project, folder);
    const mirror = new Mirror(resolve(folder, out), folder);
    const texts = await compileAll({ path, mirror, given });
    if (!texts) return 1;
    const { files, rewritten } = texts;
    mirror.write(commonFolder([...files.keys()]), files);
    process.stdout.write(`aotcache: ${files.size} files in ${out}, ${rewritten} of them compiled.\n`);
    return 0;
  } catch (error) {
    if (!isInputError(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

interface Texts {
  /** What is written, by the path that it comes from. */
  readonly files: ReadonlyMap<string, string>;
  /** How many of them are not as they were. */
  readonly rewritten: number;
}

interface Work {
  readonly path: string;
  readonly mirror: Mirror;
  readonly given: CompilerOptions;
}

/** Undefined when an error stands in the way. */
async function compileAll({ path, mirror, given }: Work): Promise<Texts | undefined> {
  const root = resolve(path, "..");
  const tsconfig = given.tsconfig ?? tsconfigFor(path);
  const options: CompilerOptions = { ...given, ...(tsconfig !== undefined && { tsconfig }) };
  const selects = matcherOf(patternsFrom(root, resolveCompilerOptions(options)));
  const compiler = await createCompiler({ ...options, root });
  const projects = new Projects(loadTypeScript() as unknown as typeof ts, root);
  const files = projectFiles(projects, path, (file) => mirror.holds(file));
  let rewritten = 0;
  let failed = false;
  for (const [file, text] of files) {
    if (!REWRITABLE_FILE.test(file) || !mayContainMark(text) || !selects(file)) continue;
    const { code, diagnostics } = compiler.compile(file, text);
    for (const each of diagnostics) process.stderr.write(print(each, text));
    failed ||= diagnostics.some(({ severity }) => severity === "error");
    if (code === undefined) continue;
    files.set(file, code);
    rewritten++;
  }
  return failed ? undefined : { files, rewritten };
}

/** Not a declaration file: `a.d.ts`, `a.d.css.ts`. */
const REWRITABLE_FILE = /(?<!\.d(?:\.[^./]+)?)\.[cm]?[jt]sx?$/;

function print(diagnostic: Diagnostic, text: string): string {
  const color = process.stderr.isTTY && !process.env["NO_COLOR"];
  return `${formatDiagnostic(diagnostic, text, { color })}\n\n`;
}
