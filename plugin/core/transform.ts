/** The core of every door: filter, compile, route diagnostics, know what to compile again. Knows no host. */
import { readFile } from "node:fs/promises";
import { createLazyCompiler, isInputError, MARK, resolveCompilerOptions } from "../../src/index.ts";
import type { Compilation, CompilerOptions, Diagnostic, LazyCompiler } from "../../src/index.ts";
import { keepManifest, type ManifestKeeper } from "./manifest.ts";
import { patternsFrom, type IdFilter } from "./patterns.ts";
import { reportOf, type Failure, type Report } from "./report.ts";

/** What a host does with what the core finds. */
export interface Host {
  /** Fails the build: at once, or when the file is done with. */
  error(report: Report | Failure): void;
  warn(report: Report | Failure): void;
  /** A file's warnings are given again only when they are others: it is compiled for several environments. */
  readonly warnsOnce?: boolean;
  addWatchFile(path: string): void;
}

/** The rewritten text and its map. */
export interface Transformed {
  readonly code: string;
  readonly map: string;
}

/** One plugin instance's work. */
export interface Transform {
  /** What the host may look for before it calls: a superset of what is compiled. */
  readonly code: RegExp;
  /** Which modules the host may call with; globs start at the root. */
  ids(root: string, host?: "webpack"): IdFilter;
  transform(code: string, id: string, host: Host): Promise<Transformed | undefined>;
  /** Says that a file changed, appeared or went away. */
  changed(path: string): void;
  /** Says that a build came to its end: writes the manifest, if one is wanted and nothing failed. */
  finish(): Promise<void>;
  /** The files that were compiled with something of this one: they are to be compiled again. */
  dependents(path: string): readonly string[];
  /** The files that failed, and that a change of this one may have mended. */
  retries(path: string, change: "create" | "update" | "delete"): readonly string[];
}

interface Outcome {
  readonly failed: boolean;
  readonly dependencies: readonly string[];
}

/**
 * Makes the core; nothing is loaded until a file with a mark comes along.
 *
 * @throws {Error} for an unknown option.
 */
export function createTransform(options: CompilerOptions, root: () => string): Transform {
  const { include, exclude, manifest } = resolveCompilerOptions(options);
  const outcomes = new Map<string, Outcome>();
  const isNew = unseen();
  let compiler: LazyCompiler | undefined;
  const load = (): LazyCompiler => (compiler ??= createLazyCompiler({ ...options, root: root() }));
  let keeper: ManifestKeeper | undefined;
  const keep = (): ManifestKeeper | undefined => {
    if (manifest === undefined) return undefined;
    const compile = (path: string, text: string): Promise<Compilation> => load().compile(path, text);
    return (keeper ??= keepManifest({ root: root(), manifest, compiler: options, compile }));
  };
  return {
    code: MARK,
    ids: (from, host) => patternsFrom(from, { include, exclude }, host),
    async transform(code, id, host) {
      const path = id.split("?", 1)[0]!;
      if (!SOURCE.test(path)) return undefined;
      let compilation: Compilation;
      try {
        compilation = await load().compile(path, code);
        keep()?.saw(path, code, compilation);
      } catch (error) {
        if (!isInputError(error)) throw error;
        // A message of ours says all that there is to say: a stack would bury it.
        host.error({ message: error.message, id: path });
        return undefined;
      }
      const { diagnostics, dependencies, sites, ...result } = compilation;
      const errors = diagnostics.filter(({ severity }) => severity === "error");
      const warnings = diagnostics.filter(({ severity }) => severity === "warning");
      outcomes.set(path, { failed: errors.length > 0, dependencies });
      for (const each of dependencies) host.addWatchFile(each);
      const late = sites.length > 0 && !(await isOriginal(path, code));
      const isNews = isNew(path, { warnings, late });
      if (isNews || !host.warnsOnce) {
        for (const each of warnings) host.warn(reportOf([each], path, code));
        if (late) host.warn({ message: LATE, id: path });
      }
      if (errors.length > 0) host.error(reportOf(errors, path, code));
      return result.code === undefined ? undefined : { code: result.code, map: JSON.stringify(result.map) };
    },
    changed(path) {
      // Before the first file is compiled there is nothing to forget.
      compiler?.invalidate(path);
      keeper?.changed(path);
      outcomes.delete(path);
    },
    async finish() {
      if (![...outcomes.values()].some(({ failed }) => failed)) await keep()?.write();
    },
    dependents: (path) =>
      [...outcomes].filter(([, { dependencies }]) => dependencies.includes(path)).map(([each]) => each),
    retries: (path, change) =>
      [...outcomes]
        // Nobody knows in which files an import looked that led nowhere.
        .filter(([, each]) => each.failed && (change !== "update" || each.dependencies.includes(path)))
        .map(([each]) => each),
  };
}

/** What can be compiled; a pattern of a user may take in more. */
const SOURCE = /\.(?:[cm]?[jt]sx?|vue|svelte)$/;

const LATE =
  "aotcache: another plugin changed this file first, and without its types the keys may be others than in other builds. Put `aotcache()` before that plugin.";

/** Tells the text on disk from what a plugin made of it. What is not on disk has no other text. */
async function isOriginal(path: string, code: string): Promise<boolean> {
  const bare = (text: string): string => text.replace(/^\uFEFF/, "");
  const onDisk = await readFile(path, "utf8").catch(() => code);
  return bare(onDisk) === bare(code);
}

/** Tells what was not said before. */
function unseen(): (path: string, said: { warnings: readonly Diagnostic[]; late: boolean }) => boolean {
  const known = new Map<string, string>();
  return (path, said) => {
    const text = JSON.stringify(said);
    if (known.get(path) === text) return false;
    known.set(path, text);
    return true;
  };
}
