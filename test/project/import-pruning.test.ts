/** What a program is made without, and what of it is noticed all the same. */
import { ts } from "ts-morph";
import { describe, expect, it, test } from "vitest";
import { PrunedError } from "../../src/project/import-pruning/pruned-error.ts";
import { Libraries } from "../../src/project/program/libraries.ts";
import { isOutlined } from "../../src/project/import-pruning/lib-outline.ts";
import { scanImports } from "../../src/project/import-pruning/scan-imports.ts";
import { loadCommon } from "../../src/typescript.ts";
import { keptProject } from "../support/build-cache-project.ts";

const bound = (path: string, inOutline: boolean): ReadonlyMap<string, ts.Symbol> => {
  const source = new Libraries().sourceOf(path, ts.ScriptTarget.ESNext, inOutline)!;
  (ts as unknown as { bindSourceFile(file: ts.SourceFile, options: object): void }).bindSourceFile(
    source,
    {},
  );
  return (source as unknown as { locals: Map<string, ts.Symbol> }).locals;
};

const isUnknown = (symbol: ts.Symbol): boolean => {
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

  it("is there for those that are large", () => {
    expect(outlined.map((name) => name.split("/").at(-1))).toEqual(["lib.dom.d.ts", "lib.webworker.d.ts"]);
  });

  test.each(outlined)("knows each name of %s", (path) => {
    const outline = bound(path, true);
    expect([...bound(path, false).keys()].filter((name) => !outline.has(name))).toEqual([]);
  });

  test.each(outlined)("has what the language declares too, as it is in %s", (path) => {
    const known = new Set(language.flatMap((name) => [...bound(name, false).keys()]));
    const all = bound(path, false);
    const shared = [...bound(path, true)].filter(([name]) => known.has(name));
    expect(shared.filter(([, symbol]) => isUnknown(symbol)).map(([name]) => name)).toEqual([]);
    const text = (symbol: ts.Symbol | undefined): readonly string[] =>
      (symbol?.declarations ?? []).map((node) => node.getText());
    for (const [name, symbol] of shared) expect(text(symbol)).toEqual(text(all.get(name)));
    expect([...all.keys()].filter((name) => known.has(name))).toEqual(shared.map(([name]) => name));
  });
});

describe("what a module imports is read from its text", () => {
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
    ["one that looks like a module", "/*\nimport it\n*/ interface Shape {}"],
    ["one with a text that looks like an export", "const a = `\nexport const b = 1;\n`;"],
    ["a call that looks like an import", 'import("./a");'],
    ["declarations for all files", "export {};\ndeclare global { interface Shape {} }"],
    ["such in other words", "export {};\ndeclare /* all */ global {}"],
    ["an augmented module", 'export {};\ndeclare module "pkg" {}'],
    ["a name for scripts", "export as namespace Pkg;"],
    ["a reference", '/// <reference types="node" />\nexport {};'],
    ["an import with a comment in it", 'export const a = import(/* chunk */ "./a");'],
    ["a specifier that is written otherwise", String.raw`import "./\x61";`],
    ["another JSX", "/** @jsxImportSource preact */\nexport {};"],
  ])("but for %s", (_, text) => {
    expect(scanImports(text)).toBeUndefined();
  });
});

describe("with the declarations of a browser", () => {
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

  it("keys and problems are those of a program with all of them", () => {
    const texts = TYPES.map((type, index) => [`src/f${index}.ts`, marked(type)] as const);
    const project = keptProject({
      ...Object.fromEntries(texts),
      "tsconfig.json": TSCONFIG,
      "src/window.d.ts": "interface Window { mine: number }",
    });
    const whole = project.whole();
    const merged = project.compiler();
    for (const [path] of texts) expect(merged.compile(path)).toStrictEqual(whole.compile(path));
  });

  test.each(["Event", "{ at: number; signal?: AbortSignal }", "Date"])("asked first for %s", (type) => {
    const project = keptProject({ "src/f.ts": marked(type), "tsconfig.json": TSCONFIG });
    expect(project.fresh("src/f.ts")).toStrictEqual(project.whole().compile("src/f.ts"));
  });
});

const TSCONFIG = `{ "compilerOptions": { "strict": true, "lib": ["es2015", "dom"], "types": [],
  "module": "esnext", "moduleResolution": "bundler" }, "include": ["src"] }`;

const marked = (type: string): string =>
  `// @cached\nexport function f(it: ${type}, at?: { x: Date }) { return document.title + it; }\n`;
