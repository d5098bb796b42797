/** Import pruning and library outlines do not change results. */
import { ts } from "ts-morph";
import { describe, expect, it, test } from "vitest";
import { PrunedError } from "../../src/project/import-pruning/pruned-error.ts";
import { Workspace } from "../../src/project/workspace.ts";
import { Libraries } from "../../src/project/program/libraries.ts";
import { isOutlined } from "../../src/project/import-pruning/lib-outline.ts";
import { scanImports } from "../../src/project/files/scan-imports.ts";
import { timingText } from "../../src/timing.ts";
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

describe("modules", () => {
  const FILES = {
    "src/f.ts":
      'import type { A } from "./a";\n// @cached\nexport function f(a: A): number { return a.x; }\n',
    "src/a.ts": 'import { B } from "lib";\nimport "./global";\nexport interface A extends B { x: 1 }\n',
    "src/global.ts": "declare global { interface G { g: 1 } }\nexport {};\n",
    "node_modules/lib/index.d.ts":
      '/** import "other"; */\nimport "declares";\nexport interface B { b: G; c: L }\n',
    "node_modules/declares/index.d.ts": 'import "./plain";\ndeclare global { interface L { l: 1 } }\n',
    "node_modules/declares/plain.d.ts": "export {};\n",
    "node_modules/other/index.d.ts": "declare global { interface L { other: 1 } }\nexport {};\n",
  };
  const programOf = (path: string, files: Record<string, string>): { names: string[]; type: string } => {
    const { root, read } = buildCacheProject(files);
    const workspace = new Workspace({ root });
    const file = workspace.fileFor(path, read(path));
    return workspace.withPruning(() => {
      const [statement] = file.source.statements.filter(ts.isFunctionDeclaration);
      const checker = file.checker();
      const type = checker.getTypeAtLocation(statement!.parameters[0]!);
      const names = file
        .program()
        .getSourceFiles()
        .map(({ fileName }) => fileName.split("/").slice(-2).join("/"));
      const properties = type
        .getProperties()
        .map((each) => `${each.name}: ${checker.typeToString(checker.getTypeOfSymbol(each))}`);
      return { names, type: properties.join(", ") };
    });
  };

  it("are in the program only if they declare globals, and the checker loads those that types need", () => {
    const { names, type } = programOf("src/f.ts", FILES);
    expect(type).toBe("x: 1, b: G, c: L");
    const modules = Object.keys(FILES).map((path) => path.split("/").slice(-2).join("/"));
    expect(modules.filter((name) => names.includes(name))).toEqual(["src/global.ts", "declares/index.d.ts"]);
  });

  it("of a package without types cost no further program", () => {
    const project = buildCacheProject({
      "src/f.ts":
        'import type { A } from "./a";\nimport run from "untyped";\n// @cached\nexport function f(a: A): number { return run(a.x); }\n',
      "src/a.ts": 'import other from "untyped";\nimport "./global";\nexport interface A { x: G }\nother();\n',
      "src/global.ts": "declare global { interface G { g: 1 } }\nexport {};\n",
      "node_modules/untyped/package.json": '{ "name": "untyped", "main": "index.js" }',
      "node_modules/untyped/index.js": "module.exports = () => 1;\n",
    });
    const count = (): number => Number(/(\d+) programs?$/m.exec(timingText())![1]);
    const programs = (work: () => void): number => {
      const before = count();
      work();
      return count() - before;
    };
    const compiler = project.compiler();
    expect(programs(() => compiler.compile("src/f.ts"))).toBe(1);
    project.write("src/global.ts", "declare global { interface G { g: 2 } }\nexport {};\n");
    compiler.invalidate("src/global.ts");
    expect(programs(() => compiler.compile("src/f.ts"))).toBe(1);
  });

  it("that are loaded by the checker have the types of their JSX", () => {
    const jsx = {
      "tsconfig.json": `{ "compilerOptions": { "lib": ["es5"], "types": [], "jsx": "react-jsx", "importHelpers": true,
        "module": "esnext", "moduleResolution": "bundler" }, "include": ["src"] }`,
      "src/f.ts":
        'import { view } from "./view";\n// @cached\nexport function f(a: ReturnType<typeof view>): number { return a.key; }\n',
      "src/view.tsx": "export const view = () => <i />;\n",
      "node_modules/react/jsx-runtime.d.ts":
        "export namespace JSX { interface Element { key: 7 } interface IntrinsicElements { i: {} } }\n",
    };
    expect(programOf("src/f.ts", jsx).type).toBe("key: 7");
  });
});

