/** A folder of small files that are written atomically. Several processes can use it, and one may be killed at any time. */
import { createHash, randomUUID } from "node:crypto";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { deserialize, serialize } from "node:v8";

/** The limits of a folder. Beyond them, the least recently used files are removed. */
export interface Limits {
  readonly files: number;
  readonly bytes: number;
}

const DEFAULT_LIMITS: Limits = { files: 4000, bytes: 64 * 1024 * 1024 };

/** {@link Folder.prune} removes files down to this share of the limits. */
const PRUNED_SHARE = 0.75;

const DAY_MS = 24 * 60 * 60 * 1000;

/** The length of a SHA-256. */
const CHECKSUM_BYTES = 32;

/** Stores values by name. Errors of the disk never fail a build: a value that cannot be read or written is missing. */
export class Folder {
  readonly path: string;
  readonly #limits: Limits;

  constructor(path: string, limits: Limits = DEFAULT_LIMITS) {
    this.path = path;
    this.#limits = limits;
  }

  /** Returns the value that was written. Returns undefined if it is missing or damaged. */
  read(name: string): unknown {
    try {
      const path = `${this.path}/${name}`;
      const bytes = readFileSync(path);
      const body = bytes.subarray(CHECKSUM_BYTES);
      // The checksum detects truncated and damaged files.
      if (!checksumOf(body).equals(bytes.subarray(0, CHECKSUM_BYTES))) return undefined;
      const value: unknown = deserialize(body);
      markUsed(path);
      return value;
    } catch {
      return undefined;
    }
  }

  write(name: string, value: unknown): void {
    const path = `${this.path}/${name}`;
    // Writes a temporary file and renames it, so that no process reads an incomplete file.
    const temporary = `${path}.${randomUUID()}.tmp`;
    try {
      mkdirSync(this.path, { recursive: true });
      const body = serialize(value);
      writeFileSync(temporary, Buffer.concat([checksumOf(body), body]));
      renameSync(temporary, path);
    } catch {
      remove(temporary);
    }
  }

  /** If the folder exceeds its limits, removes the least recently used files. */
  prune(): void {
    const stored: { readonly path: string; readonly size: number; readonly usedAt: number }[] = [];
    try {
      for (const name of readdirSync(this.path)) {
        const path = `${this.path}/${name}`;
        const stats = statSync(path, { throwIfNoEntry: false });
        if (!stats?.isFile()) continue;
        // A temporary file of a process that was killed.
        if (name.endsWith(".tmp") && stats.mtimeMs < Date.now() - DAY_MS) remove(path);
        else stored.push({ path, size: stats.size, usedAt: stats.mtimeMs });
      }
      let files = stored.length;
      let bytes = stored.reduce((sum, { size }) => sum + size, 0);
      if (files <= this.#limits.files && bytes <= this.#limits.bytes) return;
      for (const { path, size } of stored.sort((one, other) => one.usedAt - other.usedAt)) {
        if (files <= PRUNED_SHARE * this.#limits.files && bytes <= PRUNED_SHARE * this.#limits.bytes) return;
        remove(path);
        files--;
        bytes -= size;
      }
    } catch {
      // Another process may remove the same files.
    }
  }
}

/** Updates the time of last use, at most once a day: every build reads all of the files. */
function markUsed(path: string): void {
  const now = Date.now();
  try {
    if (statSync(path).mtimeMs < now - DAY_MS) utimesSync(path, now / 1000, now / 1000);
  } catch {
    // The folder may be read-only.
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Another process may have removed it, or the folder may be read-only.
  }
}

const checksumOf = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();
