/** `aotcache/ts-plugin` in a real tsserver: what it shows is what `aotcache check` says. */
import { mkdirSync, symlinkSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { project, repository, type CliApp } from "../../support/cli.ts";
import { Tsserver } from "../../support/tsserver.ts";

/** The versions, and the names that they know the plugin by. Before 5.5, only a whole package is a plugin. */
const VERSIONS = [
  ["typescript5.4", "aotcache"],
  ["typescript5.9", "aotcache/ts-plugin"],
  ["typescript", "aotcache/ts-plugin"],
] as const;

const RIGHT =
  "// @cached ttl=10\nexport const price = async (id: number) => fetch(`/${id}`).then((r) => r.text());\n";
const MISSPELT = RIGHT.replace("@cached", "@cachd");

function projectWith(
  files: Readonly<Record<string, string>>,
  options: object = {},
  name = "aotcache/ts-plugin",
): CliApp {
  const compilerOptions = {
    ...{ strict: true, target: "es2022", module: "preserve", types: [] },
    plugins: [{ name, ...options }],
  };
  const app = project({
    "package.json": '{ "name": "app", "type": "module" }',
    "tsconfig.json": JSON.stringify({ compilerOptions, include: ["src"] }),
    ...files,
  });
  mkdirSync(app.at("node_modules"));
  symlinkSync(repository, app.at("node_modules/aotcache"), "dir");
  return app;
}

function open(app: CliApp, path: string, typescript: string = "typescript"): Tsserver {
  const server = new Tsserver(app, typescript);
  server.open(path, app.read(path));
  return server;
}

interface Hover {
  readonly documentation: string;
}

describe.each(VERSIONS)("in %s", (typescript, name) => {
  it("shows problems at their spans, fixes them, and describes functions", async () => {
    const app = projectWith({ "src/a.ts": MISSPELT }, {}, name);
    const server = open(app, "src/a.ts", typescript);
    const file = app.at("src/a.ts");
    const [problem] = await server.shows("src/a.ts", ["pragma-misspelt"]);
    expect(problem).toMatchObject({
      start: { line: 1, offset: 4 },
      end: { line: 1, offset: 10 },
      category: "error",
    });
    const place = { startLine: 1, startOffset: 5, endLine: 1, endOffset: 5, errorCodes: [problem!.code] };
    const [fix] = await server.request<object[]>("getCodeFixes", { file, ...place });
    expect(fix).toMatchObject({
      description: "Write `@cached`",
      changes: [
        {
          textChanges: [{ start: { line: 1, offset: 4 }, end: { line: 1, offset: 10 }, newText: "@cached" }],
        },
      ],
    });
    server.edit("src/a.ts", RIGHT);
    await server.shows("src/a.ts", []);
    await expect
      .poll(
        async () => (await server.request<Hover>("quickinfo", { file, line: 2, offset: 16 })).documentation,
      )
      .toMatch(/^aotcache: app\/src\/a:price@\w+\(id: number\)\nttl 10s, default cache$/);
  });
});

describe("an edit", () => {
  it("of another open file that was not saved counts, until it is closed", async () => {
    const user = `import type { User } from "./user";\n${RIGHT.replace("id: number", "user: User").replace("${id}", "${user}")}`;
    const app = projectWith({ "src/a.ts": user, "src/user.ts": "export type User = string;\n" });
    const server = open(app, "src/a.ts");
    server.open("src/user.ts", "export type User = () => void;\n");
    await server.shows("src/a.ts", ["parameter-unkeyable"]);
    server.edit("src/user.ts", "export type User = number;\n");
    await server.shows("src/a.ts", []);
    server.edit("src/user.ts", "export type User = symbol;\n");
    await server.shows("src/a.ts", ["parameter-unkeyable"]);
    server.close("src/user.ts");
    await server.shows("src/a.ts", []);
  });

  it("of options that are unknown, or of a tsconfig that is broken, is said in place of the problems", async () => {
    const app = projectWith({ "src/a.ts": MISSPELT }, { strct: true });
    const [problem] = await open(app, "src/a.ts").shows("src/a.ts", [
      "aotcache: `strct` is not an option. Write `strict`.",
    ]);
    expect(problem).toMatchObject({ start: { line: 1, offset: 1 } });
  });

  it("moves known problems until the next answer", async () => {
    const { moved } = await import("../../../plugin/ts-plugin/moved.ts");
    const span = { start: 4, end: 6 };
    expect(moved(span, "let ab;", "let ab;")).toEqual(span);
    expect(moved(span, "let ab;", "let ab; // more")).toEqual(span);
    expect(moved(span, "let ab;", "// more\nlet ab;")).toEqual({ start: 12, end: 14 });
    expect(moved(span, "let ab;", "let axb;")).toBeUndefined();
  });
});

it("keeps the problems of TypeScript itself", async () => {
  const app = projectWith({ "src/a.ts": `${MISSPELT}const n: string = 1;\n` });
  const server = open(app, "src/a.ts");
  await server.shows("src/a.ts", ["pragma-misspelt"]);
  const found = await server.request<{ code: number }[]>("semanticDiagnosticsSync", {
    file: app.at("src/a.ts"),
  });
  expect(found.map(({ code }) => code)).toContain(2322);
});
