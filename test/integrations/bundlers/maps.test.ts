/** Source maps of all bundlers lead where they lead without the plugin: to the file, the line and the column. */
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { rspack } from "@rspack/core";
import * as esbuild from "esbuild";
import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import { rolldown } from "rolldown";
import { rollup } from "rollup";
import { build as viteBuild, createServer } from "vite";
import { describe, expect, it, onTestFinished } from "vitest";
import webpack from "webpack";
import forEsbuild from "../../../plugin/esbuild.ts";
import forRolldown from "../../../plugin/rolldown.ts";
import forRollup from "../../../plugin/rollup.ts";
import forRspack from "../../../plugin/rspack.ts";
import forVite from "../../../plugin/vite.ts";
import forWebpack from "../../../plugin/webpack.ts";
import { emptyProject, type TestProject } from "../../support/bundlers.ts";

const PRICE = `import { rate } from "./rate";

/** In cents. */
// @cached ttl=1h
export function price(sku: string, quantity: number): number {
  const amount = rate(sku) * quantity; if (amount > 100) throw new RangeError("too many " + sku);
  return amount;
}
`;
const FILES = {
  "package.json": '{ "name": "shop", "type": "module" }',
  "tsconfig.json": JSON.stringify({
    compilerOptions: {
      target: "es2022",
      module: "esnext",
      moduleResolution: "bundler",
      strict: true,
      types: [],
      sourceMap: true,
    },
    include: ["src"],
  }),
  "src/lib/price.ts": PRICE,
  "src/lib/rate.ts": "export const rate = (sku: string): number => sku.length;\n",
  "src/main.ts": 'import { price } from "./lib/price";\nconsole.log(price("tea", 7));\n',
};
const TOKENS = ["throw new", "RangeError(", "return amount"];

function shopOf(files: Readonly<Record<string, string>> = {}): TestProject {
  const shop = emptyProject();
  for (const [path, text] of Object.entries({ ...FILES, ...files })) shop.write(path, text);
  return shop;
}

interface Built {
  readonly code: string;
  readonly map: string;
  /** The folder that the map's sources are relative to. */
  readonly folder: string;
}

type Host = (shop: TestProject, compiled: boolean) => Promise<Built>;

/** What the user of Rollup has for the types. */
const withoutTypes = {
  name: "without-types",
  resolveId: (id: string, from?: string) =>
    from && id.startsWith(".") ? `${resolve(dirname(from), id)}.ts` : null,
  transform: (code: string, id: string) =>
    esbuild.transform(code, { loader: "ts", target: "es2022", sourcemap: true, sourcefile: id }),
};

const require = createRequire(import.meta.url);
const LOADERS: Readonly<Record<string, object>> = {
  "babel-loader": { presets: [require.resolve("@babel/preset-typescript")], configFile: false },
  "ts-loader": { transpileOnly: true },
  "swc-loader": { jsc: { parser: { syntax: "typescript" }, target: "es2022" } },
  "esbuild-loader": { target: "es2022" },
};

/** Builds with the plugin, or with the loader. */
function bundleWith(
  host: "webpack" | "rspack",
  loader: string,
  { before = [], byLoader = false }: { before?: readonly object[]; byLoader?: boolean } = {},
): (shop: TestProject, compiled: boolean) => Promise<Built> {
  return async (shop, compiled) => {
    const run = (host === "webpack" ? webpack : rspack) as typeof webpack;
    const plugins = host === "webpack" ? [forWebpack()] : [forRspack() as never];
    const typeLoader = { loader, options: LOADERS[loader]! };
    const config: webpack.Configuration = {
      mode: "development",
      devtool: "source-map",
      context: shop.root,
      target: "node",
      entry: "./src/main.ts",
      output: { path: shop.at("dist"), devtoolModuleFilenameTemplate: "[absolute-resource-path]" },
      resolve: { extensions: [".ts", ".js"] },
      externals: /^aotcache/,
      module: {
        rules: [
          { test: /\.ts$/, use: compiled && byLoader ? [typeLoader, "aotcache/loader"] : [typeLoader] },
          ...before,
        ],
      },
      plugins: compiled && !byLoader ? plugins : [],
    };
    await new Promise<void>((done, failed) => {
      run(config, (error, stats) => {
        const problem =
          error ?? (stats!.hasErrors() ? stats!.toString({ all: false, errors: true }) : undefined);
        if (problem) failed(new Error(String(problem)));
        else done();
      });
    });
    return { code: shop.read("dist/main.js"), map: shop.read("dist/main.js.map"), folder: shop.at("dist") };
  };
}

const chunkOf = (
  { output: [chunk] }: { output: [{ code: string; map: unknown }, ...unknown[]] },
  folder: string,
): Built => ({
  code: chunk.code,
  map: JSON.stringify(chunk.map),
  folder,
});

