/** `cached` without an import is recognised by the declaration that a plugin for automatic imports writes. */
import { describe, expect, it, test } from "vitest";
import { buildCacheProject, type Files } from "../support/build-cache-project.ts";

const TEXT = "export const double = cached((n: number): number => 2 * n, { ttl: 10 });\n";
const declared = (type: string, name: string = "cached"): string =>
  `export {}\ndeclare global {\n  const ${name}: ${type}\n}\n`;

/** The installed package, as far as a compiler has to see it. */
const INSTALLED: Files = {
  "node_modules/aotcache/package.json": '{ "name": "aotcache", "types": "index.d.ts" }',
  "node_modules/aotcache/index.d.ts":
    "export declare function cached<F>(fn: F, options?: object): F;\nexport declare function cached(options: object): <F>(fn: F) => F;\n",
};

describe("a global `cached` is compiled if it is declared as", () => {
  test.each<[string, Files, string?]>([
    ["a property", { "src/auto-imports.d.ts": declared("typeof import('aotcache')['cached']") }],
    ["a name", { "src/auto-imports.d.ts": declared("typeof import('aotcache').cached") }],
    [
      "a name in a script",
      { "src/globals.d.ts": "declare const cached: typeof import('aotcache').cached;\n" },
    ],
    [
      "the re-export of a module",
      {
        "src/auto-imports.d.ts": declared("typeof import('./cache')['cached']"),
        "src/cache.ts": 'export { cached } from "aotcache";\n',
      },
    ],
    [
      "a name in a file that another one references",
      {
        "src/index.d.ts": '/// <reference path="../.nuxt/types/imports.d.ts" />\nexport {};\n',
        ".nuxt/types/imports.d.ts": declared("typeof import('aotcache').cached"),
      },
    ],
    [
      "the package by its path",
      { "src/auto-imports.d.ts": declared("typeof import('../node_modules/aotcache').cached") },
    ],
    [
      "a member of the package",
      { "src/auto-imports.d.ts": declared("typeof import('aotcache')", "aot") },
      TEXT.replace("cached(", "aot.cached("),
    ],
    [
      "a member of a module that re-exports it",
      {
        "src/auto-imports.d.ts": declared("typeof import('./cache')", "aot"),
        "src/cache.ts": 'export { cached } from "aotcache";\n',
      },
      TEXT.replace("cached(", "aot.cached("),
    ],
    [
      "an import of all automatic imports",
      {
        "tsconfig.json": `{ "compilerOptions": { "lib": ["es5"], "types": [], "module": "esnext",
          "moduleResolution": "bundler", "paths": { "#imports": ["./.nuxt/imports.d.ts"] } }, "include": ["src"] }`,
        ".nuxt/imports.d.ts": "export { cached, cacheOf } from 'aotcache';\n",
      },
      `import { cached } from "#imports";\n${TEXT}`,
    ],
  ])("%s", (_how, files, text = TEXT) => {
    const project = buildCacheProject({ ...INSTALLED, ...files });
    const { sites, code, diagnostics } = project.compiler().compile("src/alone.ts", text);
    expect(diagnostics).toEqual([]);
    expect(sites.map(({ id }) => id.name)).toEqual(["double"]);
    expect(code).toContain("aotcache/internal");
  });
});

it("a function that is declared elsewhere is linked", () => {
  const project = buildCacheProject({
    "src/auto-imports.d.ts": declared("typeof import('aotcache').cached"),
  });
  const text = `const double = (n: number): number => 2 * n;\nexport const twice = cached(double, { ttl: 10 });\n`;
  const { references, diagnostics } = project.compiler().compile("src/alone.ts", text);
  expect(diagnostics).toEqual([]);
  expect(references).toHaveLength(1);
});

it("a decorator without arguments is compiled", () => {
  const project = buildCacheProject({
    "src/auto-imports.d.ts": declared("typeof import('aotcache').cached"),
  });
  const text = "export class Numbers {\n  @cached static double(n: number): number { return 2 * n; }\n}\n";
  expect(
    project
      .compiler()
      .compile("src/alone.ts", text)
      .sites.map(({ id }) => id.name),
  ).toEqual(["Numbers.double"]);
});

describe("a global `cached` is left alone if it is", () => {
  test.each<[string, Files, string?]>([
    [
      "something else",
      {
        "src/auto-imports.d.ts": declared("typeof import('./other')['cached']"),
        "src/other.ts": "export const cached = <T>(fn: T): T => fn;\n",
      },
    ],
    ["declared nowhere", {}],
    [
      "a local name",
      { "src/auto-imports.d.ts": declared("typeof import('aotcache')['cached']") },
      `const cached = <T>(fn: T, _options: object): T => fn;\n${TEXT}`,
    ],
  ])("%s", (_what, files, text = TEXT) => {
    const { sites, code } = buildCacheProject(files).compiler().compile("src/alone.ts", text);
    expect([sites, code]).toEqual([[], undefined]);
  });
});

