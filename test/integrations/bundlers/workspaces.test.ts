import { rspack } from "@rspack/core";
import { build as buildEsbuild, transform } from "esbuild";
import { readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { rollup } from "rollup";
import { build as buildVite } from "vite";
import { describe, expect, it } from "vitest";
import webpack from "webpack";
import esbuildPlugin from "../../../plugin/esbuild.ts";
import rolldownPlugin from "../../../plugin/rolldown.ts";
import rollupPlugin from "../../../plugin/rollup.ts";
import rspackPlugin from "../../../plugin/rspack.ts";
import vitePlugin from "../../../plugin/vite.ts";
import webpackPlugin from "../../../plugin/webpack.ts";
import { createCompiler } from "../../../src/index.ts";
import { emptyProject, repository, type TestProject } from "../../support/bundlers.ts";
import { idsIn } from "../../support/vite-app.ts";

const OPTIONS = `"strict": true, "module": "esnext", "moduleResolution": "bundler", "allowImportingTsExtensions": true, "types": []`;
const APP = (from: string): string => `import { total } from "@shop/prices";
import type { Order } from "${from}";
// @cached ttl=10
export function report(order: Order, title: string): string { return title + total(order); }
`;

/** Two applications and a package that both use. One finds its types by name, the other by an alias. */
const FILES = {
  "package.json": '{ "name": "shop", "private": true, "workspaces": ["packages/*", "apps/*"] }',
  "packages/prices/package.json": '{ "name": "@shop/prices", "type": "module", "exports": "./src/index.ts" }',
  "packages/prices/tsconfig.json": `{ "compilerOptions": { ${OPTIONS} } }`,
  "packages/prices/src/order.ts": "export interface Order { items: number[] }\n",
  "packages/prices/src/index.ts": `import type { Order } from "./order.ts";
export type { Order };
// @cached ttl=10
export function total({ items }: Order): number { return items.length; }
`,
  "apps/one/package.json": '{ "name": "one", "type": "module" }',
  "apps/one/tsconfig.json": `{ "compilerOptions": { ${OPTIONS} } }`,
  "apps/one/main.ts": APP("@shop/prices"),
  "apps/two/package.json": '{ "name": "two", "type": "module" }',
  "apps/two/tsconfig.json": `{ "compilerOptions": { ${OPTIONS}, "paths": { "~prices/*": ["../../packages/prices/src/*"] } } }`,
  "apps/two/main.ts": APP("~prices/order"),
};

function workspace(folder: string): TestProject {
  const shop = emptyProject(folder);
  for (const [path, text] of Object.entries(FILES)) shop.write(path, text);
  shop.write("node_modules/@shop/.keep", "");
  // The layout of a workspace of npm and pnpm.
  symlinkSync(shop.at("packages/prices"), shop.at("node_modules/@shop/prices"), "junction");
  return shop;
}

const external = /^aotcache/;

/** The packages that Rollup leaves external. */
const resolved = {
  name: "resolved",
  resolveId: (id: string, importer?: string) =>
    importer && id.startsWith("@shop/") ? createRequire(importer).resolve(id) : undefined,
  transform: (code: string) => transform(code, { loader: "ts", sourcemap: true }),
};

/** Builds the `main.ts` of an application with each host. */
const HOSTS: Readonly<Record<string, (root: string) => Promise<string>>> = {
  async vite(root) {
    const { output } = (await buildVite({
      root,
      configFile: false,
      logLevel: "silent",
      plugins: [vitePlugin()],
      build: { write: false, ssr: "main.ts", rolldownOptions: { external }, minify: false },
      ssr: { noExternal: ["@shop/prices"] },
    })) as { output: { code?: string }[] };
    return textOf(output);
  },
  async rollup(root) {
    const bundle = await rollup({
      input: join(root, "main.ts"),
      external,
      plugins: [rollupPlugin(), resolved],
    });
    return textOf((await bundle.generate({})).output);
  },
  async rolldown(root) {
    const bundle = await rolldown({
      input: join(root, "main.ts"),
      cwd: root,
      external,
      plugins: [rolldownPlugin()],
    });
    return textOf((await bundle.generate({})).output);
  },
  async esbuild(root) {
    const { outputFiles } = await buildEsbuild({
      absWorkingDir: root,
      entryPoints: ["main.ts"],
      bundle: true,
      write: false,
      format: "esm",
      external: ["aotcache"],
      plugins: [esbuildPlugin()],
    });
    return outputFiles.map(({ text }) => text).join("\n");
  },
  webpack(root) {
    const { loader, options } = packOptions(root);
    return finished(root, (done) => {
      webpack(
        { ...options, module: { rules: [{ test: /\.ts$/, loader }] }, plugins: [webpackPlugin()] },
        done,
      );
    });
  },
  rspack(root) {
    const rules = [{ test: /\.ts$/, loader: "builtin:swc-loader" }];
    return finished(root, (done) => {
      rspack({ ...packOptions(root).options, module: { rules }, plugins: [rspackPlugin()] }, done);
    });
  },
};

const textOf = (output: readonly object[]): string =>
  output.map((file) => ("code" in file ? String(file.code) : "")).join("\n");

const packOptions = (root: string) =>
  ({
    loader: join(repository, "fixtures/apps/webpack/without-types.js"),
    options: {
      mode: "none",
      context: root,
      entry: "./main.ts",
      externals: external,
      output: { path: join(root, "dist"), filename: "main.js" },
    },
  }) as const;

type Done = (
  error: Error | null | undefined,
  stats?: { hasErrors(): boolean; toString(preset: "errors-only"): string },
) => void;

function finished(root: string, start: (done: Done) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    start((error, stats) => {
      if (error ?? stats?.hasErrors()) reject(error ?? new Error(stats!.toString("errors-only")));
      else resolve(readFileSync(join(root, "dist/main.js"), "utf8"));
    });
  });
}

