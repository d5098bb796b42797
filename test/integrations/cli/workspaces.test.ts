/** `check` and `list` in the root of a monorepo. */
import { describe, expect, it } from "vitest";
import { project, type CliApp } from "../../support/cli.ts";

const CONFIG = JSON.stringify({ compilerOptions: { strict: true, types: [], module: "nodenext" } });

/** Two packages with a cached function each. The second one has a mistake. */
const monorepo = (files: Record<string, string>): CliApp =>
  project({
    "packages/api/package.json": '{ "name": "api" }',
    "packages/api/tsconfig.json": CONFIG,
    "packages/api/src/a.ts":
      "// @cached ttl=1m\nexport async function a(id: number): Promise<string> { return String(await id); }\n",
    "packages/web/package.json": '{ "name": "web" }',
    "packages/web/tsconfig.json": '{ "files": [], "references": [{ "path": "tsconfig.app.json" }] }',
    "packages/web/tsconfig.app.json": JSON.stringify({ ...JSON.parse(CONFIG), include: ["src"] }),
    "packages/web/src/b.ts":
      "// @cached tll=1m\nexport async function b(id: number): Promise<string> { return String(await id); }\n",
    "packages/tools/package.json": '{ "name": "tools" }',
    ...files,
  });

describe.each([
  ["npm", { "package.json": '{ "workspaces": ["packages/*"] }' }],
  ["Yarn", { "package.json": '{ "workspaces": { "packages": ["./packages/*/"] } }' }],
  [
    "pnpm",
    { "pnpm-workspace.yaml": "packages:\n  # ours\n  - \"packages/*\"\n  - '!packages/old'\nother: 1\n" },
  ],
  ["pnpm, in one line", { "pnpm-workspace.yaml": "packages: ['packages/*']\n" }],
  [
    "npm, with references in the root",
    {
      "package.json": '{ "workspaces": ["packages/*"] }',
      "tsconfig.json": '{ "files": [], "references": [{ "path": "packages/api" }] }',
    },
  ],
])("a monorepo of %s", (_, files) => {
  it("is checked and listed as one project, from its root", async () => {
    const app = monorepo(files);
    const { code, stdout } = await app.run("check", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject([{ name: "option-unknown", file: "packages/web/src/b.ts" }]);
    app.write("packages/web/src/b.ts", app.read("packages/web/src/b.ts").replace("tll", "ttl"));
    expect((await app.run("check")).stdout).toBe("No problems in 2 cached functions in 2 files.\n");
    const listed = JSON.parse((await app.run("list", "--json")).stdout) as { id: string; file: string }[];
    expect(listed.map(({ id, file }) => [id.split("@")[0], file])).toEqual([
      ["api/src/a:a", "packages/api/src/a.ts"],
      ["web/src/b:b", "packages/web/src/b.ts"],
    ]);
  });
});

it("checks one package in its folder, and the root alone if that has files of its own", async () => {
  const app = monorepo({ "package.json": '{ "workspaces": ["packages/*"] }' });
  expect((await app.runIn("packages/api", "check")).stdout).toBe(
    "No problems in 1 cached function in 1 file.\n",
  );
  app.write("tsconfig.json", '{ "include": ["packages/api"] }');
  expect((await app.run("check")).code).toBe(0);
});
