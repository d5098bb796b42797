/** Imports resolve as in a new compiler, after packages and files were edited, added and removed. */
import { expect, onTestFinished, test, vi } from "vitest";
import { buildCacheProject, type BuildCacheProject, type Files } from "../support/build-cache-project.ts";

const MODULE = { bundler: ["esnext", "bundler"], node: ["nodenext", "nodenext"] };
const tsconfig = (kind: keyof typeof MODULE, types: readonly string[] = []): string =>
  JSON.stringify({
    compilerOptions: {
      strict: true,
      lib: ["es5"],
      types,
      module: MODULE[kind][0],
      moduleResolution: MODULE[kind][1],
      paths: { "@own/*": ["./own/*"] },
    },
    include: ["src"],
  });

const BOXES: Files = {
  "src/boxes.ts": `import type { Box } from "lib";\n// @cached\nexport const area = (box: Box): number => box.width;\n`,
};
const own = (specifier: string): Files => ({
  "src/users.ts": `import type { Query } from "${specifier}";\n// @cached\nexport const find = (query: Query): number => query.id;\n`,
});
const TWO_FORMATS: Files = {
  "tsconfig.json": tsconfig("node"),
  "node_modules/lib/package.json": JSON.stringify({
    name: "lib",
    exports: { import: { types: "./index.d.mts" }, require: { types: "./index.d.cts" } },
  }),
  "node_modules/lib/index.d.mts": "export interface Box { width: number }",
  "node_modules/lib/index.d.cts": "export interface Box { width: number; height: 1 }",
  ...BOXES,
};

interface Case {
  readonly what: string;
  readonly path: string;
  readonly files: Files;
  readonly change: (project: BuildCacheProject) => readonly string[];
}

/** Writes a file, or removes it, and returns its path. */
const put =
  (path: string, text?: string): Case["change"] =>
  (project) => {
    if (text === undefined) project.remove(path);
    else project.write(path, text);
    return [path];
  };

const CASES: readonly Case[] = [
  {
    what: "the types of a package move",
    path: "src/boxes.ts",
    files: { ...BOXES, "node_modules/lib/other.d.ts": "export interface Box { width: 1 }" },
    change: put("node_modules/lib/package.json", '{ "name": "lib", "types": "other.d.ts" }'),
  },
  {
    what: "a package becomes one of ES modules",
    path: "src/boxes.ts",
    files: { ...TWO_FORMATS, "package.json": '{ "name": "app", "type": "commonjs" }' },
    change: put("package.json", '{ "name": "app", "type": "module" }'),
  },
  {
    what: "a nearer package.json appears",
    path: "src/boxes.ts",
    files: TWO_FORMATS,
    change: put("src/package.json", '{ "name": "app", "type": "module" }'),
  },
  {
    what: "the nearest package.json vanishes",
    path: "src/boxes.ts",
    files: { ...TWO_FORMATS, "src/package.json": '{ "name": "app", "type": "module" }' },
    change: put("src/package.json"),
  },
  {
    what: "a package appears nearer to the file",
    path: "src/boxes.ts",
    files: BOXES,
    change: put("src/node_modules/lib/index.d.ts", "export interface Box { width: 2 }"),
  },
  {
    what: "a package vanishes",
    path: "src/boxes.ts",
    files: BOXES,
    change: (project) => {
      project.remove("node_modules/lib");
      return ["node_modules/lib/index.d.ts", "node_modules/lib/package.json"];
    },
  },
  {
    what: "the target of an alias appears",
    path: "src/users.ts",
    files: { ...own("@own/query"), "tsconfig.json": tsconfig("bundler") },
    change: put("own/query.ts", "export interface Query { id: 1 }"),
  },
  {
    what: "the target of an alias vanishes",
    path: "src/users.ts",
    files: {
      ...own("@own/query"),
      "tsconfig.json": tsconfig("bundler"),
      "own/query.ts": "export interface Query { id: 1 }",
    },
    change: put("own/query.ts"),
  },
  {
    what: "a file appears that an import prefers",
    path: "src/users.ts",
    files: { ...own("./query"), "src/query/index.ts": "export interface Query { id: 1 }" },
    change: put("src/query.ts", "export interface Query { id: 2 }"),
  },
  {
    what: "the aliases of the tsconfig change",
    path: "src/users.ts",
    files: {
      ...own("@own/query"),
      "tsconfig.json": tsconfig("bundler"),
      "own/query.ts": "export interface Query { id: 1 }",
      "other/query.ts": "export interface Query { id: 2 }",
    },
    change: put("tsconfig.json", tsconfig("bundler").replace("./own/*", "./other/*")),
  },
  {
    what: "a package of global types appears",
    path: "src/users.ts",
    files: {
      "tsconfig.json": tsconfig("bundler", ["extra"]),
      "src/users.ts": "// @cached\nexport const size = (shape: Shape): number => shape.size;\n",
    },
    change: put("node_modules/@types/extra/index.d.ts", "interface Shape { size: 1 }"),
  },
  {
    what: "the entry of a package of global types moves",
    path: "src/users.ts",
    files: {
      "tsconfig.json": tsconfig("bundler", ["extra"]),
      "node_modules/@types/extra/package.json": '{ "name": "@types/extra", "types": "one.d.ts" }',
      "node_modules/@types/extra/one.d.ts": "interface Shape { size: 1 }",
      "node_modules/@types/extra/two.d.ts": "interface Shape { size: 2 }",
      "src/users.ts": "// @cached\nexport const size = (shape: Shape): number => shape.size;\n",
    },
    change: put("node_modules/@types/extra/package.json", '{ "name": "@types/extra", "types": "two.d.ts" }'),
  },
];

test.each(CASES)("when $what, the result is that of a new compiler", ({ path, files, change }) => {
  const project = buildCacheProject(files);
  const compiler = project.compiler();
  const before = compiler.compile(path);
  expect(before).toStrictEqual(project.fresh(path));
  for (const each of change(project)) compiler.invalidate(each);
  const after = project.fresh(path);
  // Otherwise the change would prove nothing.
  expect(after).not.toStrictEqual(before);
  expect(compiler.compile(path)).toStrictEqual(after);
});

test("an unreported change of a package.json of the project is noticed after a second", () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const project = buildCacheProject({
    ...TWO_FORMATS,
    "package.json": '{ "name": "app", "type": "commonjs" }',
  });
  const compiler = project.compiler();
  compiler.compile("src/boxes.ts");
  project.write("package.json", '{ "name": "app", "type": "module" }');
  vi.setSystemTime(Date.now() + 1000);
  expect(compiler.compile("src/boxes.ts")).toStrictEqual(project.fresh("src/boxes.ts"));
});
