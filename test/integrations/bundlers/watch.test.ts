import { rspack, type RspackOptions } from "@rspack/core";
import { context } from "esbuild";
import { watch as watchRolldown } from "rolldown";
import { watch as watchRollup } from "rollup";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import webpack from "webpack";
import esbuildPlugin from "../../../plugin/esbuild.ts";
import rolldownPlugin from "../../../plugin/rolldown.ts";
import rollupPlugin from "../../../plugin/rollup.ts";
import rspackPlugin from "../../../plugin/rspack.ts";
import webpackPlugin from "../../../plugin/webpack.ts";
import { emptyProject, type TestProject } from "../../support/bundlers.ts";

const FILES = {
  "package.json": '{ "name": "shop", "type": "module" }',
  "tsconfig.json":
    '{ "compilerOptions": { "strict": true, "module": "esnext", "moduleResolution": "bundler", "allowImportingTsExtensions": true, "types": [] } }',
  "src/main.ts": `import type { Order } from "./order.ts";
export const other = 1;
// @cached ttl=10
export function total(order: Order): string { return String(order); }
`,
  "src/order.ts": 'import type { Item } from "./item.ts";\nexport type Order = { items: Item[] };\n',
  "src/item.ts": 'export type { Code as Item } from "./code.ts";\n',
  "src/code.ts": "export type Code = string;\n",
};

/** Starts a watcher that writes `dist/main.js` and reports the result of each build: its error, if any. */
type Watch = (shop: TestProject, built: (error: string) => void) => void;

function watchRspack(shop: TestProject, built: (error: string) => void, options: RspackOptions): void {
  const compiler = rspack({ ...packOptions(shop), ...options });
  const watching = compiler.watch({ aggregateTimeout: 5 }, (_, stats) =>
    built(stats?.hasErrors() ? stats.toString("errors-only") : ""),
  );
  onTestFinished(() => new Promise<void>((done) => watching!.close(() => compiler.close(() => done()))));
}

const WATCHERS: Readonly<Record<string, Watch>> = {
  rollup(shop, built) {
    const watcher = watchRollup({
      input: shop.at("src/main.ts"),
      output: { file: shop.at("dist/main.js") },
      external: /^aotcache/,
      plugins: [rollupPlugin(), withoutTypes],
      onwarn: () => {},
      watch: { buildDelay: 0 },
    });
    watcher.on("event", (event) => {
      if (event.code === "ERROR") built(event.error.message);
      if (event.code === "BUNDLE_END") built("");
      if ("result" in event) void event.result?.close();
    });
    onTestFinished(() => watcher.close());
  },
  rolldown(shop, built) {
    const watcher = watchRolldown({
      input: shop.at("src/main.ts"),
      output: { file: shop.at("dist/main.js") },
      external: /^aotcache/,
      plugins: [rolldownPlugin()],
    });
    watcher.on("event", (event) => {
      if (event.code === "ERROR") built(event.error.message);
      if (event.code === "BUNDLE_END") built("");
      if ("result" in event) void event.result.close();
    });
    onTestFinished(() => watcher.close());
  },
  webpack(shop, built) {
    const compiler = webpack({
      ...packOptions(shop),
      module: { rules: [{ test: /\.ts$/, loader: shop.at("without-types.mjs") }] },
      plugins: [webpackPlugin()],
    });
    const watching = compiler.watch({ aggregateTimeout: 5 }, (_, stats) =>
      built(stats?.hasErrors() ? stats.toString("errors-only") : ""),
    );
    onTestFinished(() => new Promise<void>((done) => watching?.close(() => compiler.close(() => done()))));
  },
  "webpack with the loader"(shop, built) {
    const use = [shop.at("without-types.mjs"), "aotcache/loader"];
    const compiler = webpack({ ...packOptions(shop), module: { rules: [{ test: /\.ts$/, use }] } });
    const watching = compiler.watch({ aggregateTimeout: 5 }, (_, stats) =>
      built(stats?.hasErrors() ? stats.toString("errors-only") : ""),
    );
    onTestFinished(() => new Promise<void>((done) => watching?.close(() => compiler.close(() => done()))));
  },
  rspack(shop, built) {
    watchRspack(shop, built, {
      module: { rules: [{ test: /\.ts$/, loader: "builtin:swc-loader" }] },
      plugins: [rspackPlugin()],
    });
  },
  "rspack with the loader"(shop, built) {
    const use = ["builtin:swc-loader", "aotcache/loader"];
    watchRspack(shop, built, { module: { rules: [{ test: /\.ts$/, use }] } });
  },
  async esbuild(shop, built) {
    const building = await context({
      absWorkingDir: shop.root,
      entryPoints: ["src/main.ts"],
      outfile: "dist/main.js",
      bundle: true,
      format: "esm",
      external: ["aotcache"],
      logLevel: "silent",
      plugins: [
        esbuildPlugin(),
        {
          name: "end",
          setup: ({ onEnd }) => onEnd(({ errors }) => built(errors.map(({ text }) => text).join())),
        },
      ],
    });
    onTestFinished(() => building.dispose());
    await building.watch();
  },
};

