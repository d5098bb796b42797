/** Loads the compiler behind the public API: its options, its phases, and the advice when ts-morph is missing. */
import { createRequire } from "node:module";
import type { BuildCache, LoadedCompiler } from "./build-cache/index.ts";
import {
  type Caller,
  type CompiledFile,
  callerWarnings,
  findCallers,
  type FoundCaller,
  type ProjectTexts,
} from "./callers.ts";
import type { ResultChange } from "./analyze/changed-results.ts";
import type { Compilation } from "./compilation.ts";
import type { ScriptRule } from "./compile.ts";
import type { Diagnostic } from "./diagnostics/catalogue.ts";
import { InputError } from "./diagnostics/input-error.ts";
import {
  resolveCompilerOptions,
  type CompilerOptions,
  type ResolvedCompilerOptions,
} from "./options/function.ts";
import { absolute } from "./project/files/paths.ts";

/** Options of `createCompiler`. */
export interface CreateOptions extends CompilerOptions {
  /** The folder that relative paths start from. Default: the working directory. */
  root?: string;
  /**
   * When a file without `import` and `export` is a script, in which a cached function is an error: for tsc `"always"`,
   * for bundlers and Node.js `"never"`, and `"tsconfig"` if tsc writes JavaScript under its tsconfig. Default:
   * `"never"`.
   */
  scripts?: ScriptRule;
  /** Whether `createCompiler` uses the build cache, as `createLazyCompiler` always does. Default: `false`. */
  buildCache?: boolean;
}

/** A compiler that uses the build cache, and loads TypeScript only for files without a valid cached result. */
export interface LazyCompiler {
  /**
   * Compiles one file, or returns its cached result.
   *
   * @param path absolute, or relative to `root`
   * @param text the source, used instead of the file's text on disk
   * @throws {Error} (rejects) when a tsconfig cannot be read, or when TypeScript is needed and ts-morph is not
   * installed. Problems in the source are diagnostics.
   */
  compile(path: string, text: string): Promise<Compilation>;
  /** Returns further warnings of compiled files, like {@link Compiler.checkCallers}. */
  checkCallers(
    files: readonly CompiledFile[],
    texts: ReadonlyMap<string, string>,
  ): Promise<ReadonlyMap<string, readonly Diagnostic[]>>;
  /** Reports that a file was changed, created or deleted. `path` is absolute, or relative to `root`. */
  invalidate(path: string): void;
  /** Writes pending results to the build cache now. Otherwise they are written after 250 ms, or on exit. */
  flush(): void;
}

export interface ResolvedCreateOptions {
  /** Absolute. */
  readonly root: string;
  readonly scripts: ScriptRule;
  readonly options: ResolvedCompilerOptions;
}

export function resolveCreateOptions({
  root,
  scripts = "never",
  buildCache: _,
  ...options
}: CreateOptions): ResolvedCreateOptions {
  return { options: resolveCompilerOptions(options), root: absolute(root ?? "."), scripts };
}

export function loadedCompiler(
  { root, options }: ResolvedCreateOptions,
  [{ compile, changesBy }, { Workspace }]: Phases,
): LoadedCompiler {
  return { compile, changesBy, workspace: new Workspace({ tsconfig: options.tsconfig, root }) };
}

/** Loads TypeScript, and returns what `BuildCache` calls for a file without a stored result. */
export async function loaderOf(resolved: ResolvedCreateOptions): Promise<() => LoadedCompiler> {
  const phases = await loadPhases();
  return () => loadedCompiler(resolved, phases);
}

/** Checks the callers of compiled files. Loads TypeScript only for a caller without a stored answer. */
export async function checkCallers(
  files: readonly CompiledFile[],
  texts: ProjectTexts,
  {
    cache,
    resolved,
    find = async (callers) => cache.findChanges(callers, await loaderOf(resolved)),
  }: {
    readonly cache: BuildCache;
    readonly resolved: ResolvedCreateOptions;
    /** Finds what callers without a stored answer change. */
    readonly find?: (callers: readonly Caller[]) => Promise<readonly (readonly ResultChange[])[]>;
  },
): Promise<ReadonlyMap<string, readonly Diagnostic[]>> {
  const { others, warningsWith } = storedAnswers(findCallers(files, texts), cache, resolved);
  return warningsWith(others.length > 0 ? await find(others) : []);
}

/** Like {@link checkCallers}, synchronously. */
export function checkCallersSync(
  files: readonly CompiledFile[],
  texts: ProjectTexts,
  {
    cache,
    resolved,
    load,
  }: {
    readonly cache: BuildCache;
    readonly resolved: ResolvedCreateOptions;
    readonly load: () => LoadedCompiler;
  },
): ReadonlyMap<string, readonly Diagnostic[]> {
  const { others, warningsWith } = storedAnswers(findCallers(files, texts), cache, resolved);
  return warningsWith(others.length > 0 ? cache.findChanges(others, load) : []);
}

interface StoredAnswers {
  /** The callers without a stored answer. */
  readonly others: readonly Caller[];
  /** Returns the warnings of all callers, given what the others change. */
  readonly warningsWith: (
    found: readonly (readonly ResultChange[])[],
  ) => ReadonlyMap<string, readonly Diagnostic[]>;
}

function storedAnswers(
  calls: readonly FoundCaller[],
  cache: BuildCache,
  resolved: ResolvedCreateOptions,
): StoredAnswers {
  const known = calls.map(({ caller }) => cache.lookupChanges(caller));
  return {
    others: calls.filter((_, index) => !known[index]).map(({ caller }) => caller),
    warningsWith(found) {
      const rest = [...found];
      return callerWarnings(
        calls,
        known.map((each) => each ?? rest.shift()!),
        resolved,
      );
    },
  };
}

export type Phases = [typeof import("./compile.ts"), typeof import("./project/workspace.ts")];

export function loadPhases(): Promise<Phases> {
  return withInstallAdvice(() => Promise.all([import("./compile.ts"), import("./project/workspace.ts")]));
}

export function loadPhasesSync(): Phases {
  return requireAll("./compile.js", "./project/workspace.js") as Phases;
}

export function loadListSync(): typeof import("./project/list.ts") {
  return requireAll("./project/list.js")[0] as typeof import("./project/list.ts");
}

/** Loads modules of the published package synchronously. */
function requireAll(...paths: string[]): unknown[] {
  const load = createRequire(import.meta.url);
  try {
    return paths.map((path): unknown => load(path));
  } catch (error) {
    throw withAdvice(error);
  }
}

export async function withInstallAdvice<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    throw withAdvice(error);
  }
}

/** Replaces the error of a missing ts-morph by one that says how to install it. */
export function withAdvice(error: unknown): unknown {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const missing = code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
  if (!missing || !String(message).includes("ts-morph")) return error;
  return new InputError("the compiler needs ts-morph; install it with `npm install --save-dev ts-morph`.", {
    cause: error,
  });
}
