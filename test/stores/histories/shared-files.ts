/** A storage adapter of Keyv over files, which several processes share. A write replaces a file at once. */
import { createHash } from "node:crypto";
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

type Row = readonly [key: string, value: string];

export class SharedFiles {
  readonly #folder: string;
  readonly #random: () => number;
  /** How often an operation is slow or fails, from 0 to 1. */
  readonly #faults: number;
  #writes = 0;

  constructor(folder: string, random: () => number, faults: number) {
    this.#folder = folder;
    this.#random = random;
    this.#faults = faults;
  }

  get(key: string): Promise<string | undefined> {
    return this.#disturb(async () => (await this.#read(this.#fileOf(key)))?.[1]);
  }

  set(key: string, value: string): Promise<void> {
    return this.#disturb(async () => {
      const temporary = join(this.#folder, `${process.pid}-${this.#writes++}.new`);
      await writeFile(temporary, JSON.stringify([key, value]));
      await rename(temporary, join(this.#folder, this.#fileOf(key)));
    });
  }

  delete(key: string): Promise<boolean> {
    return this.#disturb(() =>
      rm(join(this.#folder, this.#fileOf(key))).then(
        () => true,
        () => false,
      ),
    );
  }

  async *iterator(): AsyncGenerator<Row> {
    for (const file of await readdir(this.#folder)) {
      const row = file.endsWith(".new") ? undefined : await this.#read(file);
      if (row) yield row;
    }
  }

  /** A lost request, a late one, a late reply and a lost reply. */
  async #disturb<T>(operate: () => Promise<T>): Promise<T> {
    const fault = this.#random() / this.#faults;
    if (fault < 0.2) throw new Error("The request was lost.");
    if (fault < 0.5) await pause(this.#random() * 60);
    const answer = await operate();
    if (fault > 0.5 && fault < 0.8) await pause(this.#random() * 300);
    if (fault > 0.8 && fault < 1) throw new Error("The reply was lost.");
    return answer;
  }

  #fileOf(key: string): string {
    return createHash("sha256").update(key).digest("hex");
  }

  #read(file: string): Promise<Row | undefined> {
    return readFile(join(this.#folder, file), "utf8").then(
      (text) => JSON.parse(text) as Row,
      () => undefined,
    );
  }
}