const packOptions = (shop: TestProject) =>
  ({
    mode: "development",
    devtool: false,
    context: shop.root,
    entry: "./src/main.ts",
    externals: /^aotcache/,
    output: { path: shop.at("dist"), filename: "main.js" },
  }) as const;

/** The packages that Rollup leaves external. */
const withoutTypes = {
  name: "without-types",
  async transform(code: string, id: string) {
    const { transform } = await import("esbuild");
    return id.endsWith(".ts") ? transform(code, { loader: "ts", sourcemap: true }) : undefined;
  },
};
const LOADER = `import { transform } from "esbuild";
export default function (source) {
  const callback = this.async();
  transform(source, { loader: "ts" }).then(({ code }) => callback(null, code), callback);
}`;

describe.each(Object.keys(WATCHERS))("%s, watching", (host) => {
  /**
   * A watched project, the result of its last build, and a function that changes the file three imports away.
   */
  function watched(code: string): {
    shop: TestProject;
    failure: () => string;
    write: (code: string) => void;
  } {
    const shop = emptyProject();
    for (const [path, text] of Object.entries({ ...FILES, "without-types.mjs": LOADER }))
      shop.write(path, text);
    const write = (type: string): void => shop.write("src/code.ts", `export type Code = ${type};\n`);
    write(code);
    let last = "not built yet";
    WATCHERS[host]!(shop, (error) => void (last = error));
    return { shop, write, failure: () => last };
  }
  /** Checks a condition and repeats an action, because a watcher may not be ready just after a build. */
  const until = async <T>(write: () => void, ask: () => T): Promise<T> =>
    vi.waitFor(
      () => {
        write();
        return ask();
      },
      { timeout: 30_000, interval: 300 },
    );
  const nothing = (): void => {};
  const versionIn = (shop: TestProject): string =>
    /"total",\s*"([0-9a-f]{8})"/.exec(shop.read("dist/main.js"))![1]!;

  it("compiles again after an edit of a type three imports away", async () => {
    const { shop, write } = watched("string");
    const first = await until(nothing, () => versionIn(shop));
    const another = (than: string): string => {
      expect(versionIn(shop)).not.toBe(than);
      return versionIn(shop);
    };
    const second = await until(
      () => write("number"),
      () => another(first),
    );
    expect(
      await until(
        () => write("string"),
        () => another(second),
      ),
    ).toBe(first);
  });

  it("continues when an error in such a type is fixed there", async () => {
    const { shop, write, failure } = watched("() => void");
    await until(nothing, () => expect(failure()).toContain("parameter-unkeyable"));
    await until(
      () => write("string"),
      () => expect(failure()).toBe(""),
    );
    expect(versionIn(shop)).toMatch(/^[0-9a-f]{8}$/);
  });
});
