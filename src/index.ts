/** The compiler, for doors and tool authors. Importing this loads no TypeScript; {@link createCompiler} does. */
import { createRequire } from "node:module";
import type { Compilation } from "./compilation.ts";
import { InputError } from "./diagnostics/input-error.ts";
import { Ids } from "./ids.ts";
import { BuildCache, type LoadedCompiler } from "./build-cache/index.ts";
import {
  resolveCompilerOptions,
  type CompilerOptions,
  type ResolvedCompilerOptions,
} from "./options/function.ts";
import type { ListOptions, ProjectFiles } from "./project/files/list.ts";
import { absolute } from "./project/files/paths.ts";
import type { Transpiler } from "./project/transpile.ts";
import { loadCommon } from "./typescript.ts";

export type { Compilation } from "./compilation.ts";
export {
  catalogue,
  DIAGNOSTIC_NAMES,
  positionAt,
  type Diagnostic,
  type DiagnosticName,
} from "./diagnostics/catalogue.ts";
export {
  resolveCompilerOptions,
  type CompilerOptions,
  type ResolvedCompilerOptions,
} from "./options/function.ts";
export { explainSite, formatSite, type ExplainedSite } from "./manifest/explain.ts";
export { manifestText, sitesOf, type ManifestSite } from "./manifest/manifest.ts";
export { MARK, mayContainMark } from "./prefilter.ts";
export { formatDiagnostic, frame } from "./diagnostics/format.ts";
export { InputError, isInputError, TsconfigNotFoundError } from "./diagnostics/input-error.ts";
export { stampOf } from "./project/files/disk.ts";
export type { ListOptions, ProjectFiles } from "./project/files/list.ts";
export type { Reference, Site, Span } from "./site.ts";
export type { ModuleFormat, TranspileOptions, Transpiler } from "./project/transpile.ts";
export { suggest } from "../runtime/contract/suggest.ts";

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
  const resolve = resolved(options);
  return assemble(resolve, await load());
}

/** A compiler that takes what an earlier run found out, and is loaded only for the rest. */
export interface LazyCompiler {
  /** Compiles one file, as {@link Compiler} does; rejects where that throws. */
  compile(path: string, text: string): Promise<Compilation>;
  /** Says that a file changed, appeared or went away. */
  invalidate(path: string): void;
  /** Writes now what would be written in a moment. */
  flush(): void;
}

/**
 * Makes a compiler that keeps what it finds out in `node_modules/.cache/aotcache`, and loads ts-morph when a
 * file, or anything that its result depends on, is not as it was.
 *
 * @throws {Error} for an unknown option; the message is one line. `compile` rejects without ts-morph.
 * @example
 * const compiler = createLazyCompiler();
 * const { code } = await compiler.compile("src/a.ts", "// @cached ttl=10\nexport const f = (n: number) => n;");
 */
export function createLazyCompiler(options: CreateOptions = {}): LazyCompiler {
  const resolve = resolved(options);
  const kept = new BuildCache(resolve);
  return {
    async compile(path, text) {
      const whole = absolute(path, resolve.root);
      const known = kept.lookup(whole, text);
      if (known) return known;
      const phases = await load();
      return kept.compile(whole, text, () => partsOf(resolve, phases));
    },
    invalidate: (path) => {
      kept.invalidate(absolute(path, resolve.root));
    },
    flush: kept.flush,
  };
}

/**
 * The same for hosts that cannot wait; it needs the built package, as they do.
 *
 * @throws {Error} as {@link createLazyCompiler} does; `compile` throws without ts-morph.
 */
export function createLazyCompilerSync(options: CreateOptions = {}): Compiler {
  const resolve = resolved(options);
  const kept = new BuildCache(resolve);
  return {
    compile(path, text) {
      const whole = absolute(path, resolve.root);
      return kept.lookup(whole, text) ?? kept.compile(whole, text, () => partsOf(resolve, loadSync()));
    },
    invalidate: (path) => {
      kept.invalidate(absolute(path, resolve.root));
    },
  };
}

interface Resolved {
  readonly root: string;
  readonly options: ResolvedCompilerOptions;
}

function resolved({ root, ...given }: CreateOptions): Resolved {
  return { options: resolveCompilerOptions(given), root: absolute(root ?? ".") };
}

function partsOf({ root, options }: Resolved, [{ compile }, { Workspace }]: Phases): LoadedCompiler {
  return { compile, workspace: new Workspace({ tsconfig: options.tsconfig, root }) };
}

function assemble(resolve: Resolved, phases: Phases): Compiler {
  const { root, options } = resolve;
  const { compile, workspace } = partsOf(resolve, phases);
  const context = { workspace, options, ids: new Ids() };
  return {
    compile: (path, text) => compile(absolute(path, root), text, context),
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

/**
 * Lists the sources of a project: what its tsconfig takes in, through `references` too. This loads ts-morph.
 *
 * @throws {Error} when there is no tsconfig, or one that cannot be read; the message is one line.
 * @example
 * const { root, files } = await listProject();
 */
export async function listProject(options: ListOptions = {}): Promise<ProjectFiles> {
  return (await withTsMorph(() => import("./project/files/list.ts"))).listProject(options);
}

/**
 * The TypeScript that the compiler itself runs on, inside of ts-morph.
 *
 * @throws {Error} when ts-morph is not installed; the message is one line.
 */
export function loadTypeScript(): typeof import("ts-morph").ts {
  try {
    return loadCommon().ts;
  } catch (error) {
    throw withAdvice(error);
  }
}

/**
 * Makes what turns single files into JavaScript, types and JSX taken away; needs the built package.
 *
 * @throws {Error} when ts-morph is not installed; the message is one line.
 */
export function createTranspiler({ root, tsconfig }: CreateOptions = {}): Transpiler {
  const [, { Workspace }] = loadSync();
  return new Workspace({ root, tsconfig }).transpiler();
}

/**
 * The same for hosts that can wait.
 *
 * @throws {Error} when ts-morph is not installed; the message is one line.
 */
export async function loadTranspiler({ root, tsconfig }: CreateOptions = {}): Promise<Transpiler> {
  const [, { Workspace }] = await load();
  return new Workspace({ root, tsconfig }).transpiler();
}

type Phases = [typeof import("./compile.ts"), typeof import("./project/workspace.ts")];

function load(): Promise<Phases> {
  return withTsMorph(() => Promise.all([import("./compile.ts"), import("./project/workspace.ts")]));
}

function loadSync(): Phases {
  return requireAll("./compile.js", "./project/workspace.js") as Phases;
}

/** Loads modules of the built package at once. */
function requireAll(...paths: string[]): unknown[] {
  const load = createRequire(import.meta.url);
  try {
    return paths.map((path): unknown => load(path));
  } catch (error) {
    throw withAdvice(error);
  }
}

async function withTsMorph<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    throw withAdvice(error);
  }
}

/** What to install, where that is what is missing. */
function withAdvice(error: unknown): unknown {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const missing = code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
  if (!missing || !String(message).includes("ts-morph")) return error;
  return new InputError("the compiler needs ts-morph; install it with `npm install --save-dev ts-morph`.", {
    cause: error,
  });
}
