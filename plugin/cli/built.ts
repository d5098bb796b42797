/** Finds compiled functions in build output: each one contains its id. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { InputError, type Site } from "../../src/index.ts";

/** The ids in built files. */
export interface BuiltIds {
  /** Whether a function is there with exactly this version. */
  has(id: Site["id"]): boolean;
  /** The versions of a function that are there, sorted. */
  versions(id: Site["id"]): readonly string[];
}

/**
 * Reads the ids in folders and files.
 *
 * @param show formats a path for messages
 * @throws {InputError} if a path does not exist or has no JavaScript file
 */
export function readBuilt(paths: readonly string[], show: (path: string) => string): BuiltIds {
  const found = new Map<string, Set<string>>();
  for (const path of paths) {
    const files = filesIn(path, show);
    if (files.length === 0)
      throw new InputError(
        `${show(path)} has no JavaScript file. Build first, and pass the output folder to --built.`,
      );
    for (const file of files) {
      for (const [namespace, name, version] of idsIn(readFileSync(file, "utf8"))) {
        const key = builtKey({ namespace, name });
        found.set(key, (found.get(key) ?? new Set()).add(version));
      }
    }
  }
  return {
    has: (id) => found.get(builtKey(id))?.has(id.version) === true,
    versions: (id) => [...(found.get(builtKey(id)) ?? [])].sort(),
  };
}

const builtKey = ({ namespace, name }: Pick<Site["id"], "namespace" | "name">): string =>
  JSON.stringify([namespace, name]);

/** Files that may run. Source maps and manifests hold ids too, but do not run. */
const BUILT_FILE = /\.(?:[cm]?[jt]sx?|html?|vue|svelte)$/;

/** Caches of tools, which may be outdated: `node_modules/.cache`, `node_modules/.vite`. */
const TOOL_CACHE = /[\\/]node_modules[\\/]\.(?!pnpm[\\/])/;

function filesIn(path: string, show: (path: string) => string): readonly string[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats)
    throw new InputError(`${show(path)} does not exist. Build first, and pass the output folder to --built.`);
  if (!stats.isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && BUILT_FILE.test(entry.name) && !/\.d\.[cm]?ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !TOOL_CACHE.test(file));
}

type BuiltId = readonly [namespace: string, name: string, version: string];

/** A JavaScript string in any quotes. The limit of 1000 characters keeps a scan linear. */
const STRING_LITERAL = [
  String.raw`"((?:[^"\\\n]|\\[^]){0,1000})"`,
  String.raw`'((?:[^'\\\n]|\\[^]){0,1000})'`,
  "`((?:[^`\\\\$]|\\$(?!\\{)|\\\\[^]){0,1000})`",
].join("|");

const ID_LITERAL = new RegExp(
  String.raw`\[\s*(?:${STRING_LITERAL})\s*,\s*(?:${STRING_LITERAL})\s*,\s*(?:${STRING_LITERAL})\s*,?\s*\]`,
  "g",
);

/**
 * Finds the ids of compiled functions, `["ns", "name", "version"]`, with any quotes that a minifier chose, also in
 * code inside strings (`eval` in webpack's development builds).
 */
export function idsIn(text: string): readonly BuiltId[] {
  const texts = /\\["'`]/.test(text) ? [text, text.replace(/\\(["'`\\])/g, "$1")] : [text];
  return texts.flatMap((each) =>
    [...each.matchAll(ID_LITERAL)].map((match) => {
      const [namespace, name, version] = match
        .slice(1)
        .filter((part: string | undefined) => part !== undefined)
        .map(unescaped);
      return [namespace!, name!, version!] as const;
    }),
  );
}

/** Returns the value of a string literal's body. */
function unescaped(body: string): string {
  return body.replace(/\\(?:u\{([\da-f]+)\}|u([\da-f]{4})|x([\da-f]{2})|(\r\n|[^]))/gi, (_, ...found) => {
    const [braced, four, two, character] = found as (string | undefined)[];
    const code = braced ?? four ?? two;
    if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
    return SIMPLE_ESCAPES[character!] ?? character!;
  });
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  b: "\b",
  f: "\f",
  v: "\v",
  0: "\0",
  "\n": "",
  "\r\n": "",
  "\u2028": "",
  "\u2029": "",
};
