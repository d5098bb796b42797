/** Checks the files of one project while they are edited. Gives the diagnostics of `aotcache check`. */
import {
  createEditorCompiler,
  hasSharedResults,
  mayContainMark,
  type Compilation,
  type CreateOptions,
  type Diagnostic,
  type EditorCompiler,
} from "../../src/index.ts";
import type { Listing } from "./listing.ts";

/** Texts of editors that differ from the files on disk, by their absolute paths. */
export type UnsavedTexts = ReadonlyMap<string, string>;

export interface FileToCheck {
  /** Absolute, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly unsaved: UnsavedTexts;
}

export interface CheckResult {
  readonly compilation: Compilation;
  readonly diagnostics: readonly Diagnostic[];
}

const DECLARATIONS = /\.d\.[cm]?ts$/;

/** Matches texts with a function whose namespace may be that of a function in another file. */
const NAMES_NAMESPACE = /\bnamespace\b/;

export class ProjectChecker {
  readonly #options: CreateOptions;
  /** Undefined for files without a tsconfig. */
  readonly #listing: Listing | undefined;
  #compiler: EditorCompiler;
  /** The unsaved texts that the compiler has. */
  readonly #texts = new Map<string, string>();
  /** The file that was checked last. The compiler has its text, which may not be that on disk. */
  #last: string | undefined;
  /** The texts whose ids the compiler knows. */
  readonly #claims = new Map<string, string>();

  constructor(options: CreateOptions, listing: Listing | undefined) {
    this.#options = options;
    this.#listing = listing;
    this.#compiler = createEditorCompiler(options);
  }

  check(file: FileToCheck): CheckResult {
    this.#setTexts(file);
    if (this.#listing) this.#claimIds(file, this.#listing);
    const compilation = this.#compiler.compile(file.path, file.text);
    this.#claims.set(file.path, file.text);
    const listing = hasSharedResults(compilation) ? this.#listing : undefined;
    const added = listing ? this.#callerWarnings(file, compilation, listing) : [];
    const diagnostics = [...compilation.diagnostics, ...added];
    return { compilation, diagnostics: diagnostics.sort((one, other) => one.span.start - other.span.start) };
  }

  /** Reports files that were changed, created or deleted on disk. */
  invalidate(paths: readonly string[]): void {
    for (const path of paths) {
      this.#compiler.invalidate(path);
      this.#texts.delete(path);
    }
  }

  /** Starts again with a new compiler, because packages have changed. */
  reset(): void {
    this.release();
    this.#compiler = createEditorCompiler(this.#options);
  }

  /** Drops the types that were loaded. */
  release(): void {
    this.#compiler.release();
    this.#texts.clear();
    this.#claims.clear();
  }

  /** Gives the compiler the unsaved texts, and takes those back that were saved or closed. */
  #setTexts({ path, unsaved }: FileToCheck): void {
    if (this.#last !== undefined && this.#last !== path) this.invalidate([this.#last]);
    this.#last = path;
    for (const known of this.#texts.keys()) {
      if (unsaved.has(known)) continue;
      this.#compiler.invalidate(known);
      this.#texts.delete(known);
    }
    for (const [each, text] of unsaved) {
      if (this.#texts.get(each) === text || each === path) continue;
      this.#compiler.setText(each, text);
      this.#texts.set(each, text);
    }
  }

  /**
   * Lets the compiler know the ids of the files before this one, and not those of the files behind it: `check` reports
   * an id that two files have in the second.
   */
  #claimIds({ path, text, unsaved }: FileToCheck, listing: Listing): void {
    const hasDefault = this.#options.defaults?.namespace !== undefined;
    const mayConflict = (each: string): boolean =>
      mayContainMark(each) && (hasDefault || NAMES_NAMESPACE.test(each));
    if (!mayConflict(text)) return;
    for (const other of listing.project.files) {
      if (other === path) continue;
      const otherText = unsaved.get(other) ?? listing.textOf(other);
      const claims = other < path && mayConflict(otherText) ? otherText : undefined;
      if (this.#claims.get(other) === claims) continue;
      // A text without marks gives up the ids.
      this.#compiler.compile(other, claims ?? "");
      if (claims === undefined) this.#claims.delete(other);
      else this.#claims.set(other, claims);
    }
  }

  #callerWarnings(
    { path, text, unsaved }: FileToCheck,
    compilation: Compilation,
    listing: Listing,
  ): readonly Diagnostic[] {
    const texts = new Map<string, string>();
    for (const each of listing.project.files)
      if (!DECLARATIONS.test(each)) texts.set(each, unsaved.get(each) ?? listing.textOf(each));
    texts.set(path, text);
    return this.#compiler.checkCallers([{ path, text, compilation }], texts).get(path) ?? [];
  }
}
