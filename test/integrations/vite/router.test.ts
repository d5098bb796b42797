/** Route modules, which the plugin of a router splits by queries: `?tsr-split=loader`. */
import { readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { tanstackRouter } from "@tanstack/router-plugin/vite";
import { build, type InlineConfig } from "vite";
import { describe, expect, it } from "vitest";
import aotcache from "../../../plugin/vite.ts";
import { configOf, copyApp, idsIn, serve, type App } from "../../support/vite-app.ts";

const FILES = {
  "src/routes/__root.ts": `
    import { createRootRoute } from "@tanstack/react-router";
    export const Route = createRootRoute();`,
  "src/routes/cubes.$number.ts": `
    import { createFileRoute } from "@tanstack/react-router";
    import { counter } from "../counter";

    // @cached ttl=10
    async function cube(number: number): Promise<number> {
      counter.cubes++;
      return number ** 3;
    }

    // @cached ttl=10
    function title(number: number): string {
      counter.titles++;
      return \`The cube of \${number}\`;
    }

    export const Route = createFileRoute("/cubes/$number")({
      loader: async ({ params }) => [title(Number(params.number)), await cube(Number(params.number))],
      component: () => title(Number(Route.useParams().number)),
    });`,
  "src/counter.ts": "export const counter = { cubes: 0, titles: 0 };",
  "src/server.ts": `
    import { createMemoryHistory, createRouter } from "@tanstack/react-router";
    import { routeTree } from "./routeTree.gen";
    export { counter } from "./counter";
    export async function load(path: string): Promise<unknown> {
      const router = createRouter({ routeTree, history: createMemoryHistory({ initialEntries: [path] }) });
      await router.load();
      return router.state.matches.at(-1)!.loaderData;
    }`,
};

interface Server {
  load(path: string): Promise<unknown>;
  readonly counter: object;
}

/** The configuration with the plugin of TanStack Router, and ours on either side of it. */
function routerConfig(app: App, place: string): InlineConfig {
  const router = tanstackRouter({
    target: "react",
    autoCodeSplitting: true,
    codeSplittingOptions: { defaultBehavior: [["loader"], ["component"]] },
    routesDirectory: app.at("src/routes"),
    generatedRouteTree: app.at("src/routeTree.gen.ts"),
    tmpDir: app.at(".tanstack"),
    disableLogging: true,
  });
  const plugins = place === "after" ? [router, aotcache()] : [aotcache(), router];
  return configOf(app, {}, { plugins, build: { ssr: "src/server.ts" } });
}

async function expectCached({ load, counter }: Server): Promise<void> {
  const loaded = [await load("/cubes/3"), await load("/cubes/3"), await load("/cubes/4")];
  expect(loaded).toEqual([
    ["The cube of 3", 27],
    ["The cube of 3", 27],
    ["The cube of 4", 64],
  ]);
  expect(counter).toEqual({ cubes: 2, titles: 2 });
}

describe.each(["before", "after"])(
  "%s the plugin of TanStack Router, helpers of a split route are cached",
  (place) => {
    it("in a build", async () => {
      const app = copyApp(FILES);
      await build(routerConfig(app, place));
      const code = readdirSync(app.at("dist/assets")).map((name) => app.read(`dist/assets/${name}`));
      // Each is in a part of the route: one in that of the loader, one in that shared with the component.
      expect(code.map((each) => idsIn(each).length).sort()).toEqual([0, 1, 1]);
      await expectCached(
        (await import(/* @vite-ignore */ pathToFileURL(app.at("dist/server.js")).href)) as Server,
      );
    });

    it("in development", async () => {
      const app = copyApp(FILES);
      const server = await serve(routerConfig(app, place));
      await expectCached((await server.ssrLoadModule("/src/server.ts")) as Server);
    });
  },
);
