/** The files of one tsconfig: parsed one by one, and made into a program when their types are asked for. */
import { ts } from "ts-morph";
import { asking, type Shared } from "./asking.ts";
import { JSDOC, type Libraries } from "./libraries.ts";
import { absolute, stampOf } from "./paths.ts";
import { mayContainMark } from "../prefilter.ts";
import type { Project, ResolvedModule } from "../project.ts";
import { isInstalled, sharedSources, Ties } from "./ties.ts";
import type { Fact, Trace } from "./trace.ts";
import { moduleIndicator } from "./ts-internals.ts";
import { DECLARATIONS, SOURCES, type Tsconfig } from "./tsconfig.ts";

/** What an import can lead to: a stylesheet that changed is no reason to resolve imports anew. */
const MODULE = /\.(?:[cm]?[jt]sx?|json)$/;

/** So many files are taken in one by one, each with a new program; the next one brings all that are marked. */
const FEW = 4;

interface Unresolved {
  readonly specifier: string;
  readonly from: string;
  readonly mode: ts.ResolutionMode;
}

interface Parsed {
  readonly source: ts.SourceFile;
  /** The file on disk when this text was taken. */
  readonly stamp: string;
  /** The round in which the stamp was last compared. */
  checked: number;
}

/** Facts that all results of a program stand on. */
export interface SharedFacts {
  readonly facts: readonly Fact[];
  /** All sources were searched for marks, so that one more would have been seen. */
  readonly searched: boolean;
}

export class LazyProject implements Project {
  readonly tsconfig: string | undefined;
  readonly compilerOptions: ts.CompilerOptions;
  readonly #config: Tsconfig;
  readonly #root: string;
  readonly #libraries: Libraries;
  readonly #trace: Trace;
  readonly #ties = new Ties();
  readonly #host: ts.CompilerHost;
  readonly #setIndicator: (file: ts.SourceFile) => void;
  readonly #files = new Map<string, Parsed>();
  readonly #marked = new Set<string>();
  /** Relative imports and aliases that led nowhere: one may lead somewhere after the next edit. */
  readonly #unresolved = new Map<string, Unresolved>();
  /** Files that were read in this round for their syntax. */
  readonly #looked = new Set<string>();
  #resolutions: ts.ModuleResolutionCache;
  #ambient: readonly string[] | undefined;
  #program: ts.Program | undefined;
  #round = 0;
  /** The round in which the program was last asked for. */
  #asked = -1;
  #refreshed = -1;
  /** The program is older than its files. */
  #stale = true;
  /** Files have come or gone, so that what imports lead to may have changed. */
  #moved = false;

  constructor(config: Tsconfig, root: string, { libraries, trace }: Shared) {
    this.tsconfig = config.path;
    this.compilerOptions = config.options;
    this.#config = config;
    this.#root = root;
    this.#libraries = libraries;
    this.#trace = trace;
    this.#setIndicator = moduleIndicator(config.options);
    this.#resolutions = this.#newResolutions();
    this.#host = this.#newHost();
  }

  /** Starts a round, in which each file on disk is looked at once at most. */
  newRound(): void {
    this.#round++;
    this.#looked.clear();
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
    if ((!known || !exists) && MODULE.test(path)) {
      this.#moved = this.#stale = true;
      if (path.includes(".d.")) this.#ambient = undefined;
    }
    // An entry that a stamp no longer vouches for is read again when it is next asked for.
    if (known) this.#files.set(path, { source: known.source, stamp: "invalidated", checked: -1 });
  }

  resolveModule(specifier: string, fromFile: string): ResolvedModule | undefined {
    const mode = this.#read(fromFile)?.impliedNodeFormat;
    const found = this.#resolve(specifier, fromFile, mode).resolvedModule;
    return (
      found && { path: absolute(found.resolvedFileName), external: found.isExternalLibraryImport === true }
    );
  }

  sourceOf(path: string): ts.SourceFile | undefined {
    this.#looked.add(path);
    return this.#read(path);
  }

