/**
 * The build cache stores compilation results on disk, together with their inputs. A stored result is returned only
 * while all of its inputs are unchanged. Then TypeScript is not loaded at all.
 */
import { existsSync } from "node:fs";
import type { ResultChange } from "../analyze/changed-results.ts";
import type { Caller } from "../callers.ts";
import { type Compilation, UNCHANGED } from "../compilation.ts";
import type { Context, ScriptRule } from "../compile.ts";
import type { DiagnosticName } from "../diagnostics/catalogue.ts";
import { Ids } from "../ids.ts";
import type { ResolvedCompilerOptions } from "../options/function.ts";
import { mayContainMark } from "../prefilter.ts";
import { entriesOf } from "../project/files/disk.ts";
import { absolute, upward } from "../project/files/paths.ts";
import { isModule } from "../project/files/scan-imports.ts";
import { type Fact, hashOf } from "../project/files/trace.ts";
import type { Inputs, Workspace } from "../project/workspace.ts";
import { timed } from "../timing.ts";
import { Folder } from "./folder.ts";
import { compilerIdentity } from "./identity.ts";
import {
  type AnswersRecord,
  type CallerEntry,
  type Entry,
  mapCompilationPaths,
  mapFactPaths,
  type PathMapping,
  pathMapping,
  type SharedRecord,
  type Stored,
} from "./record.ts";
import { sharedRecord } from "./shared.ts";
import { Validator } from "./validate.ts";

/** The compiler without the cache. Loading it loads TypeScript. */
export interface LoadedCompiler {
  readonly compile: (path: string, text: string, context: Context) => Compilation;
  readonly changesBy: (
    caller: Caller,
    context: Pick<Context, "workspace" | "options">,
    loadsTypes: boolean,
  ) => readonly ResultChange[] | undefined;
  readonly workspace: Workspace;
}

/** A result that will be written soon. */
interface PendingRecord {
  /** The shared record of the answers that the result was computed with. Undefined if types were loaded. */
  readonly shared?: string | undefined;
  readonly facts: readonly Fact[];
  readonly write: (stored: Stored) => void;
  readonly inputs: Inputs;
  /** The revision of the trace at the time of the result. The result is dropped if the trace has changed since. */
  readonly revision: number;
}

export interface BuildCacheOptions {
  readonly root: string;
  readonly options: ResolvedCompilerOptions;
  readonly scripts?: ScriptRule;
}

/** Each may be as large as all types of a project, and few are in use at a time. */
const MAX_SHARED_RECORDS = 8;

/** The callers of a large project, in a few states. */
const MAX_CALLERS = 5000;

const WRITE_DELAY_MS = 250;

/** What does not depend on the inputs of a file: whether another file claims the same id, and how large the stack is. */
const NOT_STORED: ReadonlySet<DiagnosticName> = new Set<DiagnosticName>(["id-duplicate", "too-deep"]);

/** Stores results in the nearest `node_modules`. Without a `node_modules`, it stores nothing. */
export class BuildCache {
  readonly #options: ResolvedCompilerOptions;
  readonly #scripts: ScriptRule | undefined;
  readonly #ids = new Ids();
  /** The nearest folder with a `node_modules`. */
  readonly #base: string | undefined;
  readonly #paths: PathMapping;
  readonly #validator: Validator;
  readonly #folder: Folder | undefined;
  readonly #identity: string | undefined;
  /** Texts whose results came from the cache, so that the compiler has not seen them. */
  readonly #unseenTexts = new Map<string, string>();
  /** The texts of {@link BuildCache.setText}. */
  readonly #importedTexts = new Map<string, string>();
  /** The texts that this process has compiled, and whose types are therefore loaded. */
  readonly #compiledTexts = new Map<string, string>();
  readonly #sharedRecords = new Map<string, SharedRecord | undefined>();
  /** The shared record that was written last. Most later results depend on the same one. */
  #writtenRecord: string | undefined;
  #pending: PendingRecord[] = [];
  #timer: NodeJS.Timeout | undefined;
  #loaded: LoadedCompiler | undefined;
  /** What callers change, by their texts and what they call. */
  #callers: Map<string, CallerEntry> | undefined;
  /** Whether `#callers` has entries that are not on disk. */
  #hasNewCallers = false;

