/** The core of every door: filter, compile, route diagnostics, know what to compile again. Knows no host. */
import { createCompiler, MARK, resolveCompilerOptions } from "../src/index.ts";
import type { Compilation, Compiler, CompilerOptions, Diagnostic } from "../src/index.ts";
import { patternsFrom, type IdFilter } from "./patterns.ts";
import { reportOf, type Report } from "./report.ts";

/** What a host does with what the core finds. */
export interface Host {
  /** Fails the build. */
  error(report: Report | Failure): never;
  warn(report: Report): void;
  addWatchFile(path: string): void;
}

/** What stands in the way of every file: no ts-morph, a tsconfig that cannot be read. */
export interface Failure {
  readonly message: string;
  readonly id: string;
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
  ids(root: string): IdFilter;
  transform(code: string, id: string, host: Host): Promise<Transformed | undefined>;
  /** Says that a file changed, appeared or went away. */
  changed(path: string): void;
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
  if (manifest !== undefined) throw new Error("aotcache: `manifest` is not written yet. Leave it out.");
  const outcomes = new Map<string, Outcome>();
  const isNew = unseen();
  let loading: Promise<Compiler> | undefined;
  let compiler: Compiler | undefined;
  return {
    code: MARK,
    ids: (from) => patternsFrom(from, { include, exclude }),
    async transform(code, id, host) {
      const path = id.split("?", 1)[0]!;
      if (!SCRIPT.test(path)) return undefined;
      let compilation: Compilation;
      try {
        loading ??= createCompiler({ ...options, root: root() });
        compiler = await loading;
        compilation = compiler.compile(path, code);
      } catch (error) {
        // A message of ours says all that there is to say: a stack would bury it.
        if (error instanceof Error && error.message.startsWith("aotcache: "))
          return host.error({ message: error.message, id: path });
        throw error;
      }
      const { diagnostics, dependencies, ...result } = compilation;
      const errors = diagnostics.filter(({ severity }) => severity === "error");
      const warnings = diagnostics.filter(({ severity }) => severity === "warning");
      outcomes.set(path, { failed: errors.length > 0, dependencies });
      for (const each of dependencies) host.addWatchFile(each);
      if (isNew(path, warnings)) for (const each of warnings) host.warn(reportOf([each], path, code));
      if (errors.length > 0) host.error(reportOf(errors, path, code));
      return result.code === undefined ? undefined : { code: result.code, map: JSON.stringify(result.map) };
    },
    changed(path) {
      // Before the first file is compiled there is nothing to forget.
      compiler?.invalidate(path);
      outcomes.delete(path);
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

/** A pattern of a user may take in more than can be compiled. */
const SCRIPT = /\.[cm]?[jt]sx?$/;

/** Tells what was not said before: a host compiles a file once for each of its environments. */
function unseen(): (path: string, diagnostics: readonly Diagnostic[]) => boolean {
  const said = new Map<string, string>();
  return (path, diagnostics) => {
    const text = JSON.stringify(diagnostics);
    if (said.get(path) === text) return false;
    said.set(path, text);
    return true;
  };
}
