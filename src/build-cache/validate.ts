/** Whether what results stand on is still as it was. */
import { Disk, entriesOf, readText } from "../project/files/disk.ts";
import { DECLARATION_FILE, TYPESCRIPT_FILE } from "../project/files/file-names.ts";
import { mayDeclareGlobals } from "../project/files/globals.ts";
import type { Fact } from "../project/files/trace.ts";
import { factWith, type Listing, type Paths, type SharedRecord } from "./record.ts";

/** Facts about installed packages, links and places where nothing was: asked again when a change is reported. */
const isSettled = ([question, path]: Fact): boolean => question !== "text" || path.includes("node_modules/");

/** Asks the disk again. */
export class Validator {
  readonly disk: Disk = new Disk();
  readonly #paths: Paths;
  readonly #settled = new Map<string, boolean>();

  constructor(paths: Paths) {
    this.#paths = paths;
  }

  /** Says that something changed that may settle differently now. */
  forget(): void {
    this.#settled.clear();
  }

  isValid(facts: readonly Fact[]): boolean {
    return facts.every((fact) => {
      const [question, path, answer] = factWith(fact, this.#paths.in);
      return this.disk.query(question, path) === answer;
    });
  }

  /** Tells whether what is known under a name holds; most of it is asked once for all who stand on it. */
  isSharedValid(name: string, { facts, listings, searched }: SharedRecord): boolean {
    let settled = this.#settled.get(name);
    if (settled === undefined) {
      const texts = new Set(facts.filter(([question]) => question === "text").map(([, path]) => path));
      settled =
        this.isValid(facts.filter(isSettled)) &&
        this.#areListingsValid(listings, searched ? texts : undefined);
      this.#settled.set(name, settled);
    }
    return settled && this.isValid(facts.filter((fact) => !isSettled(fact)));
  }

  /** No folder has declarations that were not there; those that went away are missed as facts. */
  #areListingsValid(listings: readonly Listing[], known: ReadonlySet<string> | undefined): boolean {
    return listings.every(([folder, declarations, directories]) => {
      const now = entriesOf(this.#paths.in(folder));
      const before = new Set(directories);
      return (
        now.files.every((name) => !DECLARATION_FILE.test(name) || declarations.includes(name)) &&
        now.directories.every((name) => before.has(name) || !this.#bringsTypes(join(folder, name), known)) &&
        this.#globalsAreKnown(folder, now.files, known)
      );
    });
  }

  /** A folder that is new since: what is in it was never looked at. */
  #bringsTypes(folder: string, known: ReadonlySet<string> | undefined): boolean {
    if (/(?:^|\/)(?:node_modules|\.git)$/.test(folder)) return false;
    const { files, directories } = entriesOf(this.#paths.in(folder));
    return (
      files.some((name) => DECLARATION_FILE.test(name)) ||
      !this.#globalsAreKnown(folder, files, known) ||
      directories.some((name) => this.#bringsTypes(join(folder, name), known))
    );
  }

  /** A source that is marked takes part in every result if it declares something for all. */
  #globalsAreKnown(
    folder: string,
    files: readonly string[],
    known: ReadonlySet<string> | undefined,
  ): boolean {
    if (!known) return true;
    return files.every((name) => {
      const path = join(folder, name);
      if (!TYPESCRIPT_FILE.test(name) || known.has(path)) return true;
      return !mayDeclareGlobals(path, readText(this.#paths.in(path)) ?? "");
    });
  }
}

const join = (folder: string, name: string): string => (folder === "" ? name : `${folder}/${name}`);
