/**
 * The public API of the compiler, `aotcache/compiler`, for integrations and tools. Importing it does not load
 * TypeScript; {@link createCompiler} does.
 */
import { BuildCache, type LoadedCompiler } from "./build-cache/index.ts";
import { callerWarnings, type CompiledFile, findCallers } from "./callers.ts";
import type { Compilation } from "./compilation.ts";
import type { Diagnostic } from "./diagnostics/catalogue.ts";
import { Ids } from "./ids.ts";
import {
  checkCallers,
  checkCallersSync,
  type CreateOptions,
  type LazyCompiler,
  loadedCompiler,
  loadListSync,
  loaderOf,
  loadPhases,
  loadPhasesSync,
  type Phases,
  resolveCreateOptions,
  type ResolvedCreateOptions,
  withAdvice,
  withInstallAdvice,
} from "./load.ts";
import type { ListedProject, ListOptions, ProjectFiles } from "./project/list.ts";
import { absolute } from "./project/files/paths.ts";
import type { Transpiler } from "./project/transpile.ts";
import { loadCommon } from "./typescript.ts";

export { type CompiledFile, hasSharedResults } from "./callers.ts";
export type { Compilation, SourceMapObject } from "./compilation.ts";
export type { ScriptRule } from "./compile.ts";
export {
  catalogue,
  DIAGNOSTIC_NAMES,
  type Diagnostic,
  type DiagnosticName,
} from "./diagnostics/catalogue.ts";
export { positionAt } from "./diagnostics/position.ts";
export {
  resolveCompilerOptions,
  type CompilerOptions,
  type ResolvedCompilerOptions,
} from "./options/function.ts";
export type { CreateOptions, LazyCompiler } from "./load.ts";
export { explainSite, formatSite, type ExplainedSite } from "./manifest/explain.ts";
export { manifestText, sitesOf, type ManifestSite } from "./manifest/manifest.ts";
export { isEmitted, MARK, mayContainMark } from "./prefilter.ts";
export { formatDiagnostic, frame } from "./diagnostics/format.ts";
export { InputError, isInputError, TsconfigNotFoundError } from "./diagnostics/input-error.ts";
export { stampOf } from "./project/files/disk.ts";
export type { ListedProject, ListOptions, ProjectFiles } from "./project/list.ts";
export type { Reference, Site, Span } from "./site.ts";
export { timingText } from "./timing.ts";
export { createThreadedCompiler, type ThreadedCompiler } from "./thread/index.ts";
export type { FileSearch } from "./thread/messages.ts";
export type { ModuleFormat, TranspileOptions, Transpiler } from "./project/transpile.ts";
export { suggest } from "../runtime/contract/suggest.ts";

/** Compiles the files of one project, and recompiles them when they change. */
export interface Compiler {
  /**
   * Compiles one file.
   *
   * @param path absolute, or relative to `root`
   * @param text the source, used instead of the file's text on disk
   * @throws {Error} when a tsconfig cannot be read. Problems in the source are diagnostics.
   */
  compile(path: string, text: string): Compilation;
  /**
   * Returns further warnings of compiled files, by their paths: callers in other files change what a cached function
   * returned to them.
   *
   * @param files all files of the project with cached functions, whose paths are absolute
   * @param texts the texts of the files that may call them, by their absolute paths
   */
  checkCallers(
    files: readonly CompiledFile[],
    texts: ReadonlyMap<string, string>,
  ): ReadonlyMap<string, readonly Diagnostic[]>;
  /** Reports that a file was changed, created or deleted. `path` is absolute, or relative to `root`. */
  invalidate(path: string): void;
  /** Drops the types that were loaded, to save memory between projects. The next file loads its types again. */
  release(): void;
}

/**
 * Creates a compiler and loads TypeScript.
 *
 * @throws {Error} when an option is unknown or invalid, or when ts-morph is not installed. The message is one line.
 * @example
 * import { createCompiler } from "aotcache/compiler";
 *
 * const compiler = await createCompiler();
 * const { code, diagnostics } = compiler.compile("src/a.ts", "// @cached ttl=10\nexport const f = (n: number) => n;");
 */
export async function createCompiler(options: CreateOptions = {}): Promise<Compiler> {
  const resolved = resolveCreateOptions(options);
  const phases = await loadPhases();
  return options.buildCache ? storingCompiler(resolved, () => phases) : assembleCompiler(resolved, phases);
}

