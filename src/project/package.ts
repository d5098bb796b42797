/** The package that a file belongs to: half of the default namespace. */
import { ts } from "ts-morph";
import { folderOf, stampOf, upward } from "./paths.ts";

/** A folder with a package.json; `name` is `""` when that gives none. */
export interface Package {
  readonly root: string;
  readonly name: string;
}

/** Finds the nearest package.json; a file is read again when it changed. */
export class Packages {
  readonly #read = new Map<string, { readonly stamp: string; readonly name: string }>();
  readonly #fallback: string;

  constructor(fallback: string) {
    this.#fallback = fallback;
  }

  forFile(file: string): Package {
    for (const root of upward(folderOf(file))) {
      const name = this.#nameIn(`${root}/package.json`);
      if (name !== undefined) return { root, name };
    }
    return { root: this.#fallback, name: "" };
  }

  #nameIn(path: string): string | undefined {
    const stamp = stampOf(path);
    if (stamp === "") return undefined;
    let known = this.#read.get(path);
    if (known?.stamp !== stamp) this.#read.set(path, (known = { stamp, name: readName(path) }));
    return known.name;
  }
}

function readName(path: string): string {
  // TypeScript's reader forgives what JSON.parse would not; a broken package.json is for others to report.
  const { config } = ts.readConfigFile(path, ts.sys.readFile) as { config?: { name?: unknown } };
  const name = config?.name;
  return typeof name === "string" ? name : "";
}
