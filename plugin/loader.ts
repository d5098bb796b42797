import remapping from "@jridgewell/remapping";
import { type CompilerOptions, InputError, isInputError, type SourceMapObject } from "../src/index.ts";
import { requireHost } from "./core/host.ts";
import { optionsKey } from "./core/options-key.ts";
import { matcherOf } from "./core/patterns.ts";
import { type Failure, type Report, reportText } from "./core/report.ts";
import { printBuildSummary } from "./core/summary.ts";
import { createTransform, type Transform } from "./core/transform.ts";
import { isNextBuild, recordWarnings } from "./next/summary.ts";

/** The options of a plugin, except for `manifest`: a loader does not know when a build ends. */
export type AotcacheOptions = Omit<CompilerOptions, "manifest">;

/** The members in use of a loader's `this`, which webpack, Rspack and Turbopack provide. */
export interface LoaderHost {
  readonly resourcePath: string;
  /** `""`, or `?` and what follows. */
  readonly resourceQuery?: string;
  readonly rootContext?: string;
  /** Absent in Turbopack. */
  readonly _compiler?: LoaderCompilerHost | undefined;
  getOptions(): AotcacheOptions;
  addDependency(path: string): void;
  emitWarning(warning: Error): void;
  async(): LoaderCallback;
}

/** The members in use of the compiler that runs a loader. */
interface LoaderCompilerHost {
  /** Of a compiler that a plugin has started in another one: the outermost. Absent in Rspack. */
  readonly root?: LoaderCompilerHost;
  readonly watchMode?: boolean;
  readonly hooks: {
    readonly done: {
      tapPromise(name: string, listener: (stats: LoaderStats) => Promise<void>): void;
    };
  };
  getInfrastructureLogger(name: string): { info(text: string): void };
}

/** The members in use of the result of a build. */
interface LoaderStats {
  readonly compilation: {
    readonly modules: Iterable<unknown>;
    readonly errors: Error[];
    readonly warnings: Error[];
  };
  hasErrors(): boolean;
}

/** Takes the result of a loader. */
export type LoaderCallback = (
  error?: Error | null,
  code?: string,
  map?: string | object,
  meta?: unknown,
) => void;

/**
 * Compiles marked functions, as a loader of webpack, Rspack or Turbopack. Where plugins are possible, prefer
 * `aotcache/webpack` or `aotcache/rspack`.
 *
 * Put it last in the list, so that it runs first: later loaders remove the types. In Turbopack, globs replace regular
 * expressions in `include` and `exclude`, because its options are JSON.
 *
 * @example
 * // webpack.config.js
 * export default {
 *   module: { rules: [{ test: /\.tsx?$/, use: ["babel-loader", "aotcache/loader"] }] },
 * };
 */
export default function aotcache(
  this: LoaderHost,
  source: string,
  map?: string | object,
  meta?: unknown,
): void {
  // Before webpack 5, a loader parses its options itself.
  requireHost("getOptions" in this, { entry: "aotcache/loader", needs: "webpack 5, Rspack or Turbopack" });
  const callback = this.async();
  const unchanged = (): void => {
    callback(null, source, map, meta);
  };
  try {
    const compiler = loaderCompiler(this.getOptions(), this.rootContext ?? process.cwd());
    const id = this.resourcePath + (this.resourceQuery ?? "");
    if (!compiler.core.code.test(source) || !compiler.isIncluded(id)) {
      unchanged();
      return;
    }
    compileSource(this, source, compiler).then((result) => {
      if (result) callback(null, result.code, chained(result.map, map));
      else unchanged();
    }, callback);
  } catch (error) {
    callback(isInputError(error) ? plain(error.message) : (error as Error));
  }
}

interface LoaderCompiler {
  readonly core: Transform;
  readonly isIncluded: (id: string) => boolean;
  /** The last text of each file. A file that failed has `undefined`. */
  readonly texts: Map<string, string | undefined>;
  /** The compilers whose builds it finishes. */
  readonly hosts: WeakSet<LoaderCompilerHost>;
}

/** One for each project and set of options, because a bundler runs the loader in several compilers of one process. */
const compilers = new Map<string, LoaderCompiler>();

function loaderCompiler(options: AotcacheOptions, root: string): LoaderCompiler {
  const key = optionsKey(root, options);
  let compiler = compilers.get(key);
  if (!compiler) {
    if ("manifest" in options)
      throw new InputError(
        "`manifest` is not an option of a loader, which does not know when a build ends. Run `npx aotcache list --manifest`.",
      );
    const core = createTransform(options, () => root);
    compiler = {
      core,
      isIncluded: matcherOf(core.ids(root, "webpack")),
      texts: new Map(),
      hosts: new WeakSet(),
    };
    compilers.set(key, compiler);
  }
  return compiler;
}

/** @throws {Error} with all errors of the file and their code frames, without a stack */
async function compileSource(
  host: LoaderHost,
  source: string,
  { core, texts, hosts }: LoaderCompiler,
): ReturnType<Transform["transform"]> {
  const path = host.resourcePath;
  // Hosts do not report changes. The files that a result depends on are checked anyway; this also checks packages.
  if (texts.has(path) && texts.get(path) !== source) core.changed(path);
  let failure: Report | Failure | undefined;
  const result = await core.transform(source, path + (host.resourceQuery ?? ""), {
    error: (report) => void (failure = report),
    warn: (report) => {
      host.emitWarning(plain(reportText(report)));
    },
    addWatchFile: (file) => {
      host.addDependency(file);
    },
  });
  // Turbopack ends its processes without notice.
  if (host._compiler === undefined) core.flush();
  texts.set(path, failure ? undefined : source);
  if (!failure) recordWarnings(path, core.counts().get(path)?.warnings ?? 0);
  const compiler = host._compiler && (host._compiler.root ?? host._compiler);
  if (compiler && !hosts.has(compiler)) {
    hosts.add(compiler);
    finishBuildsOf(compiler, core);
  }
  if (failure) throw plain(reportText(failure));
  // Without a folder, hosts do not agree on what a source is relative to.
  return result && { ...result, map: { ...result.map, sources: [path] } };
}

/** Checks the callers once all modules of a build are known, and prints the line at its end. */
function finishBuildsOf(compiler: LoaderCompilerHost, core: Transform): void {
  const logger = compiler.getInfrastructureLogger("aotcache");
  // Rspack does not call listeners of other hooks that are added during its first build.
  compiler.hooks.done.tapPromise("aotcache", async (stats) => {
    const { modules, errors, warnings } = stats.compilation;
    const ids = [...modules].map((module) => (module as { resource?: string }).resource ?? "");
    await core.finish(ids, {
      error: (report) => errors.push(plain(reportText(report))),
      warn: (report) => warnings.push(plain(reportText(report))),
    });
    for (const [path, count] of core.counts()) recordWarnings(path, count.warnings);
    if (stats.hasErrors() || isNextBuild()) return;
    printBuildSummary(core.counts(), compiler.watchMode, (line) => logger.info(line));
  });
}

/** Hosts print the stack of an error, if it has one, and not its message. */
const plain = (message: string): Error => Object.assign(new Error(message), { stack: "" });

/** Continues the map of the loaders before this one. Not as text, which babel-loader and ts-loader do not take. */
const chained = (map: SourceMapObject, before: string | object | null | undefined): object =>
  before ? remapping([map, before] as Parameters<typeof remapping>[0], () => null) : map;
