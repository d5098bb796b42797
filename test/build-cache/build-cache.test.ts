/** The build cache returns the result that a new compiler would compute, or none. */
import { readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync, rmSync, cpSync } from "node:fs";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { type Files, buildCacheProject, type BuildCacheProject } from "../support/build-cache-project.ts";

const MARKED = ["src/users.ts", "src/boxes.ts", "src/alone.ts", "src/plain.ts"];

/** Compiles a project once, so that all results are stored. */
function warmed(files: Files = {}): BuildCacheProject {
  const project = buildCacheProject(files);
  const session = project.session();
  for (const path of MARKED) session.compile(path);
  session.flush();
  return project;
}

const versionOf = (project: BuildCacheProject, path: string): string =>
  project.session().compile(path).sites[0]!.id.version;

describe("a second process", () => {
  it("compiles nothing if nothing has changed, and returns the same results", () => {
    const project = warmed();
    const session = project.session();
    for (const path of MARKED) expect(session.compile(path)).toStrictEqual(project.fresh(path));
    expect(session.compiled).toEqual([]);
  });

  it("returns source maps with their methods", () => {
    const project = warmed();
    const { map } = project.session().compile("src/users.ts");
    expect(map!.toString()).toBe(project.fresh("src/users.ts").map!.toString());
  });

  it("compiles only the file that was edited", () => {
    const project = warmed();
    project.edit("src/alone.ts", "2 * n", "n + n");
    const session = project.session();
    for (const path of MARKED) expect(session.compile(path)).toStrictEqual(project.fresh(path));
    expect(session.compiled).toEqual(["src/alone.ts"]);
  });

  it.each<[what: string, path: string, tsconfig: string]>([
    ["the output of a build", "dist/users.d.ts", '"outDir": "dist"'],
    ["a folder that the tsconfig does not include", "other/a/globals.d.ts", '"declaration": true'],
  ])("compiles nothing because of %s", (_what, path, option) => {
    const tsconfig = `{ "compilerOptions": { "lib": ["es5"], "types": [], ${option} }, "include": ["src"] }`;
    const project = warmed({ "tsconfig.json": tsconfig });
    project.write(path, "interface Tenant { name: string }");
    const session = project.session();
    for (const each of MARKED) expect(session.compile(each)).toStrictEqual(project.fresh(each));
    expect(session.compiled).toEqual([]);
  });

  it("finds results in a project that was moved", () => {
    const project = warmed();
    const other = buildCacheProject();
    cpSync(project.cacheFolder, other.cacheFolder, { recursive: true });
    const session = other.session();
    for (const path of MARKED) expect(session.compile(path)).toStrictEqual(other.fresh(path));
    expect(session.compiled).toEqual([]);
  });

  it("stores nothing without a node_modules", () => {
    const project = buildCacheProject();
    project.remove("node_modules");
    // The node_modules of the repository is used instead. Its results must not be found for another path.
    const session = project.session();
    session.compile("src/alone.ts");
    expect(session.compiled).toEqual(["src/alone.ts"]);
    expect(() => readdirSync(project.cacheFolder)).toThrow("ENOENT");
  });
});

