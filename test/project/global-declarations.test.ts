/** Declarations in files that a marked file does not import are seen if tsc sees them. */
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { ts } from "ts-morph";
import { describe, expect, it, onTestFinished, test, vi } from "vitest";
import type { Compilation } from "../../src/compilation.ts";
import { type BuildCacheProject, type Files, buildCacheProject } from "../support/build-cache-project.ts";

const MARKED = "src/marked.ts";

/** `Subject` has a property without a key exactly if a declaration in another file is seen. */
const FILES: Files = {
  [MARKED]: `import type { Subject } from "./subject";
// @cached
export function find(subject: Subject): number { return subject.id; }
`,
  "src/subject.ts": "export interface Subject { id: number; more?: More }\n",
  "src/base.d.ts": "interface More { id: number }\n",
};
const MORE = "interface More { done: () => void }";
const GLOBAL = `export {};\ndeclare global { ${MORE} }\n`;

const tsconfig = (options: object, input: object = { include: ["src"] }): string =>
  JSON.stringify({
    compilerOptions: {
      strict: true,
      lib: ["es5"],
      types: [],
      module: "esnext",
      moduleResolution: "bundler",
      ...options,
    },
    ...input,
  });

/** What tsc says: the properties of `More` in a program of the whole tsconfig. */
function propertiesInTsc(root: string): readonly string[] {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile) as { config: object };
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram(fileNames, options);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(join(root, "src/subject.ts"))!;
  const [subject] = checker.getExportsOfModule(checker.getSymbolAtLocation(source)!);
  const more = checker.getTypeOfSymbol(
    checker.getPropertyOfType(checker.getDeclaredTypeOfSymbol(subject!), "more")!,
  );
  return checker
    .getNonNullableType(more)
    .getProperties()
    .map(({ name }) => name);
}

const names = (project: BuildCacheProject): readonly string[] =>
  project.fresh(MARKED).diagnostics.map(({ name }) => name);

describe("a declaration is seen", () => {
  test.each<[where: string, files: Files, options?: object, input?: object]>([
    ["in `declare global` of a module", { "src/setup.ts": GLOBAL }],
    ["in a script", { "src/setup.ts": MORE }],
    ["in a script that has an import in a comment", { "src/setup.ts": `/*\nimport it there\n*/ ${MORE}` }],
    ["in a script that calls import()", { "src/setup.ts": `import("./subject");\n${MORE}` }],
    [
      "in scripts that look like modules",
      {
        "src/setup.ts": "namespace All {\nexport interface One { done: () => void }\n}",
        "src/more.ts": "import One = All.One;",
        "src/base.d.ts": "interface More extends One {}\n",
      },
    ],
    [
      "in an augmentation of a module",
      { "src/setup.ts": 'export {};\ndeclare module "./subject" { interface Subject { done: () => void } }' },
    ],
    [
      "in a module that only another file imports",
      { "lib/setup.ts": GLOBAL, "src/main.ts": 'import "../lib/setup";' },
    ],
    [
      "in a module that `files` reaches by import",
      { "src/a.ts": 'export * from "./b";', "src/b.ts": 'import "./c.js";\nexport {}', "src/c.ts": GLOBAL },
      {},
      { files: ["src/a.ts", MARKED, "src/base.d.ts"] },
    ],
    [
      "in a module that a path alias leads to",
      { "lib/setup/index.ts": GLOBAL, "src/main.ts": 'import "@lib/setup";\nexport {}' },
      { paths: { "@lib/*": ["./lib/*"] } },
    ],
    [
      "in a file that another one references",
      { "lib/setup.ts": MORE, "src/main.ts": '/// <reference path="../lib/setup.ts" />\nexport {};' },
    ],
    [
      "in a package that another file references",
      {
        "node_modules/@types/more/index.d.ts": MORE,
        "src/main.ts": '/// <reference types="more" />\nexport {};',
      },
    ],
    [
      "in a package that another file imports",
      { "node_modules/more/index.d.ts": GLOBAL, "src/main.ts": 'import "more";\nexport {};' },
    ],
    [
      "in JavaScript that tsc takes",
      {
        "src/setup.js": "/** @typedef {() => void} Done */",
        "src/base.d.ts": "interface More { done: Done }",
      },
      { allowJs: true },
    ],
  ])("%s", (_where, files, options = {}, input) => {
    const project = buildCacheProject({ ...FILES, "tsconfig.json": tsconfig(options, input), ...files });
    const isAugmented = JSON.stringify(files).includes("declare module");
    if (!isAugmented) expect(propertiesInTsc(project.root)).toContain("done");
    expect(names(project)).toEqual(["parameter-unkeyable"]);
  });

  it("in the source of a package of the workspace", () => {
    const project = buildCacheProject({
      ...FILES,
      "tsconfig.json": tsconfig({}),
      "packages/more/package.json": '{ "name": "more", "exports": "./src/index.ts" }',
      "packages/more/src/index.ts": 'import "./deep";\nexport {};',
      "packages/more/src/deep.ts": GLOBAL,
      "src/main.ts": 'import {} from "more";',
    });
    symlinkSync(join(project.root, "packages/more"), join(project.root, "node_modules/more"), "junction");
    expect(propertiesInTsc(project.root)).toContain("done");
    expect(names(project)).toEqual(["parameter-unkeyable"]);
  });
});

