/** Finds the package that a file belongs to. Its name is the first half of the default namespace. */
import { ts } from "ts-morph";
import { stampOf } from "./disk.ts";
import { folderOf, upward } from "./paths.ts";
import { hashOf, type Trace } from "./trace.ts";

/** A folder with a package.json. `name` is `""` if the package.json has no name. */
export interface Package {
  readonly root: string;
  readonly name: string;
}

/** Finds the nearest package.json of a file. Reads it again when it has changed. */
export class Packages {
  readonly #names = new Map<string, { readonly stamp: string; readonly name: string }>();
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
      this.#trace.record("file", path, "");
      return undefined;
    }
    let cached = this.#names.get(path);
    if (cached?.stamp !== stamp) this.#names.set(path, (cached = { stamp, name: this.#readName(path) }));
    return cached.name;
  }

  #readName(path: string): string {
    const text = ts.sys.readFile(path) ?? "";
    this.#trace.record("text", path, hashOf(text));
    // TypeScript's reader accepts comments and syntax errors. Other tools report a broken package.json.
    const { config } = ts.parseConfigFileTextToJson(path, text) as { config?: { name?: unknown } };
    const name = config?.name;
    return typeof name === "string" ? name : "";
  }
}
