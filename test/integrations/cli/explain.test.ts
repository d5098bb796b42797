import { describe, expect, it } from "vitest";
import { shop, withoutVersions, type CliApp } from "../../support/cli.ts";

const CLOCK = `export function outer(zone: string): () => string {
  /*
   * Tells the time.
   * @cached ttl=10
   */
  const inner = (): string => {
    return new Date().toLocaleString("en", { timeZone: zone });
  };
  return inner;
}

// @cached tll=10
export const double = (n: number): number => 2 * n;
`;

describe("aotcache explain", () => {
  const told = async (app: CliApp, ...argv: string[]): Promise<string> => {
    const { code, stdout, stderr } = await app.run("explain", ...argv);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return withoutVersions(stdout);
  };

  it("describes a function", async () => {
    expect(await told(shop(), "src/products.ts:10")).toMatchInlineSnapshot(`
      "src/products.ts:9:23  search
      shop/src/products:search@<version>(words: string, page: Page)

      id
        namespace  shop/src/products
        name       search
        version    <version>

      key
        words  string
        page   Page    by after?, size

      left out
        signal  an AbortSignal

      options
        ttl  10m
        swr  1h

      kept in
        the default cache: configure({ default }), or else memory

      result
        async function: concurrent misses of a key share one run

      types from
        src/types.ts
      "
    `);
  });

  it("lists the parts of the receiver in the key, and where results are stored", async () => {
    expect(await told(shop(), "src/stock.ts:8")).toMatchInlineSnapshot(`
      "src/stock.ts:8:9  Stock.left
      shop/src/stock:Stock.left@<version>(id: number; this.warehouse: string)

      id
        namespace  shop/src/stock
        name       Stock.left
        version    <version>

      key
        id  number

      besides the arguments
        this.warehouse  string  of the receiver

      left out
        trace  ignore=

      options
        ttl      30s
        backend  main
        jitter   10%

      kept in
        the cache that configure({ backends }) calls "main"

      result
        async function: concurrent misses of a key share one run
      "
    `);
  });

  it("lists captured variables", async () => {
    expect(await told(shop(), "src/stock.ts:22")).toContain(
      "besides the arguments\n  rate  number  captured from the enclosing function\n",
    );
  });

  it("lists what is read of the environment", async () => {
    expect(await told(shop(), "src/stock.ts:26")).toContain("environment reads\n  process.env.RATE");
  });

  it("describes a function that is declared elsewhere, as far as possible", async () => {
    expect(await told(shop(), "src/stock.ts:30")).toMatchInlineSnapshot(`
      "src/stock.ts:30:28  quickSearch
      shop/src/stock:quickSearch@<version>(…)

      id
        namespace  shop/src/stock
        name       quickSearch
        version    <version>

      key
        the arguments as passed, without trailing \`undefined\`s: the function is declared outside the call

      options
        ttl  5s

      kept in
        the default cache: configure({ default }), or else memory; memory for results returned synchronously

      result
        a promise or not: known only at run time

      types from
        src/products.ts
        src/types.ts
      "
    `);
  });

  it("accepts any line of a function, its comments, or a nearby line", async () => {
    const app = shop();
    const name = async (line: number): Promise<string> =>
      /^\S+ {2}(\S+)/.exec(await told(app, `src/products.ts:${line}`))![1]!;
    expect(await name(8)).toBe("search");
    expect(await name(12)).toBe("search");
    for (const line of [14, 17, 20]) expect(await name(line)).toBe("priceTag");
    expect(await name(23)).toBe("priceTag");
    expect(await name(4)).toBe("search");
  });

  it("accepts a column, and describes a whole file without a line", async () => {
    const app = shop();
    expect(await told(app, "src/products.ts:9:23")).toBe(await told(app, "src/products.ts:9"));
    const all = await told(app, "src/products.ts");
    expect(all.match(/^src\/\S+ {2}\S+$/gm)).toEqual([
      "src/products.ts:9:23  search",
      "src/products.ts:19:17  priceTag",
    ]);
  });

  it("adds the warnings of the function only", async () => {
    const app = shop({ "src/clock.ts": CLOCK });
    const text = await told(app, "src/clock.ts:7");
    expect(text).toContain("zone  string  captured from the enclosing function");
    expect(text).toContain("src/clock.ts:7:12 warning ambient-read");
    expect(text).not.toContain("option-unknown");
  });

  it("shows errors instead of a function that cannot be cached", async () => {
    const app = shop({
      "src/clock.ts": CLOCK,
      "src/void.ts": "// @cached\nexport function log(text: string): void {\n  console.log(text);\n}\n",
    });
    const { code, stdout } = await app.run("explain", "src/void.ts:3");
    expect(code).toBe(1);
    expect(stdout).toContain("error function-void");
  });

  it("prints the same as JSON", async () => {
    const { stdout } = await shop().runIn("src", "explain", "products.ts:9", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      sites: [
        {
          name: "search",
          file: "src/products.ts",
          parts: [{ name: "words" }, { name: "page", type: "Page", properties: ["after?", "size"] }],
          omitted: [{ name: "signal", why: "an AbortSignal" }],
          dependencies: ["src/types.ts"],
        },
      ],
      problems: [],
    });
  });

  it.each([
    [["src/no.ts:1"], "src/no.ts does not exist."],
    [["src"], "src is not a file. Write src/users.ts:12."],
    [["package.json:1"], "package.json is not a TypeScript or JavaScript file."],
    [["src/types.ts:3"], "src/types.ts has no cached function; mark one with `// @cached`."],
    [
      ["src/products.ts:400"],
      "src/products.ts has no cached function at line 400; it has some at lines 9, 19.",
    ],
    [["src/products.ts:0"], "`src/products.ts:0` is not a place: lines are counted from 1."],
    [["a.ts:1", "b.ts:2"], "`explain` takes one place; `b.ts:2` is one too many."],
    [[], "`explain` needs a place. Write the file and a line of the function: src/users.ts:12."],
  ])("rejects %j", async (argv, message) => {
    expect(await shop().run("explain", ...argv)).toEqual({
      code: 2,
      stdout: "",
      stderr: `aotcache: ${message}\n`,
    });
  });
});
