/**
 * Which imports a program leaves out. Whatever it says is what it would say with all of them: a question that
 * leads to one throws {@link LeftOut}, and is asked again with more in the program.
 */
import { ts } from "ts-morph";
import { PrunedFiles, type PrunedFilesHost } from "./pruned-files.ts";
import { UnneededImports } from "./unneeded-imports.ts";

type Resolved = ts.ResolvedModuleFull;

/** After so many wrong guesses, everything is brought in: each costs a program. */
const MAX_RESTORES = 6;

export class Pruner {
  /** Something may be left out. */
  isOn = false;
  readonly #unneeded = new UnneededImports();
  readonly #prunedFiles: PrunedFiles;
  readonly #pruned = new Map<string, Map<string, Resolved>>();
  /** Files of which all imports are brought in. */
  readonly #whole = new Set<string>();
  #wholeLibraries = false;

  constructor(host: PrunedFilesHost) {
    this.#prunedFiles = new PrunedFiles(host);
  }

  get outlinesLibraries(): boolean {
    return this.isOn && !this.#wholeLibraries;
  }

  /** Decides about an import, and remembers. */
  isPruned(
    file: ts.SourceFile,
    literal: ts.StringLiteralLike,
    mode: ts.ResolutionMode,
    to: Resolved,
  ): boolean {
    const key = importKey(literal.text, mode);
    let leftOut = this.#pruned.get(file.fileName);
    const leaves =
      this.isOn &&
      !this.#whole.has(file.fileName) &&
      this.#whole.size <= MAX_RESTORES &&
      this.#unneeded.has(file, literal) &&
      this.#prunedFiles.mayPrune(to);
    if (!leaves) {
      leftOut?.delete(key);
      return false;
    }
    if (!leftOut) this.#pruned.set(file.fileName, (leftOut = new Map<string, Resolved>()));
    leftOut.set(key, to);
    return true;
  }

  /** Says that an import leads nowhere, or nowhere any more. */
  forget(from: string, name: string, mode: ts.ResolutionMode): void {
    this.#pruned.get(from)?.delete(importKey(name, mode));
  }

  hasPruned(from: string, name: string, mode: ts.ResolutionMode): boolean {
    return this.#pruned.get(from)?.has(importKey(name, mode)) === true;
  }

  /** Brings in what a question led to; returns the files whose imports are to be resolved again. */
  restore(from: string | undefined): readonly string[] {
    if (from === undefined) {
      this.#wholeLibraries = true;
      return [];
    }
    this.#whole.add(from);
    const files = this.#whole.size > MAX_RESTORES ? [...this.#pruned.keys()] : [from];
    for (const file of files) this.#pruned.delete(file);
    return files;
  }

  /** What a program must have of what it leaves out, by path. */
  needsOf(program: ts.Program, tie: (from: string, to: string) => void): ReadonlyMap<string, Resolved> {
    const starts = program
      .getSourceFiles()
      .flatMap(({ fileName }) => [...(this.#pruned.get(fileName)?.values() ?? [])]);
    return this.#prunedFiles.needs(starts, tie);
  }

  /** Tells whether a file was looked at and left out. */
  has(path: string): boolean {
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

  /** Compares the files that are left out with the disk. */
  refresh(): { readonly changed: boolean; readonly moved: boolean } {
    return this.#prunedFiles.refresh();
  }

  resolveAnew(): void {
    this.#prunedFiles.resolveAnew();
  }
}

const importKey = (name: string, mode: ts.ResolutionMode): string => `${mode ?? ""}:${name}`;
