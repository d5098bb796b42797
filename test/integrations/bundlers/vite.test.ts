import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { InlineConfig, ViteDevServer } from "vite";
import { build, copyProject, node, repository, type Integration } from "../../support/bundlers.ts";
import { configOf, copyApp, idsIn, type App } from "../../support/vite-app.ts";

type Vite = typeof import("vite");

/** Each supported major version. The types of the newest version are used only where older ones have them. */
const VERSIONS: readonly { readonly integration: Integration; readonly load: () => Promise<Vite> }[] = [
  { integration: "vite6", load: async () => (await import("vite6")) as never },
  { integration: "vite7", load: async () => (await import("vite7")) as never },
  { integration: "vite", load: () => import("vite") },
];

const FACTORS = "/src/factors.ts";
const PATIENCE = { timeout: 20_000, interval: 50 };

describe.each(VERSIONS)("$integration", ({ integration, load }) => {
  const start = async (app: App, more?: InlineConfig): Promise<ViteDevServer> => {
    const server = await (await load()).createServer(configOf(app, {}, more));
    onTestFinished(() => server.close());
    return server;
  };
  const ids = async (server: ViteDevServer, side: string): Promise<string[]> =>
    idsIn((await server.environments[side]!.transformRequest(FACTORS))!.code);

  it("uses the same ids in page and server in development, and different ones after the edit of a type", async () => {
    const app = copyApp();
    const server = await start(app);
    const before = await ids(server, "client");
    expect(before).toHaveLength(2);
    expect(await ids(server, "ssr")).toEqual(before);
    app.edit("src/types.ts", "factors: number[]", "factors: (number | bigint)[]");
    await vi.waitFor(async () => {
      const [client, ssr] = [await ids(server, "client"), await ids(server, "ssr")];
      expect(client[0]).not.toBe(before[0]);
      expect(ssr).toEqual(client);
    }, PATIENCE);
  });

  it("runs an edited function at once, without old results", async () => {
    const app = copyApp();
    const server = await start(app);
    const answer = async (): Promise<string> => {
      const module = (await server.ssrLoadModule(
        FACTORS,
      )) as typeof import("../../../fixtures/apps/vite/src/factors.ts");
      return module.describe({ number: 91 });
    };
    expect(await answer()).toBe("91 = 7 × 13");
    app.edit("src/factors.ts", "${number} = ", "${number}: ");
    await vi.waitFor(async () => expect(await answer()).toBe("91: 7 × 13"), PATIENCE);
  });

  it("shows an error in the page, and continues when it is fixed", async () => {
    const app = copyApp();
    const mend = app.read("src/factors.ts");
    app.edit("src/factors.ts", "ttl=10m max", "tll=10m max");
    const server = await start(app, { server: { host: "127.0.0.1", port: 0 } });
    await server.listen();
    const send = vi.spyOn(server.environments.client.hot, "send");
    const get = async (): Promise<Response> => fetch(new URL(FACTORS, server.resolvedUrls!.local[0]));
    expect((await get()).status).toBe(500);
    const err = expect.objectContaining({
      message: expect.stringMatching(/^\[option-unknown\] /),
      loc: expect.objectContaining({ file: app.at("src/factors.ts"), column: 12 }),
      frame: expect.stringContaining("> 19 | // @cached tll=10m max=1000\n     |            ^^^"),
    });
    expect(send).toHaveBeenCalledWith({ type: "error", err });
    app.write("src/factors.ts", mend);
    await vi.waitFor(async () => expect((await get()).status).toBe(200), PATIENCE);
  });

  it("shows a warning once in a build", async () => {
    const shop = copyProject(integration);
    shop.write(
      "src/prices.ts",
      `${shop.read("src/prices.ts")}
let factor = 2;
export const set = (n: number): void => void (factor = n);
// @cached ttl=10
export const times = (n: number): number => n * factor;
set(times(1));
`,
    );
    const { code, stdout, stderr } = await build(shop, integration);
    expect(code).toBe(0);
    const text = stdout + stderr;
    expect(text.match(/\[module-state\]/g)).toHaveLength(1);
    expect(text.match(/> \d+ \| export const times = .*\n *\| +\^{6}$/gm)).toHaveLength(1);
  });

  it("hits in Vitest", async () => {
    const shop = copyProject(integration);
    shop.write(
      "src/prices.test.ts",
      `import { expect, it } from "vitest";
import { version } from "vite";
import { rate, runs } from "./prices.ts";
it("runs once", async () => {
  expect([await rate("USD"), await rate("USD", "EUR")]).toEqual([0.5, 0.5]);
  expect(runs.rate).toBe(1);
  console.log("on Vite " + version);
});
`,
    );
    shop.write("hook.mjs", hookTo(integration));
    const vitest = join(repository, "node_modules/vitest/vitest.mjs");
    const { code, stdout, stderr } = await node(shop.root, "--import", "./hook.mjs", vitest, "run");
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toContain(`on Vite ${(await load()).version}`);
    expect(stdout).toContain("1 passed");
  });
});

/** Has Vitest, which finds the Vite that is installed beside it, use the one of this integration. */
function hookTo(integration: Integration): string {
  const parent = JSON.stringify(pathToFileURL(join(repository, "package.json")).href);
  const hooks = `export function resolve(specifier, context, next) {
    const name = specifier.replace(/^vite(?=\\/|$)/, ${JSON.stringify(integration)});
    return name === specifier ? next(specifier, context) : next(name, { ...context, parentURL: ${parent} });
  }`;
  const url = `data:text/javascript,${encodeURIComponent(hooks)}`;
  return `import { register } from "node:module";\nregister(${JSON.stringify(url)});\n`;
}
