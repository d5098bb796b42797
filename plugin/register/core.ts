/** What every way to hook into Node.js shares: which files, what their texts become, what is said of them. */
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
import { matcherOf, patternsFrom, SCRIPT_FILE } from "../core/patterns.ts";

/** A file of the program that is to be looked at. */
export interface Source {
  readonly path: string;
  /** As it stands on disk. */
  readonly text: string;
}

export interface Core {
  readonly options: CreateOptions;
  /** The file, if it can hold marked functions and was not compiled before it was started. */
  sourceOf(path: string, given?: string): Source | undefined;
  /**
   * Returns the rewritten text, and says what there is to be said; undefined when there is nothing to rewrite.
   *
   * @throws {Error} with all that is wrong, each with its code
   */
  settle(source: Source, compilation: Compilation): string | undefined;
  /** Does some work unless it is called in the middle of other work, which loads modules too. */
  alone<T>(work: () => T): T | undefined;
}

/** aotcache itself, which would be called in the middle of its own work. */
const OWN = fileURLToPath(new URL("../..", import.meta.url));

/** @throws {Error} for options that cannot be read */
export function createCore(): Core {
  const root = process.cwd();
  const given = givenOptions();
  const matches = matcherOf(patternsFrom(root, resolveCompilerOptions(given)));
  let isBusy = false;
  return {
    options: { ...given, root },
    sourceOf(path, given) {
      if (!SCRIPT_FILE.test(path) || path.startsWith(OWN) || !matches(path)) return undefined;
      const text = given ?? read(path);
      return text !== undefined && isMarked(text) ? { path, text } : undefined;
    },
    settle({ path, text }, { code, diagnostics }) {
      const color = process.stderr.isTTY && !process.env["NO_COLOR"];
      const said = diagnostics.map((each) => `${formatDiagnostic(each, text, { color })}\n`);
      const error = diagnostics.find(({ severity }) => severity === "error");
      if (error) throw failure(said.join("\n"), `${path}:${error.line}:${error.column}`);
      // At once, since the program may end before a stream has written.
      if (said.length > 0) writeSync(2, `${said.join("\n")}\n`);
      return code;
    },
    alone(work) {
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

/** Not what the compiler wrote, here or in a build. */
export const isMarked = (text: string): boolean => mayContainMark(text) && !isCompiled(text);

export const isCompiled = (text: string): boolean => text.includes("aotcache/internal");

/** Reads a text as Node.js does; undefined for a file that is not there. */
export function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  } catch {
    return undefined;
  }
}

/** `AOTCACHE_OPTIONS='{ "namespace": "shop" }'`: a preloaded module has no other way to take options. */
function givenOptions(): CompilerOptions {
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
    throw failure(`${message}\n`, "AOTCACHE_OPTIONS");
  }
}

/** Node.js prints the stack of an error that ends a program: it leads to the cause, not to where this was thrown. */
function failure(message: string, place: string): Error {
  const error = new Error(message);
  error.stack = `${message}\n    at ${place}`;
  return error;
}