/**
 * Creates a compiler that stores its results in `node_modules/.cache/aotcache`. It loads TypeScript only when a
 * file, or anything that its result depends on, has changed. Without a `node_modules` in `root` or a folder above,
 * nothing is stored.
 *
 * @throws {Error} when an option is unknown or invalid. The message is one line.
 * @example
 * import { createLazyCompiler } from "aotcache/compiler";
 *
 * const compiler = createLazyCompiler();
 * const { code } = await compiler.compile("src/a.ts", "// @cached ttl=10\nexport const f = (n: number) => n;");
 */
export function createLazyCompiler(options: CreateOptions = {}): LazyCompiler {
  const resolved = resolveCreateOptions(options);
  const cache = new BuildCache(resolved);
  return {
    async compile(path, text) {
      const fullPath = absolute(path, resolved.root);
      const known = cache.lookup(fullPath, text);
      if (known) return known;
      return cache.compile(fullPath, text, await loaderOf(resolved));
    },
    checkCallers: (files, texts) => checkCallers(files, texts, { cache, resolved }),
    invalidate: (path) => {
      cache.invalidate(absolute(path, resolved.root));
    },
    flush: cache.flush,
  };
}

/**
 * Creates a compiler like {@link createLazyCompiler}, for hosts whose hooks are synchronous. Works only in the
 * published package.
 *
 * @throws {Error} when an option is unknown or invalid. The message is one line. `compile` also throws when
 * TypeScript is needed and ts-morph is not installed.
 * @example
 * import { createLazyCompilerSync } from "aotcache/compiler";
 *
 * const compiler = createLazyCompilerSync();
 * const { code } = compiler.compile("src/a.ts", "// @cached ttl=10\nexport const f = (n: number) => n;");
 */
export function createLazyCompilerSync(options: CreateOptions = {}): Compiler {
  return storingCompiler(resolveCreateOptions(options), loadPhasesSync);
}

/** A compiler of texts that are not on disk yet. */
export interface EditorCompiler extends Compiler {
  /** Sets the text of a file that others import, until the file on disk changes or `invalidate` is called. */
  setText(path: string, text: string): void;
}

/**
 * Creates a compiler like {@link createLazyCompilerSync}, for editors and linters, which compile a file after each key
 * that is pressed. It stores only results of texts that are on disk.
 *
 * @throws {Error} when an option is unknown or invalid. The message is one line. `compile` also throws when
 * TypeScript is needed and ts-morph is not installed.
 * @example
 * import { createEditorCompiler } from "aotcache/compiler";
 *
 * const compiler = createEditorCompiler();
 * const { diagnostics } = compiler.compile("src/a.ts", "// @cache ttl=10\nexport const f = (n: number) => n;");
 */
export function createEditorCompiler(options: CreateOptions = {}): EditorCompiler {
  const resolved = resolveCreateOptions(options);
  const cache = new BuildCache(resolved);
  const load = (): LoadedCompiler => loadedCompiler(resolved, loadPhasesSync());
  return {
    ...cachingCompiler(resolved, cache, (...file) => cache.compileEdited(...file, load)),
    setText: (path, text) => {
      cache.setText(absolute(path, resolved.root), text);
    },
    checkCallers(files, texts) {
      const calls = findCallers(files, texts);
      if (calls.length === 0) return new Map();
      const callers = calls.map(({ caller }) => caller);
      return callerWarnings(calls, cache.findChanges(callers, load, false), resolved);
    },
  };
}

function cachingCompiler(
  { root }: ResolvedCreateOptions,
  cache: BuildCache,
  compile: (path: string, text: string) => Compilation,
): Omit<Compiler, "checkCallers"> {
  return {
    compile(path, text) {
      const fullPath = absolute(path, root);
      return cache.lookup(fullPath, text) ?? compile(fullPath, text);
    },
    invalidate: (path) => {
      cache.invalidate(absolute(path, root));
    },
    release: () => {
      cache.release();
    },
  };
}

/** Creates a compiler with the build cache. `load` is called for the first file without a stored result. */
function storingCompiler(resolved: ResolvedCreateOptions, load: () => Phases): Compiler {
  const cache = new BuildCache(resolved);
  const loadCompiler = (): LoadedCompiler => loadedCompiler(resolved, load());
  return {
    ...cachingCompiler(resolved, cache, (...file) => cache.compile(...file, loadCompiler)),
    checkCallers: (files, texts) => checkCallersSync(files, texts, { cache, resolved, load: loadCompiler }),
  };
}

