/**
 * The sources of one tsconfig: those that it lists, and those that they import, as tsc takes them. Finds among them
 * the files that may declare names for files that do not import them, which belong to every program.
 */
import { ts } from "ts-morph";
import { DECLARATION_FILE, isSourceName, JAVASCRIPT_FILE } from "../files/file-names.ts";
import { absolute, folderOf } from "../files/paths.ts";
import { ImportablePaths, type PathAlias, scanImports, scanSource } from "../files/scan-imports.ts";
import type { Listing } from "../files/tsconfig.ts";
import type { PrunedFilesHost } from "../import-pruning/pruned-files.ts";

/** Access to the tsconfig, to files and to module resolution. */
export interface ProjectSourcesHost extends Omit<
  PrunedFilesHost,
  "addsJavaScript" | "implicitImports" | "takesTsx"
> {
  readonly list: () => Listing;
  readonly takesJavaScript: boolean;
  readonly aliases: readonly PathAlias[];
}

/** The result of a search. */
export interface FoundSources {
  /** The files that the tsconfig lists. */
  readonly listed: Listing;
  /** All files, listed and imported, with declaration files. */
  readonly files: ReadonlySet<string>;
  /** The files that may declare names for files that do not import them. Includes files of packages. */
  readonly globals: readonly string[];
  /** Where the imports of all other files lead to, except to listed files; see {@link ImportablePaths.outward}. */
  readonly outward: ReadonlySet<string>;
  /** The files of packages that these imports lead to and that declare no globals. */
  readonly installed: ReadonlySet<string>;
}

interface ScannedSource {
  readonly stamp: string;
  readonly isGlobal: boolean;
  readonly imports: readonly string[];
  readonly requires: readonly string[];
  /** The paths in `/// <reference path>`. */
  readonly references: readonly string[];
}

const RECHECK_INTERVAL_MS = 1000;

export class ProjectSources {
  readonly #host: ProjectSourcesHost;
  readonly #scans = new Map<string, ScannedSource | undefined>();
  readonly #resolved = new Map<string, string | undefined>();
  /** Files whose change was reported. */
  readonly #reported = new Set<string>();
  #listed: Listing | undefined;
  #found: FoundSources | undefined;
  /** The last result. It is outdated if `#found` is undefined. */
  #previous: FoundSources | undefined;
  /** When all stamps were last compared, in milliseconds. */
  #checkedAt = 0;

  constructor(host: ProjectSourcesHost) {
    this.#host = host;
  }

