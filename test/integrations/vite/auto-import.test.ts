/** `cached` without an import statement, which a plugin adds after this one has seen the file. */
import { pathToFileURL } from "node:url";
import autoImport from "unplugin-auto-import/vite";
import { build, type InlineConfig } from "vite";
import { describe, expect, it } from "vitest";
import aotcache from "../../../plugin/vite.ts";
import { configOf, copyApp, idsIn, serve, type App } from "../../support/vite-app.ts";

const CUBE = `
  export const counter = { runs: 0 };
  export const cube = cached(
    async (number: number): Promise<number> => {
      counter.runs++;
      return number ** 3;
    },
    { ttl: 10 },
  );
  export const runs = async (): Promise<readonly number[]> => [
    await cube(3), await cube(3), await cube(4), counter.runs, cacheOf(cube).stats().hits,
  ];`;

/** The configuration with `unplugin-auto-import`, which writes the declaration of `cached`. */
function autoImportConfig(app: App, place: string): InlineConfig {
  const imports = autoImport({
    imports: [{ aotcache: ["cached", "cacheOf"] }],
    dts: app.at("src/auto-imports.d.ts"),
  });
  const plugins = place === "after" ? [imports, aotcache()] : [aotcache(), imports];
  return configOf(app, {}, { plugins, build: { ssr: "src/cube.ts" } });
}

interface Cube {
  runs(): Promise<readonly number[]>;
}

describe.each(["before", "after"])("%s unplugin-auto-import, `cached` is compiled", (place) => {
  it("in a build", async () => {
    const app = copyApp({ "src/cube.ts": CUBE });
    await build(autoImportConfig(app, place));
    expect(idsIn(app.read("dist/cube.js"))).toEqual([expect.stringMatching(/src\/cube:cube@[0-9a-f]{8}$/)]);
    const { runs } = (await import(/* @vite-ignore */ pathToFileURL(app.at("dist/cube.js")).href)) as Cube;
    expect(await runs()).toEqual([27, 27, 64, 2, 1]);
  });

  it("in development", async () => {
    const app = copyApp({ "src/cube.ts": CUBE });
    const server = await serve(autoImportConfig(app, place));
    const { runs } = (await server.ssrLoadModule("/src/cube.ts")) as Cube;
    expect(await runs()).toEqual([27, 27, 64, 2, 1]);
    expect(idsIn((await server.environments.client.transformRequest("/src/cube.ts"))!.code)).toHaveLength(1);
  });
});
