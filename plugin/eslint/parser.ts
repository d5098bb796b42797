/** Parses files that ESLint itself cannot parse, with the parser that the project has for them. */
import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import { mayContainMark } from "../../src/index.ts";
import type { Parsed, Parser, ParserOptions } from "./types.ts";

/** The parsers of each kind of file, as chains of packages that depend on each other. */
const PARSERS: readonly (readonly [files: RegExp, parsers: readonly (readonly string[])[]])[] = [
  [/\.[cm]?tsx?$/, [["@typescript-eslint/parser"], ["typescript-eslint", "@typescript-eslint/parser"]]],
  [/\.vue$/, [["vue-eslint-parser"], ["eslint-plugin-vue", "vue-eslint-parser"]]],
  [/\.svelte$/, [["svelte-eslint-parser"], ["eslint-plugin-svelte", "svelte-eslint-parser"]]],
  [/\.astro$/, [["astro-eslint-parser"], ["eslint-plugin-astro", "astro-eslint-parser"]]],
];

interface LoadedParser {
  parseForESLint?(text: string, options: ParserOptions): Parsed;
  parse?(text: string, options: ParserOptions): object;
}

/**
 * Uses the parser that is installed for the kind of the file: a project that has one uses it, and the order of its
 * configs must not matter. Without one, the syntax tree is empty, which is enough for the rules of aotcache.
 */
export const parser: Parser = {
  meta: { name: "aotcache/parser" },
  parseForESLint(text, options) {
    const installed = installedParser(options.filePath ?? "");
    if (installed?.parseForESLint) return installed.parseForESLint(text, options);
    return { ast: installed?.parse?.(text, options) ?? emptyTree(text) };
  },
};

const loaded = new Map<string, LoadedParser | undefined>();

function installedParser(path: string): LoadedParser | undefined {
  const chains = PARSERS.find(([files]) => files.test(path))?.[1] ?? [];
  const key = `${dirname(path)}\0${String(chains[0])}`;
  if (!loaded.has(key)) loaded.set(key, firstOf(chains, path));
  return loaded.get(key);
}

function firstOf(chains: readonly (readonly string[])[], path: string): LoadedParser | undefined {
  for (const chain of chains) {
    let from = resolve(path);
    try {
      for (const name of chain) from = createRequire(from).resolve(name);
    } catch {
      continue;
    }
    return createRequire(from)(from) as LoadedParser;
  }
  return undefined;
}

/** A program without statements. Of the comments, it has those that speak to ESLint. */
function emptyTree(text: string): object {
  const comments = mayContainMark(text)
    ? [...text.matchAll(/\/\*\s*eslint\b[^]*?\*\/|\/\/\s*eslint-[^\r\n\u2028\u2029]*/g)].map(
        ({ 0: comment, index }) => ({
          type: comment.startsWith("/*") ? "Block" : "Line",
          value: comment.startsWith("/*") ? comment.slice(2, -2) : comment.slice(2),
          range: [index, index + comment.length],
          loc: locOf(text, index, index + comment.length),
        }),
      )
    : [];
  return {
    type: "Program",
    sourceType: "module",
    body: [],
    tokens: [],
    comments,
    range: [0, text.length],
    loc: locOf(text, 0, text.length),
  };
}

function locOf(text: string, start: number, end: number): object {
  const place = (at: number): object => {
    const lines = text.slice(0, at).split(/\r\n|[\r\n\u2028\u2029]/);
    return { line: lines.length, column: lines.at(-1)!.length };
  };
  return { start: place(start), end: place(end) };
}
