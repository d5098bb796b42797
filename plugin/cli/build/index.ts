/** `aotcache build`: does what tsc does and compiles marked functions, with the project's own TypeScript. */
import { dirname, relative, resolve } from "node:path";
import {
  createCompiler,
  createThreadedCompiler,
  InputError,
  isInputError,
  listProject,
  type Compilation,
  type CompilerOptions,
  type ProjectFiles,
} from "../../../src/index.ts";
import { progressOn } from "../../core/progress.ts";
import { scanProject } from "../../core/scan.ts";
import { buildInProcess } from "./in-process.ts";
import { buildNatively } from "./native.ts";
import { installedTypeScript } from "./typescript.ts";
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
    if (!watch && major < 7) await compileAhead(files, options, { root, folder });
    const compiler = await createCompiler({ ...options, root, scripts: "always", buildCache: true });
    const session = new Session({ options, root, load: () => compiler, once: !watch });
    const job = { path, folder, watch, session, installed, options };
    return await (major < 7 ? buildInProcess(job) : buildNatively(job));
  } catch (error) {
    if (!isInputError(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

/**
 * Fills the build cache in a thread, whose memory is free again when tsc needs as much. Stops at the first file with an
 * error: the build reports it, unless only the declarations of another project were missing.
 */
async function compileAhead(
  project: ProjectFiles,
  compiler: CompilerOptions,
  { root, folder }: { root: string; folder: string },
): Promise<void> {
  const thread = createThreadedCompiler({ ...compiler, root, scripts: "always" });
  if (!thread.keepsResults) return;
  const progress = progressOn(process.stderr);
  let failed: Compilation | undefined;
  try {
    await scanProject({
      project,
      compiler,
      globsFrom: root,
      async compile(path, text) {
        if (failed) return failed;
        const compilation = await thread.compile(path, text);
        if (compilation.diagnostics.some(({ severity }) => severity === "error")) failed = compilation;
        return compilation;
      },
      progress: (step) => progress.step({ ...step, path: relative(folder, step.path) }),
    });
  } finally {
    progress.clear();
    await thread.close();
  }
}