  get found(): FoundSources {
    if (!this.#previous) this.#checkedAt = Date.now();
    return (this.#previous = this.#found ??= this.#search());
  }

  /** Whether the file existed when it was last scanned. */
  has(path: string): boolean {
    return this.#scans.get(path) !== undefined;
  }

  /** Reports that the text of a file has changed. */
  changed(path: string): void {
    if (this.#scans.has(path)) this.#reported.add(path);
  }

  /** Reports that files were added or removed. */
  reset(): void {
    this.#listed = this.#found = undefined;
    this.clearResolutions();
  }

  /** Drops all resolutions, so that imports are resolved again. */
  clearResolutions(): void {
    this.#resolved.clear();
    this.#found = undefined;
  }

  /**
   * Scans changed files again. Returns whether {@link FoundSources.globals} have changed. A build calls this for each
   * file, so unreported changes are checked for only once per {@link RECHECK_INTERVAL_MS}.
   */
  refresh(): boolean {
    if (!this.#previous) return false;
    const now = Date.now();
    const isDue = Math.abs(now - this.#checkedAt) >= RECHECK_INTERVAL_MS;
    if (isDue) this.#checkedAt = now;
    for (const path of isDue ? [...this.#scans.keys()] : this.#reported) {
      const scanned = this.#scans.get(path);
      if (this.#host.stampOf(path) === (scanned?.stamp ?? "") && !this.#reported.has(path)) continue;
      this.#scans.delete(path);
      if (!areEqual(scanned, this.#scan(path))) this.#found = undefined;
    }
    this.#reported.clear();
    if (this.#found) return false;
    const before = this.#previous.globals;
    return JSON.stringify(this.found.globals) !== JSON.stringify(before);
  }

  #search(): FoundSources {
    const listed = (this.#listed ??= this.#host.list());
    const paths = new ImportablePaths(this.#host.aliases);
    for (const path of listed.files) paths.add(path);
    const files = new Set(listed.files);
    const globals = new Set<string>();
    const outward = new Set<string>();
    const installed = new Set<string>();
    // Iterating over a set also visits the values that the loop adds.
    for (const path of files) {
      const scanned = this.#scan(path);
      if (!scanned) continue;
      if (scanned.isGlobal) globals.add(path);
      for (const reference of scanned.references) {
        const target = ts.resolveTripleslashReference(reference, path);
        if (this.#isSource(target) && this.#scan(target)) files.add(target);
      }
      for (const [specifier, isRequire] of importsOf(scanned)) {
        const target = paths.outward(specifier, path);
        if (target === undefined) continue;
        if (!scanned.isGlobal) outward.add(target);
        const to = this.#resolve(specifier, path, isRequire);
        if (to === undefined || files.has(to) || globals.has(to)) continue;
        const isInstalled = to.includes("/node_modules/");
        if (isInstalled && !this.#scan(to)?.isGlobal) installed.add(to);
        if (isInstalled ? installed.has(to) : !this.#isSource(to)) continue;
        if (this.#imports(path, specifier)) (isInstalled ? globals : files).add(to);
      }
    }
    return { listed, files, globals: [...globals], outward, installed };
  }

  #isSource(path: string): boolean {
    return isSourceName(path, this.#host.takesJavaScript);
  }

  #resolve(specifier: string, from: string, isRequire: boolean): string | undefined {
    const key = `${folderOf(from)}\0${isRequire}\0${specifier}`;
    if (!this.#resolved.has(key)) {
      const resolved = this.#host.resolve(
        specifier,
        from,
        this.#host.modeOf(from, isRequire ? "require" : "import"),
      );
      this.#resolved.set(key, resolved && absolute(resolved.resolvedFileName));
    }
    return this.#resolved.get(key);
  }

  /** Whether a file really has this import. The scan also finds those in comments. */
  #imports(path: string, specifier: string): boolean {
    return preprocess(path, this.#host.textOf(path) ?? "").importedFiles.some(
      ({ fileName }) => fileName === specifier,
    );
  }

  #scan(path: string): ScannedSource | undefined {
    if (!this.#scans.has(path)) {
      const stamp = this.#host.stampOf(path);
      const text = this.#host.textOf(path);
      this.#scans.set(path, text === undefined ? undefined : { stamp, ...this.#scanText(path, text) });
    }
    return this.#scans.get(path);
  }

  #scanText(path: string, text: string): Omit<ScannedSource, "stamp"> {
    // Every declaration file that the tsconfig lists is in the program. Others may be modules.
    const isListed = this.#listed?.files.includes(path);
    const scanned = DECLARATION_FILE.test(path) && !isListed ? scanImports(text) : scanSource(path, text);
    if (scanned) return { isGlobal: false, ...scanned, references: [] };
    const { importedFiles, referencedFiles } = preprocess(path, text);
    const names = (files: readonly ts.FileReference[]): readonly string[] =>
      files.map(({ fileName }) => fileName);
    return {
      isGlobal: true,
      imports: names(importedFiles),
      requires: [],
      references: names(referencedFiles),
    };
  }
}

function preprocess(path: string, text: string): ts.PreProcessedFileInfo {
  return ts.preProcessFile(text, true, JAVASCRIPT_FILE.test(path));
}

function importsOf({ imports, requires }: ScannedSource): readonly (readonly [string, boolean])[] {
  return [
    ...imports.map((specifier) => [specifier, false] as const),
    ...requires.map((specifier) => [specifier, true] as const),
  ];
}

function areEqual(one: ScannedSource | undefined, other: ScannedSource | undefined): boolean {
  return JSON.stringify({ ...one, stamp: "" }) === JSON.stringify({ ...other, stamp: "" });
}
