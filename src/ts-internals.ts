/**
 * Functions of TypeScript that its typings do not declare. A copy of its rules, for example of `include`, would
 * differ from them in details. The peer range pins the TypeScript in ts-morph, so these functions cannot disappear.
 */
import { ts } from "ts-morph";

export interface MatchOptions {
  readonly directory: string;
  readonly extensions: readonly string[] | undefined;
  readonly excludes: readonly string[] | undefined;
  readonly includes: readonly string[] | undefined;
  /** Lists a folder. */
  readonly entriesOf: (directory: string) => Entries;
  /** Resolves symbolic links. Left out: the tree has none. */
  readonly realpath?: ((path: string) => string) | undefined;
}

interface TypeScriptInternals {
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
  getFileMatcherPatterns(
    path: string,
    excludes: readonly string[] | undefined,
    includes: readonly string[] | undefined,
    caseSensitive: boolean,
    currentDirectory: string,
  ): { readonly includeFilePattern: string | undefined; readonly excludePattern: string | undefined };
  getSetExternalModuleIndicator(options: ts.CompilerOptions): (file: ts.SourceFile) => void;
  bindSourceFile(file: ts.SourceFile, options: ts.CompilerOptions): void;
}

const internals = ts as unknown as TypeScriptInternals;

const identity = (path: string): string => path;

