/**
 * The functions of TypeScript that this compiler uses though its typings hide them: writing the rules
 * of `include` or of what makes a file a module anew would be a second, slightly different set of them.
 * The peer range pins the TypeScript inside of ts-morph, so they cannot go away under a user.
 */
import { ts } from "ts-morph";

export interface MatchOptions {
  readonly directory: string;
  readonly extensions: readonly string[] | undefined;
  readonly excludes: readonly string[] | undefined;
  readonly includes: readonly string[] | undefined;
  readonly entriesOf: (directory: string) => Entries;
  /** Left out: the tree has no links. */
  readonly realpath?: ((path: string) => string) | undefined;
}

interface Internals {
  matchFiles(
    path: string,
    extensions: readonly string[] | undefined,
    excludes: readonly string[] | undefined,
    includes: readonly string[] | undefined,
    caseSensitive: boolean,
    currentDirectory: string,
    depth: number | undefined,
    entriesOf: (directory: string) => Entries,
    realpath: (path: string) => string,
  ): string[];
  getSetExternalModuleIndicator(options: ts.CompilerOptions): (file: ts.SourceFile) => void;
  bindSourceFile(file: ts.SourceFile, options: ts.CompilerOptions): void;
}

const internals = ts as unknown as Internals;

const same = (path: string): string => path;

/** Returns the files that the globs of a tsconfig select, among those that `entriesOf` shows. */
export function matchFiles(options: MatchOptions): string[] {
  const { directory, extensions, excludes, includes, entriesOf, realpath = same } = options;
  const caseSensitive = ts.sys.useCaseSensitiveFileNames;
  return internals.matchFiles(
    directory,
    extensions,
    excludes,
    includes,
    caseSensitive,
    directory,
    undefined,
    entriesOf,
    realpath,
  );
}

/** Returns what decides whether a parsed file is a module, under these options. */
export function moduleIndicator(options: ts.CompilerOptions): (file: ts.SourceFile) => void {
  return internals.getSetExternalModuleIndicator(options);
}

/** Makes the symbols of a script, and returns those that it declares for all files, to be added to. */
export function bind(script: ts.SourceFile): Map<string, ts.Symbol> {
  internals.bindSourceFile(script, {});
  return (script as unknown as { locals: Map<string, ts.Symbol> }).locals;
}

interface Resolving {
  getResolvedModule(file: ts.SourceFile, name: string, mode: ts.ResolutionMode): unknown;
}

/** Calls `look` whenever a program's checker, or the next program, looks where an import leads. */
export function watchImports(
  program: ts.Program,
  look: (file: ts.SourceFile, name: string, mode: ts.ResolutionMode) => void,
): void {
  const resolving = program as unknown as Resolving;
  const { getResolvedModule } = resolving;
  resolving.getResolvedModule = (file, name, mode) => {
    look(file, name, mode);
    return getResolvedModule(file, name, mode);
  };
}

/** Tells whether a program was made of the one before without a look at what its imports lead to. */
export function isWhollyReused(program: ts.Program): boolean {
  return (program as unknown as { structureIsReused: number }).structureIsReused === 2;
}

/** Tells whether the parser had something to complain about. */
export function hasParseErrors(source: ts.SourceFile): boolean {
  return (source as unknown as { parseDiagnostics: readonly unknown[] }).parseDiagnostics.length > 0;
}

/** What stands in a folder, by name, sorted. */
export interface Entries {
  readonly files: readonly string[];
  readonly directories: readonly string[];
}
