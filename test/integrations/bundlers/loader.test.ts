/** The loader in webpack and Rspack. Its maps are tested with those of the plugins. */
import { describe, expect, it } from "vitest";
import loader, { type AotcacheOptions, type LoaderHost } from "../../../plugin/loader.ts";
import { createCompiler } from "../../../src/index.ts";
import { build, copyProject, run, type TestProject } from "../../support/bundlers.ts";

const HOSTS = ["webpack", "rspack"] as const;
type Host = (typeof HOSTS)[number];

/** The project of a bundler, with the loader in place of the plugin. */
function projectOf(host: Host, use = '[TYPES, "aotcache/loader"]'): TestProject {
  const shop = copyProject(host);
  const config = `${host}.config.js`;
  const types = { webpack: /loader: (at\(.*?\))/, rspack: /loader: ("builtin[^]*?),\n {6}\}/ }[host];
  shop.edit(config, "plugins: [aotcache()],", "");
  const [rule, found] = types.exec(shop.read(config))!;
  shop.edit(config, rule.replace(/,\n {6}\}$/, ""), `use: ${use.replace("TYPES", `{ loader: ${found!} }`)}`);
  return shop;
}

describe.each(HOSTS)("the loader in %s", (host) => {
  it("compiles to functions that hit, with the keys of the compiler", async () => {
    const shop = projectOf(host);
    const { code, stdout, stderr } = await build(shop, host);
    expect(code, stdout + stderr).toBe(0);
    expect((stdout + stderr).match(/\d+ functions? compiled/g)).toEqual(["3 functions compiled"]);
    const compiler = await createCompiler({ root: shop.root });
    const { sites } = compiler.compile("src/prices.ts", shop.read("src/prices.ts"));
    const { runs, keys } = (await run(shop)) as { runs: unknown; keys: string[] };
    expect(runs).toEqual({ total: 1, rate: 1, label: 1 });
    expect(keys.map((key) => key.slice(0, key.indexOf("(")))).toEqual(
      sites.map(({ id }) => `${id.namespace}:${id.name}@${id.version}`),
    );
  });

  it("fails the build for a mistake, with its code", async () => {
    const shop = projectOf(host);
    shop.edit("src/prices.ts", "@cached ttl=10m", "@cached tll=10m");
    const { code, stderr } = await build(shop, host);
    expect(code).toBe(1);
    expect(stderr).toMatch(/\[option-unknown\] `tll` is not an option\. Write `ttl`\./);
    expect(stderr).toMatch(/src\/prices\.ts:7:12/);
    expect(stderr).toMatch(/7 \| \/\/ @cached tll=10m\n.*\^{3}$/m);
    expect(stderr).not.toMatch(/^[ │]+at /m);
  });

  it("warns, with the code", async () => {
    const shop = projectOf(host);
    shop.write(
      "src/prices.ts",
      `${shop.read("src/prices.ts")}
let factor = 2;
export const set = (n: number): void => void (factor = n);
// @cached ttl=10
export const times = (n: number): number => n * factor;
set(times(1));`,
    );
    const { code, stderr } = await build(shop, host);
    expect(code, stderr).toBe(0);
    expect(stderr.match(/\[module-state\]/g)).toHaveLength(1);
    expect(stderr).toMatch(/\| export const times = .*\n.*\^{6}$/m);
  });

  it("warns of a caller in another file that changes a result", async () => {
    const shop = projectOf(host);
    const words = "// @cached ttl=10\nexport const words = (text: string): string[] => text.split(' ');\n";
    shop.write("src/prices.ts", shop.read("src/prices.ts") + words);
    const main = `import { words } from "./prices.ts";\n${shop.read("src/main.ts")}words("b a").sort();\n`;
    shop.write("src/main.ts", main);
    const { code, stdout, stderr } = await build(shop, host);
    expect(code, stdout + stderr).toBe(0);
    expect(stderr.match(/\[result-shared\]/g)).toHaveLength(1);
    expect(stderr).toMatch(/\.sort`? in src\/main\.ts:27 changes the result/);
    expect(stdout + stderr).toContain("4 functions compiled, 1 warning.");
  });

  it("warns where the types are gone before it runs", async () => {
    const shop = projectOf(host, '["aotcache/loader", TYPES]');
    expect((await build(shop, host)).stderr).toContain("another plugin changed this file first");
  });

  it("compiles a module whatever its query, but not a query for its text", async () => {
    const shop = projectOf(host);
    shop.write(
      "src/main.ts",
      `import { rate } from "./prices.ts?part=1"; import * as text from "./prices.ts?raw"; console.log(rate, text);`,
    );
    const { code, stderr } = await build(shop, host);
    expect(code, stderr).toBe(0);
    expect(shop.read("dist/main.js").match(/"shop\/src\/prices",\s*"rate"/g)).toHaveLength(1);
  });
});

describe("the loader, called", () => {
  /** The arguments that it calls back with, before it returns. */
  function called(source: string, options: AotcacheOptions = {}): unknown[] {
    let answer: unknown[] = [];
    const host: LoaderHost = {
      resourcePath: `${import.meta.dirname}/a.ts`,
      rootContext: import.meta.dirname,
      getOptions: () => options,
      addDependency: () => expect.unreachable(),
      emitWarning: () => expect.unreachable(),
      async:
        () =>
        (...args) =>
          void (answer = args),
    };
    loader.call(host, source, MAP, "meta");
    return answer;
  }
  const MAP = { version: 3 };

  it.each([
    ["without a mark", "export const f = 1;", {}],
    ["that is excluded", "// @cached ttl=1\nexport const f = (n: number) => n;", { exclude: "a.ts" }],
  ])("hands on a file %s at once, with its map", (_, source, options) => {
    expect(called(source, options)).toEqual([null, source, MAP, "meta"]);
  });

  it.each<[object, string]>([
    [{ strickt: true }, "aotcache: `strickt` is not an option. Write `strict`."],
    [
      { manifest: true },
      "aotcache: `manifest` is not an option of a loader, which does not know when a build ends. Run `npx aotcache list --manifest`.",
    ],
  ])("fails for the options %j, in one line", (options, message) => {
    expect(called("// @cached", options)).toEqual([expect.objectContaining({ message, stack: "" })]);
  });

  it("stops webpack 4", () => {
    expect(() => loader.call({} as LoaderHost, "")).toThrow(
      "aotcache: aotcache/loader needs webpack 5, Rspack or Turbopack.",
    );
  });
});
