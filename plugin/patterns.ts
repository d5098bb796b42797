import { realpathSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";

type Pattern = string | RegExp;

/** Which modules a host hands over, in the form of its native filters. */
export interface IdFilter {
  readonly include: Pattern[];
  readonly exclude: Pattern[];
}

/**
 * Virtual modules, and what a query makes of a file (`?raw`, `?url`, `?vue&type=style`). The queries that
 * leave a file what it is: a version, a time, the entry of a worker.
 */
const NOT_SOURCE = /\0|\?(?!(?:[tv]=|worker_file\b))/;

/** The runtime names itself. Installed, it stands in `node_modules`; linked, it stands anywhere. */
const OWN = fileURLToPath(new URL("../runtime", import.meta.url)).replaceAll("\\", "/");

/** Makes globs absolute, so that they mean the same in whatever folder the host was started. */
export function patternsFrom(
  root: string,
  { include, exclude }: { readonly include: readonly Pattern[]; readonly exclude: readonly Pattern[] },
): IdFilter {
  const anchor = (pattern: Pattern): Pattern[] => {
    if (pattern instanceof RegExp || pattern.startsWith("**") || posix.isAbsolute(pattern)) return [pattern];
    // Hosts know a file by its real path, whatever link the root was reached by.
    return [...new Set([root, realpathSync(root)])].map((folder) => posix.join(literal(folder), pattern));
  };
  const own = `${literal(OWN)}/**`;
  return { include: include.flatMap(anchor), exclude: [...exclude.flatMap(anchor), own, NOT_SOURCE] };
}

/**
 * A folder's name is no pattern: `app (old)`. Hosts agree on no way to say so (Vite turns a backslash into a
 * slash), but all of them take `?` for any one character.
 */
const literal = (folder: string): string => folder.replace(/[!*+@|()[\]{}\\]/g, "?");
