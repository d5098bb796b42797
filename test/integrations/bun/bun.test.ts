/** `aotcache/bun` in a program, in tests and in a bundle. */
import { expect, it } from "vitest";
import { bun } from "../../support/bun.ts";
import { emptyProject, node, type TestProject } from "../../support/bundlers.ts";

const CUBE = `export interface Edge { readonly length: number }

// @cached ttl=5m allow=cheap
export async function cube({ length }: Edge): Promise<number> {
  return length ** 3;
}
`;

const MAIN = `import { cacheOf } from "aotcache";
import { cube } from "./cube.ts";
import old from "./old.js";

await cube({ length: 2 });
const answer = await cube({ length: 2 });
console.log(JSON.stringify([answer, cacheOf(cube).stats().hits, cacheOf(cube).key({ length: 2 }), old()]));
`;

const TEST = `import { expect, test } from "bun:test";
import { cacheOf } from "aotcache";
import { cube } from "./cube.ts";

test("computes once", async () => {
  expect([await cube({ length: 2 }), await cube({ length: 2 })]).toEqual([8, 8]);
  expect(cacheOf(cube).stats().hits).toBe(1);
});
`;

const BUILD = `import aotcache from "aotcache/bun";

await Bun.build({ entrypoints: ["src/main.ts"], outdir: "dist", target: "node", plugins: [aotcache()] });
`;

const PRINTED = [8, 1, expect.stringMatching(/^shop\/src\/cube:cube@[0-9a-f]{8}\(\{length:2\}\)$/), "old"];

function shop(files: Readonly<Record<string, string>> = {}): TestProject {
  const project = emptyProject();
  const all = {
    "package.json": '{ "name": "shop" }',
    "tsconfig.json": '{ "compilerOptions": { "strict": true, "target": "esnext", "module": "preserve" } }',
    "src/cube.ts": CUBE,
    "src/main.ts": MAIN,
    "src/old.js": 'module.exports = () => "old";',
    "src/cube.test.ts": TEST,
    "build.ts": BUILD,
    ...files,
  };
  for (const [path, text] of Object.entries(all)) project.write(path, text);
  return project;
}

it("compiles a program, its tests and a bundle, with the same keys", async () => {
  const { root, write } = shop();
  const program = await bun(root, "--preload", "aotcache/bun", "src/main.ts");
  expect(program.stderr).toBe("");
  const printed = JSON.parse(program.stdout) as unknown[];
  expect(printed).toEqual(PRINTED);

  write("bunfig.toml", 'preload = ["aotcache/bun"]\n[test]\npreload = ["aotcache/bun"]\n');
  expect(JSON.parse((await bun(root, "run", "src/main.ts")).stdout)).toEqual(printed);
  const tests = await bun(root, "test");
  expect(tests.stderr).toContain(" 1 pass");
  expect(tests.code, tests.stderr).toBe(0);

  write("bunfig.toml", "");
  const build = await bun(root, "build.ts");
  expect(build.code, build.stderr).toBe(0);
  const { stdout } = await node(root, "dist/main.js");
  expect(JSON.parse(stdout)).toEqual(printed);
}, 180_000);

it("fails with the diagnostics of a wrong pragma", async () => {
  const { root } = shop({ "src/cube.ts": CUBE.replace("ttl=5m", "tll=5m") });
  for (const args of [["--preload", "aotcache/bun", "src/main.ts"], ["build.ts"]]) {
    const { code, stderr } = await bun(root, ...args);
    expect(code).toBe(1);
    expect(stderr).toMatch(/option-unknown[^]*ttl/);
    expect(stderr).toMatch(/cube\.ts:3:12/);
  }
});

it("takes the options of a preloaded file", async () => {
  const preload = 'import aotcache from "aotcache/bun"; Bun.plugin(aotcache({ namespace: "other" }));';
  const { root } = shop({ "preload.ts": preload });
  const { stdout } = await bun(root, "--preload", "./preload.ts", "src/main.ts");
  expect(stdout).toContain('"other/src/cube:cube@');
});

it("is what aotcache/register asks for", async () => {
  const { code, stderr } = await bun(shop().root, "--preload", "aotcache/register", "src/main.ts");
  expect(code).toBe(1);
  expect(stderr).toContain(
    "aotcache/register is for Node.js; in Bun, write `bun --preload aotcache/bun src/app.ts`.",
  );
});
