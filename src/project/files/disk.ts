/** Access to the disk that does not load TypeScript. */
import { readdirSync, readFileSync, realpathSync, statSync, type Stats } from "node:fs";
import { hashOf, type DiskQuery } from "./trace.ts";
import type { Entries } from "../../ts-internals.ts";

interface StampedHash {
  readonly hash: string;
  /** The {@link stampOf} of the file when the text was hashed. */
  readonly stamp: string;
}

/** Answers {@link DiskQuery}s. A file is read again only when its stamp has changed. */
export class Disk {
  readonly #overrides = new Map<string, StampedHash>();
  readonly #hashes = new Map<string, StampedHash>();

  /** Sets the text of a file. It overrides the file on disk until that changes. */
  setText(path: string, text: string): void {
    this.#overrides.set(path, { hash: hashOf(text), stamp: stampOf(path) });
  }

  /** Drops the text that was set. */
  dropText(path: string): void {
    this.#overrides.delete(path);
  }

  /** Whether the text that was set equals the file on disk. */
  matchesDisk(path: string): boolean {
    const text = readText(path);
    return text !== undefined && hashOf(text) === this.#overrides.get(path)?.hash;
  }

  query(kind: DiskQuery, path: string): string {
    switch (kind) {
      case "file":
        return this.#isOverridden(path, stampOf(path)) || statOf(path)?.isFile() ? "yes" : "";
      case "folder":
        return statOf(path)?.isDirectory() ? "yes" : "";
      case "text":
        return this.#hashOfFile(path);
      case "folders":
        return entriesOf(path).directories.join("\n");
      case "real":
        return realPath(path);
    }
  }

  #hashOfFile(path: string): string {
    const stamp = stampOf(path);
    if (this.#isOverridden(path, stamp)) return this.#overrides.get(path)!.hash;
    const known = this.#hashes.get(path);
    if (known?.stamp === stamp) return known.hash;
    const text = stamp === "" ? undefined : readText(path);
    const hash = text === undefined ? "" : hashOf(text);
    this.#hashes.set(path, { hash, stamp });
    return hash;
  }

  #isOverridden(path: string, stamp: string): boolean {
    return this.#overrides.get(path)?.stamp === stamp;
  }
}

/** Reads a text as TypeScript does, without its byte order mark. Returns undefined if it cannot be read. */
export function readText(path: string): string | undefined {
  try {
    // With an encoding, Node.js reads a file in one call.
    const text = readFileSync(path, "utf8");
    if (text.startsWith("\uFEFF")) return text.slice(1);
    return text.startsWith("\uFFFD") ? readUtf16(path) : text;
  } catch {
    return undefined;
  }
}

/** Reads a text whose byte order mark is not that of UTF-8. */
function readUtf16(path: string): string {
  const bytes = readFileSync(path);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) {
    return bytes
      .subarray(0, bytes.length & ~1)
      .swap16()
      .toString("utf16le", 2);
  }
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString("utf16le", 2);
  return bytes.toString("utf8");
}

/** Lists a folder, following links. The listing of a folder that cannot be read is empty. */
export function entriesOf(folder: string): Entries {
  const files: string[] = [];
  const directories: string[] = [];
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const kind = entry.isSymbolicLink() ? statOf(`${folder}/${entry.name}`) : entry;
      if (kind?.isFile()) files.push(entry.name);
      else if (kind?.isDirectory()) directories.push(entry.name);
    }
  } catch {
    return { files: [], directories: [] };
  }
  return { files: files.sort(), directories: directories.sort() };
}

function realPath(path: string): string {
  try {
    return realpathSync.native(path).replaceAll("\\", "/");
  } catch {
    return path;
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/**
 * Returns a text that differs between two states of a file on disk, at the cost of one `stat`. Returns `""` if
 * there is no file at the path. It includes `ctime`, which programs cannot set back, unlike `mtime`.
 *
 * @example
 * const before = stampOf(path);
 * await build();
 * if (stampOf(path) !== before) reload();
 */
export function stampOf(path: string): string {
  const stats = statOf(path);
  return stats?.isFile() ? `${stats.mtimeMs}:${stats.ctimeMs}:${stats.size}:${stats.ino}` : "";
}
