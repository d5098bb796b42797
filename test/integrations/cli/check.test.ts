import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { project, shop } from "../../support/cli.ts";

const CLOCK = `
// @cached ttl=10
export function today(zone: string): string {
  return new Date().toLocaleString("en", { timeZone: zone });
}
`;
const BROKEN = `
// @cached tll=10
export const double = (n: number): number => 2 * n;

// @cached ttl=0
export const triple = (n: number): number => 3 * n;
`;

describe("aotcache check", () => {
  it("accepts a project without problems", async () => {
    expect(await shop().run("check")).toEqual({
      code: 0,
      stdout: "No problems in 7 cached functions in 2 files.\n",
      stderr: "",
    });
  });

  it("keeps the result of every marked file for the next run, also of a file with an error", async () => {
    const app = shop({ "src/broken.ts": BROKEN, "node_modules/one/index.js": "" });
    const first = await app.run("check");
    const kept = readdirSync(join(app.root, "node_modules/.cache/aotcache"));
    expect(kept.filter((name) => name.endsWith(".entry"))).toHaveLength(3);
    expect(await app.run("check")).toEqual(first);
    expect(first.code).toBe(1);
    app.write("src/broken.ts", BROKEN.replace("tll", "ttl").replace("ttl=0", "ttl=1"));
    expect((await app.run("check")).code).toBe(0);
  });

  it("reports code that is nested too deeply for TypeScript, and the other files too", async () => {
    const deep = `export const deep = ${"[".repeat(20_000)}${"]".repeat(20_000)};\n`;
    const app = shop({ "src/broken.ts": BROKEN, "src/a-deep.ts": deep + CLOCK });
    const { code, stdout } = await app.run("check");
    expect(code).toBe(1);
    expect(stdout.match(/^src\/\S+ \w+ \S+$/gm)).toEqual([
      "src/a-deep.ts:1:20020 error too-deep",
      "src/broken.ts:2:12 error option-unknown",
      "src/broken.ts:5:16 error option-value",
    ]);
  });

  it("reports another name for an automatic import, which only the declarations show", async () => {
    const app = shop({
      "src/auto-imports.d.ts":
        "// @cached\nexport {}\ndeclare global {\n  const memo: typeof import('aotcache').cached\n}\n",
      "src/plain.d.ts": "/** @cached */\nexport declare const cached: () => void;\n",
    });
    const { code, stdout } = await app.run("check");
    expect(code).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "src/auto-imports.d.ts:4:9 warning reexport-renamed
      \`cached\` is declared as the global \`memo\`, and files that use only that name are not compiled.

        2 | export {}
        3 | declare global {
      > 4 |   const memo: typeof import('aotcache').cached
          |         ^^^^
        5 | }

      Import it automatically as \`cached\`, not as \`memo\`.

      Found 1 warning in 1 file.
      "
    `);
  });

  it("prints every problem with its place relative to the working directory, and exits with 1", async () => {
    const app = shop({ "src/broken.ts": BROKEN, "src/clock.ts": CLOCK });
    const { code, stdout, stderr } = await app.runIn("src", "check");
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(stdout).toMatchInlineSnapshot(`
      "broken.ts:2:12 error option-unknown
      \`tll\` is not an option.

        1 |
      > 2 | // @cached tll=10
          |            ^^^
        3 | export const double = (n: number): number => 2 * n;
        4 |

      Write \`ttl\`.

      broken.ts:5:16 error option-value
      \`ttl\` cannot be \`0\`.

        3 | export const double = (n: number): number => 2 * n;
        4 |
      > 5 | // @cached ttl=0
          |                ^
        6 | export const triple = (n: number): number => 3 * n;

      Write a number of seconds above zero, or \`500ms\`, \`10s\`, \`5m\`, \`2h\`, \`7d\`, or \`forever\`.

      clock.ts:4:10 warning ambient-read
      \`new Date()\` is not part of the key: one caller's answer could be served to another.

        2 | // @cached ttl=10
        3 | export function today(zone: string): string {
      > 4 |   return new Date().toLocaleString("en", { timeZone: zone });
          |          ^^^^^^^^^^
        5 | }

      Pass its value as a parameter, or silence this with \`allow=ambient-read\`.

      Found 2 errors and 1 warning in 2 files.
      "
    `);
  });

  it("exits with 0 if there are only warnings", async () => {
    const { code, stdout } = await shop({ "src/clock.ts": CLOCK }).run("check");
    expect(code).toBe(0);
    expect(stdout).toContain("Found 1 warning in 1 file.\n");
  });

  it("turns warnings into errors with --strict, and silences them with --allow", async () => {
    const app = shop({ "src/clock.ts": CLOCK });
    expect((await app.run("check", "--strict")).stdout).toContain("Found 1 error in 1 file.\n");
    expect(await app.run("check", "--strict", "--allow", "ambient-read")).toMatchObject({ code: 0 });
    expect(await app.run("check", "--strict", "--allow=module-state,ambient-read")).toMatchObject({
      code: 0,
    });
  });

  it("prints only an array with --json, with paths relative to the project", async () => {
    const app = shop({ "src/clock.ts": CLOCK });
    const { code, stdout, stderr } = await app.runIn("src", "check", "--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchInlineSnapshot(`
      [
        {
          "column": 10,
          "endColumn": 20,
          "endLine": 4,
          "file": "src/clock.ts",
          "help": "Pass its value as a parameter, or silence this with \`allow=ambient-read\`.",
          "line": 4,
          "message": "\`new Date()\` is not part of the key: one caller's answer could be served to another.",
          "name": "ambient-read",
          "severity": "warning",
        },
      ]
    `);
    expect(JSON.parse((await shop().run("check", "--json")).stdout)).toEqual([]);
  });

  it("reports that nothing is cached", async () => {
    const app = project({ "tsconfig.json": "{}", "a.ts": "export const a = 1;", "b.ts": "export {};" });
    expect(await app.run("check")).toEqual({
      code: 0,
      stdout: "No cached functions in 2 files.\n",
      stderr: "",
    });
  });

  it("uses the defaults and the namespace of the build", async () => {
    const app = shop({ "src/late.ts": "// @cached swr=1h\nexport const f = (n: number): number => n;\n" });
    expect((await app.run("check")).stdout).toContain("option-conflict");
    expect(await app.run("check", "--default", "ttl=5m")).toMatchObject({ code: 0 });
    const named = await app.run("list", "--default", "ttl=5m", "--namespace", "other");
    expect(named.stdout).toContain("other/src/late:f@");
  });
});

describe("the files of a project", () => {
  const fn = (name: string): string => `// @cached\nexport const ${name} = (n: number): number => n;\n`;
  const found = async (app: ReturnType<typeof project>, ...argv: string[]): Promise<string[]> => {
    const { stdout, code, stderr } = await app.run("list", "--json", ...argv);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return (JSON.parse(stdout) as { file: string }[]).map(({ file }) => file);
  };

  it("are those of the tsconfig, including references", async () => {
    const app = project({
      "package.json": '{ "name": "many" }',
      "tsconfig.json":
        '{ "files": [], "references": [{ "path": "./app" }, { "path": "./lib/tsconfig.lib.json" }] }',
      "app/tsconfig.json": '{ "references": [{ "path": "../lib/tsconfig.lib.json" }] }',
      "lib/tsconfig.lib.json": '{ "include": ["src"], "references": [{ "path": "../app" }] }',
      "app/main.ts": fn("main"),
      "lib/src/lib.tsx": fn("lib"),
      "lib/other.ts": fn("other"),
      "loose.ts": fn("loose"),
    });
    expect(await found(app)).toEqual(["app/main.ts", "lib/src/lib.tsx"]);
    expect(await found(app, "-p", "lib/tsconfig.lib.json")).toEqual(["app/main.ts", "lib/src/lib.tsx"]);
  });

  it("include JavaScript if the tsconfig says so, or for a jsconfig", async () => {
    const files = {
      "package.json": "{}",
      "a.js": fn("a").replace(": number): number", ")"),
      "b.ts": fn("b"),
      "node_modules/x/c.js": fn("c"),
    };
    const loose = ["--allow", "parameter-unproved"];
    expect(await found(project({ ...files, "tsconfig.json": "{}" }))).toEqual(["b.ts"]);
    const allowed = '{ "compilerOptions": { "allowJs": true } }';
    expect(await found(project({ ...files, "tsconfig.json": allowed }), ...loose)).toEqual(["a.js", "b.ts"]);
    expect(await found(project({ ...files, "jsconfig.json": "{}" }), ...loose)).toEqual(["a.js", "b.ts"]);
  });

  it("are filtered by --include and --exclude, relative to the working directory", async () => {
    const app = shop();
    expect(await found(app, "--include", "src/*s.ts")).toEqual(["src/products.ts", "src/products.ts"]);
    expect(new Set(await found(app, "--exclude", "**/products.ts"))).toEqual(new Set(["src/stock.ts"]));
    const inside = await app.runIn("src", "check", "--include", "products.ts", "--exclude", "nothing");
    expect(inside.stdout).toBe("No problems in 2 cached functions in 1 file.\n");
    expect((await app.run("check", "--include", "src/")).stdout).toContain("7 cached functions");
  });

  it("exclude files that the compiler wrote", async () => {
    const app = project({ "package.json": '{ "name": "one" }', "tsconfig.json": "{}", "a.ts": fn("a") });
    app.write("out/a.ts", `import * as $aot from "aotcache/internal"; ${fn("a")}`);
    app.write("out/b.cts", `${fn("b")}import $aot = require("aotcache/internal");`);
    expect(await found(app)).toEqual(["a.ts"]);
  });

  it("may be in a folder with spaces and letters of any alphabet", async () => {
    const app = shop({}, "Früchte & (Gemüse) [neu]");
    expect(await found(app, "--include", "src/products.ts")).toHaveLength(2);
  });

  it("are found from a folder inside the project, with paths from the package", async () => {
    const app = shop({ "src/deep/a.ts": fn("a") });
    const { stdout } = await app.runIn("src/deep", "list", "--json");
    expect((JSON.parse(stdout) as { file: string }[])[0]!.file).toBe("src/deep/a.ts");
    const text = await app.runIn("src/deep", "list");
    expect(text.stdout).toMatch(/^a\.ts:2:18 {2}shop\/src\/deep\/a:a@/);
    expect(text.stdout).toMatch(/^\.\.\/products\.ts:9:23 /m);
  });
});
