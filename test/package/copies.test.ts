/** Several copies of the runtime in one process, as bundlers make them, are one cache. */
import { build } from "esbuild";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { emptyProject, node, repository, type TestProject } from "../support/bundlers.ts";

const OPTIONS = { bundle: true, platform: "node", logLevel: "silent" } as const;

/** Bundles a file of a project as servers and functions in the cloud do, into a folder without `node_modules`. */
async function bundle(shop: TestProject, file: string, format: "cjs" | "esm"): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "aotcache-bundle-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const outfile = join(folder, format === "cjs" ? "main.cjs" : "main.mjs");
  await build({ ...OPTIONS, entryPoints: [shop.at(file)], format, outfile });
  return outfile;
}

const HANDLER = `
import { cached, cacheOf, configure } from "aotcache";
import { redis } from "aotcache/redis";
import { memcached } from "aotcache/memcached";
const cache = redis({ port: 1, namespace: "lambda" });
configure({ default: cache, backends: { far: memcached({ servers: "127.0.0.1:1" }) } });
const find = cached(async (id) => ({ id }), { name: "find" });
console.log(cache.raw.options.port, cacheOf(find).key(1));
cache.close();
`;

it("a CommonJS bundle starts in an empty folder, with the clients in it", async () => {
  const shop = emptyProject();
  shop.write("main.js", HANDLER);
  const { stdout, stderr } = await node(tmpdir(), await bundle(shop, "main.js", "cjs"));
  expect({ stdout, stderr }).toEqual({ stdout: "1 uncompiled:find@0(1)\n", stderr: "" });
});

it("a bundle of ES modules finds the clients that are installed", async () => {
  const shop = emptyProject();
  shop.write("main.js", HANDLER);
  await build({ ...OPTIONS, entryPoints: [shop.at("main.js")], format: "esm", outfile: shop.at("out.mjs") });
  const { stdout, stderr } = await node(shop.root, "out.mjs");
  expect({ stdout, stderr }).toEqual({ stdout: "1 uncompiled:find@0(1)\n", stderr: "" });
});

const ROUTE = `
import { cached, cacheOf } from "aotcache";
export const find = cached((id) => ({ id }), { name: "find" });
export const far = cached(async (id) => ({ id }), { name: "far", backend: "far" });
export const peek = (fn, id) => cacheOf(fn).peek(id);
`;
const SETUP = `
import { cacheOf, configure, memory } from "aotcache";
import { keyv } from "aotcache/keyv";
export const cache = memory();
export const store = keyv(new Map());
export const setup = () => configure({ default: cache, backends: { far: store } });
export const invalidate = (fn, id) => cacheOf(fn).invalidate(id);
`;

it.each<["cjs" | "esm", "cjs" | "esm"]>([
  ["cjs", "cjs"],
  ["esm", "esm"],
  ["cjs", "esm"],
])("two bundles of a server (%s, %s) share what is configured", async (first, second) => {
  const shop = emptyProject();
  shop.write("route.js", ROUTE);
  shop.write("setup.js", SETUP);
  shop.write(
    "main.mjs",
    `
import { find, far, peek } from ${JSON.stringify(await bundle(shop, "route.js", first))};
import { cache, store, setup, invalidate } from ${JSON.stringify(await bundle(shop, "setup.js", second))};
find(1);
setup();
for (const id of [1, 1, NaN, NaN, -0, "a", "a", { deep: [1] }, { deep: [1] }]) find(id), await far(id);
const [before, removed, after] = [await peek(find, -0), await invalidate(find, -0), await peek(find, -0)];
console.log(JSON.stringify([cache.stats(), store.stats(), before, removed, after]));`,
  );
  const { stdout, stderr } = await node(shop.root, "main.mjs");
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toMatchObject([
    { hits: 4, misses: 5, entries: 4 },
    { hits: 4, misses: 5 },
    { id: 0 },
    true,
    null,
  ]);
});

