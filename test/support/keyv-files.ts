/** A storage adapter of Keyv over files. */
import { createHash } from "node:crypto";
import { EventEmitter } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { KeyvStoreAdapter, StoredData } from "keyv";
import { onTestFinished } from "vitest";

const temporary = fileURLToPath(new URL("../../.tmp", import.meta.url));

/** Creates a folder. It is removed when the test ends, or when the callback passed to `done` is called. */
export function keyvFolder(done: (remove: () => void) => void = onTestFinished): string {
  mkdirSync(temporary, { recursive: true });
  const folder = mkdtempSync(join(temporary, "keyv-"));
  done(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/**
 * A storage adapter with the restrictions of those for databases: it has no expiry, and it stores texts. Each
 * entry is a file.
 */
export class KeyvFiles extends EventEmitter implements KeyvStoreAdapter {
  readonly opts = { dialect: "files", url: "files:" };
  namespace?: string;
  readonly #folder: string;

  constructor(folder: string) {
    super();
    this.#folder = folder;
  }

  async get<T>(key: string): Promise<StoredData<T> | undefined> {
    const row = await this.#read(this.fileOf(key));
    return row?.[1] as StoredData<T> | undefined;
  }

  getMany<T>(keys: string[]): Promise<StoredData<T | undefined>[]> {
    return Promise.all(keys.map((key) => this.get<T | undefined>(key)));
  }

  set(key: string, value: string): Promise<void> {
    return writeFile(join(this.#folder, this.fileOf(key)), JSON.stringify([key, value]));
  }

  async delete(key: string): Promise<boolean> {
    return rm(join(this.#folder, this.fileOf(key))).then(
      () => true,
      () => false,
    );
  }

  async deleteMany(keys: string[]): Promise<boolean> {
    return (await Promise.all(keys.map((key) => this.delete(key)))).every(Boolean);
  }

  async clear(): Promise<void> {
    throw new Error("clear() takes what others have stored.");
  }

  async *iterator(namespace?: string): AsyncGenerator<any> {
    for (const file of await readdir(this.#folder)) {
      const row = await this.#read(file);
      if (row && (namespace === undefined || row[0].startsWith(`${namespace}:`))) yield row;
    }
  }

  /** The file of a key. Subclasses map several keys to one file, like a database that ignores case. */
  protected fileOf(key: string): string {
    return createHash("sha256").update(key).digest("hex");
  }

  #read(file: string): Promise<[key: string, value: string] | undefined> {
    return readFile(join(this.#folder, file), "utf8").then(
      (text) => JSON.parse(text) as [string, string],
      () => undefined,
    );
  }
}
