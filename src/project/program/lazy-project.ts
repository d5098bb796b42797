/** The files of one tsconfig: parsed one by one, and made into a program when their types are asked for. */
import { ts } from "ts-morph";
import { TypeQueryCache, type TypeQuery } from "./type-query-cache.ts";
import type { Shared } from "./traced-host.ts";
import { newHost } from "./host.ts";
import type { PrunedError } from "../import-pruning/pruned-error.ts";
import type { Libraries } from "./libraries.ts";
import { Parser } from "./parser.ts";
import { SignatureTexts } from "./signature-text.ts";
import { jsxImport } from "../import-pruning/pruned-files.ts";
import { stampOf } from "../files/disk.ts";
import { DECLARATION_EXTENSIONS, TYPESCRIPT_EXTENSIONS } from "../files/file-names.ts";
import { absolute } from "../files/paths.ts";
import { ProgramBuilder } from "./program-builder.ts";
import { canonical, Resolver } from "./resolver.ts";
import { mayContainMark } from "../../prefilter.ts";
import type { Project, ResolvedModule } from "./project.ts";
import { isInstalled, type SharedFacts, sharedSources, DependencyGraph } from "./dependency-graph.ts";
import type { Fact, Trace } from "../files/trace.ts";
import { Pruner } from "../import-pruning/pruner.ts";
import type { Tsconfig } from "../files/tsconfig.ts";

/** What an import can lead to: a stylesheet that changed is no reason to resolve imports anew. */
const MODULE_FILE = /\.(?:[cm]?[jt]sx?|json)$/;

/** So many files are taken in one by one, each with a new program; the next one brings all that are marked. */
const FEW = 4;

interface Parsed {
  readonly source: ts.SourceFile;
  /** The file on disk when this text was taken. */
  readonly stamp: string;
  /** The round in which the stamp was last compared. */
  checked: number;
}

