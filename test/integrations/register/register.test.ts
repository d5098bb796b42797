/** `node --import aotcache/register` in real processes. These tests run on each release of Node.js. */
import { cpSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createCompiler } from "../../../src/index.ts";
import { emptyProject, node, repository, type Outcome, type TestProject } from "../../support/bundlers.ts";

const REGISTER = ["--import", "aotcache/register"];
const TSX = ["--import", "tsx"];

const WAYS: readonly [string, readonly string[]][] = [
  ["alone", REGISTER],
  ["behind tsx", [...TSX, ...REGISTER]],
  ["in front of tsx", [...REGISTER, ...TSX]],
];

const TSCONFIG = JSON.stringify({
  compilerOptions: {
    target: "es2022",
    lib: ["es2022"],
    module: "nodenext",
    types: [],
    strict: true,
    jsx: "react",
    jsxFactory: "h",
    allowJs: true,
  },
});

/** A program of short files. */
function shopOf(files: Readonly<Record<string, string>>): TestProject {
  const shop = emptyProject();
  const all = { "package.json": '{ "name": "shop", "type": "module" }', "tsconfig.json": TSCONFIG, ...files };
  for (const [path, text] of Object.entries(all)) shop.write(path, text);
  return shop;
}

/** Runs Node.js in the folder of a program, with the options of a user. */
async function start(shop: TestProject, args: readonly string[], options?: object): Promise<Outcome> {
  if (options) process.env["AOTCACHE_OPTIONS"] = JSON.stringify(options);
  try {
    return await node(shop.root, ...args);
  } finally {
    delete process.env["AOTCACHE_OPTIONS"];
  }
}

