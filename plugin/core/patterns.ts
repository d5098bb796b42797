import { realpathSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import picomatch from "picomatch";

/** A glob or a regular expression. */
type Pattern = string | RegExp;

/** Selects modules by id, in the form that the native filters of hosts take. */
export interface IdFilter {
  readonly include: RegExp[];
  readonly exclude: RegExp[];
}

/** TypeScript and JavaScript. The `include` of a user may select files that the compiler cannot read. */
export const SCRIPT_FILE: RegExp = /\.[cm]?[jt]sx?$/;

/** {@link SCRIPT_FILE}, and components. */
export const COMPILED_FILE: RegExp = /\.(?:[cm]?[jt]sx?|vue|svelte|astro)$/;

/** The path of a module, without the query that a framework puts behind it. */
export const pathOf = (id: string): string => id.split("?", 1)[0]!;

/**
 * Queries that ask for something else than the module, by name: its text, its address, a wrapper that starts it, one
 * declaration of a page. A module with any other query is the source, or a part of it: `?tsr-split=component`.
 */
const NOT_MODULE =
  "raw|source|text|string|url|init|inline|no-inline|worker|sharedworker|serviceworker|nodeworker|modulepath|asset|assets|direct|base64|dataurl|bytes|binary|arraybuffer|html-proxy|commonjs-[\\w-]+|macro|definepage|nuxt_component";

/** Parts of components. A part is cut from the compiled component, except for the file of a `<script src>`. */
const PARTS = String.raw`vue(?!&type=script&(?:[^#]*&)?src\b)|svelte|astro`;
/** vue-loader requests a component once for each of its parts, and uses only the scripts of those requests. */
const PARTS_IN_WEBPACK = String.raw`vue(?!&type=script\b)|svelte|astro`;

/** Matches virtual modules, and modules whose query has one of these parameters. */
const withParameter = (names: string): RegExp => new RegExp(`\\0|\\?(?:[^#]*&)?(?:${names})(?:[=&#]|$)`, "i");
const NOT_SOURCE = withParameter(`${NOT_MODULE}|${PARTS}`);
const NOT_SOURCE_IN_WEBPACK = new RegExp(
  `${withParameter(`${NOT_MODULE}|${PARTS_IN_WEBPACK}`).source}|\\.vue$`,
  "i",
);

/** Excluded by its real path: a linked package is not in `node_modules`. */
const RUNTIME_FOLDER = fileURLToPath(new URL("../../runtime", import.meta.url)).replaceAll("\\", "/");

/**
 * Makes regular expressions of globs, which are relative to `root`: hosts do not agree on globs. A pattern that matches
 * a path also matches the path with a query.
 */
export function patternsFrom(
  root: string,
  { include, exclude }: { readonly include: readonly Pattern[]; readonly exclude: readonly Pattern[] },
  host?: "webpack",
): IdFilter {
  // Hosts identify a file by its real path, even if the root was reached through a link.
  const roots = [...new Set([root, realpathSync(root)])];
  const anchor = (pattern: Pattern): RegExp[] => {
    if (pattern instanceof RegExp) return [pattern];
    if (pattern.startsWith("**") || posix.isAbsolute(pattern))
      return [picomatch.makeRe(pattern, { dot: true })];
    const [up] = /^(?:\.{1,2}\/+)*/.exec(pattern)!;
    return roots.map((folder) =>
      globIn(posix.join(folder.replaceAll("\\", "/"), up), pattern.slice(up.length)),
    );
  };
  const [included, excluded] = [include, exclude].map((each) => each.flatMap(anchor).map(matchingQueries));
  const notSource = host === "webpack" ? NOT_SOURCE_IN_WEBPACK : NOT_SOURCE;
  return { include: included!, exclude: [...excluded!, globIn(RUNTIME_FOLDER, "**"), notSource] };
}

/** Returns an expression for a glob in a folder, whose name may have special characters: `app (old)`. */
function globIn(folder: string, glob: string): RegExp {
  const standIn = "\uE000";
  const escaped = folder.replace(/\/$/, "").replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  const { source } = picomatch.makeRe(`${standIn}/${glob}`, { dot: true });
  return new RegExp(source.replaceAll(standIn, () => escaped));
}

/** Lets every end of an expression also match before a query. */
function matchingQueries({ source, flags }: RegExp): RegExp {
  const ends = source.replace(/\\[^]|\[(?:\\[^]|[^\\\]])*\]|\$/g, (part) =>
    part === "$" ? "(?:$|(?=\\?))" : part,
  );
  return new RegExp(ends, flags);
}

/** Returns a predicate for a filter, for hosts without native filters. */
export function matcherOf({ include, exclude }: IdFilter): (id: string) => boolean {
  const matches = (patterns: readonly RegExp[], id: string): boolean =>
    patterns.some((each) => id.search(each) >= 0);
  return (id) => {
    const path = id.replaceAll("\\", "/");
    return !matches(exclude, path) && matches(include, path);
  };
}
