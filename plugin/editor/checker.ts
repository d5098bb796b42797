/** Checks files as they are edited, for ESLint and for editors: finds the project of each. */
import { existsSync } from "node:fs";
import { posix, resolve, sep } from "node:path";
import { mayContainMark, resolveCompilerOptions, type CompilerOptions } from "../../src/index.ts";
import { COMPILED_FILE, matcherOf, patternsFrom } from "../core/patterns.ts";
import { tsconfigFor } from "../tsc/tsconfig.ts";
import { Listing } from "./listing.ts";
import { ProjectChecker, type CheckResult, type UnsavedTexts } from "./project-checker.ts";

/** The options of the compiler, except for `manifest`: nothing is built. */
export type EditorOptions = Omit<CompilerOptions, "manifest">;

/** The types of a project take a hundred megabytes or more. */
const MAX_PROJECTS = 4;

const slashed = (path: string): string => (sep === "/" ? path : path.replaceAll(sep, "/"));

/** The projects of one folder and one set of options, for a process that lives for hours. */
export class Checker {
  readonly #options: EditorOptions;
  readonly #cwd: string;
  readonly #selects: (path: string) => boolean;
  readonly #listings = new Map<string, Listing>();
  /** By the path of the tsconfig. The last one was used last. */
  readonly #projects = new Map<string, ProjectChecker>();

  /**
   * @param cwd the folder that globs and `tsconfig` are relative to
   * @throws {InputError} if an option is unknown or has an invalid value
   */
  constructor({ tsconfig, ...options }: EditorOptions, cwd: string) {
    const path = tsconfig === undefined ? {} : { tsconfig: slashed(resolve(cwd, tsconfig)) };
    this.#options = { ...options, ...path };
    this.#cwd = slashed(cwd);
    this.#selects = matcherOf(patternsFrom(cwd, resolveCompilerOptions(this.#options)));
  }

  /**
   * Returns the diagnostics that `aotcache check` would give for a file if it had this text. Undefined for a file that
   * `check` does not compile.
   *
   * @param path absolute
   * @throws {InputError} if a tsconfig cannot be read, or ts-morph is not installed
   */
  check(path: string, text: string, unsaved: UnsavedTexts = new Map()): CheckResult | undefined {
    const file = slashed(path);
    if (!mayContainMark(text) || !COMPILED_FILE.test(file) || !this.#selects(file)) return undefined;
    return this.#projectOf(file)?.check({ path: file, text, unsaved });
  }

  #projectOf(file: string): ProjectChecker | undefined {
    let hasTsconfig = false;
    for (const tsconfig of this.#tsconfigsOf(file)) {
      hasTsconfig = true;
      const listing = this.#listingOf(tsconfig);
      if (listing.contains(file)) return this.#checkerFor(tsconfig, listing);
    }
    // Without any tsconfig, `check` has no answer. A build compiles the file all the same.
    return hasTsconfig ? undefined : this.#checkerFor(posix.dirname(file), undefined);
  }

  *#tsconfigsOf(file: string): Generator<string> {
    if (this.#options.tsconfig !== undefined) {
      yield this.#options.tsconfig;
      return;
    }
    for (let folder = posix.dirname(file); ; folder = posix.dirname(folder)) {
      const found = ["tsconfig.json", "jsconfig.json"].find((name) => existsSync(posix.join(folder, name)));
      if (found) yield posix.join(folder, found);
      if (posix.dirname(folder) === folder) return;
    }
  }

  #listingOf(tsconfig: string): Listing {
    let listing = this.#listings.get(tsconfig);
    if (!listing) this.#listings.set(tsconfig, (listing = new Listing(tsconfig)));
    const { paths, packages } = listing.refresh();
    const checker = this.#projects.get(tsconfig);
    if (packages) checker?.reset();
    else checker?.invalidate(paths);
    return listing;
  }

  #checkerFor(key: string, listing: Listing | undefined): ProjectChecker {
    let checker = this.#projects.get(key);
    if (!checker) {
      const { include: _, exclude: __, ...options } = this.#options;
      const tsconfig = options.tsconfig ?? (listing && tsconfigFor(listing.project.tsconfig));
      checker = new ProjectChecker(
        {
          ...options,
          ...(tsconfig !== undefined && { tsconfig }),
          root: listing?.project.root ?? this.#cwd,
          ...(listing && { scripts: "tsconfig" }),
        },
        listing,
      );
    }
    this.#projects.delete(key);
    this.#projects.set(key, checker);
    const [[oldest, dropped]] = this.#projects as unknown as [[string, ProjectChecker]];
    if (this.#projects.size > MAX_PROJECTS) {
      this.#projects.delete(oldest);
      dropped.release();
    }
    return checker;
  }
}