/** Returns the files that the globs of a tsconfig select from the folders that `entriesOf` lists. */
export function matchFiles(options: MatchOptions): string[] {
  const { directory, extensions, excludes, includes, entriesOf, realpath = identity } = options;
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

/** The globs of a tsconfig as regular expressions. */
export interface GlobPatterns {
  readonly include: string;
  readonly exclude: string | undefined;
  readonly flags: string;
}

/** Returns the globs of a tsconfig in this folder as regular expressions. Undefined if it includes no glob. */
export function globPatterns(
  directory: string,
  { includes, excludes }: Pick<MatchOptions, "includes" | "excludes">,
): GlobPatterns | undefined {
  const caseSensitive = ts.sys.useCaseSensitiveFileNames;
  const { includeFilePattern: include, excludePattern: exclude } = internals.getFileMatcherPatterns(
    directory,
    excludes,
    includes,
    caseSensitive,
    directory,
  );
  return include === undefined ? undefined : { include, exclude, flags: caseSensitive ? "" : "i" };
}

/** Returns the function that decides, under these options, whether a parsed file is a module. */
export function moduleIndicator(options: ts.CompilerOptions): (file: ts.SourceFile) => void {
  return internals.getSetExternalModuleIndicator(options);
}

/** Binds a script, and returns its table of global symbols, which the caller may extend. */
export function bind(script: ts.SourceFile): Map<string, ts.Symbol> {
  internals.bindSourceFile(script, {});
  return (script as unknown as { locals: Map<string, ts.Symbol> }).locals;
}

type Resolution = Pick<ts.ResolvedModuleWithFailedLookupLocations, "resolvedModule">;

type TypeResolution = ts.ResolvedTypeReferenceDirectiveWithFailedLookupLocations;

interface ProgramInternals {
  getResolvedModule(file: ts.SourceFile, name: string, mode: ts.ResolutionMode): Resolution | undefined;
  forEachResolvedTypeReferenceDirective(
    callback: (resolution: TypeResolution) => void,
    file: ts.SourceFile,
  ): void;
  getAutomaticTypeDirectiveResolutions():
    { forEach(callback: (resolution: TypeResolution) => void): void } | undefined;
  structureIsReused: number;
}

/** What a program takes from outside when it has no answer of its own. */
export interface ProgramExtension {
  readonly resolve: (
    file: ts.SourceFile,
    name: string,
    mode: ts.ResolutionMode,
  ) => ts.ResolvedModuleFull | undefined;
  readonly load: (path: string) => ts.SourceFile | undefined;
}

/**
 * Lets the checker of a program resolve imports, and read modules, that the program does not contain. The checker asks
 * for both only when a type needs them.
 *
 * @returns the function that finds files of the program itself
 */
export function extendProgram(
  program: ts.Program,
  { resolve, load }: ProgramExtension,
): (path: string) => ts.SourceFile | undefined {
  const internalProgram = program as unknown as ProgramInternals;
  const { getSourceFile } = program;
  const { getResolvedModule } = internalProgram;
  internalProgram.getResolvedModule = (file, name, mode) => {
    const known = getResolvedModule(file, name, mode);
    if (known?.resolvedModule) return known;
    const resolvedModule = resolve(file, name, mode);
    return resolvedModule ? { resolvedModule } : known;
  };
  program.getSourceFile = (path) => getSourceFile(path) ?? load(path);
  return getSourceFile;
}

/** Returns where the imports of a file of a program lead to. */
export function importsIn(
  program: ts.Program,
  file: ts.SourceFile,
  pruned: (name: string, mode: ts.ResolutionMode) => ts.ResolvedModuleFull | undefined,
): readonly ts.ResolvedModuleFull[] {
  const { getResolvedModule } = program as unknown as ProgramInternals;
  const { imports = [] } = file as unknown as ProgramFile;
  return imports.flatMap((literal) => {
    const mode = program.getModeForUsageLocation(file, literal);
    return getResolvedModule(file, literal.text, mode)?.resolvedModule ?? pruned(literal.text, mode) ?? [];
  });
}

/** Returns where the references to types in a file of a program lead to, or without a file, the `types` of its options. */
export function typesIn(program: ts.Program, file?: ts.SourceFile): readonly string[] {
  const internalProgram = program as unknown as ProgramInternals;
  const paths: string[] = [];
  const add = ({ resolvedTypeReferenceDirective: resolved }: TypeResolution): void => {
    if (resolved?.resolvedFileName !== undefined) paths.push(resolved.resolvedFileName);
  };
  if (file) internalProgram.forEachResolvedTypeReferenceDirective(add, file);
  else internalProgram.getAutomaticTypeDirectiveResolutions()?.forEach(add);
  return paths;
}

/** The properties that a program sets in its files. */
interface ProgramFile {
  path: string;
  resolvedPath: string;
  originalFileName: string;
  imports: readonly ts.StringLiteralLike[] | undefined;
}

/**
 * Prepares a module for the checker of a program that does not contain it.
 *
 * @param path the canonical path
 */
export function prepareModule(file: ts.SourceFile, path: string, options: ts.CompilerOptions): void {
  const programFile = file as unknown as ProgramFile;
  Object.assign(programFile, { path, resolvedPath: path, originalFileName: file.fileName });
  const hasImplicitImports =
    options.importHelpers === true || file.languageVariant === ts.LanguageVariant.JSX;
  if (hasImplicitImports && !programFile.imports) addImportsOnRequest(file, options);
  internals.bindSourceFile(file, options);
}

/**
 * The checker looks up the implicit imports of helpers and of the JSX runtime. Only a program adds them, and few of the
 * files are asked for them.
 */
function addImportsOnRequest(file: ts.SourceFile, options: ts.CompilerOptions): void {
  const programFile = file as unknown as ProgramFile;
  const set = (value: ProgramFile["imports"]): void => {
    Object.defineProperty(file, "imports", { value, writable: true, configurable: true, enumerable: true });
  };
  const get = (): ProgramFile["imports"] => {
    set(undefined);
    const getSourceFile = (name: string): ts.SourceFile | undefined =>
      name === file.fileName ? file : undefined;
    ts.createProgram({
      rootNames: [file.fileName],
      options: { ...options, noResolve: true, noLib: true, types: [] },
      host: { ...ts.createCompilerHost({}), getSourceFile },
    });
    return programFile.imports;
  };
  Object.defineProperty(file, "imports", { get, set, configurable: true, enumerable: true });
}

/** `ts.StructureIsReused.Completely`. */
const COMPLETELY_REUSED = 2;

/** Tells whether a program reused the structure of the previous one completely, without resolving imports again. */
export function isWhollyReused(program: ts.Program): boolean {
  return (program as unknown as ProgramInternals).structureIsReused === COMPLETELY_REUSED;
}

/** Tells whether the parser found syntax errors. */
export function hasParseErrors(source: ts.SourceFile): boolean {
  return (source as unknown as { parseDiagnostics: readonly unknown[] }).parseDiagnostics.length > 0;
}

/** The names of the files and folders in a folder, sorted. */
export interface Entries {
  readonly files: readonly string[];
  readonly directories: readonly string[];
}

/** `CheckFlags.Readonly` */
const CHECK_FLAG_READONLY = 8;

/** Tells whether a mapped type makes a property `readonly`. */
export function isReadonlyMapped(property: ts.Symbol): boolean {
  const { links } = property as { readonly links?: { readonly checkFlags?: number } };
  return ((links?.checkFlags ?? 0) & CHECK_FLAG_READONLY) !== 0;
}
