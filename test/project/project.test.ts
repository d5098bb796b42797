/** Files belong to the tsconfig that an editor would find. Types load on request, and again after changes. */
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ts } from "ts-morph";
import { afterEach, describe, expect, test } from "vitest";
import { find } from "../../src/find/index.ts";
import { type ProjectFile, Workspace } from "../../src/project/workspace.ts";

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true });
});

type Files = Readonly<Record<string, unknown>>;

/** Writes files into a new folder of the repository. Objects are written as JSON. */
function folderWith(files: Files): string {
  const base = fileURLToPath(new URL("../../.tmp", import.meta.url));
  mkdirSync(base, { recursive: true });
  const root = mkdtempSync(join(base, "project-"));
  made.push(root);
  for (const [name, content] of Object.entries(files)) write(root, name, content);
  return root.replaceAll("\\", "/");
}

let clock = 1_700_000_000;

/** Each write sets a different time, so that no two states of a file have the same stamp. */
function write(root: string, name: string, content: unknown): void {
  const path = join(root, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  utimesSync(path, clock, clock++);
}

/** A small library keeps tests fast. */
const SMALL = { lib: ["es5"], types: [] };
const PACKAGE = { "package.json": { name: "app" } };
const TEXT = "export const a = 1;";

function open(files: Files, name = "src/a.ts", text = TEXT): ProjectFile {
  return new Workspace({ root: folderWith({ ...PACKAGE, ...files }) }).fileFor(name, text);
}

/** The type of the variable in the last statement. */
function typeIn(file: ProjectFile): string {
  const statement = file.source.statements.at(-1) as ts.VariableStatement;
  const checker = file.checker();
  const type = checker.getTypeAtLocation(statement.declarationList.declarations[0]!);
  return checker.typeToString(type);
}

const marker = (value: string): ts.CompilerOptions => ({ outDir: value });
const markerOf = ({ compilerOptions }: ProjectFile): string | undefined =>
  compilerOptions.outDir?.split("/").pop();

describe("the tsconfig of a file is", () => {
  test.each<[string, string | undefined, Files, name?: string]>([
    ["the nearest one upward", "tsconfig.json", { "tsconfig.json": {}, "src/a.ts": TEXT }],
    ["one in its own folder", "src/tsconfig.json", { "tsconfig.json": {}, "src/tsconfig.json": {} }],
    [
      "the next one upward when the nearest excludes it",
      "tsconfig.json",
      { "tsconfig.json": {}, "src/tsconfig.json": { exclude: ["a.ts"] } },
    ],
    [
      "the one whose files list it",
      "tsconfig.json",
      {
        "tsconfig.json": { files: ["src/a.ts"] },
        "src/tsconfig.json": { files: ["b.ts"] },
        "src/a.ts": TEXT,
      },
    ],
    [
      "the reference of an empty one that contains it",
      "tsconfig.app.json",
      {
        "tsconfig.json": {
          files: [],
          references: [{ path: "./tsconfig.node.json" }, { path: "./tsconfig.app.json" }],
        },
        "tsconfig.app.json": { include: ["src"] },
        "tsconfig.node.json": { include: ["vite.config.ts"] },
      },
    ],
    [
      "a reference's reference, despite cycles",
      "packages/one/tsconfig.lib.json",
      {
        "tsconfig.json": { files: [], references: [{ path: "./packages/one" }] },
        "packages/one/tsconfig.json": {
          files: [],
          references: [{ path: "./tsconfig.lib.json" }, { path: "../.." }],
        },
        "packages/one/tsconfig.lib.json": { include: ["../../src"] },
      },
    ],
    [
      "the nearest one that selects files at all, if none contains it",
      "tsconfig.json",
      { "tsconfig.json": { include: ["lib"] } },
    ],
    ["none when there is only an empty one", undefined, { "tsconfig.json": { files: [] } }],
    ["a jsconfig.json", "jsconfig.json", { "jsconfig.json": {} }, "src/a.js"],
    ["one without `allowJs`, for JavaScript too", "tsconfig.json", { "tsconfig.json": {} }, "src/a.jsx"],
    [
      "one with comments and trailing commas",
      "tsconfig.json",
      { "tsconfig.json": '// a\n{ /* b */ "include": ["src",], }' },
    ],
    ["one with a BOM", "tsconfig.json", { "tsconfig.json": "\uFEFF{}" }],
    ["an empty file", "tsconfig.json", { "tsconfig.json": "" }],
    [
      "one whose globs contain it",
      "tsconfig.json",
      { "tsconfig.json": { include: ["s?c/*.ts"], exclude: ["src/b*"] } },
    ],
  ])("%s", (_what, expected, files, name) => {
    const file = open(files, name);
    // The tsconfig of the repository is above the folder of the test.
    const own = file.project.tsconfig?.startsWith(`${file.root}/`);
    expect(own ? file.project.tsconfig!.slice(file.root.length + 1) : undefined).toBe(expected);
  });

  test("the one in the options, or its reference", () => {
    const root = folderWith({
      "tsconfig.json": {},
      "other.json": { files: [], references: [{ path: "./lib.json" }] },
      "lib.json": { include: ["lib"] },
    });
    const workspace = new Workspace({ root, tsconfig: "other.json" });
    const tsconfigOf = (name: string): string | undefined => workspace.fileFor(name, TEXT).project.tsconfig;
    expect([tsconfigOf("src/a.ts"), tsconfigOf("lib/a.ts")]).toEqual([
      `${root}/other.json`,
      `${root}/lib.json`,
    ]);
  });

  test("read with the ones it extends, and again when those change", () => {
    const root = folderWith({
      "base.json": { compilerOptions: marker("one") },
      "tsconfig.json": { extends: "./base.json" },
    });
    const workspace = new Workspace({ root });
    expect(markerOf(workspace.fileFor("a.ts", TEXT))).toBe("one");
    write(root, "base.json", { compilerOptions: marker("three") });
    expect(markerOf(workspace.fileFor("a.ts", TEXT))).toBe("three");
  });

  test("searched for again when the watcher reports a new one", () => {
    const root = folderWith({ "tsconfig.json": { compilerOptions: marker("outer") } });
    const workspace = new Workspace({ root });
    expect(markerOf(workspace.fileFor("src/a.ts", TEXT))).toBe("outer");
    write(root, "src/tsconfig.json", { compilerOptions: marker("inner") });
    workspace.invalidate("src/tsconfig.json");
    expect(markerOf(workspace.fileFor("src/a.ts", TEXT))).toBe("inner");
  });
});

describe("a tsconfig that cannot be read is an error of one sentence", () => {
  test.each<[RegExp, Files]>([
    [
      /^aotcache: tsconfig\.json:1:\d+ cannot be used: .*expected\.$/,
      { "tsconfig.json": `{ "include": [ }` },
    ],
    [
      /^aotcache: tsconfig\.json.* cannot be used: .*missing\.json.*$/,
      { "tsconfig.json": { extends: "./missing.json" } },
    ],
    [
      /^aotcache: tsconfig\.json.* cannot be used: Circularity .*$/,
      { "tsconfig.json": { extends: "./tsconfig.json" } },
    ],
    [
      /^aotcache: base\.json:\d+:\d+ cannot be used: .*$/,
      { "tsconfig.json": { extends: "./base.json" }, "base.json": "{ ]" },
    ],
  ])("%s", (message, files) => {
    expect(() => open(files)).toThrow(message);
  });

  test("a missing tsconfig option", () => {
    const workspace = new Workspace({ root: folderWith({}), tsconfig: "no.json" });
    expect(() => workspace.fileFor("a.ts", TEXT)).toThrow("aotcache: the tsconfig no.json does not exist.");
  });

  test("options and values of a newer TypeScript are not errors", () => {
    const compilerOptions = {
      ...SMALL,
      strict: true,
      target: "es2099",
      module: "node99",
      newest: { of: ["all"] },
    };
    const file = open({ "tsconfig.json": { compilerOptions } });
    expect(typeIn(file)).toBe("1");
    expect(file.compilerOptions.strict).toBe(true);
  });
});

describe("types", () => {
  test("are not loaded to find marks", () => {
    const file = open({ "tsconfig.json": {} }, "src/a.ts", "// @cached\nexport const f = (a: number) => a;");
    file.program = () => {
      throw new Error("a program was made");
    };
    expect(find(file).marks).toHaveLength(1);
  });

  test("belong to the nodes of the parsed file", () => {
    const file = open(
      { "tsconfig.json": { compilerOptions: SMALL } },
      "src/a.ts",
      `import { b } from "./b.ts"; export const a = [b];`,
    );
    expect(typeIn(file)).toBe("any[]");
    expect(file.program().getSourceFile(file.path)).toBe(file.source);
    expect(file.checker()).toBe(file.checker());
  });

  test("and modules resolve through path aliases", () => {
    const file = open(
      {
        "tsconfig.json": { compilerOptions: { ...SMALL, paths: { "~/*": ["./src/*"] } } },
        "src/b.ts": "export const b = { c: 1 };",
      },
      "src/a.ts",
      `import { b } from "~/b"; export const a = b;`,
    );
    expect(typeIn(file)).toBe("{ c: number; }");
    expect(file.project.resolveModule("~/b", file.path)).toEqual({
      path: `${file.root}/src/b.ts`,
      external: false,
    });
    expect(file.project.resolveModule("~/c", file.path)).toBeUndefined();
  });

  test("include the ambient declarations of the tsconfig", () => {
    const file = open(
      {
        "tsconfig.json": { include: ["src"], compilerOptions: SMALL },
        "src/env.d.ts": "declare const VERSION: { major: 1 };",
        "other/env.d.ts": "declare const OTHER: 2;",
      },
      "src/a.ts",
      "export const a = VERSION; export const b = [VERSION, OTHER] as const;",
    );
    expect(typeIn(file)).toBe("readonly [{ major: 1; }, any]");
  });

  test("come from all installed type packages, as in TypeScript 5", () => {
    const file = open(
      {
        "tsconfig.json": { compilerOptions: { lib: ["es5"] } },
        "node_modules/@types/thing/index.d.ts": "declare const thing: { of: 1 };",
      },
      "src/a.ts",
      "export const a = thing;",
    );
    expect(typeIn(file)).toBe("{ of: 1; }");
  });

  test("use the libraries that the tsconfig names", () => {
    const withLib = (lib: readonly string[] | undefined, text: string): string =>
      typeIn(
        open({ "tsconfig.json": { compilerOptions: { types: [], ...(lib && { lib }) } } }, "src/a.ts", text),
      );
    expect(withLib(["es2020"], "export const a = [1].at;")).toBe("any");
    expect(withLib(["es2022"], "export const a = [1].at(0);")).toBe("number | undefined");
    expect(withLib(["es2022"], "export const a = document;")).toBe("any");
    expect(withLib(["es2022", "dom"], "export const a = document;")).toBe("Document");
    expect(withLib(undefined, "export const a = document;")).toBe("Document");
  });

  test("of JavaScript come from its JSDoc", () => {
    const file = open(
      {},
      "src/a.js",
      "/** @type {(id: number) => string} */ export const a = (id) => String(id);",
    );
    expect(typeIn(file)).toBe("(id: number) => string");
  });

  test("are right under forced module detection, with top-level await", () => {
    const compilerOptions = {
      lib: ["es2015"],
      types: [],
      moduleDetection: "force",
      module: "esnext",
      target: "es2022",
    };
    const file = open(
      { "tsconfig.json": { compilerOptions } },
      "src/a.ts",
      "const a = await Promise.resolve(1);",
    );
    expect(typeIn(file)).toBe("number");
  });
});

describe("an edit", () => {
  const B = "src/b.ts";
  const A = `import { b } from "./b.ts"; export const a = b;`;
  const setUp = (files: Files): { root: string; workspace: Workspace; type: (text?: string) => string } => {
    const root = folderWith({ ...PACKAGE, "tsconfig.json": { compilerOptions: SMALL }, ...files });
    const workspace = new Workspace({ root });
    return { root, workspace, type: (text = A) => typeIn(workspace.fileFor("src/a.ts", text)) };
  };

  test("of a file reuses all unchanged source files", () => {
    const { workspace } = setUp({ [B]: "export const b = 1;" });
    const first = workspace.fileFor("src/a.ts", A);
    const before = first.program();
    expect(first.program()).toBe(before);
    const second = workspace.fileFor("src/a.ts", `${A} // more`);
    const kept = second
      .program()
      .getSourceFiles()
      .filter((file) => before.getSourceFiles().includes(file));
    expect(second.program().getSourceFiles().length - kept.length).toBe(1);
    expect(workspace.fileFor("src/a.ts", `${A} // more`).program()).toBe(second.program());
  });

  test("of an imported file is noticed, reported or not", () => {
    const { root, workspace, type } = setUp({ [B]: "export const b = 1;" });
    expect(type()).toBe("1");
    write(root, B, "export const b = 22;");
    expect(type()).toBe("22");
    write(root, B, "export const b = 33;");
    workspace.invalidate(B);
    expect(type()).toBe("33");
  });

  test("that the bundler passes in overrides the disk until the disk changes", () => {
    const { root, workspace, type } = setUp({ [B]: "export const b = 1;" });
    workspace.fileFor(B, "export const b = 'passed in';");
    expect(type()).toBe('"passed in"');
    write(root, B, "export const b = 2;");
    expect(type()).toBe("2");
  });

  test("that adds a file resolves imports of it", () => {
    const { root, type } = setUp({});
    expect(type()).toBe("any");
    write(root, B, "export const b = 1;");
    expect(type()).toBe("1");
  });

  test("that removes a file removes its types", () => {
    const { root, type } = setUp({ [B]: "export const b = 1;" });
    expect(type()).toBe("1");
    rmSync(join(root, B));
    expect(type()).toBe("any");
  });

  test("that adds a file which shadows another one is noticed", () => {
    const { root, workspace, type } = setUp({ "src/b/index.ts": "export const b = 1;" });
    const text = `import { b } from "./b"; export const a = b;`;
    expect(type(text)).toBe("1");
    write(root, B, "export const b = 2;");
    workspace.invalidate(B);
    expect(type(text)).toBe("2");
  });

  test("of an ambient declaration is noticed", () => {
    const { root, workspace, type } = setUp({ "src/env.d.ts": "declare const E: 1;" });
    expect(type("export const a = E;")).toBe("1");
    write(root, "src/more.d.ts", "declare const M: 2;");
    workspace.invalidate("src/more.d.ts");
    expect(type("export const a = [E, M] as const;")).toBe("readonly [1, 2]");
  });

  test("reuses the program while unresolved imports stay unresolved", () => {
    const { workspace } = setUp({});
    const open = (text: string): ts.Program => workspace.fileFor("src/a.ts", text).program();
    const text = `import "./style.css"; import "./none.js"; import gone from "gone"; export const a = gone;`;
    const program = open(text);
    expect(open(text)).toBe(program);
  });

  test("of the fourth marked file adds all marked files, so that one program contains them", () => {
    const marked = (n: number): [string, string] => [
      `src/f${n}.ts`,
      `// @cached\nexport const f${n} = () => ${n};`,
    ];
    const files = Object.fromEntries([1, 2, 3, 4, 5, 6].map(marked));
    const { workspace } = setUp({ ...files, "src/plain.ts": "export const plain = 1;" });
    const open = (n: number): ts.Program => workspace.fileFor(...marked(n)).program();
    const names = (program: ts.Program): string[] =>
      program.getSourceFiles().flatMap(({ fileName }) => /src\/(\w+)\.ts$/.exec(fileName)?.[1] ?? []);
    expect([1, 2, 3].map((n) => names(open(n)).length)).toEqual([1, 2, 3]);
    const program = open(4);
    expect(names(program).sort()).toEqual(["f1", "f2", "f3", "f4", "f5", "f6"]);
    expect(open(6)).toBe(program);
  });

  test("leaves a file object from before usable", () => {
    const { workspace } = setUp({ [B]: "export const b = 1;" });
    const first = workspace.fileFor("src/a.ts", A);
    const second = workspace.fileFor("src/a.ts", "export const a = 'new';");
    expect([typeIn(second), typeIn(first), typeIn(second)]).toEqual(['"new"', "1", '"new"']);
  });
});

describe("a file knows its package", () => {
  test.each<[packageName: string, relative: string, files: Files, name: string]>([
    ["app", "src/a.ts", PACKAGE, "src/a.ts"],
    [
      "@acme/lib",
      "src/a.ts",
      { ...PACKAGE, "packages/lib/package.json": { name: "@acme/lib" } },
      "packages/lib/src/a.ts",
    ],
    ["", "a.ts", { ...PACKAGE, "src/package.json": { type: "module" } }, "src/a.ts"],
    ["", "a.ts", { ...PACKAGE, "src/package.json": "{ broken" }, "src/a.ts"],
  ])("%s: %s", (packageName, relative, files, name) => {
    const file = new Workspace({ root: folderWith(files) }).fileFor(name, TEXT);
    expect([file.packageName, file.relative]).toEqual([packageName, relative]);
    expect(`${file.root}/${file.relative}`).toBe(file.path);
  });

  test("is read again when its name changes", () => {
    const root = folderWith(PACKAGE);
    const workspace = new Workspace({ root });
    workspace.fileFor("a.ts", TEXT);
    write(root, "package.json", { name: "renamed" });
    expect(workspace.fileFor("a.ts", TEXT).packageName).toBe("renamed");
  });
});

describe("cached is found through the modules that re-export it", () => {
  const CALL = "export const f = cached((a: number) => a);";
  test.each<[string, text: string, files: Files, read: readonly string[]]>([
    [
      "by name",
      `import { cached } from "./b.ts"; ${CALL}`,
      { "src/b.ts": `export { cached } from "aotcache";` },
      ["src/b.ts"],
    ],
    [
      "by star",
      `import { cached } from "./b"; ${CALL}`,
      { "src/b.ts": `export * from "aotcache";` },
      ["src/b.ts"],
    ],
    [
      "through a chain with cycles",
      `import { cached } from "./b"; ${CALL}`,
      {
        "src/b/index.ts": `export * from "./c"; export * from "./d";`,
        "src/b/c.ts": `export * from "./index"; export const x = 1;`,
        "src/b/d.ts": `import { cached as inner } from "aotcache"; export { inner as cached };`,
      },
      ["src/b/c.ts", "src/b/d.ts", "src/b/index.ts"],
    ],
    [
      "through a path alias",
      `import { cached } from "~/b"; ${CALL}`,
      { "src/b.ts": `export { cached } from "aotcache";` },
      ["src/b.ts"],
    ],
    [
      "under another name",
      `import { memo } from "./b"; ${CALL.replace("cached", "memo")}`,
      { "src/b.ts": `export { cached as memo } from "aotcache";` },
      ["src/b.ts"],
    ],
    [
      "as a member of a module",
      `import * as b from "./b"; ${CALL.replace("cached", "b.cached")}`,
      { "src/b.ts": `export { cached } from "aotcache";` },
      ["src/b.ts"],
    ],
    [
      "as a member of a namespace export",
      `import { aot } from "./b"; ${CALL.replace("cached", "aot.cached")}`,
      { "src/b.ts": `export * as aot from "aotcache";` },
      ["src/b.ts"],
    ],
    [
      "as a default export",
      `import memo from "./b"; ${CALL.replace("cached", "memo")}`,
      { "src/b.ts": `import { cached } from "aotcache"; export default cached;` },
      ["src/b.ts"],
    ],
    [
      "through a package",
      `import { cached } from "kit"; ${CALL}`,
      { "node_modules/kit/index.d.ts": `export * from "aotcache";` },
      ["node_modules/kit/index.d.ts"],
    ],
  ])("%s", (_how, text, files, read) => {
    const tsconfig = {
      compilerOptions: { paths: { "~/*": ["./src/*"] }, moduleResolution: "bundler", module: "esnext" },
    };
    const file = open({ "tsconfig.json": tsconfig, ...files }, "src/a.ts", text);
    const { marks, problems, dependencies } = find(file);
    expect([marks.map(({ path }) => path.join(".")), problems]).toEqual([["f"], []]);
    expect(dependencies).toEqual(read.map((name) => `${file.root}/${name}`));
  });

  test.each<[string, text: string, files: Files]>([
    [
      "a type",
      `import { cached } from "./b"; ${CALL}`,
      { "src/b.ts": `export type { cached } from "aotcache";` },
    ],
    [
      "another export of that name",
      `import { cached } from "./b"; ${CALL}`,
      { "src/b.ts": `export * from "aotcache"; export const cached = (f: unknown) => f;` },
    ],
    ["a module that is missing", `import { cached } from "./none"; ${CALL}`, {}],
    [
      "a default export through a star",
      `import memo from "./b"; ${CALL.replace("cached", "memo")}`,
      { "src/b.ts": `export * from "./c";`, "src/c.ts": `export { cached as default } from "aotcache";` },
    ],
  ])("but not %s", (_what, text, files) => {
    expect(find(open({ "tsconfig.json": {}, ...files }, "src/a.ts", text)).marks).toEqual([]);
  });

  test.each([
    [`export { cached as memo } from "aotcache";`],
    [`import { cached } from "aotcache"; export { cached as memo };`],
  ])("a module that renames it gets a warning: %s", (text) => {
    const problems = find(open({}, "src/b.ts", text)).problems;
    expect(problems.map(({ name, span }) => [name, text.slice(span.start, span.end)])).toEqual([
      ["reexport-renamed", "memo"],
    ]);
  });
});
