/**
 * Decides which imports are pruned from a program. Results are the same as without pruning: a type query that reaches
 * a pruned import throws {@link PrunedError}, and runs again after the import was restored.
 */
import type { ts } from "ts-morph";
import type { PrunedError } from "./pruned-error.ts";
import { PrunedFiles, type PrunedFilesHost } from "./pruned-files.ts";
import { UnneededImports } from "./unneeded-imports.ts";

/** After this many restored files, nothing is pruned any more: each restored file costs a new program. */
const MAX_RESTORES = 6;

export class Pruner {
  isEnabled = false;
  readonly #unneededImports = new UnneededImports();
  readonly #prunedFiles: PrunedFiles;
  /** The pruned imports of each file. */
  readonly #pruned = new Map<string, Map<string, ts.ResolvedModuleFull>>();
  /** Files whose imports have all been restored. */
  readonly #restoredFiles = new Set<string>();
  #hasFullLibraries = false;

  constructor(host: PrunedFilesHost) {
    this.#prunedFiles = new PrunedFiles(host);
  }

  /** Whether libraries are replaced with their outlines. */
  get usesOutlines(): boolean {
    return this.isEnabled && !this.#hasFullLibraries;
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
    const isPruned =
      this.isEnabled &&
      !this.#restoredFiles.has(file.fileName) &&
      this.#restoredFiles.size <= MAX_RESTORES &&
      this.#unneededImports.has(file, literal) &&
      this.#prunedFiles.mayPrune(resolved);
    if (!isPruned) {
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

  hasPruned(from: string, name: string, mode: ts.ResolutionMode): boolean {
    return this.#pruned.get(from)?.has(importKey(name, mode)) === true;
  }

  /** Restores what a {@link PrunedError} names. Returns the files whose imports must be resolved again. */
  restore({ from }: PrunedError): readonly string[] {
    if (from === undefined) {
      this.#hasFullLibraries = true;
      return [];
    }
    this.#restoredFiles.add(from);
    const files = this.#restoredFiles.size > MAX_RESTORES ? [...this.#pruned.keys()] : [from];
    for (const file of files) this.#pruned.delete(file);
    return files;
  }

  /** Returns the files that a program must contain because pruned files lead to them, by path. */
  requiredFiles(
    program: ts.Program,
    onImport: (from: string, to: string) => void,
  ): ReadonlyMap<string, ts.ResolvedModuleFull> {
    const starts = program
      .getSourceFiles()
      .flatMap(({ fileName }) => [...(this.#pruned.get(fileName)?.values() ?? [])]);
    return this.#prunedFiles.requiredBy(starts, onImport);
  }

  /** Whether the file was scanned as a candidate for pruning. */
  hasScanned(path: string): boolean {
    return this.#prunedFiles.has(path);
  }

  textOf(path: string): string | undefined {
    return this.#prunedFiles.textOf(path);
  }

  hashOf(path: string): string | undefined {
    return this.#prunedFiles.hashOf(path);
  }

  invalidate(path: string): void {
    this.#prunedFiles.invalidate(path);
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
