import { build as esbuild } from "esbuild";
import { existsSync } from "node:fs";
import { rolldown, watch as watchRolldown, type InputOptions } from "rolldown";
import { rollup } from "rollup";
import { build as vite } from "vite";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import esbuildPlugin from "../../../plugin/esbuild.ts";
import rolldownPlugin from "../../../plugin/rolldown.ts";
import rollupPlugin from "../../../plugin/rollup.ts";
import vitePlugin from "../../../plugin/vite.ts";
import { shop, type CliApp } from "../../support/cli.ts";

const MANIFEST = "aotcache.manifest.json";
const PATH = "dist/aotcache.manifest.json";

/** Paths start at the working directory in hosts that have no root. */
const options = (app: CliApp): object => ({
  manifest: app.at(PATH),
  tsconfig: app.at("tsconfig.json"),
});

/** A build that includes a part of the project. */
const BUILDS: Record<string, (app: CliApp) => Promise<unknown>> = {
  vite: (app) =>
    vite({
      root: app.root,
      configFile: false,
      logLevel: "silent",
      plugins: [vitePlugin({ manifest: PATH })],
      build: {
        ssr: "src/products.ts",
        emptyOutDir: false,
        rolldownOptions: { external: /^aotcache/ },
      },
    }),
  rolldown: async (app) =>
    (
      await rolldown({
        ...inputOf(app),
        plugins: [rolldownPlugin(options(app))],
      })
    ).generate(),
  rollup: async (app) => {
    const strip = { name: "types", transform: () => ({ code: "", map: null }) };
    return (
      await rollup({
        input: app.at("src/products.ts"),
        plugins: [rollupPlugin(options(app)), strip],
      })
    ).generate({});
  },
  esbuild: (app) =>
    esbuild({
      absWorkingDir: app.root,
      entryPoints: ["src/products.ts"],
      bundle: true,
      write: false,
      external: ["aotcache"],
      plugins: [esbuildPlugin({ manifest: PATH })],
    }),
};

const inputOf = (app: CliApp): InputOptions => ({
  cwd: app.root,
  input: "src/products.ts",
  external: /^aotcache/,
  checks: { pluginTimings: false },
});

describe("the plugin's option `manifest`", () => {
  it.each(Object.keys(BUILDS))("writes the same with %s as the command line", async (host) => {
    const app = shop();
    await app.run("list", `--manifest=${PATH}`);
    const expected = app.read(PATH);
    app.remove(PATH);
    await BUILDS[host]!(app);
    expect(app.read(PATH)).toBe(expected);
  });

  it.each(Object.keys(BUILDS))("writes nothing with %s when the build fails", async (host) => {
    const app = shop();
    app.write("src/products.ts", app.read("src/products.ts").replace("ttl=10m", "tll=10m"));
    await expect(BUILDS[host]!(app)).rejects.toThrow();
    expect(existsSync(app.at(PATH))).toBe(false);
  });

  it("is updated in a watch", async () => {
    const app = shop();
    const watcher = watchRolldown({
      ...inputOf(app),
      plugins: [rolldownPlugin({ ...options(app), manifest: app.at(MANIFEST) })],
      output: { dir: app.at("dist") },
    });
    onTestFinished(() => watcher.close());
    const contains = (ttl: string): boolean =>
      existsSync(app.at(MANIFEST)) && app.read(MANIFEST).includes(`"ttl": "${ttl}"`);
    await vi.waitFor(() => expect(contains("10m")).toBe(true), { timeout: 30_000 });
    const edited = app.read("src/products.ts").replace("ttl=10m", "ttl=11m");
    // The write is repeated, because a watcher may not be ready just after a build.
    await vi.waitFor(
      () => {
        app.write("src/products.ts", edited);
        expect(contains("11m")).toBe(true);
      },
      { timeout: 30_000, interval: 300 },
    );
  });
});
