/** One lazily loaded TypeScript project per tsconfig: files are parsed at once, types only when asked for. */
import { Project as MorphProject, ts } from "ts-morph";
import { Packages } from "./package.ts";
import { absolute, pathFrom, stampOf } from "./paths.ts";
import { moduleIndicator } from "./ts-internals.ts";
import { type Tsconfig, Tsconfigs } from "./tsconfig.ts";

/** What all files of one tsconfig share. */
export interface Project {
  /** Absolute path of the tsconfig; undefined when the file has none. */
  readonly tsconfig: string | undefined;
  readonly compilerOptions: ts.CompilerOptions;
  /** The file that `specifier` means in `fromFile`, path aliases included; undefined when there is none. */
  resolveModule(specifier: string, fromFile: string): ResolvedModule | undefined;
  /** The parsed file, which is also the program's; undefined when it cannot be read. */
  sourceOf(path: string): ts.SourceFile | undefined;
}

export interface ResolvedModule {
  /** Absolute. */
  readonly path: string;
  /** It was found in a `node_modules`. */
  readonly external: boolean;
}

/** One file, parsed; types are loaded when they are first asked for. */
export interface ProjectFile {
  /** Absolute, with `/`. */
  readonly path: string;
  /** The node that the program has too, so that a checker takes the nodes found in it. */
  readonly source: ts.SourceFile;
  readonly project: Project;
  readonly compilerOptions: ts.CompilerOptions;
  /** The folder of the nearest package.json, else the workspace's. */
  readonly root: string;
  /** The name in that package.json; `""` when there is none. */
  readonly packageName: string;
  /** The path from `root`, with `/`. */
  readonly relative: string;
  checker(): ts.TypeChecker;
  program(): ts.Program;
}

export interface WorkspaceOptions {
  /** This tsconfig for every file, in place of the one that contains it. */
  readonly tsconfig?: string | undefined;
  /** Where relative paths start; default: the working directory. */
  readonly root?: string | undefined;
}

/**
 * The files of one run of a compiler: parsed once, re-read when they change.
 *
 * @example
 * const workspace = new Workspace();
 * const file = workspace.fileFor("src/users.ts", "export const answer = 42;");
 * file.source.statements.length; // 1: parsed
 * file.checker();                // loads the types
 */
export class Workspace {
  readonly #root: string;
  readonly #tsconfigs: Tsconfigs;
  readonly #packages: Packages;
  readonly #projects = new Map<Tsconfig, LazyProject>();
  readonly #libraries = new Libraries();

  constructor(options: WorkspaceOptions = {}) {
    this.#root = absolute(options.root ?? ".");
    this.#tsconfigs = new Tsconfigs(this.#root, options.tsconfig);
    this.#packages = new Packages(this.#root);
  }

