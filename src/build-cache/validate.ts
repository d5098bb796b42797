/** Checks whether the inputs of stored results are unchanged. */
import { Disk, entriesOf, readText, stampOf } from "../project/files/disk.ts";
import { isShadowed, isSourceName } from "../project/files/file-names.ts";
import { ImportablePaths, type ScannedImports, scanSource } from "../project/files/scan-imports.ts";
import type { GlobPatterns } from "../ts-internals.ts";
import type { Fact } from "../project/files/trace.ts";
import {
  mapAliases,
  mapFactPaths,
  mapOutward,
  type PathMapping,
  type SearchedSources,
  type SharedRecord,
} from "./record.ts";

/** Facts about installed packages, links and missing files. They are checked again only after a reported change. */
const isCheckedOnce = ([query, path]: Fact): boolean => query !== "text" || path.includes("node_modules/");

interface ScannedText {
  readonly stamp: string;
  /** Undefined if the file may declare globals. */
  readonly imports: ScannedImports | undefined;
}

/** A file of a folder that the tsconfig includes. */
interface FoundFile {
  readonly path: string;
  /** Whether the tsconfig leaves it out because of another file. */
  readonly isShadowed: boolean;
}

/** Validates facts against the disk. */
export class Validator {
  readonly disk: Disk = new Disk();
  readonly #paths: PathMapping;
  /** The outcomes of the checks that run once per shared record, by its name. */
  readonly #outcomes = new Map<string, boolean>();
  readonly #scanned = new Map<string, ScannedText>();

  constructor(paths: PathMapping) {
    this.#paths = paths;
  }

  /**
   * Drops the outcomes, because a change was reported; not if a source is still there and imports what it imported: an
   * edit of code changes neither packages nor which files are sources.
   */
  reset(path: string): void {
    const before = this.#scanned.get(path);
    const after = before && this.#scan(path);
    const isSame = after && JSON.stringify(after.imports) === JSON.stringify(before.imports);
    if (!isSame) this.#outcomes.clear();
  }

  isValid(facts: readonly Fact[]): boolean {
    return facts.every((fact) => {
      const [query, path, result] = mapFactPaths(fact, this.#paths.toAbsolute);
      return this.disk.query(query, path) === result;
    });
  }

  /** Whether the shared record of this name is valid. Most of its facts are checked once for all of its results. */
  isSharedValid(name: string, { facts, sources }: SharedRecord): boolean {
    let outcome = this.#outcomes.get(name);
    if (outcome === undefined) {
      const texts = new Set(facts.filter(([query]) => query === "text").map(([, path]) => path));
      outcome =
        this.isValid(facts.filter(isCheckedOnce)) && (!sources || this.#areSourcesValid(sources, texts));
      this.#outcomes.set(name, outcome);
    }
    return outcome && this.isValid(facts.filter((fact) => !isCheckedOnce(fact)));
  }

  /**
   * Whether no source declares globals, except for those with a fact, and their imports lead to where they led. The
   * removal of a source with a fact already invalidates that.
   */
  #areSourcesValid(sources: SearchedSources, known: ReadonlySet<string>): boolean {
    const { toAbsolute, toRelative } = this.#paths;
    const inFolders = [...this.#filesIn(sources)];
    const isLeftOut = ({ path, isShadowed }: FoundFile): boolean => isShadowed && known.has(path);
    if (inFolders.some(isLeftOut)) return false;
    const shown = inFolders.filter(({ isShadowed }) => !isShadowed);
    const listed = [...shown.map(({ path }) => path), ...sources.files];
    const importable = new ImportablePaths(mapAliases(sources.aliases, toAbsolute));
    for (const path of listed) importable.add(toAbsolute(path));
    const outward = new Set(sources.outward);
    const found = new Set<string>();
    for (const path of [...listed, ...sources.imported]) {
      if (known.has(path)) continue;
      const full = toAbsolute(path);
      const scanned = this.#scan(full);
      if (!scanned) continue;
      if (!scanned.imports) return false;
      for (const specifier of [...scanned.imports.imports, ...scanned.imports.requires]) {
        const target = importable.outward(specifier, full);
        if (target === undefined) continue;
        const stored = mapOutward(target, toRelative);
        if (!outward.has(stored)) return false;
        found.add(stored);
      }
    }
    return found.size === outward.size;
  }

  /** Yields the sources that are now in the folders, without those that the tsconfig excludes. */
  *#filesIn({ folders, globs, takesJavaScript }: SearchedSources): Generator<FoundFile> {
    const isSelected = matcherOf(globs);
    for (const [folder, excluded, directories] of folders) {
      const now = entriesOf(this.#paths.toAbsolute(folder));
      const [isExcluded, isKnown] = [new Set(excluded), new Set(directories)];
      const isSource = (name: string): boolean => isSourceName(name, takesJavaScript);
      const names = new Set(now.files.filter((name) => isSource(name) && !isExcluded.has(name)));
      for (const name of names) yield { path: join(folder, name), isShadowed: isShadowed(name, names) };
      for (const name of now.directories.filter((each) => !isKnown.has(each)))
        for (const path of this.#allIn(join(folder, name), isSource))
          if (isSelected(path)) yield { path, isShadowed: false };
    }
  }

  /** Yields the sources in a new folder. */
  *#allIn(folder: string, isSource: (name: string) => boolean): Generator<string> {
    if (/(?:^|\/)(?:node_modules|\.git)$/.test(folder)) return;
    const { files, directories } = entriesOf(this.#paths.toAbsolute(folder));
    for (const name of files) if (isSource(name)) yield join(folder, name);
    for (const name of directories) yield* this.#allIn(join(folder, name), isSource);
  }

  /** Scans a source, unless it was scanned and has not changed. Returns undefined if it does not exist. */
  #scan(path: string): ScannedText | undefined {
    const stamp = stampOf(path);
    let scanned = this.#scanned.get(path);
    if (scanned?.stamp === stamp) return scanned;
    const text = stamp === "" ? undefined : readText(path);
    if (text === undefined) return undefined;
    scanned = { stamp, imports: scanSource(path, text) };
    this.#scanned.set(path, scanned);
    return scanned;
  }
}

/** Returns a predicate for relative paths. Without globs, every path may be selected. */
function matcherOf(globs: GlobPatterns | undefined): (path: string) => boolean {
  if (!globs) return () => true;
  const include = new RegExp(globs.include, globs.flags);
  const exclude = globs.exclude === undefined ? undefined : new RegExp(globs.exclude, globs.flags);
  return (path) => include.test(`/${path}`) && exclude?.test(`/${path}`) !== true;
}

const join = (folder: string, name: string): string => (folder === "" ? name : `${folder}/${name}`);
