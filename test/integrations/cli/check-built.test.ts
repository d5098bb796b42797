import { transform } from "esbuild";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { describe, expect, it } from "vitest";
import { createCompiler } from "../../../src/index.ts";
import { idsIn } from "../../../plugin/cli/built.ts";
import rolldownPlugin from "../../../plugin/rolldown.ts";
import { project, repository, shop, withoutVersions, type CliApp } from "../../support/cli.ts";

/** Bundles the shop, with the plugin or without it. */
async function bundle(
  app: CliApp,
  { plugin = true, minify = false, out = "dist" }: { plugin?: boolean; minify?: boolean; out?: string } = {},
): Promise<void> {
  const build = await rolldown({
    cwd: app.root,
    input: ["src/stock.ts"],
    external: /^aotcache/,
    checks: { pluginTimings: false },
    plugins: plugin ? [rolldownPlugin({ tsconfig: app.at("tsconfig.json") })] : [],
  });
  await build.write({ dir: app.at(out), minify, sourcemap: true });
  await build.close();
}

const NOT_USED = "export const unused = 1;\n";

describe("aotcache check --built", () => {
  it.each([false, true])("accepts a build that has all functions, minified: %s", async (minify) => {
    const app = shop();
    app.write("src/stock.ts", `${app.read("src/stock.ts")}export { priceTag } from "./products.ts";\n`);
    await bundle(app, { minify });
    expect(await app.run("check", "--built", "dist")).toEqual({
      code: 0,
      stdout: "No problems in 7 cached functions in 2 files.\n",
      stderr: "",
    });
  });

  it("rejects a build without the plugin, despite source maps and manifest", async () => {
    const app = shop();
    await bundle(app, { plugin: false });
    await app.run("list", "--manifest=dist/aotcache.manifest.json");
    const { code, stdout, stderr } = await app.run("check", "--built", "dist");
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(stdout).toMatchInlineSnapshot(`
      "error build-missing
      None of the 7 cached functions is in dist: it was built without aotcache, or has no code of theirs, as a static site whose functions ran in the build.

      Add aotcache's plugin to the build, or run \`aotcache build\`. For a static site, read the line that the build ends with.

      Found 7 errors in 2 files.
      "
    `);
    const { stdout: json } = await app.run("check", "--built", "dist", "--json");
    const findings = JSON.parse(json) as { name: string; file: string; line: number }[];
    expect(findings).toHaveLength(7);
    expect(findings[0]).toMatchObject({
      name: "build-missing",
      severity: "error",
      file: "src/products.ts",
      line: 9,
    });
  });

  it("names functions that the bundler dropped, unless they are excluded", async () => {
    const app = shop();
    await bundle(app);
    const { code, stdout } = await app.run("check", "--built", "dist");
    expect(code).toBe(1);
    expect(withoutVersions(stdout)).toMatchInlineSnapshot(`
      "src/products.ts:19:17 error build-missing
      \`shop/src/products:priceTag@<version>\` is not in dist.

        17 |  * @cached max=500
        18 |  */
      > 19 | export function priceTag(cents: number, { currency = "EUR" }: { currency?: string } = {}): string {
           |                 ^^^^^^^^
        20 |   return \`\${(cents / 100).toFixed(2)} \${currency}\`;
        21 | }

      Build with aotcache's plugin and the same options (\`namespace\`, \`tsconfig\`); leave out what the build does not use with \`--exclude\`.

      Found 1 error in 1 file.
      "
    `);
    const without = await app.run("check", "--built", "dist", "--exclude", "src/products.ts");
    expect(without).toMatchObject({ code: 0 });
  });

  it("rejects a build from an older source", async () => {
    const app = shop();
    await bundle(app);
    app.write("src/stock.ts", app.read("src/stock.ts").replace("cents * rate", "cents / rate"));
    const { code, stdout } = await app.run("check", "--built", "dist", "--exclude", "src/products.ts");
    expect(code).toBe(1);
    expect(withoutVersions(stdout)).toMatchInlineSnapshot(`
      "src/stock.ts:21:19 error build-outdated
      dist holds \`shop/src/stock:converter.convert@<version>\`, which was built from another state of the source than \`@<version>\`.

        19 | export function converter(rate: number): (cents: number) => number {
        20 |   // @cached ttl=1h allow=cheap
      > 21 |   const convert = (cents: number): number => cents / rate;
           |                   ^
        22 |   return convert;
        23 | }

      Build again, with the same options (\`namespace\`, \`tsconfig\`).

      Found 1 error in 1 file.
      "
    `);
    const { stdout: json } = await app.run(
      "check",
      "--built",
      "dist",
      "--exclude",
      "src/products.ts",
      "--json",
    );
    expect(JSON.parse(json)).toMatchObject([
      { name: "build-outdated", file: "src/stock.ts", line: 21, column: 19, endLine: 21 },
    ]);
  });

  it("rejects a build from before the edit of an imported type", async () => {
    const app = shop({ "src/unused.ts": NOT_USED });
    app.write("src/stock.ts", `${app.read("src/stock.ts")}export { priceTag } from "./products.ts";\n`);
    await bundle(app);
    app.write("src/types.ts", app.read("src/types.ts").replace("size: number", "size: number | undefined"));
    const { code, stdout } = await app.run("check", "--built", "dist");
    expect(code).toBe(1);
    expect(stdout).toContain("src/products.ts:9:23 error build-outdated");
  });

  it("searches every given place", async () => {
    const app = shop();
    await bundle(app, { out: "dist/client" });
    app.write("dist/server/a.js", "");
    const ids = JSON.parse((await app.run("list", "--json")).stdout) as Record<string, string>[];
    const { namespace, name, version } = ids.find((each) => each["name"] === "priceTag")!;
    app.write("dist/server/b.cjs", `define(1,{id:['${namespace!}','${name!}',"${version!}"]})`);
    const places = ["--built", "dist/client", "--built=dist/server"];
    expect(await app.run("check", ...places)).toMatchObject({ code: 0 });
    expect(await app.run("check", "--built", "dist")).toMatchObject({ code: 0 });
    expect(await app.run("check", "--built", "dist/client")).toMatchObject({ code: 1 });
  });

  it("does not consider caches of tools or sources a build", async () => {
    const app = shop();
    await bundle(app, { out: "node_modules/.cache/x" });
    app.write("index.js", "");
    const { code, stdout } = await app.run("check", "--built", ".");
    expect(code).toBe(1);
    expect(stdout).toContain("None of the 7 cached functions is in .: it was built without aotcache");
  });

  it("does not count the JavaScript of a build as sources", async () => {
    const fn = "/** @cached */\nexport function f(n) { return n; }\n";
    const app = project({
      "package.json": '{ "name": "one", "type": "module" }',
      "jsconfig.json": "{}",
      "a.js": fn,
      "dist/a.js": fn,
    });
    const { stdout } = await app.run(
      "check",
      "--built",
      "dist",
      "--allow",
      "parameter-unproved,result-unproved",
    );
    expect(stdout).toContain("a.js:2:17 error build-missing");
    expect(stdout).toContain("Found 1 error in 1 file.");
  });
});

