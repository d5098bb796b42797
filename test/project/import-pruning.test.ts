/** Import pruning and library outlines do not change results. */
import { ts } from "ts-morph";
import { describe, expect, it, test } from "vitest";
import { PrunedError } from "../../src/project/import-pruning/pruned-error.ts";
import { Libraries } from "../../src/project/program/libraries.ts";
import { isOutlined } from "../../src/project/import-pruning/lib-outline.ts";
import { scanImports } from "../../src/project/files/scan-imports.ts";
import { loadCommon } from "../../src/typescript.ts";
import { buildCacheProject } from "../support/build-cache-project.ts";

const bound = (path: string, asOutline: boolean): ReadonlyMap<string, ts.Symbol> => {
  const source = new Libraries().sourceOf(path, ts.ScriptTarget.ESNext, asOutline)!;
  (ts as unknown as { bindSourceFile(file: ts.SourceFile, options: object): void }).bindSourceFile(
    source,
    {},
  );
  return (source as unknown as { locals: Map<string, ts.Symbol> }).locals;
};

const isPruned = (symbol: ts.Symbol): boolean => {
  try {
    return symbol.flags === undefined;
  } catch (error) {
    return error instanceof PrunedError;
  }
};

describe("the outline of a library", () => {
  const { folder } = new Libraries();
  const names = loadCommon()
    .getLibFiles()
    .map(({ fileName }) => `${folder}/${fileName}`);
  const outlined = names.filter(isOutlined);
  const language = names.filter((name) => /\/lib\.(?:es|decorators)[^/]*$/.test(name));

  it("exists for the large libraries", () => {
    expect(outlined.map((name) => name.split("/").at(-1))).toEqual(["lib.dom.d.ts", "lib.webworker.d.ts"]);
  });

  test.each(outlined)("contains every name of %s", (path) => {
    const outline = bound(path, true);
    expect([...bound(path, false).keys()].filter((name) => !outline.has(name))).toEqual([]);
  });

  test.each(outlined)("contains the declarations of %s that the language has too", (path) => {
    const known = new Set(language.flatMap((name) => [...bound(name, false).keys()]));
    const all = bound(path, false);
    const shared = [...bound(path, true)].filter(([name]) => known.has(name));
    expect(shared.filter(([, symbol]) => isPruned(symbol)).map(([name]) => name)).toEqual([]);
    const text = (symbol: ts.Symbol | undefined): readonly string[] =>
      (symbol?.declarations ?? []).map((node) => node.getText());
    for (const [name, symbol] of shared) expect(text(symbol)).toEqual(text(all.get(name)));
    expect([...all.keys()].filter((name) => known.has(name))).toEqual(shared.map(([name]) => name));
  });
});

describe("the imports of a module are read from its text", () => {
  test.each<[text: string, imports: readonly string[], requires?: readonly string[]]>([
    ['import a, { b } from "./a";\nexport * from \'./b\';\nimport "./c";', ["./a", "./b", "./c"]],
    ['/** About. */\n// a line\nexport type A = import("./a").A;', ["./a"]],
    ["export const a = () => import(`./a`);", ["./a"]],
    ['import {\n  a,\n} from\n  "./a";', ["./a"]],
    ['import type { A } from "./a" with { type: "json" };', ["./a"]],
    ['export {};\nimport a = require("./a");', [], ["./a"]],
    ['#!/usr/bin/env node\nimport "./a";', ["./a"]],
    ['import{a}from"./a";', ["./a"]],
  ])("%j", (text, imports, requires = []) => {
    expect(scanImports(text)).toEqual({ imports, requires });
  });

  test.each([
    ["a script", "interface Shape { size: number }"],
    ["a script that looks like a module", "/*\nimport it\n*/ interface Shape {}"],
    ["a script with a string that looks like an export", "const a = `\nexport const b = 1;\n`;"],
    ["a call that looks like an import", 'import("./a");'],
    ["global declarations", "export {};\ndeclare global { interface Shape {} }"],
    ["global declarations with a comment inside", "export {};\ndeclare /* all */ global {}"],
    ["an augmented module", 'export {};\ndeclare module "pkg" {}'],
    ["a UMD global", "export as namespace Pkg;"],
    ["a reference", '/// <reference types="node" />\nexport {};'],
    ["an import with a comment in it", 'export const a = import(/* chunk */ "./a");'],
    ["a specifier with an escape", String.raw`import "./\x61";`],
    ["a JSX pragma", "/** @jsxImportSource preact */\nexport {};"],
  ])("but for %s", (_, text) => {
    expect(scanImports(text)).toBeUndefined();
  });
});

describe("with the DOM library", () => {
  const TYPES = [
    "Event",
    "AbortSignal",
    "URL",
    "Blob | string",
    "{ at: DOMRect }",
    "ImportMeta",
    "Window",
    "{ name: typeof name }",
    "globalThis.Date",
    "typeof globalThis",
    "Missing",
    "RequestInit",
    "escape",
    "string",
  ];

  it("keys and problems are those of a program with the full library", () => {
    const texts = TYPES.map((type, index) => [`src/f${index}.ts`, marked(type)] as const);
    const project = buildCacheProject({
      ...Object.fromEntries(texts),
      "tsconfig.json": TSCONFIG,
      "src/window.d.ts": "interface Window { mine: number }",
    });
    const unpruned = project.unprunedCompiler();
    const pruning = project.compiler();
    for (const [path] of texts) expect(pruning.compile(path)).toStrictEqual(unpruned.compile(path));
  });

  test.each(["Event", "{ at: number; signal?: AbortSignal }", "Date"])(
    "the first query is for %s",
    (type) => {
      const project = buildCacheProject({ "src/f.ts": marked(type), "tsconfig.json": TSCONFIG });
      expect(project.fresh("src/f.ts")).toStrictEqual(project.unprunedCompiler().compile("src/f.ts"));
    },
  );
});

const TSCONFIG = `{ "compilerOptions": { "strict": true, "lib": ["es2015", "dom"], "types": [],
  "module": "esnext", "moduleResolution": "bundler" }, "include": ["src"] }`;

const marked = (type: string): string =>
  `// @cached\nexport function f(it: ${type}, at?: { x: Date }) { return document.title + it; }\n`;
