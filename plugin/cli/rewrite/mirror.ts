/** The folder that `aotcache rewrite` writes to. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { InputError } from "../../../src/index.ts";
import { isIn } from "./files.ts";

/** What was written the last time, so that what is gone can go, and nothing else. */
const LIST = ".aotcache-rewrite.json";

/** A folder that is written to, and nothing in it that was not. */
export class Mirror {
  readonly #folder: string;
  readonly #last: readonly string[];

  /** @throws {Error} when the folder holds what was not written by this; the message is one line. */
  constructor(folder: string, cwd: string) {
    this.#folder = folder;
    const list = join(folder, LIST);
    if (existsSync(list)) {
      this.#last = JSON.parse(readFileSync(list, "utf8")) as readonly string[];
    } else {
      this.#last = [];
      if (isIn(folder, cwd) || (existsSync(folder) && readdirSync(folder).length > 0)) {
        throw new InputError(
          `${folder} holds files that \`rewrite\` did not write. Name a new folder or an empty one.`,
        );
      }
    }
  }

  /** Tells whether a file is in the folder. */
  holds(file: string): boolean {
    return isIn(this.#folder, file);
  }

  /** Writes files at their places below `top`; one that would not change keeps its time. */
  write(top: string, files: ReadonlyMap<string, string>): void {
    const names = [...files.keys()].map((file) => relative(top, file).split(sep).join("/")).sort();
    for (const name of this.#last)
      if (!names.includes(name)) rmSync(join(this.#folder, name), { force: true });
    for (const [file, text] of files) this.#put(relative(top, file), text);
    this.#put(LIST, `${JSON.stringify(names, null, 2)}\n`);
  }

  #put(name: string, text: string): void {
    const path = join(this.#folder, name);
    if (existsSync(path) && readFileSync(path, "utf8") === text) return;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}
