/** Programs without the compiler: they import or require the package, and cache in memory. */
import { cpSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { emptyProject, node, repository, type TestProject } from "../support/bundlers.ts";

const REPORT = {
  answers: [5, 5],
  shared: true,
  runs: 2,
  hits: 1,
  key: expect.stringMatching(/:distance@.*\("Oslo","Stockholm"\)$/) as string,
};

function copy(app: string): TestProject {
  const shop = emptyProject();
  cpSync(join(repository, "fixtures/apps", app), shop.root, { recursive: true });
  return shop;
}

it("CommonJS requires it without a warning", async () => {
  const { stdout, stderr } = await node(copy("commonjs").root, "main.js");
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual(REPORT);
});

it("plain JavaScript imports it", async () => {
  const shop = copy("commonjs");
  shop.write("package.json", '{ "type": "module" }');
  shop.edit(
    "main.js",
    'const { cached, cacheOf } = require("aotcache");',
    'import { cached, cacheOf } from "aotcache";',
  );
  const { stdout, stderr } = await node(shop.root, "main.js");
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual(REPORT);
});
