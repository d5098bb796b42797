/** The folder that `aotcache rewrite` writes to. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { InputError } from "../../../src/index.ts";
import { isIn } from "./files.ts";

/** Lists the files of the last run, so that only they are deleted when their sources are gone. */
const FILE_LIST = ".aotcache-rewrite.json";

/** The output folder. Files in it that `rewrite` did not write are never changed. */
export class Mirror {
  readonly #folder: string;
  readonly #lastFiles: readonly string[];

  /** @throws {InputError} if the folder holds files that `rewrite` did not write */
  constructor(folder: string, cwd: string) {
    this.#folder = folder;
    const list = join(folder, FILE_LIST);
    if (existsSync(list)) {
      this.#lastFiles = JSON.parse(readFileSync(list, "utf8")) as readonly string[];
    } else {
      this.#lastFiles = [];
      if (isIn(folder, cwd) || (existsSync(folder) && readdirSync(folder).length > 0)) {
        throw new InputError(
          `${folder} holds files that \`rewrite\` did not write. Name a new folder or an empty one.`,
        );
      }
    }
  }

  /** Checks whether a file is in the folder. */
  contains(file: string): boolean {
    return isIn(this.#folder, file);
  }

  /** Returns where a file or folder of the project goes. */
  placeOf(top: string, path: string): string {
    return join(this.#folder, relative(top, path));
  }

  /** Writes files at their paths relative to `top`. Unchanged files are not written, so that they keep their time. */
  write(top: string, files: ReadonlyMap<string, string>): void {
    const names = [...files.keys()].map((file) => relative(top, file).split(sep).join("/")).sort();
    for (const name of this.#lastFiles)
      if (!names.includes(name)) rmSync(join(this.#folder, name), { force: true });
    for (const [file, text] of files) this.#put(relative(top, file), text);
    this.#put(FILE_LIST, `${JSON.stringify(names, null, 2)}\n`);
  }

  #put(name: string, text: string): void {
    const path = join(this.#folder, name);
    if (existsSync(path) && readFileSync(path, "utf8") === text) return;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}
