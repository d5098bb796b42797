/** The core of the bundler integrations, without any host: filters, compiles, reports, tracks what to compile again. */
import { readFile } from "node:fs/promises";
import {
  createLazyCompiler,
  createThreadedCompiler,
  isInputError,
  MARK,
  resolveCompilerOptions,
} from "../../src/index.ts";
import type {
  Compilation,
  CompilerOptions,
  Diagnostic,
  LazyCompiler,
  SourceMapObject,
  ThreadedCompiler,
} from "../../src/index.ts";
import { Callers } from "./callers.ts";
import { createManifestBuilder, projectAt, type ManifestBuilder } from "./manifest.ts";
import { COMPILED_FILE, pathOf, patternsFrom, type IdFilter } from "./patterns.ts";
import { reportOf, type Failure, type Report } from "./report.ts";
import { scanProject, type ScannedFile } from "./scan.ts";
import { countOf, type FileCount } from "./summary.ts";

/** The methods of a host that the core calls while it compiles a file. */
export interface TransformHost {
  /** Fails the build: immediately, or after this file. */
  error(report: Report | Failure): void;
  warn(report: Report | Failure): void;
  /** Reports the warnings of a file again only if they changed. For hosts that compile it for several environments. */
  readonly warnsOnce?: boolean;
  addWatchFile(path: string): void;
  /** Gets each marked file with its compilation. */
  compiled?(path: string, file: Omit<ScannedFile, "file">): void;
}

/** The emitted code and its source map. */
export interface Transformed {
  readonly code: string;
  readonly map: SourceMapObject;
}

/** The core of one plugin instance. */
export interface Transform {
  /** Compiles in a thread from now on, and starts with the marked files that have no stored result. */
  startThread(): void;
  /** Ends the thread. */
  endThread(): Promise<void>;
  /** Files without a match need not be passed to `transform`. It matches more than the compiler accepts. */
  readonly code: RegExp;
  /** The modules to pass to `transform`. Globs are relative to `root`. */
  ids(root: string, host?: "webpack"): IdFilter;
  /** Compiles a file and reports its diagnostics. Returns `undefined` if there is nothing to rewrite. */
  transform(code: string, id: string, host: TransformHost): Promise<Transformed | undefined>;
  /** Reports that a file was changed, created or deleted. */
  changed(path: string): void;
  /** Writes pending results to the build cache now, for hosts that may end without notice. */
  flush(): void;
  /**
   * Ends a build in which no file failed: reports callers in its modules that change what a function of another file
   * returned to them, and writes the manifest if the options ask for it.
   */
  finish(modules: Iterable<string>, host: Pick<TransformHost, "error" | "warn">): Promise<void>;
  /** Compiles the marked files of the project. */
  scan(): Promise<readonly ScannedFile[]>;
  /** The files of this build that have cached functions or warnings. */
  counts(): ReadonlyMap<string, FileCount>;
  /** Returns the files whose compilation depends on this one, which must be compiled again. */
  dependents(path: string): readonly string[];
  /** Returns the files that failed and that a change of this one may have fixed. */
  retries(path: string, change: "create" | "update" | "delete"): readonly string[];
}

interface FileOutcome {
  readonly failed: boolean;
  readonly dependencies: readonly string[];
  readonly count: FileCount;
}

/**
 * Creates the core. The compiler is loaded when the first file with a mark is transformed.
 *
 * @throws {InputError} if an option is unknown or has an invalid value
 */
