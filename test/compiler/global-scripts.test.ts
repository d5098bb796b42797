/** A cached function in a global script of tsc is an error; files that only look like scripts are modules. */
import { describe, expect, it, test } from "vitest";
import { createCompiler, type ScriptRule } from "../../src/index.ts";
import { buildCacheProject, type Files } from "../support/build-cache-project.ts";

const TEXT = "// @cached ttl=10\nfunction double(n: number): number { return 2 * n; }\n";

async function compiled(
  path: string,
  {
    text = TEXT,
    options = {},
    files = {},
    scripts = "always",
  }: {
    text?: string;
    options?: object;
    files?: Files;
    scripts?: ScriptRule;
  },
): Promise<readonly string[]> {
  const compilerOptions = {
    lib: ["es2022"],
    types: [],
    module: "esnext",
    moduleResolution: "bundler",
    ...options,
  };
  const { root } = buildCacheProject({
    "tsconfig.json": JSON.stringify({ compilerOptions, include: ["src"] }),
    ...files,
  });
  const compiler = await createCompiler({ root, scripts, allow: ["cheap"] });
  const { diagnostics, code } = compiler.compile(path, text);
  expect(code === undefined).toBe(diagnostics.length > 0);
  return diagnostics.map(({ name }) => name);
}

describe("tsc takes for a script", () => {
  test.each<[what: string, path: string, given?: Parameters<typeof compiled>[1]]>([
    ["a file without import and export", "src/a.ts"],
    [
      "JavaScript without require",
      "src/a.js",
      { text: "// @cached ttl=10\nfunction double(n = 1) { return 2 * n; }\n", options: { allowJs: true } },
    ],
    ["a file that only calls import()", "src/a.ts", { text: `${TEXT}void import("./b");\n` }],
    [
      "every form of mark",
      "src/a.ts",
      {
        text: "const double =\n  // @cached\n  (n: number): number => 2 * n;\nconst triple = /* @cached */ (n: number): number => 3 * n;\n",
      },
    ],
  ])("%s", async (_what, path, given = {}) => {
    const names = await compiled(path, given);
    expect(names.filter((name) => name === "script-global")).toHaveLength(1);
  });
});

describe("tsc takes for a module", () => {
  test.each<[what: string, path: string, given?: Parameters<typeof compiled>[1]]>([
    ["a file with an export", "src/a.ts", { text: `${TEXT}export {};\n` }],
    ["every file, under moduleDetection: force", "src/a.ts", { options: { moduleDetection: "force" } }],
    ["an .mts file", "src/a.mts"],
    [
      "every file, under nodenext",
      "src/a.ts",
      { options: { module: "nodenext", moduleResolution: "nodenext" }, files: { "package.json": "{}" } },
    ],
    ["a .cts file", "src/a.cts", { options: { module: "nodenext", moduleResolution: "nodenext" } }],
    [
      "a file of a package that is a module",
      "src/a.ts",
      {
        options: { module: "nodenext", moduleResolution: "nodenext" },
        files: { "package.json": '{ "type": "module" }' },
      },
    ],
    [
      "JSX, under jsx: react-jsx",
      "src/a.tsx",
      { text: `${TEXT}const element = <b>{double(1)}</b>;\n`, options: { jsx: "react-jsx" } },
    ],
    [
      "JavaScript with require",
      "src/a.js",
      {
        text: 'const fs = require("fs");\n// @cached ttl=10\nfunction double(n = 1) { return 2 * n; }\n',
        options: { allowJs: true },
      },
    ],
    ["the script of a component", "src/a.vue", { text: `<script lang="ts">\n${TEXT}</script>\n` }],
  ])("%s", async (_what, path, given = {}) => {
    expect(await compiled(path, given)).toEqual([]);
  });
});

it("bundlers and Node.js take every file for a module", async () => {
  expect(await compiled("src/a.ts", { scripts: "never" })).toEqual([]);
});

it("check goes by whether tsc writes JavaScript", async () => {
  expect(await compiled("src/a.ts", { scripts: "tsconfig" })).toEqual(["script-global"]);
  expect(await compiled("src/a.ts", { scripts: "tsconfig", options: { noEmit: true } })).toEqual([]);
});