  /** What the result of this round stands on, besides the file's own text and what is shared. */
  factsOf(path: string): readonly Fact[] {
    const starts = this.#asked === this.#round ? [path, ...this.#looked] : this.#looked;
    const files = new Set(this.#asked === this.#round ? this.#ties.from(starts, this.#parsed) : starts);
    files.delete(path);
    return this.#ties.factsOf(files, this.#parsed).filter((fact) => !isInstalled(fact[1]));
  }

  /** What every result of the program stands on: installed packages, and files that declare globals. */
  sharedFacts(): SharedFacts {
    const files = this.#program ? this.#ties.from(sharedSources(this.#program), this.#parsed) : [];
    const own = [...files].filter((path) => !this.#libraries.holds(path));
    return { facts: this.#ties.factsOf(own, this.#parsed), searched: this.#marked.size >= FEW };
  }

  readonly #parsed = (path: string): ts.SourceFile | undefined => this.#files.get(path)?.source;

  #read(path: string): ts.SourceFile | undefined {
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
      this.#trace.note("file", path, "");
      if (known) this.#drop(path);
      return undefined;
    }
    const source = known?.source.text === text ? known.source : this.#parse(path, text);
    this.#keep(path, source, stamp);
    return source;
  }

  programWith(path: string, source: ts.SourceFile): ts.Program {
    this.#asked = this.#round;
    // Another text of the same file may have been taken since; the nodes in hand must be the program's.
    if (this.#files.get(path)?.source !== source) this.#keep(path, source);
    this.#refresh();
    if (this.#program && !this.#stale && this.#program.getSourceFile(path) === source) return this.#program;
    if (!this.#marked.has(path)) this.#addRoot(path);
    if (this.#moved) this.#resolutions = this.#newResolutions();
    this.#ambient ??= this.#config.list(DECLARATIONS);
    const rootNames = [...new Set([...this.#ambient, ...this.#marked])];
    this.#program = ts.createProgram({
      rootNames,
      options: this.compilerOptions,
      host: this.#host,
      ...(this.#program && { oldProgram: this.#program }),
    });
    this.#stale = this.#moved = false;
    return this.#program;
  }

  #addRoot(path: string): void {
    this.#marked.add(path);
    if (this.#marked.size !== FEW) return;
    for (const other of this.#config.list(SOURCES)) {
      if (mayContainMark(ts.sys.readFile(other) ?? "")) this.#marked.add(other);
    }
  }

  /** Compares the program's own files with the disk, and tries again what could not be found. */
  #refresh(): void {
    if (this.#refreshed === this.#round) return;
    this.#refreshed = this.#round;
    for (const { fileName } of this.#program?.getSourceFiles() ?? []) this.#read(fileName);
    for (const path of this.#marked) {
      if (this.#read(path) === undefined) this.#marked.delete(path);
    }
    for (const { specifier, from, mode } of this.#unresolved.values()) {
      const { compilerOptions } = this;
      const tried = ts.resolveModuleName(
        specifier,
        from,
        compilerOptions,
        this.#host,
        undefined,
        undefined,
        mode,
      );
      if (tried.resolvedModule) this.#moved = this.#stale = true;
    }
    if (this.#moved) this.#unresolved.clear();
  }

  /** Installed packages change with a restart or with a word from the watcher; their files are not looked at. */
  #isSettled(path: string, { stamp }: Parsed): boolean {
    return stamp !== "invalidated" && path.includes("/node_modules/");
  }

  #keep(path: string, source: ts.SourceFile, stamp: string = stampOf(path)): void {
    const known = this.#files.get(path);
    if (known?.source !== source) this.#stale = true;
    if (known && known.source !== source) this.#trace.contradict();
    this.#files.set(path, { source, stamp, checked: this.#round });
  }

  #drop(path: string): void {
    this.#files.delete(path);
    this.#trace.contradict();
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
      getSourceFile: (name) => this.#read(name),
      getDefaultLibLocation: () => folder,
      getDefaultLibFileName: (options) => `${folder}/${ts.getDefaultLibFileName(options)}`,
      getCurrentDirectory: () => this.#root,
      getCanonicalFileName: (name) => (ts.sys.useCaseSensitiveFileNames ? name : name.toLowerCase()),
      useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
      getNewLine: () => "\n",
      writeFile: () => {},
      // What a bundler made up has no file on disk, yet other files may import it.
      ...asking(
        { libraries: this.#libraries, trace: this.#trace },
        (path) => this.#files.has(path) && this.#read(path) !== undefined,
      ),
      jsDocParsingMode: JSDOC,
      hasInvalidatedResolutions: () => this.#moved,
      resolveModuleNameLiterals: (literals, from, _redirect, options, containing) =>
        literals.map((literal) => {
          const mode = ts.getModeForUsageLocation(containing, literal, options);
          const result = this.#resolve(literal.text, from, mode);
          if (result.resolvedModule) this.#ties.add(from, absolute(result.resolvedModule.resolvedFileName));
          if (!result.resolvedModule && !from.includes("/node_modules/") && retries(literal.text)) {
            const { text: specifier } = literal;
            this.#unresolved.set(`${from}\0${specifier}`, { specifier, from, mode });
          }
          return result;
        }),
    };
  }
}
