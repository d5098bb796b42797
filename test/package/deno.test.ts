/** Deno imports the package from npm, and needs no permission for it. It compiles with the hooks of Node.js. */
import { execFile } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { emptyProject, repository } from "../support/bundlers.ts";

it("a program caches in memory, without any permission", async () => {
  const shop = emptyProject();
  cpSync(join(repository, "fixtures/apps/deno"), shop.root, { recursive: true });
  // The package of this repository instead of the published one.
  const args = ["-y", "deno@2", "run", "--no-prompt", "--node-modules-dir=manual", "main.ts"];
  const { stdout } = await promisify(execFile)("npx", args, { cwd: shop.root });
  expect(JSON.parse(stdout)).toEqual({
    answers: [5, 5],
    shared: true,
    runs: 2,
    hits: 1,
    key: expect.stringMatching(/:distance@.*\("Oslo","Stockholm"\)$/) as string,
  });
});

it("a program is compiled by aotcache/register", async () => {
  const shop = emptyProject();
  shop.write("package.json", '{ "name": "shop", "dependencies": { "aotcache": "*", "ts-morph": "*" } }');
  shop.write(
    "main.ts",
    `import { cacheOf } from "aotcache";
// @cached ttl=5m allow=cheap
function cube({ length }: { length: number }): number {
  return length ** 3;
}
console.log(cacheOf(cube).key({ length: 2 }));`,
  );
  const args = [
    "-y",
    "deno@2",
    "run",
    "-A",
    "--node-modules-dir=manual",
    "--preload",
    "npm:aotcache/register",
  ];
  const { stdout } = await promisify(execFile)("npx", [...args, "main.ts"], { cwd: shop.root });
  expect(stdout).toMatch(/^shop\/main:cube@[0-9a-f]{8}\(\{length:2\}\)$/m);
});
