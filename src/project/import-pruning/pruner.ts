/**
 * Which imports a program leaves out. Whatever it says is what it would say with all of them: a question that
 * leads to one throws {@link LeftOut}, and is asked again with more in the program.
 */
import { ts } from "ts-morph";
import { Outskirts, type OutskirtsHost } from "./pruned-files.ts";
import { SpareImports } from "./unneeded-imports.ts";

type Resolved = ts.ResolvedModuleFull;

/** After so many wrong guesses, everything is brought in: each costs a program. */
const MOST_WRONG = 6;

export class Thrift {
  /** Something may be left out. */
  isOn = false;
  readonly #spare = new SpareImports();
  readonly #outskirts: Outskirts;
  readonly #leftOut = new Map<string, Map<string, Resolved>>();
  /** Files of which all imports are brought in. */
  readonly #whole = new Set<string>();
  #wholeLibraries = false;

  constructor(host: OutskirtsHost) {
    this.#outskirts = new Outskirts(host);
  }

  get outlinesLibraries(): boolean {
    return this.isOn && !this.#wholeLibraries;
  }

  /** Decides about an import, and remembers. */
  leavesOut(
    file: ts.SourceFile,
    literal: ts.StringLiteralLike,
    mode: ts.ResolutionMode,
    to: Resolved,
  ): boolean {
    const key = keyOf(literal.text, mode);
    let leftOut = this.#leftOut.get(file.fileName);
    const leaves =
      this.isOn &&
      !this.#whole.has(file.fileName) &&
      this.#whole.size <= MOST_WRONG &&
      this.#spare.has(file, literal) &&
      this.#outskirts.mayLeaveOut(to);
    if (!leaves) {
      leftOut?.delete(key);
      return false;
    }
    if (!leftOut) this.#leftOut.set(file.fileName, (leftOut = new Map<string, Resolved>()));
    leftOut.set(key, to);
    return true;
  }

  /** Says that an import leads nowhere, or nowhere any more. */
  forget(from: string, name: string, mode: ts.ResolutionMode): void {
    this.#leftOut.get(from)?.delete(keyOf(name, mode));
  }

  isLeftOut(from: string, name: string, mode: ts.ResolutionMode): boolean {
    return this.#leftOut.get(from)?.has(keyOf(name, mode)) === true;
  }

  /** Brings in what a question led to; returns the files whose imports are to be resolved again. */
  bring(from: string | undefined): readonly string[] {
    if (from === undefined) {
      this.#wholeLibraries = true;
      return [];
    }
    this.#whole.add(from);
    const files = this.#whole.size > MOST_WRONG ? [...this.#leftOut.keys()] : [from];
    for (const file of files) this.#leftOut.delete(file);
    return files;
  }

  /** What a program must have of what it leaves out, by path. */
  needsOf(program: ts.Program, tie: (from: string, to: string) => void): ReadonlyMap<string, Resolved> {
    const starts = program
      .getSourceFiles()
      .flatMap(({ fileName }) => [...(this.#leftOut.get(fileName)?.values() ?? [])]);
    return this.#outskirts.needs(starts, tie);
  }

  /** Tells whether a file was looked at and left out. */
  has(path: string): boolean {
    return this.#outskirts.has(path);
  }

  textOf(path: string): string | undefined {
    return this.#outskirts.textOf(path);
  }

  hashOf(path: string): string | undefined {
    return this.#outskirts.hashOf(path);
  }

  invalidate(path: string): void {
    this.#outskirts.invalidate(path);
  }

  /** Compares the files that are left out with the disk. */
  refresh(): { readonly changed: boolean; readonly moved: boolean } {
    return this.#outskirts.refresh();
  }

  resolveAnew(): void {
    this.#outskirts.resolveAnew();
  }
}

const keyOf = (name: string, mode: ts.ResolutionMode): string => `${mode ?? ""}:${name}`;