export class LazyProject implements Project {
  readonly tsconfig: string | undefined;
  readonly compilerOptions: ts.CompilerOptions;
  readonly #config: Tsconfig;
  readonly #root: string;
  readonly #libraries: Libraries;
  readonly #trace: Trace;
  readonly #dependencies = new DependencyGraph();
  readonly #resolver: Resolver;
  readonly #parser: Parser;
  readonly #programs: ProgramBuilder;
  readonly #files = new Map<string, Parsed>();
  readonly #marked = new Set<string>();
  /** Files that were read in this round for their syntax. */
  readonly #looked = new Set<string>();
  readonly #pruner: Pruner;
  /** Files whose imports are to be resolved again. */
  readonly #restored = new Set<string>();
  #ambient: readonly string[] | undefined;
  readonly #signatures = new SignatureTexts();
  readonly #typeQueries = new TypeQueryCache({
    outsides: this.#signatures,
    stateOf: (path, source) => this.#stateOf(path, source),
  });
  #program: ts.Program | undefined;
  /** Files of the program that all results stand on. */
  #shared: readonly string[] | undefined;
  #round = 0;
  /** The round in which the program was last asked for. */
  #asked = -1;
  #refreshed = -1;
  /** The program is older than its files. */
  #stale = true;
  /** Files have come or gone, so that what imports lead to may have changed. */
  #moved = false;
  /** Another number after every change, but for those in bodies that no type outside depends on. */
  #state = 0;

  constructor(config: Tsconfig, root: string, { libraries, trace }: Shared) {
    this.tsconfig = config.path;
    this.compilerOptions = config.options;
    this.#config = config;
    this.#root = root;
    this.#libraries = libraries;
    this.#trace = trace;
    const { options } = config;
    const host = this.#newHost({ libraries, trace });
    this.#resolver = new Resolver({ options, root, host });
    this.#parser = new Parser(options, (path) => this.#resolver.formatOf(path));
    this.#pruner = new Pruner({
      stampOf,
      textOf: (path) => (this.#files.has(path) ? this.#read(path)?.text : ts.sys.readFile(path)),
      resolve: (...asked) => this.#resolver.lead(...asked).resolvedModule,
      modeOf: (path, isRequire) => this.#parser.modeOf(path, isRequire),
      jsx: jsxImport(options),
    });
    this.#programs = new ProgramBuilder({
      options,
      host,
      pruner: this.#pruner,
      dependencies: this.#dependencies,
      parse: (path, text) => this.#parser.parse(path, text),
      folder: libraries.folder,
      made: () => {
        this.#stale = this.#moved = false;
        this.#restored.clear();
      },
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
    const source = unchanged ? known.source : this.#parser.parse(path, text);
    this.#keep(path, source);
    return source;
  }

  invalidate(path: string): void {
    const known = this.#files.get(path);
    const exists = stampOf(path) !== "";
    const isKnown = known !== undefined || this.#pruner.has(path);
    this.#pruner.invalidate(path);
    if ((!isKnown || !exists) && MODULE_FILE.test(path)) {
      this.#outdate({ moved: true });
      if (path.includes(".d.")) this.#ambient = undefined;
    }
    // An entry that a stamp no longer vouches for is read again when it is next asked for.
    if (known) this.#files.set(path, { source: known.source, stamp: "invalidated", checked: -1 });
  }

  resolveModule(specifier: string, fromFile: string): ResolvedModule | undefined {
    const mode = this.#read(fromFile)?.impliedNodeFormat;
    const found = this.#resolver.resolve(specifier, fromFile, mode).resolvedModule;
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
    const files = new Set(
      this.#asked === this.#round ? this.#dependencies.from(starts, this.#parsed) : starts,
    );
    files.delete(path);
    return this.#dependencies.factsOf(files, this.#parsed).filter((fact) => !isInstalled(fact[1]));
  }

  /** What every result of the program stands on: installed packages, and files that declare globals. */
  sharedFacts(): SharedFacts {
    const files = this.#program ? this.#dependencies.from(sharedSources(this.#program), this.#parsed) : [];
    const own = [...files].filter((path) => !this.#libraries.holds(path));
    return { facts: this.#dependencies.factsOf(own, this.#parsed), searched: this.#marked.size >= FEW };
  }

  /** Brings in what a question led to. */
  restore({ from }: PrunedError): void {
    for (const path of this.#pruner.restore(from)) this.#restored.add(canonical(path));
    this.#outdate();
  }

  readonly #parsed = (path: string): ts.SourceFile | string | undefined =>
    this.#files.get(path)?.source ?? this.#pruner.hashOf(path);

  #read(path: string): ts.SourceFile | undefined {
    const { source: needs } = this.#programs.needs;
    if (path === needs.fileName) return needs;
    if (this.#libraries.holds(path)) {
      const { outlinesLibraries } = this.#pruner;
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
    const source = known?.source.text === text ? known.source : this.#parser.parse(path, text);
    this.#keep(path, source, stamp);
    return source;
  }

  /** Answers a question about types, or gives the answer of before; see {@link TypeQueryCache.query}. */
  query<T>(question: TypeQuery, ask: () => T, lasts: (answer: T) => boolean): T {
    return this.#typeQueries.query(question, ask, lasts);
  }

  /** @param thrifty questions are ready for a {@link PrunedError} */
  programWith(path: string, source: ts.SourceFile, thrifty: boolean): ts.Program {
    if (this.#pruner.isOn !== thrifty) {
      this.#pruner.isOn = thrifty;
      this.#outdate({ moved: true });
    }
    this.#typeQueries.note();
    this.#asked = this.#round;
    // Another text of the same file may have been taken since; the nodes in hand must be the program's.
    if (this.#files.get(path)?.source !== source) this.#keep(path, source);
    this.#refresh(path);
    if (this.#program && !this.#stale && this.#program.getSourceFile(path) === source) return this.#program;
    if (!this.#marked.has(path)) this.#addRoot(path);
    if (this.#moved) {
      this.#resolver.renew();
      this.#pruner.resolveAnew();
    }
    this.#ambient ??= this.#config.list(DECLARATION_EXTENSIONS);
    for (const each of this.#marked) if (this.#read(each) === undefined) this.#marked.delete(each);
    const files = [...new Set([...this.#ambient, ...this.#marked])];
    this.#program = this.#programs.make(files, this.#program, this.#moved);
    this.#shared = undefined;
    return this.#program;
  }

  #addRoot(path: string): void {
    this.#marked.add(path);
    this.#outdate();
    if (this.#marked.size !== FEW) return;
    for (const other of this.#config.list(TYPESCRIPT_EXTENSIONS)) {
      if (mayContainMark(this.#pruner.textOf(other) ?? ts.sys.readFile(other) ?? "")) this.#marked.add(other);
    }
  }

  /** Compares the files that this one's types may come from with the disk, and tries again what led nowhere. */
  #refresh(path: string): void {
    if (this.#refreshed === this.#round) return;
    this.#refreshed = this.#round;
    if (!this.#program) return;
    this.#shared ??= sharedSources(this.#program).map(({ fileName }) => fileName);
    const files = this.#dependencies.within([path, ...this.#shared], this.#parsed);
    for (const each of files) if (this.#files.has(each)) this.#read(each);
    const { changed, moved } = this.#pruner.refresh();
    if (changed) this.#trace.contradict();
    if (moved) this.#outdate({ moved });
    const concerns = (from: string): boolean => files.has(from) || this.#pruner.has(from);
    if (this.#resolver.retry(concerns)) this.#outdate({ moved: true });
  }

  #outdate({ moved = false }: { moved?: boolean } = {}): void {
    this.#stale = true;
    this.#state++;
    if (moved) this.#moved = true;
  }

  #stateOf(path: string, source: ts.SourceFile): number | undefined {
    if (!this.#program || this.#files.get(path)?.source !== source) return undefined;
    this.#refresh(path);
    // The result stands on what the answers stand on.
    this.#asked = this.#round;
    return this.#state;
  }

  /** Installed packages change with a restart or with a word from the watcher; their files are not looked at. */
  #isSettled(path: string, { stamp }: Parsed): boolean {
    return stamp !== "invalidated" && path.includes("/node_modules/");
  }

  #keep(path: string, source: ts.SourceFile, stamp: string = stampOf(path)): void {
    const known = this.#files.get(path);
    if (known?.source !== source) {
      if (known && this.#signatures.areEqual(known.source, source)) this.#stale = true;
      else this.#outdate();
      if (known) this.#trace.contradict();
      this.#pruner.invalidate(path);
    }
    this.#files.set(path, { source, stamp, checked: this.#round });
  }

  #drop(path: string): void {
    this.#files.delete(path);
    this.#trace.contradict();
    this.#outdate({ moved: true });
  }

  #newHost(shared: Shared): ts.CompilerHost {
    return newHost({
      root: this.#root,
      shared,
      dependencies: this.#dependencies,
      pruner: () => this.#pruner,
      read: (path) => this.#read(path),
      isTaken: (path) => this.#files.has(path) && this.#read(path) !== undefined,
      isOutdated: (path) => this.#moved || this.#restored.has(path),
      lead: (...asked) => this.#resolver.lead(...asked),
      needs: () => this.#programs.needs,
    });
  }
}
