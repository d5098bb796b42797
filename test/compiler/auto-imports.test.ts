/** `cached` without an import is recognised by the declaration that a plugin for automatic imports writes. */
import { describe, expect, it, test } from "vitest";
import { buildCacheProject, type Files } from "../support/build-cache-project.ts";

const TEXT = "export const double = cached((n: number): number => 2 * n, { ttl: 10 });\n";
const declared = (type: string): string => `export {}\ndeclare global {\n  const cached: ${type}\n}\n`;

describe("a global `cached` is compiled if it is declared as", () => {
  test.each<[string, Files]>([
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
  ])("%s", (_how, files) => {
    const project = buildCacheProject(files);
    const { sites, code, diagnostics } = project.compiler().compile("src/alone.ts", TEXT);
    expect(diagnostics).toEqual([]);
    expect(sites.map(({ id }) => id.name)).toEqual(["double"]);
    expect(code).toContain("aotcache/internal");
  });
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