const HOSTS: Readonly<Record<string, Host>> = {
  async rollup(shop, compiled) {
    const plugins = [...(compiled ? [forRollup()] : []), withoutTypes];
    const bundle = await rollup({ input: shop.at("src/main.ts"), external: /^aotcache/, plugins });
    return chunkOf(
      (await bundle.generate({ sourcemap: true, file: shop.at("dist/main.js") })) as never,
      shop.at("dist"),
    );
  },
  async rolldown(shop, compiled) {
    const plugins = compiled ? [forRolldown()] : [];
    const bundle = await rolldown({ input: shop.at("src/main.ts"), external: /^aotcache/, plugins });
    return chunkOf(
      (await bundle.generate({ sourcemap: true, dir: shop.at("dist") })) as never,
      shop.at("dist"),
    );
  },
  async esbuild(shop, compiled) {
    const { outputFiles } = await esbuild.build({
      absWorkingDir: shop.root,
      entryPoints: ["src/main.ts"],
      outfile: "dist/main.js",
      bundle: true,
      write: false,
      format: "esm",
      sourcemap: true,
      external: ["aotcache"],
      plugins: compiled ? [forEsbuild()] : [],
    });
    const [map, code] = outputFiles;
    return { code: code!.text, map: map!.text, folder: shop.at("dist") };
  },
  async "Vite's build"(shop, compiled) {
    const built = await viteBuild({
      root: shop.root,
      configFile: false,
      logLevel: "silent",
      plugins: compiled ? [forVite()] : [],
      build: {
        ssr: "src/main.ts",
        sourcemap: true,
        write: false,
        rolldownOptions: { external: /^aotcache/ },
      },
    });
    return chunkOf(built as never, shop.at("dist"));
  },
  async "Vite's dev server"(shop, compiled) {
    const server = await createServer({
      root: shop.root,
      configFile: false,
      logLevel: "silent",
      cacheDir: shop.at(".vite"),
      plugins: compiled ? [forVite()] : [],
      optimizeDeps: { noDiscovery: true },
      server: { middlewareMode: true, ws: false },
    });
    onTestFinished(() => server.close());
    const { code, map } = (await server.environments.client.transformRequest("/src/lib/price.ts"))!;
    return { code, map: JSON.stringify(map), folder: shop.at("src/lib") };
  },
  ...Object.fromEntries(
    (["webpack", "rspack"] as const).flatMap((host) =>
      Object.keys(LOADERS).flatMap((loader) => [
        [`${host} with ${loader}`, bundleWith(host, loader)],
        [`${host} with ${loader} and the loader`, bundleWith(host, loader, { byLoader: true })],
      ]),
    ),
  ),
};

/** Where each token of the built text comes from: the path of the file, the 1-based line and the 0-based column. */
const placesIn = ({ code, map, folder }: Built): unknown[] =>
  TOKENS.map((token) => {
    const trace = new TraceMap(map);
    const { source, line, column } = originalPositionFor(trace, positionOf(code, token));
    return [token, source === null ? source : resolve(folder, source), line, column];
  });

function positionOf(text: string, part: string): { line: number; column: number } {
  const lines = text.slice(0, text.indexOf(part)).split("\n");
  return { line: lines.length, column: lines.at(-1)!.length };
}

const expectedPlaces = (shop: TestProject): unknown[] =>
  TOKENS.map((token) => {
    const { line, column } = positionOf(PRICE, token);
    return [token, shop.at("src/lib/price.ts"), line, column];
  });

describe.each(Object.entries(HOSTS))("the map of %s", (_host, bundle) => {
  it("leads to the places that it leads to without the plugin", async () => {
    const shop = shopOf();
    const built = await bundle(shop, true);
    expect(built.code).toContain("$aot_price");
    expect(placesIn(built)).toEqual(placesIn(await bundle(shop, false)));
    expect(placesIn(built)).toEqual(expectedPlaces(shop));
  });
});

it("is an object that reads as JSON where a plugin around this one makes text of it", async () => {
  const shop = shopOf();
  const plugin = forRollup() as {
    transform: { handler(...args: unknown[]): Promise<{ map: object } | null> };
  };
  const { handler } = plugin.transform;
  const maps: object[] = [];
  plugin.transform.handler = async function (...args) {
    const result = await handler.apply(this, args);
    if (result) maps.push(result.map);
    return result;
  };
  await rollup({
    input: shop.at("src/main.ts"),
    external: /^aotcache/,
    plugins: [plugin as never, withoutTypes],
  });
  expect(maps).toEqual([expect.objectContaining({ version: 3, sources: ["price.ts"] })]);
  expect(JSON.parse(String(maps[0]))).toEqual(maps[0]);
});

it.each([
  ["webpack", "plugin"],
  ["rspack", "plugin"],
  ["webpack", "loader"],
  ["rspack", "loader"],
] as const)("the map of %s goes on from that of a loader before the %s", async (host, form) => {
  const shop = shopOf();
  shop.write(
    "banner.cjs",
    `module.exports = function (text) {
  const lines = text.split("\\n").map((_, line) => (line === 0 ? "AAAA" : "AACA")).join(";");
  const map = { version: 3, sources: [this.resourcePath], sourcesContent: [text], names: [], mappings: ";" + lines };
  this.callback(null, "// A banner.\\n" + text, map);
};\n`,
  );
  const banner = { test: /\.ts$/, enforce: "pre", loader: shop.at("banner.cjs") };
  const places = placesIn(
    await bundleWith(host, "swc-loader", { before: [banner], byLoader: form === "loader" })(shop, true),
  ) as [string, string, number][];
  expect(places.map(([token, path, line]) => [token, path, line])).toEqual(
    (expectedPlaces(shop) as [string, string, number][]).map(([token, path, line]) => [token, path, line]),
  );
});
