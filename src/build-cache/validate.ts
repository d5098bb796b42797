/** Checks whether the inputs of stored results are unchanged. */
import { Disk, entriesOf, readText } from "../project/files/disk.ts";
import { DECLARATION_FILE, TYPESCRIPT_FILE } from "../project/files/file-names.ts";
import { mayDeclareGlobals } from "../project/files/globals.ts";
import type { Fact } from "../project/files/trace.ts";
import { type Listing, mapFactPaths, type PathMapping, type SharedRecord } from "./record.ts";

/** Facts about installed packages, links and missing files. They are checked again only after a reported change. */
const isCheckedOnce = ([query, path]: Fact): boolean => query !== "text" || path.includes("node_modules/");

/** Validates facts against the disk. */
export class Validator {
  readonly disk: Disk = new Disk();
  readonly #paths: PathMapping;
  /** The outcomes of the checks that run once per shared record, by its name. */
  readonly #outcomes = new Map<string, boolean>();

  constructor(paths: PathMapping) {
    this.#paths = paths;
  }

  /** Drops the cached outcomes, because a change was reported. */
  reset(): void {
    this.#outcomes.clear();
  }

  isValid(facts: readonly Fact[]): boolean {
    return facts.every((fact) => {
      const [query, path, result] = mapFactPaths(fact, this.#paths.toAbsolute);
      return this.disk.query(query, path) === result;
    });
  }

  /** Whether the shared record of this name is valid. Most of its facts are checked once for all of its results. */
  isSharedValid(name: string, { facts, listings, searched }: SharedRecord): boolean {
    let outcome = this.#outcomes.get(name);
    if (outcome === undefined) {
      const texts = new Set(facts.filter(([query]) => query === "text").map(([, path]) => path));
      outcome =
        this.isValid(facts.filter(isCheckedOnce)) &&
        this.#areListingsValid(listings, searched ? texts : undefined);
      this.#outcomes.set(name, outcome);
    }
    return outcome && this.isValid(facts.filter((fact) => !isCheckedOnce(fact)));
  }

  /** Whether no folder has new declaration files. The removal of one already invalidates a fact. */
  #areListingsValid(listings: readonly Listing[], known: ReadonlySet<string> | undefined): boolean {
    return listings.every(([folder, declarations, directories]) => {
      const now = entriesOf(this.#paths.toAbsolute(folder));
      const before = new Set(directories);
      return (
        now.files.every((name) => !DECLARATION_FILE.test(name) || declarations.includes(name)) &&
        now.directories.every((name) => before.has(name) || !this.#mayAddTypes(join(folder, name), known)) &&
        this.#hasNoNewGlobals(folder, now.files, known)
      );
    });
  }

  /** Whether a new folder contains files that may affect types. */
  #mayAddTypes(folder: string, known: ReadonlySet<string> | undefined): boolean {
    if (/(?:^|\/)(?:node_modules|\.git)$/.test(folder)) return false;
    const { files, directories } = entriesOf(this.#paths.toAbsolute(folder));
    return (
      files.some((name) => DECLARATION_FILE.test(name)) ||
      !this.#hasNoNewGlobals(folder, files, known) ||
      directories.some((name) => this.#mayAddTypes(join(folder, name), known))
    );
  }

  /** Whether no source is new that may declare globals. If one has a marked function, it affects every result. */
  #hasNoNewGlobals(
    folder: string,
    files: readonly string[],
    known: ReadonlySet<string> | undefined,
  ): boolean {
    if (!known) return true;
    return files.every((name) => {
      const path = join(folder, name);
      if (!TYPESCRIPT_FILE.test(name) || known.has(path)) return true;
      return !mayDeclareGlobals(path, readText(this.#paths.toAbsolute(path)) ?? "");
    });
  }
}

const join = (folder: string, name: string): string => (folder === "" ? name : `${folder}/${name}`);
