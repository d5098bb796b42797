/** `aotcache build`: does what tsc does and compiles marked functions, with the project's own TypeScript. */
import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import type ts from "typescript";
import {
  createCompiler,
  createThreadedCompiler,
  InputError,
  isInputError,
  listProject,
  loadTypeScript,
  type Compilation,
  type Compiler,
  type CompilerOptions,
  type Diagnostic,
  type ProjectFiles,
} from "../../../src/index.ts";
import { progressOn } from "../../core/progress.ts";
import { scanProject } from "../../core/scan.ts";
import { countOf, summaryOf, type FileCount } from "../../core/summary.ts";
import { buildInProcess } from "./in-process.ts";
import { buildNatively } from "./native.ts";
import { installedTypeScript } from "./typescript.ts";
import { diagnosticOf } from "../../tsc/outcome.ts";
import { diagnosticsText, isPretty } from "../../tsc/print.ts";
import { Session } from "../../tsc/session.ts";
import { projectPath, tsconfigFor } from "../../tsc/tsconfig.ts";

/** Options of {@link build}. */
export interface BuildOptions extends CompilerOptions {
  /** A tsconfig or its folder, relative to `cwd`. Left out: the nearest tsconfig.json, from `cwd` upward. */
  readonly project?: string | undefined;
  /** Whether to build again whenever a file changes. The promise then stays pending. Default: `false`. */
  readonly watch?: boolean | undefined;
  /** The folder that relative paths start from. Default: the working directory. */
  readonly cwd?: string | undefined;
}

/**
 * Builds a project and its references as its own tsc would. Prints what tsc prints, to the same streams.
 *
 * @returns the exit code: 0, tsc's 1 or 2 for problems, 2 for invalid input
 */
export async function build({ project, watch = false, cwd = ".", ...given }: BuildOptions): Promise<number> {
  try {
    const folder = resolve(cwd);
    const path = projectPath(project, folder);
    const root = dirname(path);
    const installed = installedTypeScript(root);
    if (!installed) {
      throw new InputError(
        `there is no TypeScript for ${path}; install it with \`npm install --save-dev typescript\`.`,
      );
    }
    const { major, minor, version } = installed;
    if (major < 5 || (major === 5 && minor < 4)) {
      throw new InputError(`\`build\` takes TypeScript 5.4 or newer, and ${path} has ${version}.`);
    }
    // Throws if a tsconfig cannot be read. tsc reports all other errors.
    const files = await listProject({ tsconfig: path });
    const tsconfig = given.tsconfig ?? tsconfigFor(path);
    const options: CompilerOptions = { ...given, ...(tsconfig !== undefined && { tsconfig }) };
    const ahead = (): Promise<Ahead | undefined> => compileAhead(files, options, { root, folder });
    const first = watch ? NOTHING : await ahead();
    const compiler = await createCompiler({ ...options, root, scripts: "always", buildCache: true });
    const unreported = new Map(first?.findings);
    // A build in watch mode, and one that keeps no results, checks callers with its own programs.
    const load = (): Compiler => (first === NOTHING ? compiler : reporting(unreported, compiler));
    const session = new Session({ options, root, load, once: !watch });
    const job = { path, folder, watch, session, installed, options };
    const code = await (major < 7 ? buildInProcess(job) : buildNatively(job));
    if (watch || code !== 0) return code;
    // Projects that are up to date are not compiled. Without findings, declarations of another project were missing.
    const { findings, counts } = first ? { ...first, findings: unreported } : ((await ahead()) ?? NOTHING);
    const exitCode = report(findings, folder);
    if (exitCode === 0 && counts) process.stdout.write(`aotcache: ${summaryOf(counts)}\n`);
    return exitCode;
  } catch (error) {
    if (!isInputError(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

/** What callers in other files change, by the paths of the files with the functions that they call. */
type CallerFindings = ReadonlyMap<string, readonly Diagnostic[]>;

/** What is known of a project before tsc runs. */
interface Ahead {
  readonly findings: CallerFindings;
  /** Undefined if results are not kept, so that the files were not compiled. */
  readonly counts?: ReadonlyMap<string, FileCount>;
}

const NOTHING: Ahead = { findings: new Map() };

/** Returns a compiler that takes what it reports of callers from the findings, and removes it there. */
const reporting = (findings: Map<string, readonly Diagnostic[]>, compiler: Compiler): Compiler => ({
  ...compiler,
  checkCallers(files) {
    const found = files.map(({ path }) => [path, findings.get(path) ?? []] as const);
    for (const [path] of found) findings.delete(path);
    return new Map(found);
  },
});

/** Prints findings, and returns the exit code of the build. */
function report(findings: CallerFindings, folder: string): number {
  const TS = loadTypeScript() as unknown as typeof ts;
  const diagnostics = [...findings].flatMap(([path, found]) => {
    const file = TS.createSourceFile(path, readFileSync(path, "utf8"), TS.ScriptTarget.Latest);
    return found.map((each) => diagnosticOf(TS, each, file));
  });
  if (diagnostics.length > 0)
    process.stdout.write(diagnosticsText(TS, diagnostics, { pretty: isPretty(TS.sys, {}), folder }));
  return diagnostics.some(({ category }) => category === TS.DiagnosticCategory.Error) ? 1 : 0;
}

/**
 * Fills the build cache in a thread, whose memory is free again when tsc needs as much, and checks callers. Stops at the
 * first file with an error, and returns undefined: the build reports it, unless only the declarations of another project
 * were missing.
 */
async function compileAhead(
  project: ProjectFiles,
  compiler: CompilerOptions,
  { root, folder }: { root: string; folder: string },
): Promise<Ahead | undefined> {
  const thread = createThreadedCompiler({ ...compiler, root, scripts: "always" });
  if (!thread.keepsResults) return NOTHING;
  const progress = progressOn(process.stderr);
  let failed: Compilation | undefined;
  let { findings } = NOTHING;
  const counts = new Map<string, FileCount>();
  try {
    await scanProject({
      project,
      compiler,
      globsFrom: root,
      callers: true,
      scanner: {
        async compile(path, text) {
          if (failed) return failed;
          const compilation = await thread.compile(path, text);
          if (compilation.diagnostics.some(({ severity }) => severity === "error")) failed = compilation;
          counts.set(path, countOf(compilation));
          return compilation;
        },
        checkCallers: async (scanned, texts) =>
          (findings = failed ? findings : await thread.checkCallers(scanned, texts)),
      },
      progress: (step) => progress.step({ ...step, path: relative(folder, step.path) }),
    });
  } finally {
    progress.clear();
    await thread.close();
  }
  for (const [path, found] of findings) {
    const { functions, warnings } = counts.get(path)!;
    counts.set(path, { functions, warnings: warnings + found.length });
  }
  return failed ? undefined : { findings, counts };
}
