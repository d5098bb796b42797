/**
 * Results that outlive the process. A file's result is kept with everything it stands on, and taken only
 * while all of that is as it was; then TypeScript is not even loaded.
 */
import { existsSync } from "node:fs";
import { type Compilation, UNCHANGED } from "../compilation.ts";
import type { Context } from "../compile.ts";
import { Ids } from "../ids.ts";
import type { ResolvedCompilerOptions } from "../options/function.ts";
import { mayContainMark } from "../prefilter.ts";
import type { Inputs, Workspace } from "../project/workspace.ts";
import { entriesOf } from "../project/files/disk.ts";
import { absolute, upward } from "../project/files/paths.ts";
import { type Fact, hashOf } from "../project/files/trace.ts";
import { Folder } from "./folder.ts";
import { compilerIdentity } from "./identity.ts";
import { Validator } from "./validate.ts";
import { compilationWith, type Entry, factWith, type Paths, pathsFrom, type SharedRecord } from "./record.ts";
import { sharedRecord } from "./shared.ts";

/** The compiler proper, loaded. */
export interface LoadedCompiler {
  readonly compile: (path: string, text: string, context: Context) => Compilation;
  readonly workspace: Workspace;
}

/** A result on its way to the disk. */
interface PendingRecord {
  readonly name: string;
  readonly facts: readonly Fact[];
  readonly compilation: Compilation;
  readonly inputs: Inputs;
  /** Once something is contradicted that was noted before, what stands on it is not kept. */
  readonly revision: number;
}

export interface BuildCacheOptions {
  readonly root: string;
  readonly options: ResolvedCompilerOptions;
}

/** Each may be as large as all types of a project; few are in use at a time. */
const MOST_SHARED = 8;

/** One session with the results that are kept in the nearest `node_modules`; without one, nothing is. */
export class BuildCache {
  readonly #options: ResolvedCompilerOptions;
  readonly #ids = new Ids();
  readonly #base: string | undefined;
  readonly #paths: Paths;
  readonly #validator: Validator;
  readonly #folder: Folder | undefined;
  readonly #identity: string | undefined;
  /** Texts that were not compiled in this process; the compiler is told of those that are not on disk so. */
  readonly #untold = new Map<string, string>();
  readonly #shared = new Map<string, SharedRecord | undefined>();
  /** What was written last, which the next results mostly stand on too. */
  #written: string | undefined;
  #pending: PendingRecord[] = [];
  #timer: NodeJS.Timeout | undefined;
  #loaded: LoadedCompiler | undefined;

  constructor({ root, options }: BuildCacheOptions) {
    this.#options = options;
    const base = (this.#base = baseOf(root));
    this.#paths = pathsFrom(base ?? root);
    this.#validator = new Validator(this.#paths);
    const compiler = base === undefined ? undefined : compilerIdentity();
    if (compiler === undefined) return;
    this.#folder = new Folder(`${base}/node_modules/.cache/aotcache`);
    const { tsconfig, namespace, strict, allow, defaults } = options;
    this.#identity = JSON.stringify([
      compiler,
      this.#paths.out(root),
      { tsconfig, namespace, strict, allow, defaults },
    ]);
  }

  /** Returns a file's result if it can be told without the compiler. */
  lookup(path: string, text: string): Compilation | undefined {
    if (!mayContainMark(text)) {
      this.#ids.replace(path, []);
      return UNCHANGED;
    }
    if (!this.#folder) return undefined;
    this.#validator.disk.setText(path, text);
    const entry = this.#folder.read(this.#nameOf(path, text)) as Entry | undefined;
    if (!entry || !this.#isValid(entry)) return undefined;
    const compilation = compilationWith(entry.compilation, this.#paths.in);
    // Ids that two files claim are a matter between files, and not kept.
    const claimed = this.#ids.replace(path, [...compilation.sites, ...compilation.references]);
    if (claimed.problems.length > 0) return undefined;
    this.#untold.set(path, text);
    this.#tell();
    return compilation;
  }

  /** Compiles a file that {@link lookup} knows nothing of, and keeps the result. */
  compile(path: string, text: string, load: () => LoadedCompiler): Compilation {
    const { compile, workspace } = (this.#loaded ??= load());
    this.#untold.delete(path);
    this.#tell();
    const context = { workspace, options: this.#options, ids: this.#ids };
    const compilation = compile(path, text, context);
    // What failed is compiled again anyway.
    if (this.#folder && !compilation.diagnostics.some(({ severity }) => severity === "error")) {
      const inputs = workspace.inputsFor(path);
      const { revision } = inputs.trace;
      const facts = inputs.fileFacts.map((fact) => factWith(fact, this.#paths.out));
      this.#store({ name: this.#nameOf(path, text), facts, compilation, inputs, revision });
    }
    return compilation;
  }

  invalidate(path: string): void {
    this.#validator.forget();
    this.#loaded?.workspace.invalidate(path);
  }

  /** Writes now what would be written in a moment. */
  readonly flush = (): void => {
    clearTimeout(this.#timer);
    process.off("exit", this.flush);
    const pending = this.#pending;
    this.#pending = [];
    // Whoever took it away meanwhile does not want it back.
    if (!existsSync(`${this.#base}/node_modules`)) return;
    const names = new Map<unknown, string | undefined>();
    for (const { name, facts, compilation, inputs, revision } of pending) {
      if (revision !== inputs.trace.revision) continue;
      if (!names.has(inputs.project)) names.set(inputs.project, this.#writeShared(inputs));
      const shared = names.get(inputs.project);
      if (shared === undefined) continue;
      const entry: Entry = { shared, facts, compilation: compilationWith(compilation, this.#paths.out) };
      this.#folder!.write(name, entry);
    }
    if (names.size > 0) this.#folder!.prune();
  };

  #store(pending: PendingRecord): void {
    // What files stand on together is written once for all that are compiled in one go.
    if (this.#pending.push(pending) > 1) return;
    this.#timer = setTimeout(this.flush, 250).unref();
    process.once("exit", this.flush);
  }

  #writeShared(inputs: Inputs): string | undefined {
    const record = sharedRecord(inputs, this.#paths);
    if (!record) return undefined;
    const name = `${hashOf(JSON.stringify(record))}.shared`;
    if (this.#written !== name) this.#folder!.write(name, record);
    this.#written = name;
    return name;
  }

  #isValid({ shared, facts }: Entry): boolean {
    if (!this.#shared.has(shared)) {
      const [oldest] = this.#shared.keys();
      if (this.#shared.size >= MOST_SHARED) this.#shared.delete(oldest!);
      this.#shared.set(shared, this.#folder!.read(shared) as SharedRecord | undefined);
    }
    const record = this.#shared.get(shared);
    return (
      record !== undefined && this.#validator.isSharedValid(shared, record) && this.#validator.isValid(facts)
    );
  }

  /** A text that another plugin made is what other files import, too. */
  #tell(): void {
    if (!this.#loaded) return;
    for (const [path, text] of this.#untold) {
      if (!this.#validator.disk.matchesDisk(path)) this.#loaded.workspace.fileFor(path, text);
    }
    this.#untold.clear();
  }

  #nameOf(path: string, text: string): string {
    return `${hashOf(JSON.stringify([this.#identity, this.#paths.out(path), hashOf(text)]))}.entry`;
  }
}

/** The nearest folder with a `node_modules`. */
function baseOf(root: string): string | undefined {
  for (const folder of upward(absolute(root))) {
    if (entriesOf(folder).directories.includes("node_modules")) return folder;
  }
  return undefined;
}
