/** Every command looks at the files that tsc takes, also those that the tsconfig reaches only by import. */
import { expect, it } from "vitest";
import { project } from "../../support/cli.ts";

const FILES = {
  "package.json": '{ "name": "shop" }',
  "tsconfig.json": `{ "compilerOptions": { "lib": ["es5"], "types": [], "module": "esnext", "moduleResolution": "bundler",
    "paths": { "@shop/*": ["./libs/*/index.ts"] } }, "files": ["apps/web/main.ts"] }`,
  "apps/web/main.ts": 'import { sum } from "@shop/prices";\nsum(1, 2);\n',
  "libs/prices/index.ts": 'export { sum } from "./sum";\n',
  "libs/prices/sum.ts":
    "// @cached ttl=10 allow=cheap\nexport function sum(a: number, b: number): number {\n  return a + b;\n}\n",
};

it("list and explain show them", async () => {
  const app = project(FILES);
  const { code, stdout } = await app.run("list", "--json");
  expect(code).toBe(0);
  expect(
    (JSON.parse(stdout) as { file: string; line: number }[]).map(({ file, line }) => [file, line]),
  ).toEqual([["libs/prices/sum.ts", 2]]);
  expect((await app.run("explain", "libs/prices/sum.ts:3")).code).toBe(0);
});

it("check finds their problems", async () => {
  const app = project(FILES);
  expect(await app.run("check")).toEqual({
    code: 0,
    stdout: "No problems in 1 cached function in 1 file.\n",
    stderr: "",
  });
  app.write("libs/prices/sum.ts", app.read("libs/prices/sum.ts").replace("ttl", "tll"));
  const { code, stdout } = await app.run("check", "--json");
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject([{ name: "option-unknown", file: "libs/prices/sum.ts" }]);
});

it("check --built misses them in a build without the compiler", async () => {
  const app = project({ ...FILES, "dist/main.js": "console.log(3);\n" });
  const { code, stdout } = await app.run("check", "--built", "dist", "--json");
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject([{ name: "build-missing", file: "libs/prices/sum.ts" }]);
});

it("the manifest contains them", async () => {
  const app = project(FILES);
  expect((await app.run("list", "--manifest")).code).toBe(0);
  expect(app.read("aotcache.manifest.json")).toContain('"libs/prices/sum.ts"');
});