  /**
   * Takes a file's text, which wins over what is on disk until that changes, and returns the file, parsed.
   *
   * @throws Error when its tsconfig cannot be read.
   */
  fileFor(path: string, text: string): ProjectFile {
    const whole = absolute(path, this.#root);
    const project = this.#projectOf(this.#tsconfigs.forFile(whole));
    project.newRound();
    const source = project.take(whole, text);
    const { root, name } = this.#packages.forFile(whole);
    const program = (): ts.Program => project.programWith(whole, source);
    return {
      path: whole,
      source,
      project,
      compilerOptions: project.compilerOptions,
      root,
      packageName: name,
      relative: pathFrom(root, whole),
      program,
      checker: () => program().getTypeChecker(),
    };
  }

  /** Says that a file changed, appeared or went away. What changes unsaid is noticed at the next `fileFor`. */
  invalidate(path: string): void {
    const whole = absolute(path, this.#root);
    if (this.#tsconfigs.invalidate(whole)) this.#projects.clear();
    for (const project of this.#projects.values()) project.invalidate(whole);
  }

  #projectOf(tsconfig: Tsconfig): LazyProject {
    let project = this.#projects.get(tsconfig);
    if (!project) {
      // A tsconfig that was read anew is another object: the project of its old state goes.
      for (const old of this.#projects.keys()) if (old.path === tsconfig.path) this.#projects.delete(old);
      this.#projects.set(tsconfig, (project = new LazyProject(tsconfig, this.#root, this.#libraries)));
    }
    return project;
  }
}

/** JSDoc is read where it is what gives types: in JavaScript. */
const JSDOC = ts.JSDocParsingMode.ParseForTypeInfo;

/** The declarations of the language, which ts-morph carries in memory; parsed once for all projects. */
class Libraries {
  readonly folder = "/node_modules/typescript/lib";
  readonly #parsed = new Map<string, ts.SourceFile>();
  #host: ts.ModuleResolutionHost | undefined;

  holds(path: string): boolean {
    return path.startsWith(`${this.folder}/`);
  }

  sourceOf(path: string, languageVersion: ts.ScriptTarget): ts.SourceFile | undefined {
    const key = `${languageVersion}:${path}`;
    const text = this.#parsed.has(key) ? undefined : this.read(path);
    if (text !== undefined) {
      this.#parsed.set(key, ts.createSourceFile(path, text, { languageVersion, jsDocParsingMode: JSDOC }));
    }
    return this.#parsed.get(key);
  }

  read(path: string): string | undefined {
    if (!this.holds(path)) return undefined;
    this.#host ??= new MorphProject({ useInMemoryFileSystem: true }).getModuleResolutionHost();
    return this.#host.readFile(path);
  }
}

interface Parsed {
  readonly source: ts.SourceFile;
  /** The file on disk when this text was taken. */
  readonly stamp: string;
  /** The round in which the stamp was last compared. */
  checked: number;
}

class LazyProject implements Project {
  readonly tsconfig: string | undefined;
  readonly compilerOptions: ts.CompilerOptions;
  readonly #config: Tsconfig;
  readonly #root: string;
  readonly #libraries: Libraries;
  readonly #host: ts.CompilerHost;
  readonly #setIndicator: (file: ts.SourceFile) => void;
  readonly #files = new Map<string, Parsed>();
  readonly #marked = new Set<string>();
  /** Relative imports and aliases that led nowhere: one may lead somewhere after the next edit. */
  readonly #unresolved = new Map<string, { readonly specifier: string; readonly from: string }>();
  #resolutions: ts.ModuleResolutionCache;
  #ambient: readonly string[] | undefined;
  #program: ts.Program | undefined;
  #round = 0;
  #refreshed = -1;
  /** The program is older than its files. */
  #stale = true;
  /** Files have come or gone, so that what imports lead to may have changed. */
  #moved = false;

  constructor(config: Tsconfig, root: string, libraries: Libraries) {
    this.tsconfig = config.path;
    this.compilerOptions = config.options;
    this.#config = config;
    this.#root = root;
    this.#libraries = libraries;
    this.#setIndicator = moduleIndicator(config.options);
    this.#resolutions = this.#newResolutions();
    this.#host = this.#newHost();
  }

  /** Starts a round, in which each file on disk is looked at once at most. */
  newRound(): void {
    this.#round++;
  }

  take(path: string, text: string): ts.SourceFile {
    const known = this.#files.get(path);
    const unchanged = known?.source.text === text;
    if (!known && stampOf(path) === "") this.#moved = true;
    const source = unchanged ? known.source : this.#parse(path, text);
    this.#keep(path, source);
    return source;
  }

  invalidate(path: string): void {
    const known = this.#files.get(path);
    const exists = stampOf(path) !== "";
    if (!known || !exists) {
      this.#moved = true;
      this.#stale = true;
      if (path.includes(".d.")) this.#ambient = undefined;
    }
    // An entry that a stamp no longer vouches for is read again when it is next asked for.
    if (known) this.#files.set(path, { source: known.source, stamp: "invalidated", checked: -1 });
  }

  resolveModule(specifier: string, fromFile: string): ResolvedModule | undefined {
    const mode = this.sourceOf(fromFile)?.impliedNodeFormat;
    const found = this.#resolve(specifier, fromFile, mode).resolvedModule;
    return (
      found && { path: absolute(found.resolvedFileName), external: found.isExternalLibraryImport === true }
    );
  }

  sourceOf(path: string): ts.SourceFile | undefined {
    if (this.#libraries.holds(path)) return this.#libraries.sourceOf(path, this.compilerOptions.target!);
    const known = this.#files.get(path);
    if (known && (known.checked === this.#round || this.#isSettled(path, known))) return known.source;
    const stamp = stampOf(path);
    if (known?.stamp === stamp) {
      known.checked = this.#round;
      return known.source;
    }
    const text = stamp === "" ? undefined : ts.sys.readFile(path);
    if (text === undefined) {
      if (known) this.#drop(path);
      return undefined;
    }
    const source = known?.source.text === text ? known.source : this.#parse(path, text);
    this.#keep(path, source, stamp);
    return source;
  }

  programWith(path: string, source: ts.SourceFile): ts.Program {
    // Another text of the same file may have been taken since; the nodes in hand must be the program's.
    if (this.#files.get(path)?.source !== source) this.#keep(path, source);
    this.#refresh();
    if (this.#program && !this.#stale && this.#program.getSourceFile(path) === source) return this.#program;
    this.#marked.add(path);
    if (this.#moved) this.#resolutions = this.#newResolutions();
    this.#ambient ??= this.#config.declarations();
    const rootNames = [...new Set([...this.#ambient, ...this.#marked])];
    this.#stale = false;
    this.#program = ts.createProgram({
      rootNames,
      options: this.compilerOptions,
      host: this.#host,
      ...(this.#program && { oldProgram: this.#program }),
    });
    this.#moved = false;
    return this.#program;
  }

  /** Compares the program's own files with the disk, and tries again what could not be found. */
  #refresh(): void {
    if (this.#refreshed === this.#round) return;
    this.#refreshed = this.#round;
    for (const { fileName } of this.#program?.getSourceFiles() ?? []) this.sourceOf(fileName);
    for (const path of this.#marked) {
      if (this.sourceOf(path) === undefined) this.#marked.delete(path);
    }
    for (const { specifier, from } of this.#unresolved.values()) {
      const found = ts.resolveModuleName(specifier, from, this.compilerOptions, this.#host).resolvedModule;
      if (found) this.#moved = this.#stale = true;
    }
    if (this.#moved) this.#unresolved.clear();
  }

  /** Installed packages change with a restart or with a word from the watcher; their files are not looked at. */
  #isSettled(path: string, { stamp }: Parsed): boolean {
    return stamp !== "invalidated" && path.includes("/node_modules/");
  }

  #keep(path: string, source: ts.SourceFile, stamp: string = stampOf(path)): void {
    if (this.#files.get(path)?.source !== source) this.#stale = true;
    this.#files.set(path, { source, stamp, checked: this.#round });
  }

  #drop(path: string): void {
    this.#files.delete(path);
    this.#stale = true;
    this.#moved = true;
  }

  #parse(path: string, text: string): ts.SourceFile {
    const packages = this.#resolutions.getPackageJsonInfoCache();
    const impliedNodeFormat = ts.getImpliedNodeFormatForFile(
      path,
      packages,
      this.#host,
      this.compilerOptions,
    );
    const options: ts.CreateSourceFileOptions = {
      languageVersion: this.compilerOptions.target!,
      impliedNodeFormat,
      setExternalModuleIndicator: this.#setIndicatorWith(impliedNodeFormat),
      jsDocParsingMode: JSDOC,
    };
    return ts.createSourceFile(path, text, options, true);
  }

  #setIndicatorWith(format: ts.ResolutionMode): (file: ts.SourceFile) => void {
    return (file) => {
      file.impliedNodeFormat = format;
      this.#setIndicator(file);
    };
  }

  #resolve(
    specifier: string,
    from: string,
    mode: ts.ResolutionMode,
  ): ts.ResolvedModuleWithFailedLookupLocations {
    const { compilerOptions } = this;
    const cache = this.#resolutions;
    return ts.resolveModuleName(specifier, from, compilerOptions, this.#host, cache, undefined, mode);
  }

  #newResolutions(): ts.ModuleResolutionCache {
    const canonical = (name: string): string =>
      ts.sys.useCaseSensitiveFileNames ? name : name.toLowerCase();
    return ts.createModuleResolutionCache(this.#root, canonical, this.compilerOptions);
  }

  #newHost(): ts.CompilerHost {
    const { folder } = this.#libraries;
    const retries = (specifier: string): boolean =>
      specifier.startsWith(".") || this.compilerOptions.paths !== undefined;
    return {
      getSourceFile: (name) => this.sourceOf(name),
      getDefaultLibLocation: () => folder,
      getDefaultLibFileName: (options) => `${folder}/${ts.getDefaultLibFileName(options)}`,
      getCurrentDirectory: () => this.#root,
      getCanonicalFileName: (name) => (ts.sys.useCaseSensitiveFileNames ? name : name.toLowerCase()),
      useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
      getNewLine: () => "\n",
      writeFile: () => {},
      // What a bundler made up has no file on disk, yet other files may import it.
      fileExists: (name) =>
        ts.sys.fileExists(name) || (this.#files.has(name) && this.sourceOf(name) !== undefined),
      readFile: (name) => this.#libraries.read(name) ?? ts.sys.readFile(name),
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
      ...(ts.sys.realpath && { realpath: ts.sys.realpath }),
      jsDocParsingMode: JSDOC,
      hasInvalidatedResolutions: () => this.#moved,
      resolveModuleNameLiterals: (literals, from, _redirect, options, containing) =>
        literals.map((literal) => {
          const mode = ts.getModeForUsageLocation(containing, literal, options);
          const result = this.#resolve(literal.text, from, mode);
          if (!result.resolvedModule && !from.includes("/node_modules/") && retries(literal.text)) {
            this.#unresolved.set(`${from}\0${literal.text}`, { specifier: literal.text, from });
          }
          return result;
        }),
    };
  }
}
