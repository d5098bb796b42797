/** The files of a project are those that tsc takes: listed, and reached by import. */
import { symlinkSync } from "node:fs";
import { join, posix } from "node:path";
import { ts } from "ts-morph";
import { expect, test } from "vitest";
import { listProject } from "../../src/project/list.ts";
import { buildCacheProject, type Files } from "../support/build-cache-project.ts";

const OPTIONS = { lib: ["es5"], types: [], module: "esnext", moduleResolution: "bundler" };
const tsconfig = (input: object, options: object = {}): string =>
  JSON.stringify({ compilerOptions: { ...OPTIONS, ...options }, ...input });

/** Lists the sources of a program that tsc would create. */
function filesInTsc(root: string): readonly string[] {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile) as { config: object };
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  return ts
    .createProgram(fileNames, options)
    .getSourceFiles()
    .filter(({ fileName, isDeclarationFile }) => !isDeclarationFile && !fileName.includes("/node_modules/"))
    .map(({ fileName }) => posix.relative(root, fileName))
    .sort();
}

test.each<[what: string, reached: readonly string[], files: Files]>([
  [
    "every form of import",
    ["a.ts", "b.tsx", "c/index.ts", "d.mts", "e.ts", "f.ts", "g.ts", "h.ts", "i.ts"],
    {
      "tsconfig.json": tsconfig({ files: ["a.ts"] }, { jsx: "preserve" }),
      "a.ts": `import "./b";\nexport * from "./c";\nimport type { D } from "./d.mjs";\nexport type E = import("./e").E;
import f = require("./f");\nexport const g = () => import(/* lazy */ "./g");
export { h } from\n  "./h.js";\nexport type I = typeof import(\n"./i");`,
      "b.tsx": "export {};",
      "c/index.ts": "export const c = 1;",
      "d.mts": "export type D = 1;",
      "e.ts": "export type E = 1;",
      "f.ts": "export = 1;",
      "g.ts": "export {};",
      "h.ts": "export const h = 1;",
      "i.ts": "export {};",
    },
  ],
  [
    "imports of imports, and through declaration files and references",
    ["a.ts", "b.ts", "c.ts", "d.ts"],
    {
      "tsconfig.json": tsconfig({ files: ["a.ts", "globals.d.ts"] }),
      "a.ts": 'import "./b";',
      "b.ts": '/// <reference path="./c.ts" />\nexport {};',
      "c.ts": "interface C { c: 1 }",
      "d.ts": "export const d = 1;",
      "globals.d.ts": 'declare const d: typeof import("./d")["d"];',
    },
  ],
  [
    "path aliases to the library of a workspace",
    ["apps/web/main.ts", "libs/prices/index.ts", "libs/prices/sum.ts"],
    {
      "tsconfig.json": tsconfig({ include: ["apps/web"] }, { paths: { "@acme/*": ["./libs/*"] } }),
      "apps/web/main.ts": 'import { sum } from "@acme/prices";\nsum();',
      "libs/prices/index.ts": 'export * from "./sum";',
      "libs/prices/sum.ts": "export const sum = (): number => 1;",
      "libs/prices/unused.ts": "export {};",
    },
  ],
  [
    "neither what a comment imports, nor packages, nor what is not TypeScript",
    ["web/a.ts"],
    {
      "tsconfig.json": tsconfig({ include: ["web"] }),
      "web/a.ts": `// import "../lib/b";\n/* export * from "../lib/b" */\nimport "lib";\nimport "../lib/c.js";\nimport "../lib/d.css";\nexport {};`,
      "lib/b.ts": "export {};",
      "lib/c.js": "export {};",
      "lib/d.css": "",
    },
  ],
  [
    "JavaScript, with allowJs",
    ["a.ts", "b.js", "c.js"],
    {
      "tsconfig.json": tsconfig({ files: ["a.ts"] }, { allowJs: true }),
      "a.ts": 'import "./b.js";',
      "b.js": 'const c = require("./c");\nmodule.exports = c;',
      "c.js": "module.exports = 1;",
    },
  ],
])("%s", (_what, reached, files) => {
  const { root } = buildCacheProject(files);
  expect(filesInTsc(root)).toEqual(reached);
  expect(listProject({ from: root }).files.map((file) => posix.relative(root, file))).toEqual(reached);
});

test("the source of a linked package of the workspace", () => {
  const { root } = buildCacheProject({
    "tsconfig.json": tsconfig({ files: ["a.ts"] }),
    "a.ts": 'import "more";',
    "packages/more/package.json": '{ "name": "more", "exports": "./src/index.ts" }',
    "packages/more/src/index.ts": 'export * from "./deep";',
    "packages/more/src/deep.ts": "export {};",
  });
  symlinkSync(join(root, "packages/more"), join(root, "node_modules/more"), "junction");
  const reached = ["a.ts", "packages/more/src/deep.ts", "packages/more/src/index.ts"];
  expect(filesInTsc(root)).toEqual(reached);
  expect(listProject({ from: root }).files.map((file) => posix.relative(root, file))).toEqual(reached);
});

test("what a component imports", () => {
  const { root } = buildCacheProject({
    "tsconfig.json": tsconfig({ include: ["web"] }),
    "web/App.vue":
      '<script setup lang="ts">\nimport { a } from "../lib/a";\n</script>\n<template>{{ a }}</template>',
    "lib/a.ts": "export const a = 1;",
  });
  const reached = listProject({ from: root }).files.map((file) => posix.relative(root, file));
  expect(reached).toEqual(["lib/a.ts", "web/App.vue"]);
});

test("declaration files that are listed or declare global names are listed apart", () => {
  const { root } = buildCacheProject({
    "tsconfig.json": tsconfig({ include: ["web"] }, { types: ["made"] }),
    "web/a.ts":
      '/// <reference path="../types/b.d.ts" />\nimport "made";\nimport "../types/module";\nexport {};',
    "types/module.d.ts": "export declare const zero: 0;",
    "web/global.d.ts": "declare const one: 1;",
    "web/augmented.d.ts": "export {};\ndeclare global {\n  const two: 2;\n}",
    "web/module.d.ts": "export declare const three: 3;",
    "types/b.d.ts": "export {};\ndeclare global {\n  const four: 4;\n}",
    "types/unused.d.ts": "declare const five: 5;",
    "node_modules/made/package.json": '{ "name": "made", "types": "index.d.ts" }',
    "node_modules/made/index.d.ts": "export {};\ndeclare global {\n  const six: 6;\n}",
  });
  const { files, globalDeclarations } = listProject({ from: root });
  const relative = (paths: readonly string[]): readonly string[] =>
    paths.map((file) => posix.relative(root, file));
  expect([relative(files), relative(globalDeclarations)]).toEqual([
    ["web/a.ts"],
    ["types/b.d.ts", "web/augmented.d.ts", "web/global.d.ts", "web/module.d.ts"],
  ]);
});
