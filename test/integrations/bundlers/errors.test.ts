import { rspack } from "@rspack/core";
import { transform } from "esbuild";
import { readFileSync } from "node:fs";
import { rollup } from "rollup";
import { describe, expect, it } from "vitest";
import webpack from "webpack";
import esbuildPlugin from "../../../plugin/esbuild.ts";
import { matcherOf, patternsFrom } from "../../../plugin/core/patterns.ts";
import rolldownPlugin from "../../../plugin/rolldown.ts";
import rollupPlugin from "../../../plugin/rollup.ts";
import rspackPlugin from "../../../plugin/rspack.ts";
import vitePlugin from "../../../plugin/vite.ts";
import webpackPlugin from "../../../plugin/webpack.ts";
import { build, copyProject, INTEGRATIONS } from "../../support/bundlers.ts";

const integrations = INTEGRATIONS.filter((integration) => !integration.startsWith("vite"));

describe.each(integrations)("a build with %s", (integration) => {
  it("fails for mistakes, and shows all of them with their code", async () => {
    const shop = copyProject(integration);
    shop.edit("src/prices.ts", "@cached ttl=10m", "@cached tll=10m");
    shop.edit("src/prices.ts", 'ttl: "1h"', 'ttl: "1x"');
    const { code, stdout, stderr } = await build(shop, integration);
    expect(code).toBe(1);
    const text = withoutBars(stdout + stderr);
    expect(text).toMatch(/\[option-unknown\] `?tll`? is not an option\./);
    expect(text).toMatch(/Write `?ttl`?\./);
    expect(text).toMatch(/src\/prices\.ts:7:1[12]\b/);
    expect(text).toMatch(/7 [|│] \/\/ @cached tll=10m\n\s*[|╵]\s{12}(?:\^{3}|~{3})$/m);
    expect(text).toMatch(/\[option-value\] `?ttl`? cannot be `?1x`?\./);
    expect(text).toMatch(/src\/prices\.ts:19:(?:9|10)\b/);
    expect(text).toMatch(/19 [|│] {3}\{ ttl: "1x", swr: "1m" \},\n\s*[|╵]\s{10}(?:\^{4}|~{4})$/m);
  });

  it("succeeds with warnings, and shows them once with their code, also that a caller in another file causes", async () => {
    const shop = copyProject(integration);
    const more =
      "let factor = 2;\nexport const set = (n: number): void => void (factor = n);\n" +
      "// @cached ttl=10\nexport const times = (n: number): number => n * factor;\nset(times(1));\n";
    const words = "// @cached ttl=10\nexport const words = (text: string): string[] => text.split(' ');\n";
    shop.write("src/prices.ts", shop.read("src/prices.ts") + more + words);
    const [, prices] = /("\.\/prices\.\w+")/.exec(shop.read("src/main.ts"))!;
    shop.write(
      "src/main.ts",
      `import { words } from ${prices!};\n${shop.read("src/main.ts")}words('b a').sort();\n`,
    );
    const { code, stdout, stderr } = await build(shop, integration);
    expect(code, stdout + stderr).toBe(0);
    const text = withoutBars(stdout + stderr);
    expect(text.match(/\[module-state\]/g)).toHaveLength(1);
    expect(text.match(/\[result-shared\]/g)).toHaveLength(1);
    expect(text).toMatch(/\.sort`? in src\/main\.ts:27 changes the result/);
    expect(text).toMatch(/\d+ [|│] export const times = .*\n\s*[|╵]\s{49}(?:\^{6}|~{6})$/m);
  });
});

/** Rspack draws a bar next to quoted code. */
const withoutBars = (text: string): string => text.replace(/^ {2}│ /gm, "");

describe("an unknown option of the plugin", () => {
  const wrong = { strickt: true } as object;
  it.each<[string, () => unknown]>([
    ["rollup", () => rollupPlugin(wrong)],
    ["rolldown", () => rolldownPlugin(wrong)],
    ["esbuild", () => esbuildPlugin(wrong)],
    ["webpack", () => webpack({ plugins: [webpackPlugin(wrong)] })],
    ["rspack", () => rspack({ plugins: [rspackPlugin(wrong)] })],
  ])("stops %s before it starts, in one line", (_, start) => {
    expect(start).toThrow(/^aotcache: `strickt` is not an option\. Write `strict`\.$/);
  });
});

describe("an integration in a host that lacks its hooks", () => {
  it.each<[string, string, () => unknown]>([
    ["Vite 5", "aotcache/vite needs Vite 6 or newer", () => call(vitePlugin().configResolved, { root: "/" })],
    ["webpack 4", "aotcache/webpack needs webpack 5 or newer", () => webpackPlugin().apply({} as never)],
    [
      "Rspack 0.7",
      "aotcache/rspack needs Rspack 1 or newer",
      () => call(rspackPlugin().apply, { webpack: {} }),
    ],
    [
      "esbuild 0.13",
      "aotcache/esbuild needs esbuild 0.14 or newer",
      () => esbuildPlugin().setup({ initialOptions: {}, esbuild: { version: "0.13.15" } } as never),
    ],
    [
      "another build tool with esbuild's plugins",
      "aotcache/esbuild needs esbuild 0.14 or newer",
      () => esbuildPlugin().setup({ initialOptions: {} } as never),
    ],
  ])("stops %s when it starts, in one line", (_host, need, start) => {
    expect(start).toThrow(
      `aotcache: ${need}. Update it, use the integration of your build tool, or build what \`npx aotcache rewrite\` writes.`,
    );
  });

  it("stops Rollup when it starts, if it is that of Vite", async () => {
    const bundle = rollup({ input: "none.ts", plugins: [vitePlugin() as never], logLevel: "silent" });
    await expect(bundle).rejects.toThrow(/^(?:\[.*\] )?aotcache: aotcache\/vite needs Vite 6 or newer\. /);
  });
});

