/** Whether what was built holds what is marked: each compiled function states its id. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { InputError, type Site } from "../../src/index.ts";

/** The ids in built files: the versions of each function. */
export interface Built {
  has(id: Site["id"]): boolean;
  /** The versions under which a function is there. Sorted. */
  versions(id: Site["id"]): readonly string[];
}

/**
 * Reads the ids in some folders and files.
 *
 * @throws {InputError} when one does not exist, or has no built file.
 */
export function readBuilt(paths: readonly string[], show: (path: string) => string): Built {
  const found = new Map<string, Set<string>>();
  for (const path of paths) {
    const files = filesIn(path, show);
    if (files.length === 0)
      throw new InputError(
        `${show(path)} has no JavaScript file. Build first, and say where to with --built.`,
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

/** Source maps hold the source and manifests the list: neither runs. */
const BUILT = /\.(?:[cm]?[jt]sx?|html?|vue|svelte)$/;

/** What tools keep for themselves, in whatever state: `node_modules/.cache`, `node_modules/.vite`. */
const KEPT = /[\\/]node_modules[\\/]\.(?!pnpm[\\/])/;

function filesIn(path: string, show: (path: string) => string): readonly string[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats)
    throw new InputError(`${show(path)} does not exist. Build first, and say where to with --built.`);
  if (!stats.isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && BUILT.test(entry.name) && !/\.d\.[cm]?ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !KEPT.test(file));
}

type Id = readonly [namespace: string, name: string, version: string];

/** A string of JavaScript in any quotes, with at most so many characters that a scan stays linear. */
const STRING = [
  String.raw`"((?:[^"\\\n]|\\[^]){0,1000})"`,
  String.raw`'((?:[^'\\\n]|\\[^]){0,1000})'`,
  "`((?:[^`\\\\$]|\\$(?!\\{)|\\\\[^]){0,1000})`",
].join("|");

const ID = new RegExp(String.raw`\[\s*(?:${STRING})\s*,\s*(?:${STRING})\s*,\s*(?:${STRING})\s*,?\s*\]`, "g");

/**
 * Finds the ids that compiled functions state, `["ns", "name", "version"]`, whatever a minifier made of the
 * quotes, and also in code that is a string (`eval` of webpack's development builds).
 */
export function idsIn(text: string): readonly Id[] {
  const texts = /\\["'`]/.test(text) ? [text, text.replace(/\\(["'`\\])/g, "$1")] : [text];
  return texts.flatMap((each) =>
    [...each.matchAll(ID)].map((match) => {
      const [namespace, name, version] = match
        .slice(1)
        .filter((part: string | undefined) => part !== undefined)
        .map(unescaped);
      return [namespace!, name!, version!] as const;
    }),
  );
}

/** The value of what stands between quotes. */
function unescaped(body: string): string {
  return body.replace(/\\(?:u\{([\da-f]+)\}|u([\da-f]{4})|x([\da-f]{2})|(\r\n|[^]))/gi, (_, ...found) => {
    const [braced, four, two, character] = found as (string | undefined)[];
    const code = braced ?? four ?? two;
    if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
    return SIMPLE[character!] ?? character!;
  });
}

const SIMPLE: Readonly<Record<string, string>> = {
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
