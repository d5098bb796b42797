/** For integrations that compile a file when it is loaded: selects the files and reports their diagnostics. */
import { readFileSync, writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { formatDiagnostic, mayContainMark, resolveCompilerOptions } from "../../src/index.ts";
import type { Compilation, CreateOptions } from "../../src/index.ts";
import { rewrittenOf, type Rewritten } from "./maps.ts";
import { matcherOf, patternsFrom, SCRIPT_FILE } from "./patterns.ts";

/** A file of the program that may hold marked functions. */
export interface Source {
  readonly path: string;
  /** The text on disk. */
  readonly text: string;
}

export interface OnLoad {
  readonly options: CreateOptions;
  /** Returns the file if it may hold marked functions and no build has compiled it. */
  sourceOf(path: string, given?: string): Source | undefined;
  /**
   * Prints the warnings of a compilation. Returns the rewritten file, or `undefined` if nothing was rewritten.
   *
   * @throws {Error} if the compilation has errors; the message has all diagnostics, with their code frames
   */
  settle(source: Source, compilation: Compilation): Rewritten | undefined;
}

/** Files of aotcache itself, which are not compiled. */
export const PACKAGE_FOLDER: string = fileURLToPath(new URL("../..", import.meta.url));

/** @throws {InputError} if an option is unknown or has an invalid value */
export function createOnLoad({ root, ...options }: CreateOptions & { readonly root: string }): OnLoad {
  const matches = matcherOf(patternsFrom(root, resolveCompilerOptions(options)));
  return {
    options: { ...options, root },
    sourceOf(path, given) {
      if (!SCRIPT_FILE.test(path) || path.startsWith(PACKAGE_FOLDER) || !matches(path)) return undefined;
      const text = given ?? readScript(path);
      return text !== undefined && mayContainMark(text) ? { path, text } : undefined;
    },
    settle({ path, text }, compilation) {
      const { diagnostics } = compilation;
      const color = process.stderr.isTTY && !process.env["NO_COLOR"];
      const texts = diagnostics.map((each) => `${formatDiagnostic(each, text, { color })}\n`);
      const error = diagnostics.find(({ severity }) => severity === "error");
      if (error) throw errorAt(texts.join("\n"), `${path}:${error.line}:${error.column}`);
      // Synchronous, because the program may end before a stream has written.
      if (texts.length > 0) writeSync(2, `${texts.join("\n")}\n`);
      return rewrittenOf(path, text, compilation);
    },
  };
}

/** Reads a file without its byte order mark, as Node.js does. Returns `undefined` if it cannot be read. */
export function readScript(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  } catch {
    return undefined;
  }
}

/** Creates an error whose stack names the cause. Node.js prints the stack of an error that ends the program. */
export function errorAt(message: string, place: string): Error {
  const error = new Error(message);
  error.stack = `${message}\n    at ${place}`;
  return error;
}