describe("a result is invalid after", () => {
  const changes: [what: string, path: string, change: (project: BuildCacheProject) => void, files?: Files][] =
    [
      [
        "an edit to a type three imports away",
        "src/users.ts",
        (project) => project.edit("src/three.ts", "number", "string"),
      ],
      [
        "a change of strict in a tsconfig that is extended",
        "src/users.ts",
        (project) => project.edit("base.json", "true", "false"),
      ],
      [
        "a new file that shadows an import",
        "src/users.ts",
        (project) => project.write("src/folder.ts", "export interface Query { id: 1 }"),
        {
          "src/folder/index.ts": "export interface Query { id: number }",
          "src/one.ts": 'export type { Query } from "./folder"',
        },
      ],
      [
        "an unresolved import that now resolves",
        "src/users.ts",
        (project) => project.write("src/missing.ts", "export type Id = bigint;"),
        { "src/two.ts": 'import type { Id } from "./missing";\nexport interface Query { id: Id & number }' },
      ],
      [
        "an update of a package",
        "src/boxes.ts",
        (project) => project.edit("node_modules/lib/index.d.ts", "number", "string"),
      ],
      [
        "a change of the types field of a package",
        "src/boxes.ts",
        (project) => {
          project.write("node_modules/lib/other.d.ts", "export interface Box { height: number }");
          project.edit("node_modules/lib/package.json", "index.d.ts", "other.d.ts");
        },
      ],
      [
        "a new nearer package of the same name",
        "src/boxes.ts",
        (project) => {
          project.write("src/node_modules/lib/index.d.ts", "export interface Box { width: string }");
        },
      ],
      [
        "a new declaration of globals",
        "src/users.ts",
        (project) => project.write("src/globals.d.ts", "interface Tenant { name: string }"),
        { "src/three.ts": "export type Id = Tenant;\n" },
      ],
      [
        "a declaration of globals in a new folder",
        "src/users.ts",
        (project) => project.write("src/a/b/globals.d.ts", "interface Tenant { name: string }"),
        { "src/three.ts": "export type Id = Tenant;\n" },
      ],
      [
        "a declaration of globals in a package that declared none",
        "src/users.ts",
        (project) =>
          project.write(
            "node_modules/setup/index.d.ts",
            "export {};\ndeclare global { interface Tenant { name: string } }",
          ),
        {
          "src/three.ts": "export type Id = Tenant;\n",
          "src/setup.ts": 'import "setup";\n',
          "node_modules/setup/index.d.ts": "export {};\n",
        },
      ],
      [
        "the removal of the source beside a declaration file",
        "src/users.ts",
        (project) => project.remove("src/tenant.ts"),
        {
          "src/three.ts": "export type Id = Tenant;\n",
          "src/tenant.ts": "export {};",
          "src/tenant.d.ts": "interface Tenant { name: string }",
        },
      ],
      [
        "a new source beside a declaration file",
        "src/users.ts",
        (project) => project.write("src/tenant.ts", "export {};"),
        {
          "src/three.ts": "export type Id = Tenant;\n",
          "src/tenant.d.ts": "interface Tenant { name: string }",
        },
      ],
      [
        "the removal of a declaration of globals",
        "src/users.ts",
        (project) => project.remove("src/globals.d.ts"),
        { "src/three.ts": "export type Id = Tenant;\n", "src/globals.d.ts": "interface Tenant { a: 1 }" },
      ],
      [
        "an edit to a file that a declaration of globals imports",
        "src/users.ts",
        (project) => project.edit("src/inner.ts", "number", "string"),
        {
          "src/three.ts": "export type Id = Tenant;\n",
          "src/globals.d.ts": 'type Tenant = import("./inner").Inner;',
          "src/inner.ts": "export interface Inner { a: number }",
        },
      ],
      [
        "a new name of the package",
        "src/alone.ts",
        (project) => project.edit("package.json", "app", "renamed"),
      ],
      [
        "a new nearer package.json",
        "src/alone.ts",
        (project) => project.write("src/package.json", '{ "name": "inner" }'),
      ],
      [
        "a new nearer tsconfig",
        "src/users.ts",
        (project) =>
          project.write(
            "src/tsconfig.json",
            '{ "compilerOptions": { "strict": false, "lib": ["es5"], "types": [] } }',
          ),
      ],
      [
        "a new assignment to an imported variable",
        "src/users.ts",
        (project) => project.write("src/state.ts", "export let unit = 1;\nunit = 2;"),
        {
          "src/state.ts": "export let unit = 1;",
          "src/users.ts": `import { unit } from "./state";
// @cached
export function find(id: number): number { return id * unit; }`,
        },
      ],
      [
        "an edit of a module so that it no longer re-exports `cached`",
        "src/users.ts",
        (project) => project.write("src/barrel.ts", "export const cached = <T>(fn: T): T => fn;"),
        {
          "src/barrel.ts": 'export { cached } from "aotcache";',
          "src/users.ts":
            'import { cached } from "./barrel";\nexport const find = cached((id: number): number => id);',
        },
      ],
    ];

  it.each(changes)("%s", (_what, path, change, files) => {
    const project = warmed(files);
    const before = project.fresh(path);
    expect(project.session().compile(path)).toStrictEqual(before);
    change(project);
    const session = project.session();
    const after = session.compile(path);
    expect(session.compiled).toEqual([path]);
    expect(after).toStrictEqual(project.fresh(path));
    expect(after, "the change makes a difference").not.toStrictEqual(before);
  });

  it("a change of options", () => {
    const project = warmed();
    const options = { defaults: { ttl: "5m" } } as const;
    const session = project.session(options);
    expect(session.compile("src/boxes.ts")).toStrictEqual(project.fresh("src/boxes.ts", options));
    expect(session.compiled).toEqual(["src/boxes.ts"]);
  });

  it("a new target of a link", () => {
    const project = buildCacheProject({
      "packages/one/index.d.ts": "export interface Box { width: number }",
      "packages/two/index.d.ts": "export interface Box { width: string }",
    });
    const link = (name: string): void => {
      project.remove("node_modules/lib");
      symlinkSync(join(project.root, "packages", name), join(project.root, "node_modules/lib"), "junction");
    };
    link("one");
    const one = versionOf(project, "src/boxes.ts");
    link("two");
    expect(versionOf(project, "src/boxes.ts")).not.toBe(one);
    expect(versionOf(project, "src/boxes.ts")).toBe(project.fresh("src/boxes.ts").sites[0]!.id.version);
  });
});

