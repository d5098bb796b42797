/** What was asked of the disk on the way to a result, and what it said: while that stays true, the result does. */
import { createHash } from "node:crypto";
import type { Entries } from "../../ts-internals.ts";
import { DECLARATION_FILE } from "./file-names.ts";

/**
 * - `file`, `folder`: is there one? `"yes"` or `""`
 * - `text`: the hash of a file's text, `""` without a file
 * - `folders`: the names of the folders in a folder
 * - `real`: the path behind links
 */
export type DiskQuestion = "file" | "folder" | "text" | "folders" | "real";

/** One answer of the disk. */
export type Fact = readonly [question: DiskQuestion, path: string, answer: string];

/** Collects the answers that a compiler was given. */
export class Trace {
  readonly #facts = new Map<string, Fact>();
  readonly #listings = new Map<string, Entries>();
  #contradictions = 0;

  /** Notes an answer and hands it on. */
  note(question: DiskQuestion, path: string, answer: string): void {
    const key = `${question} ${path}`;
    const before = this.#facts.get(key);
    if (before?.[2] === answer) return;
    if (before) this.contradict();
    this.#facts.set(key, [question, path, answer]);
  }

  /** Notes a folder in which a tsconfig's globs looked for declarations. */
  noteListing(folder: string, entries: Entries): void {
    const declarations = entries.files.filter((name) => DECLARATION_FILE.test(name));
    const noted: Entries = { files: declarations, directories: entries.directories };
    const before = this.#listings.get(folder);
    if (before && JSON.stringify(before) !== JSON.stringify(noted)) this.contradict();
    this.#listings.set(folder, noted);
  }

  /** Says that something is no longer what a result so far may stand on. */
  contradict(): void {
    this.#contradictions++;
  }

  /** Results stand on what is noted now as long as this stays the same. */
  get contradictions(): number {
    return this.#contradictions;
  }

  get facts(): Iterable<Fact> {
    return this.#facts.values();
  }

  /** The declarations and the folders in each folder that was listed. */
  get listings(): ReadonlyMap<string, Entries> {
    return this.#listings;
  }

  get size(): number {
    return this.#facts.size;
  }
}

/** Returns the hash that tells one text from another: 128 bits of SHA-256. */
export function hashOf(text: string | Uint8Array): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