function assembleCompiler(resolved: ResolvedCreateOptions, phases: Phases): Compiler {
  const { root, options } = resolved;
  const { compile, changesBy, workspace } = loadedCompiler(resolved, phases);
  const context = { workspace, options, ids: new Ids(), scripts: resolved.scripts };
  return {
    compile: (path, text) => compile(absolute(path, root), text, context),
    checkCallers(files, texts) {
      const calls = findCallers(files, texts);
      const changes = calls.map(({ caller }) => changesBy(caller, context, true)!);
      return callerWarnings(calls, changes, resolved);
    },
    invalidate: (path) => {
      workspace.invalidate(path);
    },
    release: () => {
      workspace.release();
    },
  };
}

/**
 * Compiles a single file. To compile several files, or a file repeatedly, use {@link createCompiler}, which is
 * faster.
 *
 * @param path absolute, or relative to `options.root`. The nearest tsconfig.json and package.json apply.
 * @param text the source, used instead of the file's text on disk
 * @throws {Error} (rejects) when an option is unknown or invalid, when ts-morph is not installed, or when a
 * tsconfig cannot be read. Problems in the source are diagnostics.
 * @example
 * import { compile } from "aotcache/compiler";
 *
 * const { code, map, diagnostics } = await compile("src/a.ts", "// @cached ttl=10\nexport const f = (n: number) => n;");
 */
export async function compile(path: string, text: string, options: CreateOptions = {}): Promise<Compilation> {
  return (await createCompiler(options)).compile(path, text);
}

/**
 * Lists the source files that a tsconfig and its `references` include. Loads TypeScript.
 *
 * @throws {Error} (rejects) when there is no tsconfig, when one cannot be read, or when ts-morph is not installed.
 * The message is one line.
 * @example
 * import { listProject } from "aotcache/compiler";
 *
 * const { root, files } = await listProject();
 */
export async function listProject(options: ListOptions = {}): Promise<ProjectFiles> {
  return (await withInstallAdvice(() => import("./project/list.ts"))).listProject(options);
}

/**
 * Lists source files like {@link listProject}, synchronously. Works only in the published package.
 *
 * @throws {Error} when there is no tsconfig, when one cannot be read, or when ts-morph is not installed. The message is
 * one line.
 * @example
 * import { listProjectSync } from "aotcache/compiler";
 *
 * const { root, files } = listProjectSync();
 */
export function listProjectSync(options: ListOptions = {}): ListedProject {
  return loadListSync().listProject(options);
}

/**
 * Returns the TypeScript that the compiler itself uses, the one that ts-morph bundles.
 *
 * @throws {Error} when ts-morph is not installed. The message is one line.
 * @example
 * import { loadTypeScript } from "aotcache/compiler";
 *
 * const { version } = loadTypeScript();
 */
export function loadTypeScript(): typeof import("ts-morph").ts {
  try {
    return loadCommon().ts;
  } catch (error) {
    throw withAdvice(error);
  }
}

/**
 * Creates a transpiler, which turns single files into JavaScript by removing types and compiling JSX. Works only
 * in the published package; {@link loadTranspiler} works everywhere. Of the options, `root` and `tsconfig` apply.
 *
 * @throws {Error} when ts-morph is not installed. The message is one line.
 * @example
 * import { createTranspiler } from "aotcache/compiler";
 *
 * const code = createTranspiler().transpile("a.ts", "export const n: number = 1;", { format: "module" });
 */
export function createTranspiler({ root, tsconfig }: CreateOptions = {}): Transpiler {
  const [, { Workspace }] = loadPhasesSync();
  return new Workspace({ root, tsconfig }).transpiler();
}

/**
 * Creates a transpiler like {@link createTranspiler}, asynchronously.
 *
 * @throws {Error} (rejects) when ts-morph is not installed. The message is one line.
 * @example
 * import { loadTranspiler } from "aotcache/compiler";
 *
 * const transpiler = await loadTranspiler();
 * const code = transpiler.transpile("a.ts", "export const n: number = 1;", { format: "module" });
 */
export async function loadTranspiler({ root, tsconfig }: CreateOptions = {}): Promise<Transpiler> {
  const [, { Workspace }] = await loadPhases();
  return new Workspace({ root, tsconfig }).transpiler();
}
