import { realpathSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import picomatch from "picomatch";

type Pattern = string | RegExp;

/** Which modules a host hands over, in the form of its native filters. */
export interface IdFilter {
  readonly include: Pattern[];
  readonly exclude: Pattern[];
}

/**
 * Virtual modules, and what a query makes of a file (`?raw`, `?url`, `?vue&type=style`). The queries that
 * leave a file what it is: a version, a time, the entry of a worker, a Vue component's `<script src>`.
 */
const NOT_SOURCE = /\0|\?(?!(?:[tv]=|worker_file\b|vue&type=script&(?:[^#]*&)?src\b))/;

/** vue-loader has a component read again for each of its parts, and takes scripts from there only. */
const NOT_SOURCE_IN_WEBPACK = /\0|\.vue$|\?(?!(?:[tv]=|vue&type=script\b))/;

/** The runtime names itself. Installed, it stands in `node_modules`; linked, it stands anywhere. */
const OWN = fileURLToPath(new URL("../../runtime", import.meta.url)).replaceAll("\\", "/");

/** Makes globs absolute, so that they mean the same in whatever folder the host was started. */
export function patternsFrom(
  root: string,
  { include, exclude }: { readonly include: readonly Pattern[]; readonly exclude: readonly Pattern[] },
  host?: "webpack",
): IdFilter {
  const anchor = (pattern: Pattern): Pattern[] => {
    if (pattern instanceof RegExp || pattern.startsWith("**") || posix.isAbsolute(pattern)) return [pattern];
    // Hosts know a file by its real path, whatever link the root was reached by.
    return [...new Set([root, realpathSync(root)])].map((folder) => posix.join(literal(folder), pattern));
  };
  const own = `${literal(OWN)}/**`;
  const notSource = host === "webpack" ? NOT_SOURCE_IN_WEBPACK : NOT_SOURCE;
  return { include: include.flatMap(anchor), exclude: [...exclude.flatMap(anchor), own, notSource] };
}

/** The same for a host that has no such filters of its own. */
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
 * A folder's name is no pattern: `app (old)`. Hosts agree on no way to say so (Vite turns a backslash into a
 * slash), but all of them take `?` for any one character.
 */
const literal = (folder: string): string => folder.replace(/[!*+@|()[\]{}\\]/g, "?");
