/** A folder of small files that come and go whole: safe with several processes, and with one that is killed. */
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

/** So much is kept; of more, what was used last. */
export interface Limits {
  readonly files: number;
  readonly bytes: number;
}

const LIMITS: Limits = { files: 4000, bytes: 64 * 1024 * 1024 };

const DAY = 24 * 60 * 60 * 1000;
const SUM = 32;

/** Values by name. What cannot be read or written is as if it were not there: a build goes on without. */
export class Folder {
  readonly path: string;
  readonly #limits: Limits;

  constructor(path: string, limits: Limits = LIMITS) {
    this.path = path;
    this.#limits = limits;
  }

  /** Returns a value, which is exactly what was written; undefined without one. */
  read(name: string): unknown {
    try {
      const path = `${this.path}/${name}`;
      const bytes = readFileSync(path);
      const body = bytes.subarray(SUM);
      // Half a file, or one that a disk has damaged, does not have the sum in front of it.
      if (!sumOf(body).equals(bytes.subarray(0, SUM))) return undefined;
      const value: unknown = deserialize(body);
      touch(path);
      return value;
    } catch {
      return undefined;
    }
  }

  write(name: string, value: unknown): void {
    const path = `${this.path}/${name}`;
    // Nobody sees a file of this name before all of it is there.
    const draft = `${path}.${randomUUID()}.tmp`;
    try {
      mkdirSync(this.path, { recursive: true });
      const body = serialize(value);
      writeFileSync(draft, Buffer.concat([sumOf(body), body]));
      renameSync(draft, path);
    } catch {
      remove(draft);
    }
  }

  /** Removes what has not been used for longest, down to three quarters of what may be kept. */
  prune(): void {
    const kept: { readonly path: string; readonly size: number; readonly used: number }[] = [];
    try {
      for (const name of readdirSync(this.path)) {
        const path = `${this.path}/${name}`;
        const stats = statSync(path, { throwIfNoEntry: false });
        if (!stats?.isFile()) continue;
        // The draft of a process that was killed.
        if (name.endsWith(".tmp") && stats.mtimeMs < Date.now() - DAY) remove(path);
        else kept.push({ path, size: stats.size, used: stats.mtimeMs });
      }
      let files = kept.length;
      let bytes = kept.reduce((sum, { size }) => sum + size, 0);
      if (files <= this.#limits.files && bytes <= this.#limits.bytes) return;
      for (const { path, size } of kept.sort((one, other) => one.used - other.used)) {
        if (files <= 0.75 * this.#limits.files && bytes <= 0.75 * this.#limits.bytes) return;
        remove(path);
        files--;
        bytes -= size;
      }
    } catch {
      // Another process removes the same.
    }
  }
}

/** Says that a file is in use: once a day, since every build reads all of them. */
function touch(path: string): void {
  const now = Date.now();
  try {
    if (statSync(path).mtimeMs < now - DAY) utimesSync(path, now / 1000, now / 1000);
  } catch {
    // A folder that can only be read is used all the same.
  }
}

/** Another process may be quicker, and a folder that can only be read stays as it is. */
function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Then it stays.
  }
}

const sumOf = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();
