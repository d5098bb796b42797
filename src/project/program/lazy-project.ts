/** The files of one tsconfig. They are parsed one by one, and become a program when types are requested. */
import { ts } from "ts-morph";
import { mayContainMark } from "../../prefilter.ts";
import { readText, stampOf } from "../files/disk.ts";
import { TYPESCRIPT_SOURCE } from "../files/file-names.ts";
import { absolute, isInstalled } from "../files/paths.ts";
import { type Fact, hashOf, type Trace } from "../files/trace.ts";
import type { ImportForm } from "../files/scan-imports.ts";
import type { Tsconfig } from "../files/tsconfig.ts";
import { implicitImports } from "../import-pruning/pruned-files.ts";
import type { PrunedError } from "../import-pruning/pruned-error.ts";
import { dependsOnProgram, Pruner } from "../import-pruning/pruner.ts";
import { DependencyGraph, type SharedFacts, sharedSources } from "./dependency-graph.ts";
import { newHost } from "./host.ts";
import type { Libraries } from "./libraries.ts";
import { Parser } from "./parser.ts";
import { ProgramBuilder } from "./program-builder.ts";
import { ProjectSources } from "./project-sources.ts";
import type { Project, ResolvedModule } from "./project.ts";
import { Resolver } from "./resolver.ts";
import { SignatureTexts } from "./signature-text.ts";
import type { SharedResources } from "./traced-host.ts";
import { type StoredAnswers, TypeQueryCache, type TypeQuery } from "./type-query-cache.ts";

/** Files that imports can resolve to. A new stylesheet, for example, does not affect resolution. */
const MODULE_FILE = /\.(?:[cm]?[jt]sx?|json)$/;

/**
 * When this many files with marked functions are roots of the program, all others of the project are added at once.
 * Each root that is added alone costs a new program. Modules are loaded by the checker if it may, and cost none.
 */
const ADD_ALL_MARKED_AT = 4;

/** Unreported changes of packages, and unresolved imports, are checked for once in this time: a check takes long. */
const RECHECK_INTERVAL_MS = 1000;

/** Tells which JavaScript imports add to a program. */
function javaScriptIn({ allowJs, checkJs, maxNodeModuleJsDepth = 0 }: ts.CompilerOptions): {
  own: boolean;
  installed: boolean;
} {
  const own = allowJs ?? checkJs ?? false;
  return { own, installed: own && maxNodeModuleJsDepth > 0 };
}

/** What another process knows of a file. */
export interface StoredRound extends StoredAnswers {
  /** See {@link LazyProject.globalFiles}. */
  readonly globals: readonly string[];
}

interface ParsedFile {
  readonly source: ts.SourceFile;
  /** The {@link stampOf} of the file when the text was set or read. */
  readonly stamp: string;
  /** The round in which the stamp was last compared. */
  checkedRound: number;
}

/**
 * A project whose program is built when types are first requested. A round is the compilation of one file: in it, each
 * file on disk is checked for changes at most once.
 */