describe("ids in built files", () => {
  const ID = ["@scope/größe/src/a", "Repo.$find", "1 \"two\" 'three' `four` \\five 😀"] as const;
  const CODE = `define(1, { id: ${JSON.stringify(ID)}, at: "a.ts:1" });`;

  it.each([
    ["as emitted", CODE],
    [
      "over several lines",
      `define(1, {\n  "id": [\n    ${ID.map((each) => JSON.stringify(each)).join(",\n    ")},\n  ]\n})`,
    ],
    [
      "in single quotes",
      `x={id:['@scope/größe/src/a','Repo.$find','1 "two" \\'three\\' \`four\` \\\\five 😀']}`,
    ],
    [
      "in backticks",
      `x={id:[\`@scope/größe/src/a\`,\`Repo.$find\`,\`1 "two" 'three' \\\`four\\\` \\\\five 😀\`]}`,
    ],
    [
      "escaped",
      String.raw`x={id:["@scope/gr\xf6\u00dfe\/src/a","Repo.\u0024find","1 \"two\" 'three' ${"`four`"} \\five \u{1f600}"]}`,
    ],
    [
      "as surrogates",
      String.raw`x={id:["@scope/größe/src/a","Repo.$find","1 \"two\" 'three' ${"`four`"} \\five \ud83d\ude00"]}`,
    ],
  ])("are found %s", (_, code) => {
    expect(idsIn(code)).toContainEqual(ID);
  });

  it("are found in code inside a string, as in webpack's development builds", () => {
    const plain = `define(1, { id: ["app/src/a", "f", "1234abcd"] });`;
    expect(idsIn(`eval(${JSON.stringify(plain)})`)).toEqual([["app/src/a", "f", "1234abcd"]]);
    expect(idsIn(`eval('${plain.replaceAll('"', '\\"')}')`)).toEqual([["app/src/a", "f", "1234abcd"]]);
  });

  it.each([true, false])("are found after esbuild, minified, as %s", async (ascii) => {
    const { code } = await transform(CODE, { minify: true, charset: ascii ? "ascii" : "utf8" });
    expect(idsIn(code)).toContainEqual(ID);
  });

  it("are not templates with values, nor longer or shorter lists", () => {
    expect(
      idsIn('["a", "b"]; ["a", "b", "c", "d"]; [`a${x}`, `b`, `c`]; ["a", b, "c"]; ["a" "b" "c"]'),
    ).toEqual([]);
  });

  it("are found in linear time", () => {
    for (const text of ['["', "[`", '["a",', "['a','b',", '["\\'])
      expect(idsIn(text.repeat(200_000 / text.length))).toEqual([]);
  }, 10_000);

  it("are those that the compiler emits", async () => {
    const compiler = await createCompiler({ root: join(repository, "fixtures/apps/cli") });
    const path = join(repository, "fixtures/apps/cli/src/stock.ts");
    const { code, sites, references } = compiler.compile(path, readFileSync(path, "utf8"));
    const ids = [...sites, ...references].map(({ id }) => [id.namespace, id.name, id.version]);
    expect(idsIn(code!)).toEqual(expect.arrayContaining(ids));
    expect(ids).toHaveLength(5);
  });
});