describe("a declaration is not seen", () => {
  test.each<[where: string, files: Files, options?: object, input?: object]>([
    [
      "in a file that the tsconfig excludes",
      { "src/setup.ts": GLOBAL },
      {},
      { include: ["src"], exclude: ["src/setup.ts"] },
    ],
    ["in a module without `declare global`", { "src/setup.ts": `export {};\n${MORE}` }],
    ["in a script, if every file is a module", { "src/setup.ts": MORE }, { moduleDetection: "force" }],
    [
      "behind an import in a comment",
      { "lib/setup.ts": GLOBAL, "src/main.ts": '// import "../lib/setup";\nexport {};' },
    ],
    [
      "in JavaScript that tsc does not take",
      {
        "src/setup.js": "/** @typedef {() => void} Done */",
        "src/base.d.ts": "interface More { id: number }",
      },
    ],
  ])("%s", (_where, files, options = {}, input) => {
    const project = buildCacheProject({ ...FILES, "tsconfig.json": tsconfig(options, input), ...files });
    expect(propertiesInTsc(project.root)).not.toContain("done");
    expect(names(project)).toEqual([]);
  });
});

describe("in a process that goes on", () => {
  type Edit = (project: BuildCacheProject) => readonly string[];
  const write =
    (path: string, text: string): Edit =>
    (project) => {
      project.write(path, text);
      return [path];
    };
  const remove =
    (path: string): Edit =>
    (project) => {
      project.remove(path);
      return [path];
    };
  const edits: [what: string, files: Files, edit: Edit][] = [
    ["a new file is seen", {}, write("src/setup.ts", GLOBAL)],
    ["a new file in a new folder is seen", {}, write("src/deep/er/setup.ts", MORE)],
    ["an edit is seen", { "src/setup.ts": "export {};" }, write("src/setup.ts", GLOBAL)],
    [
      "an edit that makes a script is seen",
      { "src/setup.ts": `export {}; ${MORE}` },
      write("src/setup.ts", MORE),
    ],
    ["a removed declaration is gone", { "src/setup.ts": GLOBAL }, write("src/setup.ts", "export {};")],
    ["a removed file is gone", { "src/setup.ts": GLOBAL }, remove("src/setup.ts")],
    [
      "a new import of an unlisted file is seen",
      { "lib/setup.ts": GLOBAL, "src/main.ts": "export {};" },
      write("src/main.ts", 'import "../lib/setup";'),
    ],
    [
      "a removed import of an unlisted file is gone",
      { "lib/setup.ts": GLOBAL, "src/main.ts": 'import "../lib/setup";' },
      write("src/main.ts", "export {};"),
    ],
    [
      "an edit of an unlisted file is seen",
      { "lib/setup.ts": "export {};", "src/main.ts": 'import "../lib/setup";' },
      write("lib/setup.ts", GLOBAL),
    ],
    [
      "a new unlisted file is seen",
      { "src/main.ts": 'import "../lib/setup";' },
      write("lib/setup.ts", GLOBAL),
    ],
  ];

  test.each(edits)("%s", (_what, files, edit) => {
    const project = buildCacheProject({ ...FILES, "tsconfig.json": tsconfig({}), ...files });
    const compiler = project.compiler();
    const before = compiler.compile(MARKED);
    for (const path of edit(project)) compiler.invalidate(path);
    const after = compiler.compile(MARKED);
    expect(after).toStrictEqual(project.fresh(MARKED));
    expect(after).not.toStrictEqual(before);
  });

  test.each(edits.filter(([what]) => /edit|import/.test(what)))(
    "unreported, %s a second later",
    (_what, files, edit) => {
      vi.useFakeTimers({ toFake: ["Date"] });
      onTestFinished(() => void vi.useRealTimers());
      const project = buildCacheProject({ ...FILES, "tsconfig.json": tsconfig({}), ...files });
      const compiler = project.compiler();
      const before = compiler.compile(MARKED);
      edit(project);
      vi.setSystemTime(Date.now() + 1000);
      const after = compiler.compile(MARKED);
      expect(after).toStrictEqual(project.fresh(MARKED));
      expect(after).not.toStrictEqual(before);
    },
  );

  test.each(edits)("and in the next one, %s", (_what, files, edit) => {
    const project = buildCacheProject({ ...FILES, "tsconfig.json": tsconfig({}), ...files });
    const session = project.session();
    const before = session.compile(MARKED);
    session.flush();
    const again = project.session();
    expect(again.compile(MARKED)).toStrictEqual(before);
    if (before.code !== undefined) expect(again.compiled).toEqual([]);
    edit(project);
    const after = project.session().compile(MARKED);
    expect(after).toStrictEqual(project.fresh(MARKED));
    expect(after).not.toStrictEqual(before);
  });
});

