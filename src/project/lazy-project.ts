/** The files of one tsconfig: parsed one by one, and made into a program when their types are asked for. */
import { ts } from "ts-morph";
import { asking, type Shared } from "./asking.ts";
import { JSDOC, type Libraries } from "./libraries.ts";
import { absolute, stampOf } from "./paths.ts";
import { mayContainMark } from "../prefilter.ts";
import type { Project, ResolvedModule } from "../project.ts";
import { isInstalled, sharedSources, Ties } from "./ties.ts";
import type { Fact, Trace } from "./trace.ts";
import { LeftOut } from "./left-out.ts";
import { Thrift } from "./thrift.ts";
import { isWhollyReused, moduleIndicator, watchImports } from "./ts-internals.ts";
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
  readonly #thrift: Thrift;
  /** Imports what the program needs of what it leaves out. */
  #needs: Needs;
  /** Files whose imports are to be resolved again. */
  readonly #brought = new Set<string>();
  readonly #modes = new Map<string, ts.ResolutionMode>();
  #resolutions: ts.ModuleResolutionCache;
  #ambient: readonly string[] | undefined;
  #program: ts.Program | undefined;
  /** Files of the program that all results stand on. */
  #shared: readonly string[] | undefined;
  #round = 0;
  /** The round in which the program was last asked for. */
  #asked = -1;
  #refreshed = -1;
  #isMaking = false;
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
    this.#needs = this.#newNeeds(new Map());
    this.#thrift = new Thrift({
      stampOf,
      textOf: (path) => (this.#files.has(path) ? this.#read(path)?.text : ts.sys.readFile(path)),
      resolve: (specifier, from, mode) => this.#lead(specifier, from, mode).resolvedModule,
      modeOf: (path, isRequire) => this.#modeOf(path, isRequire),
      jsx: jsxImport(config.options),
    });
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
    const isKnown = known !== undefined || this.#thrift.has(path);
    this.#thrift.invalidate(path);
    if ((!isKnown || !exists) && MODULE.test(path)) {
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

  /** Brings in what a question led to. */
  bring({ from }: LeftOut): void {
    for (const path of this.#thrift.bring(from)) this.#brought.add(canonical(path));
    this.#stale = true;
  }

  readonly #parsed = (path: string): ts.SourceFile | string | undefined =>
    this.#files.get(path)?.source ?? this.#thrift.hashOf(path);

  #read(path: string): ts.SourceFile | undefined {
    if (path === this.#needs.source.fileName) return this.#needs.source;
    if (this.#libraries.holds(path)) {
      const { outlinesLibraries } = this.#thrift;
      return this.#libraries.sourceOf(path, this.compilerOptions.target!, outlinesLibraries);
    }
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

  /** @param thrifty questions are ready for a {@link LeftOut} */
  programWith(path: string, source: ts.SourceFile, thrifty: boolean): ts.Program {
    if (this.#thrift.isOn !== thrifty) {
      this.#thrift.isOn = thrifty;
      this.#stale = this.#moved = true;
    }
    this.#asked = this.#round;
    // Another text of the same file may have been taken since; the nodes in hand must be the program's.
    if (this.#files.get(path)?.source !== source) this.#keep(path, source);
    this.#refresh(path);
    if (this.#program && !this.#stale && this.#program.getSourceFile(path) === source) return this.#program;
    if (!this.#marked.has(path)) this.#addRoot(path);
    if (this.#moved) {
      this.#resolutions = this.#newResolutions();
      this.#thrift.resolveAnew();
    }
    this.#ambient ??= this.#config.list(DECLARATIONS);
    for (const each of this.#marked) if (this.#read(each) === undefined) this.#marked.delete(each);
    return (this.#program = this.#newProgram([...new Set([...this.#ambient, ...this.#marked])]));
  }

  #newProgram(files: readonly string[]): ts.Program {
    this.#isMaking = true;
    if (this.#moved) this.#needs = this.#newNeeds(new Map());
    let program = this.#make(files, this.#program);
    // What is needed is found from nothing: files that need each other would stay for ever.
    if (this.#needs.targets.size > 0 && !isWhollyReused(program)) {
      this.#needs = this.#newNeeds(new Map());
      program = this.#make(files, program);
    }
    for (;;) {
      const needs = this.#thrift.needsOf(program, (from, to) => this.#ties.addLeftOut(from, to));
      if (needs.size === this.#needs.targets.size) break;
      this.#needs = this.#newNeeds(needs);
      program = this.#make(files, program);
    }
    this.#isMaking = false;
    this.#shared = undefined;
    watchImports(program, ({ fileName }, name, mode) => {
      // The next program, which is made from this one, asks too.
      if (!this.#isMaking && this.#thrift.isLeftOut(fileName, name, mode)) throw new LeftOut(fileName);
    });
    return program;
  }

  #make(files: readonly string[], old: ts.Program | undefined): ts.Program {
    const program = ts.createProgram({
      rootNames: [...files, this.#needs.source.fileName],
      options: this.compilerOptions,
      host: this.#host,
      ...(old && { oldProgram: old }),
    });
    this.#stale = this.#moved = false;
    this.#brought.clear();
    return program;
  }

  #addRoot(path: string): void {
    this.#marked.add(path);
    if (this.#marked.size !== FEW) return;
    for (const other of this.#config.list(SOURCES)) {
      if (mayContainMark(this.#thrift.textOf(other) ?? ts.sys.readFile(other) ?? "")) this.#marked.add(other);
    }
  }

  /** Compares the files that this one's types may come from with the disk, and tries again what led nowhere. */
  #refresh(path: string): void {
    if (this.#refreshed === this.#round) return;
    this.#refreshed = this.#round;
    if (!this.#program) return;
    this.#shared ??= sharedSources(this.#program).map(({ fileName }) => fileName);
    const files = this.#ties.within([path, ...this.#shared], this.#parsed);
    for (const each of files) if (this.#files.has(each)) this.#read(each);
    const { changed, moved } = this.#thrift.refresh();
    if (changed) this.#trace.contradict();
    if (moved) this.#moved = this.#stale = true;
    for (const [key, { specifier, from, mode }] of this.#unresolved) {
      if (!files.has(from) && !this.#thrift.has(from)) continue;
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
      if (!tried.resolvedModule) continue;
      this.#moved = this.#stale = true;
      this.#unresolved.delete(key);
    }
  }

  /** Installed packages change with a restart or with a word from the watcher; their files are not looked at. */
  #isSettled(path: string, { stamp }: Parsed): boolean {
    return stamp !== "invalidated" && path.includes("/node_modules/");
  }

  #keep(path: string, source: ts.SourceFile, stamp: string = stampOf(path)): void {
    const known = this.#files.get(path);
    if (known?.source !== source) this.#stale = true;
    if (known && known.source !== source) this.#trace.contradict();
    if (known?.source !== source) this.#thrift.invalidate(path);
    this.#files.set(path, { source, stamp, checked: this.#round });
  }

  #drop(path: string): void {
    this.#files.delete(path);
    this.#trace.contradict();
    this.#stale = true;
    this.#moved = true;
  }

  #parse(path: string, text: string): ts.SourceFile {
    const impliedNodeFormat = this.#formatOf(path);
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

  /** Resolves an import of one of the program's files, or of one that it leaves out. */
  #lead(
    specifier: string,
    from: string,
    mode: ts.ResolutionMode,
  ): ts.ResolvedModuleWithFailedLookupLocations {
    const result = this.#resolve(specifier, from, mode);
    if (!result.resolvedModule && !from.includes("/node_modules/") && this.#isOwn(specifier)) {
      this.#unresolved.set(`${from}\0${specifier}`, { specifier, from, mode });
    }
    return result;
  }

  #isOwn(specifier: string): boolean {
    return specifier.startsWith(".") || this.compilerOptions.paths !== undefined;
  }

  #modeOf(path: string, isRequire: boolean): ts.ResolutionMode {
    const key = `${this.#formatOf(path)} ${isRequire} ${/\.\w+$/.exec(path)?.[0]}`;
    if (!this.#modes.has(key)) {
      const source = this.#parse(path, isRequire ? 'import a = require("a");' : 'import "a";');
      const [statement] = source.statements;
      const literal = ts.isImportDeclaration(statement!)
        ? statement.moduleSpecifier
        : ((statement as ts.ImportEqualsDeclaration).moduleReference as ts.ExternalModuleReference)
            .expression;
      const mode = ts.getModeForUsageLocation(source, literal as ts.StringLiteral, this.compilerOptions);
      this.#modes.set(key, mode);
    }
    return this.#modes.get(key);
  }

  #formatOf(path: string): ts.ResolutionMode {
    const packages = this.#resolutions.getPackageJsonInfoCache();
    return ts.getImpliedNodeFormatForFile(path, packages, this.#host, this.compilerOptions);
  }

  #newNeeds(targets: ReadonlyMap<string, ts.ResolvedModuleFull>): Needs {
    const path = `${this.#libraries.folder}/aotcache-needs.ts`;
    const text = [...targets.keys()].map((target) => `import ${JSON.stringify(target)};\n`).join("");
    return { targets, source: this.#parse(path, `${text}export {};\n`) };
  }

  #newResolutions(): ts.ModuleResolutionCache {
    return ts.createModuleResolutionCache(this.#root, canonical, this.compilerOptions);
  }

  #newHost(): ts.CompilerHost {
    const { folder } = this.#libraries;
    return {
      getSourceFile: (name) => this.#read(name),
      getDefaultLibLocation: () => folder,
      getDefaultLibFileName: (options) => `${folder}/${ts.getDefaultLibFileName(options)}`,
      getCurrentDirectory: () => this.#root,
      getCanonicalFileName: canonical,
      useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
      getNewLine: () => "\n",
      writeFile: () => {},
      // What a bundler made up has no file on disk, yet other files may import it.
      ...asking(
        { libraries: this.#libraries, trace: this.#trace },
        (path) => this.#files.has(path) && this.#read(path) !== undefined,
      ),
      jsDocParsingMode: JSDOC,
      hasInvalidatedResolutions: (path) => this.#moved || this.#brought.has(path),
      resolveModuleNameLiterals: (literals, from, _redirect, options, containing) =>
        literals.map((literal) => {
          if (from === this.#needs.source.fileName) {
            return { resolvedModule: this.#needs.targets.get(literal.text) };
          }
          const mode = ts.getModeForUsageLocation(containing, literal, options);
          const result = this.#lead(literal.text, from, mode);
          const to = result.resolvedModule;
          if (!to) {
            this.#thrift.forget(from, literal.text, mode);
            return result;
          }
          const leavesOut = this.#thrift.leavesOut(containing, literal, mode, to);
          const path = absolute(to.resolvedFileName);
          if (leavesOut) this.#ties.addLeftOut(from, path);
          else this.#ties.add(from, path);
          return leavesOut ? NOWHERE : result;
        }),
    };
  }
}

/** A file that was made up, and where its imports lead. */
interface Needs {
  readonly source: ts.SourceFile;
  readonly targets: ReadonlyMap<string, ts.ResolvedModuleFull>;
}

const NOWHERE: ts.ResolvedModuleWithFailedLookupLocations = { resolvedModule: undefined };

const canonical = (name: string): string => (ts.sys.useCaseSensitiveFileNames ? name : name.toLowerCase());

/** What TypeScript imports for JSX into every source. */
function jsxImport({ jsx, jsxImportSource }: ts.CompilerOptions): string | undefined {
  const isDev = jsx === ts.JsxEmit.ReactJSXDev;
  if (jsx !== ts.JsxEmit.ReactJSX && !isDev && jsxImportSource === undefined) return undefined;
  return `${jsxImportSource ?? "react"}/${isDev ? "jsx-dev-runtime" : "jsx-runtime"}`;
}
