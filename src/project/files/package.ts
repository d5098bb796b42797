/** The package that a file belongs to: half of the default namespace. */
import { ts } from "ts-morph";
import { stampOf } from "./disk.ts";
import { folderOf, upward } from "./paths.ts";
import { hashOf, type Trace } from "./trace.ts";

/** A folder with a package.json; `name` is `""` when that gives none. */
export interface Package {
  readonly root: string;
  readonly name: string;
}

/** Finds the nearest package.json; a file is read again when it changed. */
export class Packages {
  readonly #read = new Map<string, { readonly stamp: string; readonly name: string }>();
  readonly #fallback: string;
  readonly #trace: Trace;

  constructor(fallback: string, trace: Trace) {
    this.#fallback = fallback;
    this.#trace = trace;
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
    if (stamp === "") {
      this.#trace.note("file", path, "");
      return undefined;
    }
    let known = this.#read.get(path);
    if (known?.stamp !== stamp) this.#read.set(path, (known = { stamp, name: this.#readName(path) }));
    return known.name;
  }

  #readName(path: string): string {
    const text = ts.sys.readFile(path) ?? "";
    this.#trace.note("text", path, hashOf(text));
    // TypeScript's reader forgives what JSON.parse would not; a broken package.json is for others to report.
    const { config } = ts.parseConfigFileTextToJson(path, text) as { config?: { name?: unknown } };
    const name = config?.name;
    return typeof name === "string" ? name : "";
  }
}