it("two bundles share the classes that one of them configures", async () => {
  const shop = emptyProject();
  shop.write(
    "route.js",
    `${ROUTE}export const copied = cached((id) => ({ id }), { copy: "clone", name: "copied" });`,
  );
  shop.write("setup.js", `${SETUP}export { configure } from "aotcache";`);
  shop.write(
    "main.mjs",
    `
import { find, far, copied } from ${JSON.stringify(await bundle(shop, "route.js", "cjs"))};
import { store, configure } from ${JSON.stringify(await bundle(shop, "setup.js", "esm"))};
class Decimal { constructor(text) { this.text = text; } }
const decode = (text) => new Decimal(text);
configure({ backends: { far: store }, classes: [{ class: Decimal, encode: ({ text }) => text, decode }] });
const one = find(new Decimal("1"));
const results = [find(new Decimal("1")) === one, find(new Decimal("2")) === one, find("1") === one];
for (let call = 0; call < 2; call++)
  results.push((await far(new Decimal("1"))).id instanceof Decimal, copied(new Decimal("1")).id instanceof Decimal);
console.log(JSON.stringify(results), store.stats().hits);`,
  );
  const { stdout, stderr } = await node(shop.root, "main.mjs");
  expect({ stdout, stderr }).toEqual({ stdout: "[true,false,false,true,true,true,true] 1\n", stderr: "" });
});

it("compiled functions work with the features that a bundle with another copy enabled", async () => {
  const shop = emptyProject();
  shop.write("package.json", '{ "name": "shop" }');
  shop.write("setup.js", `${SETUP}export { cached, configure } from "aotcache";`);
  const fixture = join(repository, "fixtures/compile/plain-object-is-taken-apart/output.ts");
  const compiled = await bundle(shop, relative(shop.root, fixture), "cjs");
  shop.write(
    "main.mjs",
    `
import { cached, configure } from ${JSON.stringify(await bundle(shop, "setup.js", "esm"))};
configure({ verify: 1 });
cached((value) => value)({});
const { length, runs } = await import(${JSON.stringify(compiled)});
const [x, y] = [3, 4];
const points = [{ x, y }, { y, x, z: 1 }, Object.assign(Object.create(null), { x, y }), new Map(), Object(7), { x, y, z: () => 1 }];
const results = points.map((point) => [length(point), length(point), runs.splice(0).length]);
console.log(JSON.stringify(results));`,
  );
  const { stdout, stderr } = await node(shop.root, "main.mjs");
  expect(JSON.parse(stdout)).toEqual([
    [5, 5, 1],
    [5, 5, 1],
    [5, 5, 1],
    [null, null, 1],
    [null, null, 2],
    [5, 5, 2],
  ]);
  expect(stderr).toContain(
    "a call of length (fixtures/compile/plain-object-is-taken-apart/input.ts:9) is not cached",
  );
});

it("a copy with another ABI is named where the two meet", async () => {
  const shop = emptyProject();
  shop.write("route.js", ROUTE);
  shop.write("setup.js", SETUP);
  const other = await bundle(shop, "setup.js", "esm");
  shop.write(
    "main.mjs",
    `
import { readFileSync, writeFileSync } from "node:fs";
const path = ${JSON.stringify(other)};
const changed = path.replace("main", "changed");
writeFileSync(changed, readFileSync(path, "utf8").replace(/storeAbi = \\d+/, "storeAbi = 99").replace(/PREFIX \\+ \\d+\\)/, "PREFIX + 99)"));
const { cache } = await import(changed);
const { configure } = await import("aotcache");
const attempt = (run) => { try { run(); } catch ({ code, message }) { console.log(code, message); } };
attempt(() => configure({ default: cache }));
attempt(() => configure({}));`,
  );
  const { stdout, stderr } = await node(shop.root, "main.mjs");
  expect(stdout).toBe(
    "abi-mismatch `default` was made by an aotcache with ABI 99, and this runtime has ABI 3; install one version of aotcache.\n",
  );
  expect(stderr).toBe(
    "aotcache: abi-mismatch: this process has aotcache with ABI 99 and with ABI 3, and configure() reaches only the functions of its own; install one version of aotcache.\n",
  );
});
