/** The compiler, for doors and tool authors. Importing this loads no TypeScript; {@link createCompiler} does. */
import type { Compilation } from "./compile.ts";
import { resolveCompilerOptions, type CompilerOptions, type ResolvedCompilerOptions } from "./options.ts";
import { absolute } from "./project/paths.ts";

export type { Compilation } from "./compile.ts";
export { catalogue, DIAGNOSTIC_NAMES, type Diagnostic, type DiagnosticName } from "./diagnostics.ts";
export { resolveCompilerOptions, type CompilerOptions, type ResolvedCompilerOptions } from "./options.ts";
export { MARK, mayContainMark } from "./prefilter.ts";
export { formatDiagnostic, frame } from "./report.ts";
export type { Site, Span } from "./site.ts";

/** Compiles the files of one project, and again when they change. */
export interface Compiler {
  /**
   * Compiles one file.
   *
   * @param path absolute, or relative to the root
   * @param text the original source, which wins over what is on disk
   * @throws {Error} when a tsconfig cannot be read; everything about the source is a diagnostic
   */
  compile(path: string, text: string): Compilation;
  /** Says that a file changed, appeared or went away. */
  invalidate(path: string): void;
}

/** Options of {@link createCompiler}. */
export interface CreateOptions extends CompilerOptions {
  /** Where relative paths start. Default: the working directory. */
  root?: string;
}

/**
 * Makes a compiler; this is when ts-morph is loaded.
 *
 * @throws {Error} for an unknown option, or when ts-morph is not installed; the message is one line.
 * @example
 * const compiler = await createCompiler();
 * const { code, diagnostics } = compiler.compile("src/a.ts", "// @cached ttl=10\nexport const f = (n: number) => n;");
 */
export async function createCompiler(options: CreateOptions = {}): Promise<Compiler> {
  const { root, ...given } = options;
  const resolved: ResolvedCompilerOptions = resolveCompilerOptions(given);
  const [{ compile }, { Workspace }, { Ids }] = await load();
  const start = absolute(root ?? ".");
  const workspace = new Workspace({ tsconfig: resolved.tsconfig, root: start });
  const context = { workspace, options: resolved, ids: new Ids() };
  return {
    compile: (path, text) => compile(absolute(path, start), text, context),
    invalidate: (path) => {
      workspace.invalidate(path);
    },
  };
}

/**
 * Compiles one file, on its own; for several, or again after a change, {@link createCompiler} is quicker.
 *
 * @param path absolute, or relative to the root; its tsconfig and package.json are found from there
 * @param text the original source
 * @throws {Error} as {@link createCompiler} does; everything about the source is a diagnostic.
 * @example
 * const { code, map, diagnostics } = await compile("src/a.ts", "// @cached ttl=10\nexport const f = (n: number) => n;");
 */
export async function compile(path: string, text: string, options: CreateOptions = {}): Promise<Compilation> {
  return (await createCompiler(options)).compile(path, text);
}

async function load(): Promise<
  [typeof import("./compile.ts"), typeof import("./project.ts"), typeof import("./ids.ts")]
> {
  try {
    return await Promise.all([import("./compile.ts"), import("./project.ts"), import("./ids.ts")]);
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: unknown };
    if (code !== "ERR_MODULE_NOT_FOUND" || !String(message).includes("ts-morph")) throw error;
    throw new Error(
      "aotcache: the compiler needs ts-morph; install it with `npm install --save-dev ts-morph`.",
      {
        cause: error,
      },
    );
  }
}