it("a new declaration is seen by the next process, and a stored result is valid while it stays", () => {
  const project = buildCacheProject({ "src/alone.ts": TEXT });
  const compile = (): readonly [sites: number, compiled: number] => {
    const session = project.session();
    const { sites } = session.compile("src/alone.ts");
    session.flush();
    return [sites.length, session.compiled.length];
  };
  expect([compile(), compile()]).toEqual([
    [0, 1],
    [0, 0],
  ]);
  project.write("src/auto-imports.d.ts", declared("typeof import('aotcache')['cached']"));
  expect([compile(), compile()]).toEqual([
    [1, 1],
    [1, 0],
  ]);
  project.remove("src/auto-imports.d.ts");
  expect(compile()).toEqual([0, 1]);
});

describe("a `cached` that nothing defines is reported", () => {
  const compiled = (files: Files, text: string, path: string = "src/alone.ts"): readonly string[] => {
    const { diagnostics, sites } = buildCacheProject(files).compiler().compile(path, text);
    expect(sites).toEqual([]);
    return diagnostics.map(({ name, span }) => `${name}: ${text.slice(span.start, span.end)}`);
  };

  test.each([
    ["a call", TEXT],
    ["a call with options first", "export const f = cached({ ttl: 10 })((n: number): number => n);\n"],
    ["a call that takes a name", "const f = (n: number): number => n;\nexport const g = cached(f);\n"],
    [
      "a decorator",
      "export class Numbers {\n  @cached() static double(n: number): number { return 2 * n; }\n}\n",
    ],
    [
      "a bare decorator",
      "export class Numbers {\n  @cached static double(n: number): number { return 2 * n; }\n}\n",
    ],
  ])("%s", (_what, text) => {
    expect(compiled(INSTALLED, text)).toEqual(["cached-unresolved: cached"]);
  });

  it("in JavaScript", () => {
    expect(compiled(INSTALLED, TEXT.replaceAll(": number", ""), "src/alone.js")).toEqual([
      "cached-unresolved: cached",
    ]);
  });

  test.each<[string, string, Files?]>([
    ["of a parameter", `export const f = (cached: (fn: object) => object) => cached(() => 1);\n`],
    ["of another package", `import { cached } from "lib";\n${TEXT}`],
    ["of a package that cannot be resolved", `import { cached } from "missing";\n${TEXT}`],
    ["of a function in the file", `${TEXT}function cached<F>(fn: F, _options: object): F { return fn; }\n`],
    ["that the file declares", `declare const cached: <F>(fn: F, options: object) => F;\n${TEXT}`],
    ["of another object", "export const f = lib.cached(() => 1);\n"],
    [
      "that a script declares",
      TEXT,
      { "src/script.ts": "function cached<F>(fn: F, _options: object): F { return fn; }\n" },
    ],
    [
      "that an installed package declares",
      TEXT,
      {
        "tsconfig.json": `{ "compilerOptions": { "lib": ["es5"], "types": ["globals"], "module": "esnext",
          "moduleResolution": "bundler" }, "include": ["src"] }`,
        "node_modules/@types/globals/package.json": '{ "name": "@types/globals", "types": "index.d.ts" }',
        "node_modules/@types/globals/index.d.ts": "declare function cached<F>(fn: F, options: object): F;\n",
      },
    ],
  ])("but not one %s", (_what, text, files = {}) => {
    expect(compiled({ ...INSTALLED, ...files }, text)).toEqual([]);
  });

  it("but not where aotcache is not installed", () => {
    expect(compiled({}, TEXT)).toEqual([]);
  });

  it("until a declaration says what it is", () => {
    const project = buildCacheProject({ ...INSTALLED, "src/alone.ts": TEXT });
    const compile = (): readonly [names: readonly string[], sites: number, compiled: number] => {
      const session = project.session();
      const { diagnostics, sites } = session.compile("src/alone.ts");
      session.flush();
      return [diagnostics.map(({ name }) => name), sites.length, session.compiled.length];
    };
    expect(compile()).toEqual([["cached-unresolved"], 0, 1]);
    expect(compile()).toEqual([["cached-unresolved"], 0, 0]);
    project.write("src/auto-imports.d.ts", declared("typeof import('aotcache').cached"));
    expect(compile()).toEqual([[], 1, 1]);
  });
});

test.each([
  ["in a module", declared("typeof import('aotcache').cached", "memo")],
  ["as a property", declared("typeof import('aotcache')['cached']", "memo")],
  ["in a script", "declare const memo: typeof import('aotcache').cached;\n"],
])("a declaration under another name is reported: %s", (_where, text) => {
  const { diagnostics } = buildCacheProject(INSTALLED).compiler().compile("src/auto-imports.d.ts", text);
  expect(diagnostics.map(({ name, span }) => [name, text.slice(span.start, span.end)])).toEqual([
    ["reexport-renamed", "memo"],
  ]);
});
