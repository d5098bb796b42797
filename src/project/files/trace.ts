/** Records what the compiler read from the disk. A result stays valid while all of these facts hold. */
import { createHash } from "node:crypto";

/**
 * The kinds of queries, and their results:
 *
 * - `file`, `folder`: `"yes"` if one exists, else `""`
 * - `text`: the hash of the text of a file, `""` if there is no file
 * - `folders`: the names of the folders in a folder, one per line
 * - `real`: the path with links resolved
 */
export type DiskQuery = "file" | "folder" | "text" | "folders" | "real";

/** The result of one query. */
export type Fact = readonly [query: DiskQuery, path: string, result: string];

/** Collects the facts that a compiler has read. */
export class Trace {
  readonly #facts = new Map<string, Fact>();
  #revision = 0;

  record(query: DiskQuery, path: string, result: string): void {
    const key = `${query} ${path}`;
    const earlier = this.#facts.get(key);
    if (earlier?.[2] === result) return;
    if (earlier) this.advance();
    this.#facts.set(key, [query, path, result]);
  }

  /** Starts a new revision, because a fact that earlier results depend on has changed. */
  advance(): void {
    this.#revision++;
  }

  /** The facts are valid for every result that was computed in this same revision. */
  get revision(): number {
    return this.#revision;
  }

  get facts(): Iterable<Fact> {
    return this.#facts.values();
  }

  get size(): number {
    return this.#facts.size;
  }
}

/** Returns the first 128 bits of the SHA-256 of a text, in hexadecimal. */
export function hashOf(text: string | Uint8Array): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