/** The ids of one application, by function name. */
async function idsOf(host: string, shop: TestProject, app: string): Promise<Record<string, string>> {
  const ids = idsIn(await HOSTS[host]!(shop.at(`apps/${app}`)));
  return Object.fromEntries(ids.map((id) => [/:(\w+)@/.exec(id)![1]!, id]));
}

/** The ids from the compiler alone. */
async function compiledIds(): Promise<readonly [total: string, report: string]> {
  const shop = workspace("shop");
  const compiler = await createCompiler({ root: shop.root });
  const ids = ["packages/prices/src/index.ts", "apps/one/main.ts"].map((path) => {
    const [site] = compiler.compile(path, shop.read(path)).sites;
    return `${site!.id.namespace}:${site!.id.name}@${site!.id.version}`;
  });
  return [ids[0]!, ids[1]!];
}

describe.each(Object.keys(HOSTS))("in a monorepo, %s", (host) => {
  it.each(["shop", "größe & 日本 (neu) [1]"])(
    "a function of a package has one id in all applications, in a folder called %s",
    async (folder) => {
      const shop = workspace(folder);
      const [total, report] = await compiledIds();
      expect(total).toMatch(/^@shop\/prices\/src\/index:total@[0-9a-f]{8}$/);
      expect(await idsOf(host, shop, "one")).toEqual({ total, report });
      // The same function on the same type, reached through an alias of the tsconfig.
      expect(await idsOf(host, shop, "two")).toEqual({ total, report: report.replace(/^one/, "two") });
    },
  );

  it("the ids are the same if the project is reached through a link", async () => {
    const shop = workspace("shop");
    const link = join(shop.root, "../link");
    symlinkSync(shop.root, link, "junction");
    const [total, report] = await compiledIds();
    expect(await idsOf(host, { ...shop, at: (path) => join(link, path) }, "one")).toEqual({ total, report });
  });
});
