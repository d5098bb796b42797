/** `aotcache rewrite`: writes the sources of a project with marked functions compiled, for any compiler. */
import { resolve } from "node:path";
import type ts from "typescript";
import {
  createLazyCompiler,
  formatDiagnostic,
  isInputError,
  loadTypeScript,
  mayContainMark,
} from "../../../src/index.ts";
import { resolveCompilerOptions, type CompilerOptions, type Diagnostic } from "../../../src/index.ts";
import { matcherOf, patternsFrom } from "../../core/patterns.ts";
import { projectPath, tsconfigFor } from "../../tsc/tsconfig.ts";
import { Projects } from "../build/projects.ts";
import { commonFolder, isIn, projectFiles } from "./files.ts";
import { Mirror } from "./mirror.ts";
import { relocatedTsconfig, type Relocation } from "./tsconfig.ts";

/** Options of {@link rewrite}. */
export interface RewriteOptions extends CompilerOptions {
  /** A tsconfig or its folder, relative to `cwd`. Left out: the nearest tsconfig.json, from `cwd` upward. */
  readonly project?: string | undefined;
  /** The folder to write to, relative to `cwd`: new, empty, or the output of an earlier run. */
  readonly out: string;
  /** The folder that relative paths start from. Default: the working directory. */
  readonly cwd?: string | undefined;
}

/**
 * Writes the sources, tsconfigs and package.jsons of a project and its references to another folder, at the same
 * paths relative to their common folder. Marked functions are compiled, all other code is unchanged.
 *
 * @returns the exit code: 0; 1 if the compiler found an error and nothing was written; 2 for invalid input
 */
export async function rewrite({ project, out, cwd = ".", ...given }: RewriteOptions): Promise<number> {
  try {
    const folder = resolve(cwd);
    const path = projectPath(project, folder);
    const mirror = new Mirror(resolve(folder, out), folder);
    const texts = await compileAll({ path, mirror, given });
    if (!texts) return 1;
    const { top, files, rewritten } = texts;
    mirror.write(top, files);
    process.stdout.write(`aotcache: ${files.size} files in ${out}, ${rewritten} of them compiled.\n`);
    return 0;
  } catch (error) {
    if (!isInputError(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

interface RewrittenProject {
  /** The common folder of the files. */
  readonly top: string;
  /** The texts to write, by the path of their source. */
  readonly files: ReadonlyMap<string, string>;
  /** The number of compiled files. */
  readonly rewritten: number;
}

interface RewriteJob {
  readonly path: string;
  readonly mirror: Mirror;
  readonly given: CompilerOptions;
}

/** Compiles all files. Returns `undefined` if one has an error. */
async function compileAll({ path, mirror, given }: RewriteJob): Promise<RewrittenProject | undefined> {
  const root = resolve(path, "..");
  const tsconfig = given.tsconfig ?? tsconfigFor(path);
  const options: CompilerOptions = { ...given, ...(tsconfig !== undefined && { tsconfig }) };
  const selects = matcherOf(patternsFrom(root, resolveCompilerOptions(options)));
  const compiler = createLazyCompiler({ ...options, root, scripts: "always" });
  const TS = loadTypeScript() as unknown as typeof ts;
  const projects = new Projects(TS, root);
  const { files, tsconfigs } = projectFiles(projects, path, (file) => mirror.contains(file));
  let rewritten = 0;
  let failed = false;
  for (const [file, text] of files) {
    if (!REWRITABLE_FILE.test(file) || !mayContainMark(text) || !selects(file)) continue;
    const { code, diagnostics } = await compiler.compile(file, text);
    for (const diagnostic of diagnostics) process.stderr.write(formatForTerminal(diagnostic, text));
    failed ||= diagnostics.some(({ severity }) => severity === "error");
    if (code === undefined) continue;
    files.set(file, code);
    rewritten++;
  }
  compiler.flush();
  if (failed) return undefined;
  const top = commonFolder([...files.keys()]);
  for (const tsconfig of tsconfigs) {
    const relocation: Relocation = {
      TS,
      path: tsconfig,
      text: files.get(tsconfig)!,
      configDir: root,
      isCopied: (target) => files.has(target) || [...files.keys()].some((file) => isIn(target, file)),
      placeOf: (target) => mirror.placeOf(top, target),
    };
    files.set(tsconfig, relocatedTsconfig(relocation));
  }
  return { top, files, rewritten };
}

/** Not a declaration file: `a.d.ts`, `a.d.css.ts`. */
const REWRITABLE_FILE = /(?<!\.d(?:\.[^./]+)?)\.[cm]?[jt]sx?$/;

function formatForTerminal(diagnostic: Diagnostic, text: string): string {
  const color = process.stderr.isTTY && !process.env["NO_COLOR"];
  return `${formatDiagnostic(diagnostic, text, { color })}\n\n`;
}
