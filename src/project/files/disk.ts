/** The disk as the compiler sees it, asked without TypeScript. */
import { readdirSync, readFileSync, realpathSync, statSync, type Stats } from "node:fs";
import { hashOf, type DiskQuestion } from "./trace.ts";
import type { Entries } from "../../ts-internals.ts";

interface Given {
  readonly hash: string;
  /** The file on disk when the text was given. */
  readonly stamp: string;
}

/** Answers questions; a file that did not change is read once. */
export class Disk {
  readonly #given = new Map<string, Given>();
  readonly #read = new Map<string, Given>();

  /** Takes a file's text, which wins over what is on disk until that changes. */
  give(path: string, text: string): void {
    this.#given.set(path, { hash: hashOf(text), stamp: stampOf(path) });
  }

  /** Tells whether a text that was given is that of the file. */
  isAsOnDisk(path: string): boolean {
    const text = readText(path);
    return text !== undefined && hashOf(text) === this.#given.get(path)?.hash;
  }

  answer(question: DiskQuestion, path: string): string {
    switch (question) {
      case "file":
        return this.#isGiven(path, stampOf(path)) || statOf(path)?.isFile() ? "yes" : "";
      case "folder":
        return statOf(path)?.isDirectory() ? "yes" : "";
      case "text":
        return this.#hash(path);
      case "folders":
        return entriesOf(path).directories.join("\n");
      case "real":
        return realPath(path);
    }
  }

  #hash(path: string): string {
    const stamp = stampOf(path);
    if (this.#isGiven(path, stamp)) return this.#given.get(path)!.hash;
    const known = this.#read.get(path);
    if (known?.stamp === stamp) return known.hash;
    const text = stamp === "" ? undefined : readText(path);
    const hash = text === undefined ? "" : hashOf(text);
    this.#read.set(path, { hash, stamp });
    return hash;
  }

  #isGiven(path: string, stamp: string): boolean {
    return this.#given.get(path)?.stamp === stamp;
  }
}

/** Reads a text as TypeScript does, without its mark of the byte order; undefined when it cannot be read. */
export function readText(path: string): string | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    return undefined;
  }
  if (bytes[0] === 0xfe && bytes[1] === 0xff) {
    return bytes
      .subarray(0, bytes.length & ~1)
      .swap16()
      .toString("utf16le", 2);
  }
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString("utf16le", 2);
  return bytes.toString("utf8", bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0);
}

/** Lists a folder, links followed; nothing for one that cannot be read. */
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
 */
export function stampOf(path: string): string {
  const stats = statOf(path);
  return stats?.isFile() ? `${stats.mtimeMs}:${stats.ctimeMs}:${stats.size}:${stats.ino}` : "";
}