export class LazyProject implements Project {
  readonly tsconfig: string | undefined;
  readonly compilerOptions: ts.CompilerOptions;
  readonly emits: boolean;
  readonly #config: Tsconfig;
  readonly #root: string;
  readonly #libraries: Libraries;
  readonly #trace: Trace;
  readonly #dependencies = new DependencyGraph();
  readonly #resolver: Resolver;
  readonly #parser: Parser;
  readonly #builder: ProgramBuilder;
  readonly #files = new Map<string, ParsedFile>();
  /** Files with marked functions: roots of the program or loaded by its checker. */
  readonly #marked = new Set<string>();
  /** Files whose syntax was requested in this round. */
  readonly #syntaxRequests = new Set<string>();
  readonly #pruner: Pruner;
  readonly #sources: ProjectSources;
  readonly #signatures = new SignatureTexts();
  readonly #typeQueries = new TypeQueryCache({
    signatures: this.#signatures,
    typeVersionOf: (path, source) => this.#typeVersionOf(path, source),
  });
  #stored: StoredRound | undefined;
  #program: ts.Program | undefined;
  /** Whether a result depends on the files that declare globals. */
  #usesGlobals = false;
  /** The files of the program that all results depend on. */
  #sharedPaths: readonly string[] | undefined;
  #round = 0;
  /** The round in which the program was last used. */
  #programRound = -1;
  /** The round in which `#refresh` last ran. */
  #refreshRound = -1;
  /** When package.jsons were last checked, in milliseconds. */
  #recheckedAt = 0;
  /** Whether unresolved imports will be tried again. */
  #isRecheckDue = false;
  /** Whether files have changed since the program was built. */
  #isStale = true;
  /** Whether files were added or removed, so that imports may resolve to other files. */
  #isResolutionStale = false;
  /** Incremented by every change, except to bodies that no type outside depends on. */
  #typeVersion = 0;

  constructor(config: Tsconfig, root: string, shared: SharedResources) {
    const { libraries, trace } = shared;
    this.tsconfig = config.path;
    this.compilerOptions = config.options;
    this.emits = config.emits;
    this.#config = config;
    this.#root = root;
    this.#libraries = libraries;
    this.#trace = trace;
    const { options } = config;
    const host = this.#newHost(shared);
    this.#resolver = new Resolver({ options, root, host });
    this.#parser = new Parser(options, (path) => this.#resolver.formatOf(path), shared.parsed);
    const files = {
      stampOf,
      textOf: (path: string) => (this.#files.has(path) ? this.#read(path)?.text : readText(path)),
      modeOf: (path: string, form: ImportForm) => this.#parser.modeOf(path, form),
    };
    this.#pruner = new Pruner({
      ...files,
      dependsOnProgram: dependsOnProgram(options),
      resolve: (...request) => this.#resolver.resolveTracked(...request).resolvedModule,
      takesTsx: options.jsx !== undefined,
      addsJavaScript: javaScriptIn(options),
      implicitImports: implicitImports(options),
    });
    this.#sources = new ProjectSources({
      ...files,
      list: config.list,
      takesJavaScript: config.takesJavaScript,
      aliases: config.aliases,
      resolve: (...request) => this.#resolver.resolve(...request).resolvedModule,
    });
    this.#builder = new ProgramBuilder({
      options,
      host,
      pruner: this.#pruner,
      dependencies: this.#dependencies,
      parse: (path, text) => this.#parser.parse(path, text),
      read: (path) => this.#read(path),
      resolve: (...request) => this.#resolver.resolveTracked(...request).resolvedModule,
      folder: libraries.folder,
      onCreated: () => {
        this.#isStale = this.#isResolutionStale = false;
      },
    });
  }

  /** @param stored what another process knows of the file of this round */
  startRound(path: string, stored?: StoredRound): void {
    this.#round++;
    this.#stored = stored;
    this.#typeQueries.setStored(path, stored);
    this.#syntaxRequests.clear();
    const now = Date.now();
    if (Math.abs(now - this.#recheckedAt) < RECHECK_INTERVAL_MS) return;
    this.#recheckedAt = now;
    this.#isRecheckDue = true;
    // Before files of this round are parsed: the format of a file depends on its package.
    if (this.#resolver.hasChangedPackages) this.#readPackagesAgain();
  }

  /** Sets and parses the text of a file. It overrides the file on disk until that changes. */
  setText(path: string, text: string): ts.SourceFile {
    const known = this.#files.get(path);
    const isUnchanged = known?.source.text === text;
    if (!known && stampOf(path) === "") this.#markStale({ resolution: true });
    const source = isUnchanged ? known.source : this.#parser.parse(path, text);
    this.#store(path, source);
    return source;
  }

  /** Reports that a file was changed, added or removed. */
  invalidate(path: string): void {
    const known = this.#files.get(path);
    const exists = stampOf(path) !== "";
    const isKnown = known !== undefined || this.#pruner.hasScanned(path) || this.#sources.has(path);
    this.#pruner.invalidate(path);
    this.#sources.changed(path);
    if ((!isKnown || !exists) && MODULE_FILE.test(path)) {
      this.#markStale({ resolution: true });
      this.#resolver.clear();
      this.#sources.reset();
    }
    if (path.endsWith("/package.json")) this.#readPackagesAgain();
    // No stamp equals this one, so the file is read again at its next use.
    if (known) this.#files.set(path, { source: known.source, stamp: "invalidated", checkedRound: -1 });
  }

  get resolutions(): object {
    return this.#resolver.cache;
  }

  resolveModule(specifier: string, fromFile: string): ResolvedModule | undefined {
    const mode = this.#read(fromFile)?.impliedNodeFormat;
    const found = this.#resolver.resolve(specifier, fromFile, mode).resolvedModule;
    return (
      found && { path: absolute(found.resolvedFileName), external: found.isExternalLibraryImport === true }
    );
  }

  sourceOf(path: string): ts.SourceFile | undefined {
    this.#syntaxRequests.add(path);
    return this.#read(path);
  }

  /** Returns the facts that the result of this round depends on, without the text of the file and shared facts. */
  factsOf(path: string): readonly Fact[] {
    const usesProgram = this.#programRound === this.#round;
    const files = new Set(
      usesProgram
        ? this.#dependencies.reachableFrom([path, ...this.#syntaxRequests], this.#sourceOrHash)
        : this.#syntaxRequests,
    );
    files.delete(path);
    return this.#dependencies.factsOf(files, this.#sourceOrHash).filter((fact) => !isInstalled(fact[1]));
  }

  /** Whether types of this round came from another process, and none was asked for here. */
  get isAnsweredFromStore(): boolean {
    return this.#programRound !== this.#round && this.#typeQueries.usesStored;
  }

  /** Returns what this round knows of types, for another process. Undefined if no types were needed. */
  answersOf(path: string): StoredRound | undefined {
    if (this.#programRound !== this.#round) return undefined;
    const { source } = this.#files.get(path) ?? {};
    const answers = source && this.#typeQueries.answersOf(path, source);
    return answers && { ...answers, globals: this.globalSources() };
  }

  /** Returns the files of the project that may change types in this round without being imported. */
  globalFiles(): readonly string[] {
    if (this.#programRound === this.#round) return this.globalSources();
    return this.isAnsweredFromStore ? this.#stored!.globals : [];
  }

  globalSources(): readonly string[] {
    if (this.#sources.refresh()) {
      this.#trace.advance();
      this.#markStale();
    }
    this.#usesGlobals = true;
    return this.#sources.found.globals.filter((path) => !isInstalled(path));
  }

  /** Returns the facts that every result depends on: about installed packages, and files that affect all others. */
  sharedFacts(): SharedFacts {
    const sources = this.#usesGlobals ? this.#sources.found : undefined;
    const roots = this.#program ? sharedSources(this.#program) : (sources?.globals ?? []);
    const files = this.#dependencies.reachableFrom(roots, this.#sourceOrHash);
    for (const path of roots) if (typeof path === "string") this.#read(path);
    const installed = new Set([...(sources?.installed ?? []), ...this.#pruner.installed]);
    const paths = [...files, ...installed].filter((path) => !this.#libraries.contains(path));
    // A package that the program does not contain may declare globals after an update.
    const hashOfInstalled = (path: string): string | undefined =>
      installed.has(path) ? hashOf(readText(path) ?? "") : undefined;
    const sourceOf = (path: string): ts.SourceFile | string | undefined =>
      this.#sourceOrHash(path) ?? hashOfInstalled(path);
    return {
      facts: this.#dependencies.factsOf(new Set(paths), sourceOf),
      sources,
      takesJavaScript: this.#config.takesJavaScript,
      aliases: this.#config.aliases,
    };
  }

  /** Puts into the next program what a type query reached and did not find. */
  restore(error: PrunedError): void {
    this.#pruner.restore(error);
    this.#refreshRound = -1;
    this.#markStale({ resolution: error.from !== undefined });
  }

  readonly #sourceOrHash = (path: string): ts.SourceFile | string | undefined =>
    this.#files.get(path)?.source ?? this.#pruner.hashOf(path);

  #read(path: string): ts.SourceFile | undefined {
    const { source: generated } = this.#builder.requiredImports;
    if (path === generated.fileName) return generated;
    if (this.#libraries.contains(path)) {
      const { usesOutlines } = this.#pruner;
      return this.#libraries.sourceOf(path, this.compilerOptions.target!, usesOutlines);
    }
    const known = this.#files.get(path);
    if (known && (known.checkedRound === this.#round || this.#isAssumedUnchanged(path, known)))
      return known.source;
    const stamp = stampOf(path);
    if (known?.stamp === stamp) {
      known.checkedRound = this.#round;
      return known.source;
    }
    const isReported = known?.stamp === "invalidated";
    const scanned = isReported ? undefined : this.#pruner.textOf(path, stamp);
    const text = stamp === "" ? undefined : (scanned ?? ts.sys.readFile(path));
    if (text === undefined) {
      this.#trace.record("file", path, "");
      if (known) this.#remove(path);
      return undefined;
    }
    const source = known?.source.text === text ? known.source : this.#parser.parse(path, text);
    this.#store(path, source, stamp);
    return source;
  }

  /** Computes a result about types, or returns the cached one; see {@link TypeQueryCache.get}. */
  query<T>(query: TypeQuery, compute: () => T, isStorable: (result: T) => boolean): T {
    return this.#typeQueries.get(query, compute, isStorable);
  }

  /**
   * Returns a program that contains this source.
   *
   * @param mayPrune whether the caller handles {@link PrunedError}
   */
  programFor(path: string, source: ts.SourceFile, mayPrune: boolean): ts.Program {
    if (this.#pruner.setEnabled(mayPrune)) this.#markStale({ resolution: true });
    this.#typeQueries.countProgramUse();
    this.#programRound = this.#round;
    // Another text of the file may have been set since, but the nodes of the caller must be in the program.
    if (this.#files.get(path)?.source !== source) this.#store(path, source);
    this.#refresh(path);
    if (this.#program && !this.#isStale) {
      const known = this.#builder.sourceOf(path);
      if (known === source) return this.#program;
      if (!known && this.#pruner.mayLoad(path) && this.#builder.load(path)) {
        this.#marked.add(path);
        return this.#program;
      }
    }
    if (!this.#marked.has(path)) this.#addMarkedRoot(path);
    if (this.#isResolutionStale) {
      this.#resolver.clear();
      this.#pruner.clearResolutions();
      this.#sources.clearResolutions();
    }
    for (const each of this.#marked) if (this.#read(each) === undefined) this.#marked.delete(each);
    const roots = [...new Set([...this.#sources.found.globals, ...this.#marked])];
    const modules = new Set([...this.#marked].filter((each) => this.#pruner.mayLoad(each)));
    this.#usesGlobals = true;
    const resolveAgain = this.#isResolutionStale;
    this.#program = this.#builder.build({ roots, modules, old: this.#program, resolveAgain });
    this.#sharedPaths = undefined;
    return this.#program;
  }

  /** Adds a file to the next program, unless the checker may load it. */
  addRoot(path: string): void {
    if (this.#marked.has(path) || this.#pruner.mayLoad(path)) return;
    this.#marked.add(path);
    this.#markStale();
  }

  #addMarkedRoot(path: string): void {
    const isModule = this.#pruner.mayLoad(path);
    this.#marked.add(path);
    this.#markStale();
    if (isModule || this.#marked.size !== ADD_ALL_MARKED_AT) return;
    for (const other of this.#sources.found.files) {
      if (!TYPESCRIPT_SOURCE.test(other)) continue;
      if (mayContainMark(this.#pruner.textOf(other) ?? ts.sys.readFile(other) ?? "")) this.#marked.add(other);
    }
  }

  /** Checks the files that the types of this file may depend on for changes, and tries unresolved imports again. */
  #refresh(path: string): void {
    if (this.#refreshRound === this.#round) return;
    this.#refreshRound = this.#round;
    if (!this.#program) return;
    this.#sharedPaths ??= sharedSources(this.#program).map(({ fileName }) => fileName);
    const files = this.#dependencies.reachableFrom([path, ...this.#sharedPaths], this.#sourceOrHash);
    for (const each of files) if (this.#files.has(each)) this.#read(each);
    const { changed, importsChanged } = this.#pruner.refresh();
    if (changed) this.#trace.advance();
    if (importsChanged) this.#markStale({ resolution: true });
    this.globalSources();
    this.#recheckResolutions(files);
  }

  #recheckResolutions(files: ReadonlySet<string>): void {
    if (!this.#isRecheckDue) return;
    this.#isRecheckDue = false;
    const selects = (from: string): boolean => files.has(from) || this.#pruner.hasScanned(from);
    if (this.#resolver.retry(selects)) this.#markStale({ resolution: true });
  }

  /** @param resolution whether imports may resolve to other files too */
  #markStale({ resolution = false }: { resolution?: boolean } = {}): void {
    this.#isStale = true;
    this.#typeVersion++;
    if (resolution) this.#isResolutionStale = true;
  }

  #typeVersionOf(path: string, source: ts.SourceFile): number | undefined {
    if (!this.#program || this.#files.get(path)?.source !== source) return undefined;
    this.#refresh(path);
    // The result of the round depends on everything that the cached results depend on.
    this.#programRound = this.#round;
    return this.#typeVersion;
  }

  /** Files of installed packages are not checked for changes: a restart or the watcher reports them. */
  #isAssumedUnchanged(path: string, { stamp }: ParsedFile): boolean {
    return stamp !== "invalidated" && path.includes("/node_modules/");
  }

  #store(path: string, source: ts.SourceFile, stamp: string = stampOf(path)): void {
    const known = this.#files.get(path);
    if (known?.source !== source) {
      // A file that is parsed only for its syntax changes no type.
      const isInProgram = !this.#program || this.#builder.sourceOf(path) !== undefined;
      if (known && isInProgram && this.#signatures.areEqual(known.source, source)) this.#isStale = true;
      else if (isInProgram) this.#markStale();
      if (known) this.#trace.advance();
      this.#pruner.invalidate(path, source.text);
      this.#sources.changed(path);
    }
    this.#files.set(path, { source, stamp, checkedRound: this.#round });
  }

  /** A package.json decides how imports resolve, and whether a file is an ES module. */
  #readPackagesAgain(): void {
    this.#resolver.clear();
    this.#markStale({ resolution: true });
    for (const [path, { source, stamp }] of this.#files) {
      if (source.impliedNodeFormat !== this.#resolver.formatOf(path))
        this.#store(path, this.#parser.parse(path, source.text), stamp);
    }
  }

  #remove(path: string): void {
    this.#files.delete(path);
    this.#trace.advance();
    this.#markStale({ resolution: true });
  }

  #newHost(shared: SharedResources): ts.CompilerHost {
    return newHost({
      root: this.#root,
      shared,
      dependencies: this.#dependencies,
      pruner: () => this.#pruner,
      read: (path) => this.#read(path),
      isLoaded: (path) => this.#files.has(path) && this.#read(path) !== undefined,
      hasStaleImports: () => this.#isResolutionStale,
      resolve: (...request) => this.#resolver.resolveTracked(...request),
      resolutions: () => this.#resolver.cache,
      requiredImports: () => this.#builder.requiredImports,
    });
  }
}
