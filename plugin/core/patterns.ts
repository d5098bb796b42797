import { realpathSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import picomatch from "picomatch";

/** A glob or a regular expression. */
type Pattern = string | RegExp;

/** Selects modules by id, in the form that the native filters of hosts take. */
export interface IdFilter {
  readonly include: Pattern[];
  readonly exclude: Pattern[];
}

/** TypeScript and JavaScript. The `include` of a user may select files that the compiler cannot read. */
export const SCRIPT_FILE: RegExp = /\.[cm]?[jt]sx?$/;

/** {@link SCRIPT_FILE}, and components. */
export const COMPILED_FILE: RegExp = /\.(?:[cm]?[jt]sx?|vue|svelte)$/;

/**
 * Virtual modules, and files that a query turns into something else (`?raw`, `?url`, `?vue&type=style`). Some
 * queries do not: a version, a timestamp, the entry of a worker, a Vue component's `<script src>`.
 */
const NOT_SOURCE = /\0|\?(?!(?:[tv]=|worker_file\b|vue&type=script&(?:[^#]*&)?src\b))/;

/** vue-loader requests a component once for each of its blocks, and uses only the scripts of those requests. */
const NOT_SOURCE_IN_WEBPACK = /\0|\.vue$|\?(?!(?:[tv]=|vue&type=script\b))/;

/** Excluded by its real path: a linked package is not in `node_modules`. */
const RUNTIME_FOLDER = fileURLToPath(new URL("../../runtime", import.meta.url)).replaceAll("\\", "/");

/** Makes globs absolute, so that they do not depend on the folder in which the host was started. */
export function patternsFrom(
  root: string,
  { include, exclude }: { readonly include: readonly Pattern[]; readonly exclude: readonly Pattern[] },
  host?: "webpack",
): IdFilter {
  const anchor = (pattern: Pattern): Pattern[] => {
    if (pattern instanceof RegExp || pattern.startsWith("**") || posix.isAbsolute(pattern)) return [pattern];
    // Hosts identify a file by its real path, even if the root was reached through a link.
    return [...new Set([root, realpathSync(root)])].map((folder) =>
      posix.join(globOfFolder(folder), pattern),
    );
  };
  const runtime = `${globOfFolder(RUNTIME_FOLDER)}/**`;
  const notSource = host === "webpack" ? NOT_SOURCE_IN_WEBPACK : NOT_SOURCE;
  return { include: include.flatMap(anchor), exclude: [...exclude.flatMap(anchor), runtime, notSource] };
}

/** Returns a predicate for a filter, for hosts without native filters. */
export function matcherOf({ include, exclude }: IdFilter): (id: string) => boolean {
  const matchers = (patterns: readonly Pattern[]): ((id: string) => boolean)[] =>
    patterns.map((each) =>
      typeof each === "string" ? picomatch(each, { dot: true }) : (id) => id.search(each) >= 0,
    );
  const [included, excluded] = [matchers(include), matchers(exclude)];
  return (id) => {
    const path = id.replaceAll("\\", "/");
    return !excluded.some((matches) => matches(path)) && included.some((matches) => matches(path));
  };
}

/**
 * Returns a glob that matches a folder whose name may have special characters: `app (old)`. Hosts do not agree on
 * an escape (Vite turns a backslash into a slash), but in all of them `?` matches any one character.
 */
const globOfFolder = (folder: string): string => folder.replace(/[!*+@|()[\]{}\\]/g, "?");