/** Calls a hook as an old host does. */
const call = (hook: unknown, argument: object): unknown => (hook as (argument: object) => unknown)(argument);

describe("a plugin that compiles a file before this one sees it", () => {
  /** The warning of Rollup when a plugin loads TypeScript in this way. */
  async function warnings(load: (id: string) => Promise<string>): Promise<string[]> {
    const shop = copyProject("rollup");
    const said: string[] = [];
    const compiles = { name: "compiles", load: (id: string) => load(id) };
    const behind = {
      name: "behind",
      transform: (code: string) => transform(code, { loader: "ts", target: "es2022", sourcemap: true }),
    };
    const bundle = await rollup({
      input: shop.at("src/prices.ts"),
      external: /^aotcache/,
      plugins: [compiles, rollupPlugin({ allow: ["parameter-unproved"] }), behind],
      onwarn: ({ message }) => void said.push(message),
    });
    await bundle.generate({});
    return said;
  }

  it("causes a warning, because it removes the types from the keys", async () => {
    const said = await warnings(async (id) => {
      const { code } = await transform(readFileSync(id, "utf8"), { loader: "ts", target: "esnext" });
      return code;
    });
    expect(said).toEqual([expect.stringContaining("aotcache: another plugin changed this file first")]);
  });

  it("causes no warning if the keys stay the same", async () => {
    const reprinted = (text: string): string => text.replaceAll("\n\n", "\n// Printed anew.\n");
    expect(await warnings(async (id) => reprinted(readFileSync(id, "utf8")))).toEqual([]);
  });

  it("causes no warning if it passes on the text on disk", async () => {
    expect(await warnings(async (id) => readFileSync(id, "utf8").replace(/^\uFEFF/, ""))).toEqual([]);
  });
});

describe("the text that an integration receives", () => {
  const options = { include: [/\.(?:ts|vue)(?:$|\?)/, "lib/**"], exclude: [/[\\/]node_modules[\\/]/] };
  const asked = (host?: "webpack"): ((id: string) => boolean) =>
    matcherOf(patternsFrom(import.meta.dirname, options, host));
  const at = (path: string): string => `${import.meta.dirname}/${path}`;

  it("is sources with any query, but for queries that ask for something else", () => {
    const ids = [
      "a.ts",
      "a.ts?v=1",
      "a.ts?t=1764417600000",
      "a.ts?worker_file&type=module",
      "a.ts?tsr-split=component---loader",
      "a.ts?route-chunk=clientLoader",
      "a.ts?__react-router-build-client-route",
      "a.ts?sentry-auto-wrap",
      "a.ts?from=/pages/raw.html",
      "lib/b.mjs?tsr-split=component",
      "lib/b/.c.mjs",
      "A.vue",
      "a.ts?vue&type=script&setup=true&src=1&lang.ts",
    ];
    const others = [
      "a.ts?raw",
      "a.ts?url",
      "a.ts?import&raw",
      "a.ts?worker&inline",
      "a.ts?sharedworker",
      "A.vue?macro=true",
      "A.vue?definePage&vue&lang.ts",
      "A.vue?vue&type=template&lang.js",
      "node_modules/a/a.ts?v=1",
      "A.vue?vue&type=script&lang.ts",
      "A.vue?vue&type=style&src=1&lang.css",
      "a.mjs",
    ];
    expect(
      [...ids, ...others, "node_modules/a/a.ts", "\0a.ts", "\0a.ts?tsr-split=loader"].filter((id) =>
        asked()(at(id)),
      ),
    ).toEqual(ids);
  });

  it("is the script of a component in webpack, which reads the whole file for each part", () => {
    const ids = ["A.vue?vue&type=script&setup=true&lang=ts", "a.ts", "a.ts?vue&type=script&src=1"];
    const others = ["A.vue", "A.vue?vue&type=template&id=1", "A.vue?vue&type=style&index=0"];
    expect([...ids, ...others].filter((id) => asked("webpack")(at(id)))).toEqual(ids);
  });
});

it("Rollup does not warn of an optional package of the runtime that is not installed", async () => {
  const entry = {
    name: "entry",
    resolveId: (id: string) => (id === "entry" ? id : null),
    load: () => 'export const load = () => import("msgpackr");',
  };
  const warnings: string[] = [];
  // Without a plugin that resolves packages, none is installed.
  const bundle = await rollup({
    input: "entry",
    plugins: [rollupPlugin(), entry],
    onwarn: ({ message }) => void warnings.push(message),
  });
  const { output } = await bundle.generate({});
  expect(output[0].code).toContain("import('msgpackr')");
  expect(warnings).toEqual([]);
});