describe("code and problems are those of a full program", () => {
  const config = (options: object): string =>
    JSON.stringify({
      compilerOptions: {
        strict: true,
        lib: ["es2020"],
        types: [],
        module: "esnext",
        moduleResolution: "bundler",
        ...options,
      },
      include: ["src"],
    });
  const taking = (type: string, ...imports: readonly string[]): string =>
    `${imports.join("\n")}\n// @cached\nexport function f(a: ${type}): unknown { return a; }\n`;
  const DUAL = {
    "node_modules/dual/package.json":
      '{ "name": "dual", "exports": { "import": { "types": "./es.d.mts" }, "require": { "types": "./cjs.d.cts" } } }',
    "node_modules/dual/es.d.mts": "export declare const v: { es: 1 };\n",
    "node_modules/dual/cjs.d.cts": "export declare const v: { cjs: Date };\n",
  };
  const AT = "export declare class At { private at: number; x: string }\n";
  const AT_PACKAGE = '{ "name": "at", "version": "1.0.0" }';

  test.each<[of: string, files: Readonly<Record<string, string>>, path?: string]>([
    [
      "a namespace of a package beside a template literal",
      {
        "src/f.ts": taking("ns.Box", 'import { ns } from "pkg";'),
        "node_modules/pkg/index.d.ts": 'export * as ns from "./box";\nexport type T = `a"${string}`;\n',
        "node_modules/pkg/box.d.ts": "export interface Box { width: Date }\n",
      },
    ],
    [
      "an ES module that a CommonJS module imports by a call",
      {
        "tsconfig.json": config({ module: "nodenext", moduleResolution: "nodenext" }),
        "package.json": '{ "name": "app", "type": "commonjs" }',
        "src/f.ts": taking("Awaited<ReturnType<typeof get>>", 'import { get } from "./get.js";'),
        "src/get.ts": 'export async function get() { const { v } = await import("dual"); return v; }\n',
        ...DUAL,
      },
    ],
    [
      "a CommonJS module that an ES module requires",
      {
        "tsconfig.json": config({ module: "nodenext", moduleResolution: "nodenext" }),
        "package.json": '{ "name": "app", "type": "module" }',
        "src/f.ts": taking("A", 'import type { A } from "./a.js";'),
        "src/a.ts":
          'import d = require("dual");\nimport { v } from "dual";\nexport type A = [typeof d.v, typeof v];\n',
        ...DUAL,
      },
    ],
    [
      "globals that JavaScript assigns",
      {
        "tsconfig.json": config({ allowJs: true, checkJs: true }),
        "src/f.js":
          'import { h } from "./h";\nglobalThis.set = { at: new Date() };\n// @cached\n' +
          "export function f(/** @type {typeof globalThis.set} */ a) { return h(a); }\n",
        "src/h.js": "/** @param {unknown} a */\nexport const h = (a) => 5;\n",
      },
      "src/f.js",
    ],
    [
      "types in a stable order",
      {
        "tsconfig.json": config({ stableTypeOrdering: true }),
        "src/f.ts": taking(
          'A["k"] | B["k"] | null',
          'import type { A } from "./a";',
          'import type { B } from "./b";',
        ),
        "src/a.ts": "interface K { x: 1 }\nexport interface A { k: { a: 1 } | K }\n",
        "src/b.ts": "interface K { x: 2 }\nexport interface B { k: { b: 1 } | K }\n",
      },
    ],
    [
      "imports that add no files to the program",
      {
        "tsconfig.json": config({ noResolve: true }),
        "src/f.ts": taking(
          "[A, Box]",
          'import type { A } from "../lib/a";',
          'import type { Box } from "boxes";',
        ),
        "lib/a.ts": "export interface A { at: Date }\n",
        "node_modules/boxes/index.d.ts": "export interface Box { width: Date }\n",
      },
    ],
    [
      "overloads of globals of several packages",
      {
        "src/f.ts": taking(
          '[ReturnType<Over["m"]>, ReturnType<Over["n"]>]',
          'import "./a";',
          'import "./b";',
        ),
        "src/a.ts": 'import "one";\nimport "two";\nexport {};\n',
        "src/b.ts": 'import "two";\nexport {};\n',
        "src/env.ts": 'import { c } from "./c";\ndeclare global { interface Over { n(a: string): Date } }\n',
        "src/c.ts": 'import "three";\nexport const c = 1;\n',
        "node_modules/one/index.d.ts":
          'import "two/inner";\ndeclare global { interface Over { m(a: string): 1 } }\nexport {};\n',
        "node_modules/two/index.d.ts":
          "declare global { interface Over { m(a: string): Date } }\nexport {};\n",
        "node_modules/two/inner.d.ts": 'import "./global";\nexport {};\n',
        "node_modules/two/global.d.ts":
          "declare global { interface Over { m(a: string): Map<1, 1> } }\nexport {};\n",
        "node_modules/three/index.d.ts":
          "declare global { interface Over { n(a: string): 3 } }\nexport {};\n",
      },
    ],
    [
      "global declarations of packages in the order of `types`",
      {
        "tsconfig.json": config({ types: ["second", "first"] }),
        "src/f.ts": taking('[ReturnType<Over["m"]>, A]', 'import type { A } from "./a";'),
        "src/a.ts": 'import "declares";\nexport interface A { at: 1 }\n',
        "node_modules/declares/index.d.ts": 'import "./global";\nexport {};\n',
        "node_modules/declares/global.d.ts": "declare global { interface Far {} }\nexport {};\n",
        "node_modules/@types/first/index.d.ts": "interface Over { m(a: string): WeakSet<object> }\n",
        "node_modules/@types/second/index.d.ts": "interface Over { m(a: string): 2 }\n",
      },
    ],
    [
      "global declarations that a package leads to, before those of the file that refers to its types",
      {
        "src/f.ts": taking('[ReturnType<Over["m"]>, A]', 'import type { A } from "./a";', 'import "./b";'),
        "src/a.ts": "export interface A { at: 1 }\n",
        "src/b.ts":
          '/// <reference types="types" />\nexport {};\ndeclare global { interface Over { m(a: string): Date } }\n',
        "node_modules/@types/types/index.d.ts": 'import "types/module";\n',
        "node_modules/@types/types/module.d.ts": 'import "declares";\nexport {};\n',
        "node_modules/declares/index.d.ts":
          "declare global { interface Over { m(a: string): Map<1, 1> } }\nexport {};\n",
      },
    ],
    [
      "a package that is installed twice",
      {
        "src/f.ts": taking("A", 'import type { A } from "./a";'),
        "src/a.ts":
          'import type { At } from "at";\nimport type { B } from "pb";\nexport type A = At extends B ? 1 : Date;\n',
        "node_modules/at/package.json": AT_PACKAGE,
        "node_modules/at/index.d.ts": AT,
        "node_modules/pb/index.d.ts": 'import type { At } from "at";\nexport type B = At;\n',
        "node_modules/pb/node_modules/at/package.json": AT_PACKAGE,
        "node_modules/pb/node_modules/at/index.d.ts": AT,
      },
    ],
    [
      "copies of a package that import each other",
      {
        "src/f.ts": taking("A", 'import type { A } from "./a";'),
        "src/a.ts":
          'import { over } from "one";\nimport "two";\nexport type A = [ReturnType<Over["m"]>, typeof over];\n',
        ...Object.fromEntries(
          ["one", "two"].flatMap((name, at, names) => [
            [`node_modules/${name}/index.d.ts`, 'export * from "utils";\nexport * from "utils/deep";\n'],
            [
              `node_modules/${name}/node_modules/utils/package.json`,
              '{ "name": "utils", "version": "1.0.0" }',
            ],
            [
              `node_modules/${name}/node_modules/utils/index.d.ts`,
              `import "./global";\nimport "${names[1 - at]}";\nexport declare const over: Over;\n`,
            ],
            [
              `node_modules/${name}/node_modules/utils/global.d.ts`,
              `declare global { interface Over { m(a: string): ${["Date", "1"][at]} } }\nexport {};\n`,
            ],
            [
              `node_modules/${name}/node_modules/utils/deep.d.ts`,
              `import "${names[1 - at]}/node_modules/utils";\nexport {};\n`,
            ],
          ]),
        ),
      },
    ],
    [
      "a cycle, JSON, components and virtual modules",
      {
        "tsconfig.json": config({ resolveJsonModule: true }),
        "src/f.ts": taking("A", 'import type { A } from "./a";'),
        "src/a.ts":
          'import type { B } from "./b";\nimport data from "./data.json";\nimport App from "./App.vue";\n' +
          'import { v } from "virtual:v";\nexport interface A { b?: B; of: [typeof data, typeof App, typeof v] }\n',
        "src/b.ts": 'import { f } from "./f";\nexport interface B { a?: Parameters<typeof f>[0] }\n',
        "src/data.json": '{ "at": [1] }',
        "src/env.d.ts":
          'declare module "*.vue" { const props: { at: Date }; export default props; }\n' +
          'declare module "virtual:v" { export const v: Date; }\n',
      },
    ],
    ...[
      { allowJs: true },
      { allowJs: true, maxNodeModuleJsDepth: 1 },
      { checkJs: true },
      { maxNodeModuleJsDepth: 1 },
    ].map((options): [string, Readonly<Record<string, string>>] => [
      `JavaScript of the project and of a package, with ${JSON.stringify(options)}`,
      {
        "tsconfig.json": config(options),
        "src/f.ts": taking(
          "[typeof own, typeof foreign]",
          'import { own } from "./own"; import { foreign } from "foreign";',
        ),
        "src/own.js": 'import { foreign } from "foreign";\nexport const own = { at: new Date(), foreign };\n',
        "node_modules/foreign/package.json": '{ "name": "foreign", "main": "index.js" }',
        "node_modules/foreign/index.js": "exports.foreign = { at: new Date() };\n",
      },
    ]),
    [
      "scripts of packages that look like modules",
      {
        "src/f.ts": taking("B", 'import type { B } from "pkg";'),
        "node_modules/pkg/index.d.ts":
          'import "script";\nimport "alias";\nexport type B = [Script.At, Other];\n',
        "node_modules/script/index.d.ts":
          "declare namespace Script {\ninterface Of { of: 1 }\nexport interface At { of: Of; at: Date }\n}\n",
        "node_modules/alias/index.d.ts": "import Other = Script.At;\n",
      },
    ],
    [
      "a string that looks like an import, before an import",
      {
        "src/f.ts": taking("G", 'import "../lib/b";'),
        "lib/b.ts": `export {}; const t = "import 'a"; import "./c"; const u = "'";\n`,
        "lib/c.ts": "export {};\ndeclare global { interface G { at: Date } }\n",
      },
    ],
    [
      "a re-exported type of a package that is augmented",
      {
        "src/f.ts": taking(
          "[More, Alias]",
          'import type { More } from "core";',
          'import type { Alias } from "./x";',
        ),
        "src/x.ts": 'import type { More } from "core/more";\nexport type Alias = More;\n',
        "src/augment.ts": 'export {};\ndeclare module "core" { interface More { at: Date } }\n',
        "node_modules/core/index.d.ts": 'export * from "./more";\n',
        "node_modules/core/more.d.ts": "export interface More { a: 1 }\n",
      },
    ],
  ])("%s", (_, files, path = "src/f.ts") => {
    const project = buildCacheProject({ "tsconfig.json": config({}), ...files });
    expect(project.fresh(path)).toStrictEqual(project.unprunedCompiler().compile(path));
  });
});

