/** Checks the callers of a build's functions, once all its modules are known. */
import { readFileSync } from "node:fs";
import { type Compilation, type Diagnostic, hasSharedResults, type LazyCompiler } from "../../src/index.ts";
import { COMPILED_FILE, pathOf } from "./patterns.ts";

/** A file of a build, and its compilation. */
export interface BuiltFile {
  readonly path: string;
  readonly text: string;
  readonly compilation: Compilation;
}

/** The warnings about callers in other files of one file. */
export interface CallerFinding extends BuiltFile {
  readonly diagnostics: readonly Diagnostic[];
}

/** Collects the functions of a build whose callers may change what they share. */
export class Callers {
  readonly #files = new Map<string, BuiltFile>();

  add(file: BuiltFile): void {
    if (hasSharedResults(file.compilation)) this.#files.set(file.path, file);
    else this.#files.delete(file.path);
  }

  changed(path: string): void {
    this.#files.delete(path);
  }

  /** Checks the modules of a build, which are read only if there is something to find. */
  async check(
    modules: Iterable<string>,
    compiler: () => Pick<LazyCompiler, "checkCallers">,
  ): Promise<readonly CallerFinding[]> {
    if (this.#files.size === 0) return [];
    const found = await compiler().checkCallers([...this.#files.values()], textsOf(modules));
    return [...found].map(([path, diagnostics]) => ({ ...this.#files.get(path)!, diagnostics }));
  }
}

function textsOf(modules: Iterable<string>): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const id of modules) {
    const path = pathOf(id).replaceAll("\\", "/");
    if (texts.has(path) || !COMPILED_FILE.test(path) || /\0|\/node_modules\//.test(path)) continue;
    try {
      texts.set(path, readFileSync(path, "utf8"));
    } catch {
      // A virtual module.
    }
  }
  return texts;
}