export function createTransform(options: CompilerOptions, root: () => string): Transform {
  const { include, exclude, manifest } = resolveCompilerOptions(options);
  const outcomes = new Map<string, FileOutcome>();
  const callers = new Callers();
  const hasNewWarnings = warningFilter();
  const hasNewFindings = warningFilter();
  const callerWarnings = new Map<string, number>();
  let compiler: LazyCompiler | undefined;
  let thread: ThreadedCompiler | undefined;
  const loadCompiler = (): LazyCompiler => (compiler ??= createLazyCompiler({ ...options, root: root() }));
  let manifestBuilder: ManifestBuilder | undefined;
  const loadManifestBuilder = (): ManifestBuilder | undefined => {
    if (manifest === undefined) return undefined;
    return (manifestBuilder ??= createManifestBuilder({
      root: root(),
      manifest,
      compiler: options,
      scanner: loadCompiler(),
    }));
  };
  return {
    startThread() {
      compiler = thread = createThreadedCompiler({ ...options, root: root() });
      thread.preload({ folder: root(), ...patternsFrom(root(), { include, exclude }) });
    },
    endThread: async () => thread?.close(),
    code: MARK,
    ids: (from, host) => patternsFrom(from, { include, exclude }, host),
    async transform(code, id, host) {
      const path = pathOf(id);
      if (!COMPILED_FILE.test(path)) return undefined;
      let module: CompiledModule;
      try {
        module = await compileModule(id, code, loadCompiler());
        loadManifestBuilder()?.add(path, module.onDisk.text, module.onDisk.compilation);
        callers.add({ path, ...module.onDisk });
      } catch (error) {
        if (!isInputError(error)) throw error;
        // The message is complete. A stack would hide it.
        host.error({ message: error.message, id: path });
        return undefined;
      }
      host.compiled?.(path, { path, ...module.onDisk });
      const { isLate } = module;
      const { diagnostics, dependencies, ...result } = module.compilation;
      const errors = diagnostics.filter(({ severity }) => severity === "error");
      const warnings = diagnostics.filter(({ severity }) => severity === "warning");
      const count = countOf(module.onDisk.compilation);
      outcomes.set(path, { failed: errors.length > 0, dependencies, count });
      for (const dependency of dependencies) host.addWatchFile(dependency);
      const isNew = hasNewWarnings(path, { warnings, isLate });
      // A module with a query has the functions of the module without it.
      if (isNew || !(host.warnsOnce || id !== path)) {
        for (const warning of warnings) host.warn(reportOf([warning], path, code));
        if (isLate) host.warn({ message: CHANGED_BEFORE, id: path });
      }
      if (errors.length > 0) host.error(reportOf(errors, path, code));
      return result.code === undefined ? undefined : { code: result.code, map: printable(result.map!) };
    },
    changed(path) {
      // Without a compiler, nothing is cached yet.
      compiler?.invalidate(path);
      manifestBuilder?.changed(path);
      callers.changed(path);
      outcomes.delete(path);
    },
    flush() {
      compiler?.flush();
    },
    async finish(modules, host) {
      if ([...outcomes.values()].some(({ failed }) => failed)) return;
      callerWarnings.clear();
      await loadManifestBuilder()?.write();
      for (const { path, text, diagnostics } of await callers.check(modules, loadCompiler)) {
        const errors = diagnostics.filter(({ severity }) => severity === "error");
        const warnings = diagnostics.filter(({ severity }) => severity === "warning");
        callerWarnings.set(path, warnings.length);
        if (hasNewFindings(path, { warnings, isLate: false }))
          for (const warning of warnings) host.warn(reportOf([warning], path, text));
        if (errors.length > 0) host.error(reportOf(errors, path, text));
      }
    },
    async scan() {
      const project = await projectAt(root(), options);
      return scanProject({ project, compiler: options, globsFrom: root(), scanner: loadCompiler() });
    },
    counts: () =>
      new Map(
        [...outcomes].map(([path, { count }]) => {
          const found = callerWarnings.get(path) ?? 0;
          return [path, { ...count, warnings: count.warnings + found }];
        }),
      ),
    dependents: (path) =>
      [...outcomes].filter(([, { dependencies }]) => dependencies.includes(path)).map(([file]) => file),
    retries: (path, change) =>
      [...outcomes]
        // A new or deleted file may change what an unresolved import resolves to, and that path is not known.
        .filter(
          ([, outcome]) => outcome.failed && (change !== "update" || outcome.dependencies.includes(path)),
        )
        .map(([file]) => file),
  };
}

const CHANGED_BEFORE =
  "aotcache: another plugin changed this file first. Without its types, the keys may differ from those of other builds. Put `aotcache()` before that plugin.";

/** Returns a map that is JSON as text, like those of magic-string, which plugins around this one may expect. */
function printable(map: SourceMapObject): SourceMapObject {
  return Object.defineProperty({ ...map }, "toString", { value: () => JSON.stringify(map) });
}

interface CompiledModule {
  readonly compilation: Compilation;
  /** The file itself. Another plugin may have changed the text of the module, or cut a part out of it. */
  readonly onDisk: { readonly text: string; readonly compilation: Compilation };
  /** Whether another plugin has changed a function so that its keys are not those of the file. */
  readonly isLate: boolean;
}

async function compileModule(id: string, code: string, compiler: LazyCompiler): Promise<CompiledModule> {
  const path = pathOf(id);
  const text = await textOnDisk(path, code);
  if (text === code) {
    const compilation = await compiler.compile(path, code);
    return { compilation, onDisk: { text, compilation }, isLate: false };
  }
  const compilations = new Map<string, Compilation>();
  // What is compiled last is what other modules import types from: not the part of a module.
  for (const each of id === path ? [text, code] : [code, text])
    compilations.set(each, await compiler.compile(path, each));
  const [compilation, original] = [compilations.get(code)!, compilations.get(text)!];
  const idsOf = ({ sites, references }: Compilation): string[] =>
    [...sites, ...references].map((each) => JSON.stringify(each.id));
  const originalIds = new Set(idsOf(original));
  return {
    compilation,
    onDisk: { text, compilation: original },
    isLate: idsOf(compilation).some((each) => !originalIds.has(each)),
  };
}

/** Reads the text of a module's file. Returns `code` if only the byte order mark differs, or if there is no file. */
async function textOnDisk(path: string, code: string): Promise<string> {
  const withoutBom = (text: string): string => text.replace(/^\uFEFF/, "");
  const text = await readFile(path, "utf8").catch(() => code);
  return withoutBom(text) === withoutBom(code) ? code : text;
}

/** Returns a function that checks whether the warnings of a file differ from those of its last compilation. */
function warningFilter(): (
  path: string,
  found: { warnings: readonly Diagnostic[]; isLate: boolean },
) => boolean {
  const known = new Map<string, string>();
  return (path, found) => {
    const text = JSON.stringify(found);
    if (known.get(path) === text) return false;
    known.set(path, text);
    return true;
  };
}
