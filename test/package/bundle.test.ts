/** What compiled functions add to a bundle for browsers: only the parts of the runtime that they use. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { rolldown } from "rolldown";
import { expect, it } from "vitest";
import { createCompiler } from "aotcache/compiler";

const repository = new URL("../../", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL("package.json", repository), "utf8")) as {
  exports: { "./internal": { import: { browser: { default: string } } } };
};
/** The source of what a bundler for browsers takes for `aotcache/internal`. */
const source = manifest.exports["./internal"].import.browser.default
  .replace("dist/", "")
  .replace(".js", ".ts");
const entries: Readonly<Record<string, string>> = {
  "aotcache/internal": fileURLToPath(new URL(source, repository)),
  aotcache: fileURLToPath(new URL("runtime/index.ts", repository)),
};

const compiler = await createCompiler();

/** Bundles a compiled module, for production by default. */
async function bundle(text: string, mode = "production"): Promise<string> {
  const { code } = compiler.compile("fixtures/compile/it.ts", text);
  const build = await rolldown({
    input: "entry.ts",
    platform: "browser",
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === "entry.ts" ? id : entries[id]),
        load: (id) => (id === "entry.ts" ? code : undefined),
      },
    ],
    transform: { define: { "process.env.NODE_ENV": JSON.stringify(mode) } },
  });
  const { output } = await build.generate({ format: "esm", minify: true });
  await build.close();
  return output[0].code;
}

const AREA =
  "// @cached ttl=10m\nexport function area(width: number, height: number): number { return width * height; }";
const PAGE =
  "// @cached ttl=10m\nexport async function page(id: number): Promise<string> { return (await fetch(`/${id}`)).text(); }";

const WITH_HANDLE = `import { cacheOf } from "aotcache";
${AREA}
${PAGE}
export const hits = () => cacheOf(page).stats().hits;`;

/** Texts that identify parts of the runtime. */
const PARTS = {
  "memory for many entries": "getHeapStatistics",
  "texts of built-in objects": "toISOString",
  "signals of callers": "AbortController",
  "older values": "the refresh of a stale value",
  "the option skip": "skip threw",
  "copies of values": "it cannot be copied or frozen",
  "caches that are configured": "No backend is called",
  "checks of results": "can be read only once",
  "objects told apart by identity": "identityNumbers",
};
type Part = keyof typeof PARTS;

const partsOf = (code: string): Part[] =>
  (Object.keys(PARTS) as Part[]).filter((part) => code.includes(PARTS[part]));

it.each<[what: string, text: string, parts: Part[]]>([
  ["functions of primitives", `${AREA}\n${PAGE}`, []],
  [
    "a date",
    AREA.replace("width: number", "width: Date").replace("width *", "+width *"),
    ["texts of built-in objects"],
  ],
  [
    "a signal",
    PAGE.replace("id: number", "id: number, signal?: AbortSignal").replace("`)", "`, { signal })"),
    ["signals of callers"],
  ],
  ["anything", PAGE.replace("id: number", "id: object"), ["texts of built-in objects", "signals of callers"]],
  ["swr", PAGE.replace("ttl=10m", "ttl=10m swr=1h"), ["older values"]],
  ["sie", PAGE.replace("ttl=10m", "ttl=10m sie=1h"), ["older values"]],
  ["skip", AREA.replace("ttl=10m", "skip=null"), ["the option skip"]],
  ["copy", AREA.replace("ttl=10m", "copy=clone"), ["copies of values"]],
  ["a result that is not proven", AREA.replace("): number", "): unknown"), ["checks of results"]],
  [
    "identity",
    AREA.replace("ttl=10m", "identity=width")
      .replace("width: number", "width: { n: number }")
      .replace("width *", "width.n *"),
    ["objects told apart by identity"],
  ],
  ["backend", PAGE.replace("ttl=10m", "backend=far"), ["caches that are configured"]],
  ["functions of primitives, with cacheOf()", WITH_HANDLE, []],
])("of %s: only the parts that they need", async (_, text, parts) => {
  expect(partsOf(await bundle(text))).toEqual(parts);
});

it("freezes stored values, and finds runs that wait for themselves and functions that lose, in development only", async () => {
  const code = await bundle(AREA, "development");
  expect(partsOf(code)).toEqual(["copies of values"]);
  for (const part of ["async_hooks", "slower with its cache"]) {
    expect(code).toContain(part);
    expect(await bundle(AREA)).not.toContain(part);
  }
});

it("freezes stored values in a page of a development server, where there is no `process`", async () => {
  const text = `// @cached ttl=10m
function list(n: number): number[] { return [n]; }
(globalThis as { frozen?: boolean }).frozen = Object.isFrozen(list(1));`;
  const page: { frozen?: boolean } = {};
  runInNewContext(await bundle(text, "development"), page);
  expect(page.frozen).toBe(true);
});

it.each([
  ["functions of primitives", 8.1, `${AREA}\n${PAGE}`],
  ["the same with cacheOf()", 14.4, WITH_HANDLE],
])("of %s is at most %f kB, minified and gzipped, including the functions", async (_, kilobytes, text) => {
  expect(gzipSync(await bundle(text), { level: 9 }).length).toBeLessThan(1000 * kilobytes);
});
