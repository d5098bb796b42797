import Ajv from "ajv";
import { once } from "node:events";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { cached } from "aotcache";
import { metrics } from "aotcache/prometheus";
import { OPTION_NAMES } from "../../../runtime/contract/options.ts";
import { repository, shop, withoutVersions } from "../../support/cli.ts";

const validate = new Ajv({ allErrors: true }).compile(
  JSON.parse(readFileSync(join(repository, "src/manifest/manifest.schema.json"), "utf8")) as object,
);
const problemsOf = (text: string): unknown => (validate(JSON.parse(text)) ? [] : validate.errors);

describe("aotcache list --stats", () => {
  const serving = async (text: () => string): Promise<string> => {
    const server = createServer((_, response) => void response.end(text()));
    await once(server.listen(0, "127.0.0.1"), "listening");
    onTestFinished(() => void server.close());
    return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/metrics`;
  };

  it("adds the figures of a running program", async () => {
    const priceTag = cached((cents: number) => cents, { namespace: "shop/src/products", name: "priceTag" });
    for (let n = 0; n < 10; n++) priceTag(1);
    const address = await serving(metrics);
    const { stdout } = await shop().run("list", "--stats", address);
    expect(stdout).toMatch(
      /priceTag@.*\n.*\n  10 calls, 90 % hits; a run \S+ .?s, a hit \S+ .?s, its key 0 ns; (?:saved|lost) \S+ .?s\n/,
    );
    expect(stdout).toContain("  the program has not loaded it\n");
    const { stdout: json } = await shop().run("list", "--json", "--stats", address);
    const found = (JSON.parse(json) as { name: string; stats?: object }[]).find(
      ({ name }) => name === "priceTag",
    );
    expect(found?.stats).toMatchObject({ hits: 9, misses: 1, runs: 1 });
  });

  it("says in one line what is wrong with an address", async () => {
    for (const [address, problem] of [
      ["nowhere", "Invalid URL"],
      [await serving(() => "up 1"), "it has no metrics of aotcache"],
    ] as const) {
      const { code, stderr } = await shop().run("list", "--stats", address);
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: `aotcache: no figures at ${address}: ${problem}. Serve metrics() of aotcache/prometheus there, and pass its address.\n`,
      });
    }
  });
});

describe("aotcache list", () => {
  it("prints each function with its key, its ttl, its store and omitted parts", async () => {
    const { code, stdout, stderr } = await shop().run("list");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "7 cached functions in 2 files.\n" });
    expect(withoutVersions(stdout)).toMatchInlineSnapshot(`
      "src/products.ts:9:23  shop/src/products:search@<version>(words: string, page: Page)
        ttl 10m, default cache, swr 1h
        left out: signal (an AbortSignal)

      src/products.ts:19:17  shop/src/products:priceTag@<version>(cents: number, { currency }: { currency?: string })
        ttl of the cache, memory, max 500

      src/stock.ts:8:9  shop/src/stock:Stock.left@<version>(id: number; this.warehouse: string)
        ttl 30s, backend main, jitter 10%
        left out: trace (ignore=)

      src/stock.ts:14:3  shop/src/stock:Stock.shelves@<version>(row: number)
        ttl of the cache, memory of each instance

      src/stock.ts:21:19  shop/src/stock:converter.convert@<version>(cents: number; rate: number)
        ttl 1h, memory

      src/stock.ts:26:3  shop/src/stock:rates@<version>(base: string)
        ttl 1h, default cache

      src/stock.ts:30:28  shop/src/stock:quickSearch@<version>(…)
        ttl 5s, default cache
      "
    `);
  });

  it("names the parts whose objects are told apart by identity", async () => {
    const text = `class Drawing { readonly #points = [1]; area(): number { return this.#points.length; } }
// @cached ttl=10 identity=drawing
export const area = (drawing: Drawing, { log }: { log: () => void }): number[] => (log(), [drawing.area()]);`;
    const app = shop({ "src/area.ts": text.replace("identity=drawing", "identity=drawing,log") });
    const { stdout } = await app.run("list");
    expect(stdout).toContain("ttl 10s, memory, identity drawing,log\n");
    const explained = (await app.run("explain", "src/area.ts:3")).stdout;
    expect(explained).toMatch(/drawing +Drawing +objects told apart by ===, entries freed with them\n/);
    expect(explained).toMatch(/\{ log \} .+ log: objects told apart by ===/);
    const sites = JSON.parse((await app.run("list", "--json")).stdout) as {
      name: string;
      parts: { identity?: unknown }[];
    }[];
    const site = sites.find(({ name }) => name === "area");
    expect(site?.parts.map(({ identity }) => identity)).toEqual([true, ["log"]]);
    await app.run("list", "--manifest");
    expect(problemsOf(app.read("aotcache.manifest.json"))).toEqual([]);
  });

  it("prints only an array with --json, sorted by place", async () => {
    const { code, stdout, stderr } = await shop().run("list", "--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const sites = JSON.parse(withoutVersions(stdout)) as { name: string }[];
    expect(sites.map(({ name }) => name)).toMatchInlineSnapshot(`
      [
        "search",
        "priceTag",
        "Stock.left",
        "Stock.shelves",
        "converter.convert",
        "rates",
        "quickSearch",
      ]
    `);
    expect(sites[2]).toMatchInlineSnapshot(`
      {
        "column": 9,
        "dependsOn": {
          "effects": [],
          "functions": [],
          "trusted": [],
        },
        "extras": [
          {
            "from": "this",
            "name": "this.warehouse",
            "type": "string",
          },
        ],
        "file": "src/stock.ts",
        "form": "pragma",
        "id": "shop/src/stock:Stock.left@<version>",
        "key": "shop/src/stock:Stock.left@<version>(id: number; this.warehouse: string)",
        "line": 8,
        "mode": "async",
        "moreOptions": false,
        "name": "Stock.left",
        "namespace": "shop/src/stock",
        "omitted": [
          {
            "name": "trace",
            "why": "ignore=",
          },
        ],
        "options": {
          "backend": "main",
          "jitter": "10%",
          "ttl": "30s",
        },
        "parts": [
          {
            "name": "id",
            "type": "number",
          },
        ],
        "reads": [],
        "store": {
          "alias": "main",
          "kind": "backend",
        },
        "version": "<version>",
      }
    `);
  });

  it("lists what it can despite errors, and exits with 1", async () => {
    const app = shop({ "src/broken.ts": "// @cached tll=1\nexport const f = (n: number): number => n;\n" });
    const { code, stdout, stderr } = await app.run("list");
    expect(code).toBe(1);
    expect(stdout).toContain("Stock.left");
    expect(stderr).toBe(
      "8 cached functions in 3 files.\naotcache: 1 error may hide functions; see `aotcache check`.\n",
    );
  });
});

describe("the manifest", () => {
  it("is written on request, equals the output of --json, and matches its schema", async () => {
    const app = shop();
    const { code, stdout, stderr } = await app.run("list", "--manifest");
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: "",
      stderr: "aotcache.manifest.json is written: 7 cached functions in 2 files.\n",
    });
    const text = app.read("aotcache.manifest.json");
    expect(problemsOf(text)).toEqual([]);
    const { sites } = JSON.parse(text) as { sites: unknown };
    expect(sites).toEqual(JSON.parse((await app.run("list", "--json")).stdout));
  });

  it("matches its schema whatever options functions have", async () => {
    const app = shop();
    app.write(
      "src/options.ts",
      `// @cached ttl=10m swr=1m sie=1m refresh=80% retry=1s deadline=5s jitter=10% backend=far serializer=json lock=distributed near=5s
export const one = async (id: number): Promise<string> => String(id);
// @cached timeout=1s skip=null max=5 copy=none tags=a,b near=false
export const two = async (id: number): Promise<string> => String(id);
// @cached multi=ids near=true
export const all = async (ids: number[]): Promise<string[]> => ids.map(String);
// @cached one=all
export const each = async (id: number): Promise<string> => (await all([id]))[0]!;
`,
    );
    const { code, stderr } = await app.run("list", "--manifest");
    expect(code, stderr).toBe(0);
    const text = app.read("aotcache.manifest.json");
    expect(problemsOf(text)).toEqual([]);
    const { sites } = JSON.parse(text) as { sites: readonly { readonly options: object }[] };
    const written = new Set(sites.flatMap(({ options }) => Object.keys(options)));
    const elsewhere = ["namespace", "name", "version", "key", "identity", "ignore", "this", "allow"];
    expect([...written].sort()).toEqual(OPTION_NAMES.filter((name) => !elsewhere.includes(name)).sort());
  });

  it("fails its schema with missing or additional properties", async () => {
    const app = shop();
    await app.run("list", "--manifest");
    const text = app.read("aotcache.manifest.json");
    expect(problemsOf(text.replaceAll('"mode": "sync",', ""))).not.toEqual([]);
    expect(problemsOf(text.replace('"max": 500', '"max": 0'))).not.toEqual([]);
    expect(problemsOf(text.replace('"format": 1', '"format": 1, "more": 1'))).not.toEqual([]);
  });

  it("refers to the schema in the installed package, also in a parent folder", async () => {
    const app = shop({}, "packages/shop");
    await app.run("list", "--manifest=lists/all.json");
    const schema = (): unknown => (JSON.parse(app.read("lists/all.json")) as { $schema: unknown }).$schema;
    const path = "node_modules/aotcache/src/manifest/manifest.schema.json";
    expect(schema()).toBe(`./${path}`);
    app.write("../../node_modules/aotcache/package.json", "{}");
    await app.run("list", "--manifest=lists/all.json");
    expect(schema()).toBe(`../../../${path}`);
  });

  it("is not touched if nothing changed, and updated otherwise", async () => {
    const app = shop();
    await app.run("list", "--manifest");
    const { mtimeMs, ino } = statSync(app.at("aotcache.manifest.json"));
    const again = await app.runIn("src", "list", "--manifest");
    expect(again.stderr).toBe("../aotcache.manifest.json is up to date: 7 cached functions in 2 files.\n");
    const unchanged = statSync(app.at("aotcache.manifest.json"));
    expect([unchanged.mtimeMs, unchanged.ino]).toEqual([mtimeMs, ino]);
    app.write("src/products.ts", app.read("src/products.ts").replace("ttl=10m", "ttl=11m"));
    await app.run("list", "--manifest");
    expect(app.read("aotcache.manifest.json")).toContain('"ttl": "11m"');
    expect(readdirSync(app.root).filter((name) => name.includes("manifest"))).toEqual([
      "aotcache.manifest.json",
    ]);
  });

  it("is not written while there are errors", async () => {
    const app = shop();
    await app.run("list", "--manifest");
    const before = app.read("aotcache.manifest.json");
    app.write("src/broken.ts", "// @cached tll=1\nexport const f = (n: number): number => n;\n");
    const { code, stderr } = await app.run("list", "--manifest");
    expect(code).toBe(1);
    expect(stderr).toContain("No manifest was written.");
    expect(app.read("aotcache.manifest.json")).toBe(before);
  });

  it("has the same text on every machine", async () => {
    const [one, other] = [shop(), shop({}, "elsewhere")];
    await one.run("list", "--manifest");
    await other.runIn("src", "list", "--manifest", "-p", "..");
    expect(other.read("aotcache.manifest.json")).toBe(one.read("aotcache.manifest.json"));
    expect(one.read("aotcache.manifest.json")).not.toContain(one.root);
  });

  it("marks options that are known only at run time", async () => {
    const app = shop({
      "src/late.ts":
        'import { cached } from "aotcache";\nexport const late = cached((n: number) => n, { ttl: Number(process.env["TTL"]), jitter: "2.5%" });\n',
    });
    await app.run("list", "--manifest");
    expect(problemsOf(app.read("aotcache.manifest.json"))).toEqual([]);
    const { stdout } = await app.run("list", "--json", "--include", "src/late.ts");
    expect(JSON.parse(stdout)).toMatchObject([{ options: { jitter: "2.5%" }, moreOptions: true }]);
  });
});