/** Builds in a new process. */
async function build(project: BuildCacheProject): Promise<{ texts: (string | null)[]; loaded: boolean }> {
  const script = fileURLToPath(new URL("../support/build-cache-process.ts", import.meta.url));
  const args = ["--import", "tsx", script, project.root, ...MARKED];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Awaited<ReturnType<typeof build>>;
}

describe("a process", () => {
  it("loads ts-morph only if something has changed", async () => {
    const project = warmed();
    const loaded = [(await build(project)).loaded];
    project.edit("src/three.ts", "number", "string");
    loaded.push((await build(project)).loaded);
    expect(loaded).toEqual([false, true]);
  });
});

describe("several processes at once", () => {
  it("get correct results and leave no temporary files", async () => {
    const project = buildCacheProject();
    const outputs = await Promise.all([1, 2, 3].map(() => build(project)));
    const expected = MARKED.map((path) => project.fresh(path).code ?? null);
    for (const { texts } of outputs) expect(texts).toEqual(expected);
    expect(readdirSync(project.cacheFolder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    const session = project.session();
    expect(MARKED.map((path) => session.compile(path).code ?? null)).toEqual(expected);
    expect(session.compiled).toEqual([]);
  });
});

describe("within one process", () => {
  it("an unreported edit of an import is noticed", () => {
    const project = warmed();
    const session = project.session();
    session.compile("src/users.ts");
    project.edit("src/three.ts", "number", "string");
    expect(session.compile("src/users.ts")).toStrictEqual(project.fresh("src/users.ts"));
  });

  it("a reported change is noticed, even in an installed package", () => {
    const project = warmed();
    const session = project.session();
    session.compile("src/boxes.ts");
    project.edit("node_modules/lib/index.d.ts", "number", "string");
    session.invalidate("node_modules/lib/index.d.ts");
    expect(session.compile("src/boxes.ts")).toStrictEqual(project.fresh("src/boxes.ts"));
  });

  it("a result from before an edit is not stored for the state after it", () => {
    const project = buildCacheProject();
    const first = project.session();
    first.compile("src/users.ts");
    project.edit("src/three.ts", "number", "string");
    first.invalidate("src/three.ts");
    first.compile("src/users.ts");
    project.edit("src/three.ts", "string", "number");
    first.invalidate("src/three.ts");
    first.compile("src/users.ts");
    first.flush();
    expect(project.session().compile("src/users.ts")).toStrictEqual(project.fresh("src/users.ts"));
  });

  it("the text of an import that a plugin has changed is used instead of the one on disk", () => {
    const project = warmed({
      "src/three.ts": "// @cached\nexport const f = (n: number): number => n;\nexport type Id = number;",
    });
    const made = project.read("src/three.ts").replace("Id = number", "Id = string");
    const session = project.session();
    session.compile("src/three.ts", made);
    const { sites } = session.compile("src/users.ts");
    expect(session.compiled).toEqual(["src/three.ts", "src/users.ts"]);
    expect(sites[0]!.id.version).not.toBe(project.fresh("src/users.ts").sites[0]!.id.version);
  });

  it("two files that claim one id are reported, even if a result is stored", () => {
    const same = "// @cached namespace=x name=y\nexport const f = (n: number): number => n;\n";
    const project = buildCacheProject({ "src/a.ts": same, "src/b.ts": same });
    for (const path of ["src/a.ts", "src/b.ts"]) {
      const session = project.session();
      session.compile(path);
      session.flush();
    }
    const session = project.session();
    expect(session.compile("src/a.ts").diagnostics).toEqual([]);
    expect(session.compile("src/b.ts").diagnostics.map(({ name }) => name)).toEqual(["id-duplicate"]);
    expect(session.compiled).toEqual(["src/b.ts"]);
  });

  it("results with warnings and results with errors are stored", () => {
    const project = buildCacheProject({
      "src/alone.ts": "// @cached\nexport const now = (): number => Date.now();\n",
      "src/boxes.ts": "// @cached ttl=0\nexport const f = (n: number): number => n;\n",
    });
    for (const compiled of [["src/alone.ts", "src/boxes.ts"], []]) {
      const session = project.session();
      const names = ["src/alone.ts", "src/boxes.ts"].flatMap((path) =>
        session.compile(path).diagnostics.map(({ name }) => name),
      );
      session.flush();
      expect(names).toEqual(["ambient-read", "option-value"]);
      expect(session.compiled).toEqual(compiled);
    }
  });
});

describe("a marked file that declares globals", () => {
  const many = Object.fromEntries(
    ["a", "b", "c", "d"].map((name) => [
      `src/${name}.ts`,
      `// @cached\nexport const ${name} = (box: Shape): number => box.width;\n`,
    ]),
  );
  const shape = (type: string): string =>
    `// @cached\nexport const f = (n: number): number => n;\ndeclare global { interface Shape { width: ${type} } }\n`;

  it.each<[string, Files, (project: BuildCacheProject) => void]>([
    [
      "is edited",
      { "src/global.ts": shape("number") },
      (project) => project.write("src/global.ts", shape("1")),
    ],
    [
      "is new",
      { "src/shape.d.ts": "interface Shape { width: number }" },
      (project) => project.write("src/new/global.ts", shape("number").replace("width", "height")),
    ],
    [
      "existed before and is now marked",
      {
        "src/shape.d.ts": "interface Shape { width: number }",
        "src/global.ts": shape("1").replace("@cached", "no"),
      },
      (project) => project.write("src/global.ts", shape("number").replace("width", "height")),
    ],
  ])("is noticed when it %s", (_what, files, change) => {
    const paths = Object.keys(many);
    const project = buildCacheProject({ ...many, ...files });
    const first = project.session();
    for (const path of paths) first.compile(path);
    first.flush();
    change(project);
    const session = project.session();
    const last = paths.at(-1)!;
    session.compile(last);
    expect(session.compiled).toEqual([last]);
  });
});

describe("a file of the build cache", () => {
  const entries = (project: BuildCacheProject): string[] =>
    readdirSync(project.cacheFolder).map((name) => join(project.cacheFolder, name));

  it.each<[string, (path: string) => void]>([
    ["is truncated", (path) => truncateSync(path, readFileSync(path).length >> 1)],
    ["is empty", (path) => truncateSync(path, 0)],
    [
      "has one wrong byte",
      (path) => {
        const bytes = readFileSync(path);
        bytes[bytes.length - 5]! ^= 1;
        writeFileSync(path, bytes);
      },
    ],
    ["is missing", (path) => rmSync(path)],
  ])("is ignored when it %s, and written again", (_what, damage) => {
    const project = warmed();
    for (const kind of [/\.entry$/, /\.shared$/, /\.(?:entry|answers)$/]) {
      for (const path of entries(project)) if (kind.test(path)) damage(path);
      const session = project.session();
      for (const path of MARKED) expect(session.compile(path)).toStrictEqual(project.fresh(path));
      expect(session.compiled).toEqual(MARKED);
      session.flush();
      const after = project.session();
      for (const path of MARKED) after.compile(path);
      expect(after.compiled).toEqual([]);
    }
  });

  it("is written atomically: no temporary files remain", () => {
    expect(
      readdirSync(warmed().cacheFolder).filter(
        (name) => !/^[0-9a-f]{32}\.(?:answers|entry|shared)$/.test(name),
      ),
    ).toEqual([]);
  });
});
