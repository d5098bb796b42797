/** Shared by all hooks into Node.js: selects the files to compile and reports their diagnostics. */
import { readFileSync, writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  formatDiagnostic,
  InputError,
  isInputError,
  mayContainMark,
  resolveCompilerOptions,
} from "../../src/index.ts";
import type { Compilation, CompilerOptions, CreateOptions } from "../../src/index.ts";
import { rewrittenOf, type Rewritten } from "../core/maps.ts";
import { matcherOf, patternsFrom, SCRIPT_FILE } from "../core/patterns.ts";

/** A file of the program that may hold marked functions. */
export interface Source {
  readonly path: string;
  /** The text on disk. */
  readonly text: string;
}

export interface RegisterCore {
  readonly options: CreateOptions;
  /** Returns the file if it may hold marked functions and no build has compiled it. */
  sourceOf(path: string, given?: string): Source | undefined;
  /**
   * Prints the warnings of a compilation. Returns the rewritten file, or `undefined` if nothing was rewritten.
   *
   * @throws {Error} if the compilation has errors; the message has all diagnostics, with their code frames
   */
  settle(source: Source, compilation: Compilation): Rewritten | undefined;
  /** Calls `work`, unless another call is in progress: the compiler loads modules too, which calls the hooks. */
  unlessBusy<T>(work: () => T): T | undefined;
}

/** Files of aotcache itself, which are not compiled. */
const PACKAGE_FOLDER = fileURLToPath(new URL("../..", import.meta.url));

/** @throws {Error} if `AOTCACHE_OPTIONS` is not JSON or has an invalid option */
export function createCore(): RegisterCore {
  const root = process.cwd();
  const given = optionsFromEnvironment();
  const matches = matcherOf(patternsFrom(root, resolveCompilerOptions(given)));
  let isBusy = false;
  return {
    options: { ...given, root },
    sourceOf(path, given) {
      if (!SCRIPT_FILE.test(path) || path.startsWith(PACKAGE_FOLDER) || !matches(path)) return undefined;
      const text = given ?? readScript(path);
      return text !== undefined && hasMark(text) ? { path, text } : undefined;
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
    unlessBusy(work) {
      if (isBusy) return undefined;
      isBusy = true;
      try {
        return work();
      } finally {
        isBusy = false;
      }
    },
  };
}

/** Checks for a mark. The output of the compiler has none. */
export const hasMark = (text: string): boolean => mayContainMark(text) && !isCompiled(text);

/** Recognises output of the compiler by its import. */
export const isCompiled = (text: string): boolean => text.includes("aotcache/internal");

/** Reads a file without its byte order mark, as Node.js does. Returns `undefined` if it cannot be read. */
export function readScript(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  } catch {
    return undefined;
  }
}

/** Reads `AOTCACHE_OPTIONS='{ "namespace": "shop" }'`. A preloaded module cannot take options in another way. */
function optionsFromEnvironment(): CompilerOptions {
  const text = process.env["AOTCACHE_OPTIONS"];
  if (!text) return {};
  try {
    const options: unknown = JSON.parse(text);
    resolveCompilerOptions(options);
    return options as CompilerOptions;
  } catch (error) {
    const { message } = isInputError(error)
      ? error
      : new InputError('write options as JSON, like `{ "strict": true }`.');
    throw errorAt(`${message}\n`, "AOTCACHE_OPTIONS");
  }
}

/** Creates an error whose stack names the cause. Node.js prints the stack of an error that ends the program. */
function errorAt(message: string, place: string): Error {
  const error = new Error(message);
  error.stack = `${message}\n    at ${place}`;
  return error;
}