describe("the imports of a module are read from its text", () => {
  test.each<[text: string, imports: readonly string[], more?: object]>([
    ['import a, { b } from "./a";\nexport * from \'./b\';\nimport "./c";', ["./a", "./b", "./c"]],
    ['/** About. */\n// a line\nexport type A = import("./a").A;', ["./a"], { calls: ["./a"] }],
    ["export const a = () => import(`./a`);", ["./a"], { calls: ["./a"] }],
    ['import {\n  a,\n} from\n  "./a";', ["./a"]],
    ['import type { A } from "./a" with { type: "json" };', ["./a"]],
    ['export {};\nimport a = require("./a");', [], { requires: ["./a"] }],
    ['#!/usr/bin/env node\nimport "./a";', ["./a"]],
    ['import{a}from"./a";', ["./a"]],
    ['declare namespace a {\n  const b: "{";\n}\nexport = a;\nimport "./from";', ["./from"]],
  ])("%j", (text, imports, more = {}) => {
    expect(scanImports(text)).toEqual({ imports, requires: [], calls: [], ...more });
  });

  test.each([
    ["a script", "interface Shape { size: number }"],
    ["a script that looks like a module", "/*\nimport it\n*/ interface Shape {}"],
    ["a script with a string that looks like an export", "const a = `\nexport const b = 1;\n`;"],
    ["a script with a namespace", "namespace A {\n// {\nexport interface At {}\n}\n"],
    ["a script with an alias", "import A = B.C;\n"],
    ["a string that looks like an import", `export {}; const a = "import 'a"; import "b"; const b = "'";`],
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
