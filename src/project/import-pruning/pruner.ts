/**
 * Decides which imports are pruned from a program. The checker loads the modules behind them when a type needs them,
 * so results are the same as without pruning.
 */
import { ts } from "ts-morph";
import { TYPESCRIPT_FILE } from "../files/file-names.ts";
import type { PrunedError } from "./pruned-error.ts";
import { moduleAt, PrunedFiles, type PrunedFilesHost } from "./pruned-files.ts";

export interface PrunerOptions extends PrunedFilesHost {
  /** Whether types depend on which files are in the program. */
  readonly dependsOnProgram: boolean;
}

/** Tells whether types depend on which files are in the program: by their order, or since imports add none. */
export const dependsOnProgram = ({ stableTypeOrdering, noResolve }: ts.CompilerOptions): boolean =>
  stableTypeOrdering === true || noResolve === true;

export class Pruner {
  #isEnabled = false;
  /** Whether nothing is ever pruned. */
  #isOff: boolean;
  readonly #prunedFiles: PrunedFiles;
  /** The pruned imports of each file. */
  readonly #pruned = new Map<string, Map<string, ts.ResolvedModuleFull>>();
  #hasFullLibraries = false;
  /** The scanned text of each file with an import that was not scanned when a type needed it. */
  readonly #rescanned = new Map<string, string | undefined>();

  constructor(options: PrunerOptions) {
    this.#isOff = options.dependsOnProgram;
    this.#prunedFiles = new PrunedFiles(options);
  }

  /** Sets whether imports may be pruned. Returns whether that changes programs. */
  setEnabled(mayPrune: boolean): boolean {
    const before = this.#isEnabled;
    this.#isEnabled = mayPrune && !this.#isOff;
    return this.#isEnabled !== before;
  }

  /** Whether libraries are replaced with their outlines. */
  get usesOutlines(): boolean {
    return this.#isEnabled && !this.#hasFullLibraries;
  }

  /** Decides whether an import is pruned, and stores the decision. */
  isPruned(
    file: ts.SourceFile,
    literal: ts.StringLiteralLike,
    mode: ts.ResolutionMode,
    resolved: ts.ResolvedModuleFull,
  ): boolean {
    const key = importKey(literal.text, mode);
    let prunedImports = this.#pruned.get(file.fileName);
    // An augmentation changes the module that it names, and the imports of JavaScript follow rules of their own.
    const isOrdinary =
      !ts.isModuleDeclaration(literal.parent) && (file.flags & ts.NodeFlags.JavaScriptFile) === 0;
    if (!this.#isEnabled || !isOrdinary || !this.#prunedFiles.mayPrune(resolved)) {
      prunedImports?.delete(key);
      return false;
    }
    if (!prunedImports)
      this.#pruned.set(file.fileName, (prunedImports = new Map<string, ts.ResolvedModuleFull>()));
    prunedImports.set(key, resolved);
    return true;
  }

  /** Drops the decision about an import that does not resolve. */
  forgetImport(from: string, name: string, mode: ts.ResolutionMode): void {
    this.#pruned.get(from)?.delete(importKey(name, mode));
  }

  /** Returns where a pruned import of a program leads to. */
  prunedImport(from: string, name: string, mode: ts.ResolutionMode): ts.ResolvedModuleFull | undefined {
    return this.#pruned.get(from)?.get(importKey(name, mode));
  }

  /** Whether the checker may load a file of the project that is not in the program. */
  mayLoad(path: string): boolean {
    return this.#isEnabled && TYPESCRIPT_FILE.test(path) && this.#prunedFiles.mayPrune(moduleAt(path));
  }

  /** Like {@link mayLoad}, for a file that was scanned. */
  mayLoadScanned(path: string): boolean {
    return this.#isEnabled && this.#prunedFiles.isScannedModule(path);
  }

  /**
   * Puts into the next program what a type query reached. A file whose imports were not all scanned has changed since,
   * and is scanned again; if that does not help, nothing is pruned any more.
   */
  restore({ from }: PrunedError): void {
    if (from === undefined) {
      this.#hasFullLibraries = true;
      return;
    }
    const text = this.#prunedFiles.textOf(from);
    this.#isOff ||= this.#rescanned.has(from) && this.#rescanned.get(from) === text;
    this.#rescanned.set(from, text);
    this.#prunedFiles.invalidate(from);
  }

  /** Returns the files that a program must contain because pruned files lead to them; see {@link PrunedFiles}. */
  requiredBy(...request: Parameters<PrunedFiles["requiredBy"]>): ReturnType<PrunedFiles["requiredBy"]> {
    return this.#prunedFiles.requiredBy(...request);
  }

  /** The scanned files of packages. */
  get installed(): readonly string[] {
    return this.#prunedFiles.installed;
  }

  /** Whether the file was scanned as a candidate for pruning. */
  hasScanned(path: string): boolean {
    return this.#prunedFiles.has(path);
  }

  textOf(path: string, stamp?: string): string | undefined {
    return this.#prunedFiles.textOf(path, stamp);
  }

  hashOf(path: string): string | undefined {
    return this.#prunedFiles.hashOf(path);
  }

  /** Reports that a file was changed. `text` is its text, if that is known. */
  invalidate(path: string, text?: string): void {
    if (text === undefined || this.#prunedFiles.textOf(path) !== text) this.#prunedFiles.invalidate(path);
  }

  /** Scans changed files again; see {@link PrunedFiles.refresh}. */
  refresh(): ReturnType<PrunedFiles["refresh"]> {
    return this.#prunedFiles.refresh();
  }

  clearResolutions(): void {
    this.#prunedFiles.clearResolutions();
  }
}

const importKey = (name: string, mode: ts.ResolutionMode): string => `${mode ?? ""}:${name}`;