async function printed(shop: TestProject, args: readonly string[], options?: object): Promise<unknown> {
  const { code, stdout, stderr } = await start(shop, args, options);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

describe.each(WAYS)("a program that is started with it %s", (_how, ways) => {
  it("hits, and has the keys that every other integration makes", async () => {
    const shop = emptyProject();
    cpSync(join(repository, "fixtures/apps/register"), shop.root, { recursive: true });
    const compiler = await createCompiler({ root: shop.root });
    const { sites } = compiler.compile("src/prices.ts", shop.read("src/prices.ts"));
    const ids = sites.map(({ id }) => `${id.namespace}:${id.name}@${id.version}`);
    expect(await printed(shop, [...ways, "src/main.ts"])).toMatchObject({
      runs: { total: 1, rate: 1, label: 1 },
      keys: [
        `${ids[0]!}({items:[{count:2,price:4,sku:"tea"},{count:1,price:7,sku:"cup"}],currency:"EUR"})`,
        `${ids[1]!}("USD","EUR")`,
        `${ids[2]!}("tea",undefined;this.shop="north")`,
      ],
    });
  });

  it("may have files of every kind, imported and required; stacks have the places of the sources", async () => {
    const shop = shopOf(KINDS);
    const expected = Object.fromEntries(MODULES.map((path) => [path, ["hit", placeOf(path, "new Error")]]));
    expect(await printed(shop, [...ways, "main.ts"])).toEqual(expected);
  });

  it("does not start with an invalid pragma, and reports all of them with their places", async () => {
    const shop = shopOf({
      "main.ts": 'import "./wrong.ts";\n',
      "wrong.ts":
        "type N = number;\n// @cached ttl=0\nexport const f = (n: N): N => n;\n// @cached tll=1\nexport const g = (n: N): N => n;\n",
    });
    const { code, stdout, stderr } = await start(shop, [...ways, "main.ts"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(
      "wrong.ts:2:16 error option-value\n`ttl` cannot be `0`.\n\n  1 | type N = number;\n> 2 | // @cached ttl=0\n    |                ^\n",
    );
    expect(stderr).toContain("wrong.ts:4:12 error option-unknown\n`tll` is not an option.\n");
    expect(stderr).toContain(`at ${shop.at("wrong.ts")}:2:16`);
  });
});

/** In each of them, lines with types above the function are removed, and code is inserted before the error. */
const MODULES = ["lib/a.ts", "lib/b.mts", "lib/c.cts", "lib/d.js", "lib/e.mjs", "lib/f.cjs", "lib/g.tsx"];

/** `path:line:column` of a text in one of them. */
function placeOf(path: string, part: string): string {
  const lines = KINDS[path]!.slice(0, KINDS[path]!.indexOf(part)).split("\n");
  return `${path}:${lines.length}:${lines.at(-1)!.length + 1}`;
}

const body = (types: boolean): string => `const state = { runs: 0 };
${types ? "interface Nothing {\n  a: 1;\n}" : "//\n//\n//"}
/** @cached allow=module-state */
FUNCTION { if (id === 13) throw new Error("unlucky");
  return ++state.runs;
}
`;
const typed = body(true).replace("FUNCTION", "function find(id: number): number");
const untyped = body(false).replace("FUNCTION", "function find(/** @type {number} */ id)");

const KINDS: Readonly<Record<string, string>> = {
  "lib/a.ts": `${typed}export { find };\n`,
  "lib/b.mts": `${typed}export { find };\n`,
  "lib/c.cts": `${typed}module.exports = { find };\n`,
  "lib/d.js": `${untyped}export { find };\n`,
  "lib/e.mjs": `${untyped}export { find };\n`,
  "lib/f.cjs": `${untyped}exports.find = find;\n`,
  "lib/g.tsx": `${typed}export { find };
const h = (tag: string, props: object | null): object => ({ tag, props });
export const element = <div id="a" />;\n`,
  "main.ts": `import { createRequire } from "node:module";
import * as a from "./lib/a.ts";
import * as b from "./lib/b.mts";
import * as d from "./lib/d.js";
import * as e from "./lib/e.mjs";
import f from "./lib/f.cjs";
const require = createRequire(import.meta.url);
const c = require("./lib/c.cts");
const g = await import("./lib/g.tsx" as string);
const modules: [string, any][] = [
  ["lib/a.ts", a], ["lib/b.mts", b], ["lib/c.cts", c], ["lib/d.js", d], ["lib/e.mjs", e], ["lib/f.cjs", f], ["lib/g.tsx", g],
];
const report: Record<string, string[]> = {};
for (const [path, { find }] of modules) {
  const state = find(1) === find(1) ? "hit" : "miss";
  try {
    find(13);
  } catch (error: any) {
    const [place] = /[^\\s(]+:\\d+:\\d+(?=\\)?\\n)/.exec(error.stack)!;
    report[path] = [state, place.replace(/^.*(?=lib\\/)/, "")];
  }
}
if (require("./lib/f.cjs").find !== (f as any).find) throw new Error("There are two of f.cjs.");
console.log(JSON.stringify(report));
`,
};

describe("a package in node_modules", () => {
  const files = {
    "node_modules/dep/package.json": '{ "name": "dep", "type": "module", "main": "index.js" }',
    "node_modules/dep/index.js":
      "const state = { runs: 0 };\n// @cached allow=module-state\nexport function dep(/** @type {number} */ n) { return ++state.runs; }\n",
    "main.mjs": 'import { dep } from "dep";\nconsole.log(JSON.stringify([dep(1), dep(1)]));\n',
  };

  it("is not compiled", async () => {
    expect(await printed(shopOf(files), [...REGISTER, "main.mjs"])).toEqual([1, 2]);
  });

  it("is compiled if it is not excluded, and the compiler can still load", async () => {
    const options = { exclude: ["node_modules/{ts-morph,@ts-morph}/**"] };
    expect(await printed(shopOf(files), [...REGISTER, "main.mjs"], options)).toEqual([1, 1]);
  });
});

describe("its options", () => {
  const files = {
    "main.mjs": `import { cacheOf } from "aotcache";
// @cached version=1
function f(/** @type {number} */ n) { return n; }
console.log(JSON.stringify(cacheOf(f).key(1)));
`,
  };

  it("come from the environment", async () => {
    expect(await printed(shopOf(files), [...REGISTER, "main.mjs"], { namespace: "other" })).toBe(
      "other/main:f@1(1)",
    );
  });

  it("are rejected in one line if they are unknown", async () => {
    const { code, stderr } = await start(shopOf(files), [...REGISTER, "main.mjs"], { namspace: "other" });
    expect(code).toBe(1);
    expect(stderr).toContain("aotcache: `namspace` is not an option. Write `namespace`.\n");
  });
});

describe("a second start", () => {
  it("loads no TypeScript for unchanged JavaScript", async () => {
    const shop = shopOf({
      "main.cjs": `// @cached
function f(/** @type {number} */ n) { return {}; }
const loaded = Object.keys(require.cache).some((path) => path.includes("ts-morph"));
console.log(JSON.stringify([f(1) === f(1), loaded]));
`,
    });
    expect(await printed(shop, [...REGISTER, "main.cjs"])).toEqual([true, true]);
    expect(await printed(shop, [...REGISTER, "main.cjs"])).toEqual([true, false]);
    shop.edit("main.cjs", "{};", "{ n };");
    expect(await printed(shop, [...REGISTER, "main.cjs"])).toEqual([true, true]);
  });
});

it("isolates the tests of node:test, and gives handles to their mocks' functions", async () => {
  const shop = shopOf({
    "src/price.ts":
      "export const seen = { runs: 0 };\n// @cached ttl=10m allow=module-state\nexport async function price(sku: string): Promise<number> {\n  seen.runs++;\n  return sku.length;\n}\n",
    "src/price.test.mjs": `
import assert from "node:assert";
import * as runner from "node:test";
import { cacheOf } from "aotcache";
import { isolateCache, withoutCache } from "aotcache/testing";
import { price, seen } from "./price.ts";

isolateCache(runner);
runner.beforeEach(() => void (seen.runs = 0));

for (const test of [1, 2])
  runner.it("begins with an empty cache: " + test, async () => {
    for (const _ of [1, 2]) await price("tea");
    assert.equal(seen.runs, 1);
    await withoutCache(() => price("tea"));
    assert.equal(seen.runs, 2);
  });

runner.it("keeps the handle of what a mock replaces", async () => {
  const service = { price };
  const { price: before } = service;
  runner.mock.method(service, "price");
  for (const _ of [1, 2]) await service.price("tea");
  assert.equal(service.price.mock.callCount(), 2);
  assert.equal(cacheOf(before).stats().hits, 1);
  assert.throws(() => cacheOf(service.price), /is a spy or a mock/);
});
`,
  });
  const { code, stdout } = await node(shop.root, ...REGISTER, "--test", "src/price.test.mjs");
  expect(code, stdout).toBe(0);
  expect(stdout).toMatch(/pass 3/);
});