it("a declaration is seen whose file had vanished unreported while another file was added", () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const project = buildCacheProject({
    ...FILES,
    "tsconfig.json": tsconfig({}),
    [MARKED]: `import { run } from "./run";\n${FILES[MARKED]!.replace("subject.id", "run(subject.id)")}`,
    "src/run.ts": 'import "./setup";\nexport const run = (n: number): number => n;\n',
    "src/setup.ts": "export {};",
  });
  const compiler = project.compiler();
  const compileLater = (): Compilation => (vi.setSystemTime(Date.now() + 1000), compiler.compile(MARKED));
  compileLater();
  project.remove("src/setup.ts");
  compileLater();
  project.write("src/run.ts", "export const run = (n: number): number => n;\n");
  project.write("src/other.ts", "export {};");
  compiler.invalidate("src/other.ts");
  compileLater();
  project.write("src/setup.ts", MORE);
  compiler.invalidate("src/setup.ts");
  expect(compileLater()).toStrictEqual(project.fresh(MARKED));
  expect(compileLater().diagnostics.map(({ name }) => name)).toEqual(["parameter-unkeyable"]);
});

it("an edit of a source without global declarations keeps stored results", () => {
  const files = {
    "src/main.ts": 'import { one } from "./one";\nimport lib from "lib";\nexport const a = [one, lib];',
    "src/one.ts": "export const one = 1;",
    "src/left.ts": 'import lib from "lib";\nexport { lib };',
    "src/setup.ts": "export {};\ndeclare global { interface More { other?: number } }",
  };
  const project = buildCacheProject({ ...FILES, "tsconfig.json": tsconfig({}), ...files });
  const session = project.session();
  session.compile(MARKED);
  session.flush();
  project.write(
    "src/one.ts",
    'import { a } from "./main";\nimport lib from "lib";\nexport const one = [a, lib];',
  );
  project.write("src/new.ts", 'export { a } from "./main";');
  project.remove("src/left.ts");
  const again = project.session();
  again.compile(MARKED);
  expect(again.compiled).toEqual([]);
});