  constructor({ root, options, scripts = "never" }: BuildCacheOptions) {
    this.#options = options;
    this.#scripts = scripts;
    const base = (this.#base = baseOf(root));
    this.#paths = pathMapping(base ?? root);
    this.#validator = new Validator(this.#paths);
    const compiler = base === undefined ? undefined : compilerIdentity();
    if (compiler === undefined) return;
    this.#folder = new Folder(`${base}/node_modules/.cache/aotcache`);
    const { tsconfig, namespace, strict, allow, defaults, classes, singletons } = options;
    this.#identity = JSON.stringify([
      compiler,
      this.#paths.toRelative(root),
      { tsconfig, namespace, strict, allow, defaults, classes, singletons },
    ]);
  }

  get keepsResults(): boolean {
    return this.#folder !== undefined;
  }

  /** Returns the result of a file if it is stored and valid, or if the text contains no mark. */
  lookup(path: string, text: string): Compilation | undefined {
    if (!mayContainMark(text)) {
      this.#ids.replace(path, []);
      return UNCHANGED;
    }
    const entry = timed("stored results", () => this.#validEntry(path, text));
    if (!entry) return undefined;
    const compilation = mapCompilationPaths(entry.compilation, this.#paths.toAbsolute);
    // Whether two files claim the same id does not depend on one file alone, so it is not stored.
    if (!this.claimIds(path, compilation)) return undefined;
    this.#unseenTexts.set(path, text);
    this.#setUnseenTexts();
    return compilation;
  }

  /** Whether a result of a file is stored and valid. */
  has(path: string, text: string): boolean {
    return this.#validEntry(path, text) !== undefined;
  }

  /** Claims the ids of a file that another compiler has compiled. Returns whether no other file has one of them. */
  claimIds(path: string, { sites, references }: Compilation): boolean {
    return this.#ids.replace(path, [...sites, ...references]).problems.length === 0;
  }

  /** Compiles a file after a miss of {@link BuildCache.lookup}, and stores the result. */
  compile(path: string, text: string, load: () => LoadedCompiler): Compilation {
    return this.#compile(path, text, load, { ids: this.#ids, usesAnswers: true });
  }

  /** Compiles a file like {@link BuildCache.compile}, and stores the result only if the text is that on disk. */
  compileEdited(path: string, text: string, load: () => LoadedCompiler): Compilation {
    this.#validator.disk.setText(path, text);
    const stores = this.#validator.disk.matchesDisk(path);
    return this.#compile(path, text, load, { ids: this.#ids, usesAnswers: true, stores });
  }

  /** Sets the text of a file that others import, until the file on disk changes or a change is reported. */
  setText(path: string, text: string): void {
    this.#validator.disk.setText(path, text);
    this.#importedTexts.set(path, text);
    this.#loaded?.workspace.setText(path, text);
  }

  /**
   * Compiles a file that may never be requested: loads the types that it needs, and stores its result. Its ids are not
   * claimed, because a file that no other imports does not conflict with those that are.
   */
  preload(path: string, text: string, load: () => LoadedCompiler): void {
    if (this.#compiledTexts.get(path) !== text)
      this.#compile(path, text, load, { ids: new Ids(), usesAnswers: false });
  }

  #compile(
    path: string,
    text: string,
    load: () => LoadedCompiler,
    { ids, usesAnswers, stores = true }: { ids: Ids; usesAnswers: boolean; stores?: boolean },
  ): Compilation {
    const { compile, workspace } = this.#load(load);
    this.#unseenTexts.delete(path);
    this.#setUnseenTexts();
    const known = usesAnswers ? this.#storedAnswers(path) : undefined;
    const stored = known?.answers;
    const context = { workspace, options: this.#options, ids, scripts: this.#scripts, stored };
    const compilation = compile(path, text, context);
    const inputs = workspace.inputsFor(path);
    // The types of the file are still to be loaded, for other edits.
    if (!inputs.isAnsweredFromStore) this.#compiledTexts.set(path, text);
    if (stores && !compilation.diagnostics.some(({ name }) => NOT_STORED.has(name))) {
      const shared = inputs.isAnsweredFromStore ? known!.shared : undefined;
      const facts = shared === undefined ? [] : known!.facts;
      const [name, answersName] = [this.#entryName(path, text), this.#answersName(path)];
      const answers = inputs.answers();
      this.#store({ inputs, shared, facts }, (stored) => {
        const entry: Entry = {
          ...stored,
          compilation: mapCompilationPaths(compilation, this.#paths.toRelative),
          answers,
        };
        this.#folder!.write(name, entry);
        if (!answers) return;
        const record: AnswersRecord = { base: this.#base!, entry: name };
        this.#folder!.write(answersName, record);
      });
    }
    return compilation;
  }

  #load(load: () => LoadedCompiler): LoadedCompiler {
    if (!this.#loaded) {
      this.#loaded = load();
      for (const [path, text] of this.#importedTexts) this.#loaded.workspace.setText(path, text);
    }
    return this.#loaded;
  }

  /** Returns the stored changes of a caller, if they are valid. */
  lookupChanges(caller: Caller): readonly ResultChange[] | undefined {
    if (!this.#folder) return undefined;
    const entry = timed("stored results", () => this.#callerEntries().get(this.#callerKey(caller)));
    return entry && this.#isValid(entry) ? entry.changes : undefined;
  }

  /** Finds what each of some callers changes after misses of {@link BuildCache.lookupChanges}, and stores it. */
  findChanges(
    callers: readonly Caller[],
    load: () => LoadedCompiler,
    stores = true,
  ): readonly (readonly ResultChange[])[] {
    const { changesBy, workspace } = this.#load(load);
    this.#setUnseenTexts();
    const found = new Map<Caller, readonly ResultChange[]>();
    const find = (caller: Caller, loadsTypes: boolean): void => {
      const changes = changesBy(caller, { workspace, options: this.#options }, loadsTypes);
      if (!changes) return;
      found.set(caller, changes);
      if (stores) this.#storeChanges(caller, changes, workspace);
    };
    for (const caller of callers) find(caller, false);
    const untyped = callers.filter((caller) => !found.has(caller));
    // Each file that is added to a program alone costs a new one.
    workspace.addRoots(untyped.map(({ path }) => path));
    for (const caller of untyped) find(caller, true);
    return callers.map((caller) => found.get(caller)!);
  }

  #storeChanges(caller: Caller, changes: readonly ResultChange[], workspace: Workspace): void {
    this.#store({ inputs: workspace.inputsFor(caller.path) }, (stored) => {
      const entries = this.#callerEntries();
      const key = this.#callerKey(caller);
      entries.delete(key);
      entries.set(key, { ...stored, changes });
      this.#hasNewCallers = true;
    });
  }

  /** All callers share a file, because most are checked by every run. */
  #callerEntries(): Map<string, CallerEntry> {
    const read = (): Map<string, CallerEntry> | undefined =>
      this.#folder!.read(this.#callersName) as Map<string, CallerEntry> | undefined;
    return (this.#callers ??= read() ?? new Map<string, CallerEntry>());
  }

  #writeCallers(): void {
    if (!this.#hasNewCallers) return;
    this.#hasNewCallers = false;
    const entries = this.#callerEntries();
    for (const key of [...entries.keys()].slice(0, -MAX_CALLERS)) entries.delete(key);
    this.#folder!.write(this.#callersName, entries);
  }

  get #callersName(): string {
    return `${hashOf(JSON.stringify([this.#identity, "callers"]))}.callers`;
  }

  #callerKey({ path, text, results }: Caller): string {
    const { toRelative } = this.#paths;
    const called = results.map((result) => ({ ...result, path: toRelative(result.path) }));
    return hashOf(JSON.stringify([toRelative(path), hashOf(text), called]));
  }

  /** Reports that a file was changed, added or removed. */
  invalidate(path: string): void {
    this.#importedTexts.delete(path);
    this.#validator.disk.dropText(path);
    this.#validator.reset(path);
    this.#loaded?.workspace.invalidate(path);
  }

  /** Drops the types that were loaded. Results that depend on them are written before. */
  release(): void {
    this.flush();
    this.#compiledTexts.clear();
    this.#loaded?.workspace.release();
  }

  /** Writes pending results now. They are otherwise written after a short delay. */
  readonly flush = (): void => {
    clearTimeout(this.#timer);
    process.off("exit", this.flush);
    const pending = this.#pending;
    this.#pending = [];
    // Does not create a `node_modules` that was removed meanwhile.
    if (!existsSync(`${this.#base}/node_modules`)) return;
    const recordNames = new Map<unknown, string | undefined>();
    const sharedOf = (inputs: Inputs): string | undefined => {
      if (!recordNames.has(inputs.project)) recordNames.set(inputs.project, this.#writeShared(inputs));
      return recordNames.get(inputs.project);
    };
    for (const { facts, write, inputs, revision, ...each } of pending) {
      if (revision !== inputs.trace.revision) continue;
      const shared = each.shared ?? sharedOf(inputs);
      if (shared === undefined) continue;
      write({ shared, facts });
    }
    this.#writeCallers();
    if (pending.length > 0) this.#folder!.prune();
  };

  #store(
    {
      inputs,
      shared,
      facts: more = [],
    }: Pick<PendingRecord, "inputs" | "shared"> & Partial<Pick<Stored, "facts">>,
    write: PendingRecord["write"],
  ): void {
    if (!this.#folder) return;
    const { revision } = inputs.trace;
    const facts = [...more, ...inputs.fileFacts.map((fact) => mapFactPaths(fact, this.#paths.toRelative))];
    const pending = { facts, shared, write, inputs, revision };
    // Files that are compiled within this delay share one record of their common inputs.
    if (this.#pending.push(pending) > 1) return;
    this.#timer = setTimeout(this.flush, WRITE_DELAY_MS).unref();
    process.once("exit", this.flush);
  }

  #writeShared(inputs: Inputs): string | undefined {
    const record = sharedRecord(inputs, this.#paths);
    if (!record) return undefined;
    const name = `${hashOf(JSON.stringify(record))}.shared`;
    if (this.#writtenRecord !== name) this.#folder!.write(name, record);
    this.#writtenRecord = name;
    return name;
  }

  #validEntry(path: string, text: string): Entry | undefined {
    if (!this.#folder) return undefined;
    this.#validator.disk.setText(path, text);
    const entry = this.#folder.read(this.#entryName(path, text)) as Entry | undefined;
    return entry && this.#isValid(entry) ? entry : undefined;
  }

  /** Returns what is known of the types of a file in its present state, except for bodies in it. */
  #storedAnswers(path: string): Entry | undefined {
    if (!this.#folder || this.#compiledTexts.has(path)) return undefined;
    const record = this.#folder.read(this.#answersName(path)) as AnswersRecord | undefined;
    if (record?.base !== this.#base) return undefined;
    const entry = this.#folder.read(record!.entry) as Entry | undefined;
    return entry && this.#isValid(entry) ? entry : undefined;
  }

  #answersName(path: string): string {
    return `${hashOf(JSON.stringify([this.#identity, this.#paths.toRelative(path)]))}.answers`;
  }

  #isValid({ shared, facts }: Stored): boolean {
    if (!this.#sharedRecords.has(shared)) {
      const [oldest] = this.#sharedRecords.keys();
      if (this.#sharedRecords.size >= MAX_SHARED_RECORDS) this.#sharedRecords.delete(oldest!);
      this.#sharedRecords.set(shared, this.#folder!.read(shared) as SharedRecord | undefined);
    }
    const record = this.#sharedRecords.get(shared);
    return (
      record !== undefined && this.#validator.isSharedValid(shared, record) && this.#validator.isValid(facts)
    );
  }

  /** Gives the compiler the texts that another plugin has changed: other files import these, not those on disk. */
  #setUnseenTexts(): void {
    if (!this.#loaded) return;
    for (const [path, text] of this.#unseenTexts) {
      if (!this.#validator.disk.matchesDisk(path)) this.#loaded.workspace.fileFor(path, text);
    }
    this.#unseenTexts.clear();
  }

  #entryName(path: string, text: string): string {
    // All integrations share the results of modules.
    const scripts = isModule(text) ? "never" : this.#scripts;
    const parts = [this.#identity, this.#paths.toRelative(path), hashOf(text), scripts];
    return `${hashOf(JSON.stringify(parts))}.entry`;
  }
}

/** Returns the nearest folder with a `node_modules`. */
function baseOf(root: string): string | undefined {
  for (const folder of upward(absolute(root))) {
    if (entriesOf(folder).directories.includes("node_modules")) return folder;
  }
  return undefined;
}
