/** The core of every door: filter, compile, route diagnostics, watch files. Knows no host. */
import { createCompiler, frame, MARK, resolveCompilerOptions } from "../src/index.ts";
import type { Compiler, CompilerOptions, Diagnostic, ResolvedCompilerOptions } from "../src/index.ts";

/** What a host does with what the core finds. */
export interface Host {
  /** Fails the build. */
  error(report: Report): never;
  warn(report: Report): void;
  addWatchFile(path: string): void;
}

/** A diagnostic the way bundlers take them. */
export interface Report {
  readonly message: string;
  readonly id: string;
  readonly loc: { readonly file: string; readonly line: number; readonly column: number };
  readonly frame: string;
}

/** The rewritten text and its map. */
export interface Transformed {
  readonly code: string;
  readonly map: string;
}

/** One plugin instance's work. */
export interface Transform {
  readonly options: ResolvedCompilerOptions;
  /** What the host may look for before it calls: a superset of what is compiled. */
  readonly code: RegExp;
  transform(code: string, id: string, host: Host): Promise<Transformed | undefined>;
  invalidate(path: string): void;
}

/**
 * Makes the core; nothing is loaded until a file with a mark comes along.
 *
 * @throws {Error} for an unknown option.
 */
export function createTransform(options: CompilerOptions, root: () => string): Transform {
  const resolved = resolveCompilerOptions(options);
  let compiler: Promise<Compiler> | undefined;
  return {
    options: resolved,
    code: MARK,
    async transform(code, id, host) {
      compiler ??= createCompiler({ ...options, root: root() });
      const result = (await compiler).compile(id, code);
      for (const path of result.dependencies) host.addWatchFile(path);
      const errors = result.diagnostics.filter(({ severity }) => severity === "error");
      for (const each of result.diagnostics) {
        if (each.severity === "warning") host.warn(reportOf([each], id, code));
      }
      if (errors.length > 0) host.error(reportOf(errors, id, code));
      return result.code === undefined ? undefined : { code: result.code, map: JSON.stringify(result.map) };
    },
    invalidate(path) {
      void compiler?.then((made) => {
        made.invalidate(path);
      });
    },
  };
}

/** All of a file's errors are one report: hosts stop at the first. */
function reportOf(diagnostics: readonly Diagnostic[], id: string, text: string): Report {
  const [first, ...others] = diagnostics as readonly [Diagnostic, ...Diagnostic[]];
  const sentences = ({ name, message, help }: Diagnostic): string => `[${name}] ${message} ${help}`;
  const rest = others.map((each) => {
    const place = `${each.file}:${String(each.line)}:${String(each.column)}`;
    return `\n\n${place} ${sentences(each)}\n${frame(text, each.span)}`;
  });
  return {
    message: sentences(first) + rest.join(""),
    id,
    // Hosts count columns from 0.
    loc: { file: id, line: first.line, column: first.column - 1 },
    frame: frame(text, first.span),
  };
}
