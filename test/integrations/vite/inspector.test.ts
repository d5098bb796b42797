/** The inspector in the development server. */
import { createLogger, type ViteDevServer } from "vite";
import { expect, it, onTestFinished, vi } from "vitest";
import type { FunctionDetails, FunctionInfo } from "aotcache/inspector";
import aotcache, { type AotcacheOptions } from "../../../plugin/vite.ts";
import { configOf, copyApp, serve } from "../../support/vite-app.ts";

const FACTORS = "/src/factors.ts";
type Factors = typeof import("../../../fixtures/apps/vite/src/factors.ts");

const said: string[] = [];

/** Starts a server that listens, as `vite` does; returns it and the address of its inspector. */
async function listen(options: AotcacheOptions = {}): Promise<[server: ViteDevServer, address: string]> {
  vi.stubEnv("VITEST", "");
  onTestFinished(() => void vi.unstubAllEnvs());
  const customLogger = createLogger("info");
  customLogger.info = (text) => void said.push(text.replaceAll(/\x1b\[\d+m/g, ""));
  const server = await serve(
    configOf(
      copyApp(),
      {},
      {
        ...{ customLogger, plugins: [aotcache(options)] },
        server: { host: "127.0.0.1", port: 0, ws: false },
      },
    ),
  );
  await server.listen();
  server.printUrls();
  return [server, `${server.resolvedUrls!.local[0]!}__aotcache/`];
}

it("shows the functions of the server with their source, and those that nobody has called", async () => {
  const [server, address] = await listen();
  expect(said.at(-1)).toBe(`  ➜  aotcache: ${address}`);
  const all = async (): Promise<FunctionInfo[]> => (await fetch(`${address}api/functions`)).json() as never;
  // The project is searched behind the first answer.
  await vi.waitFor(async () => expect(await all()).toHaveLength(2), 20_000);
  expect((await all()).map(({ name, file, loaded }) => [name, file, loaded])).toEqual([
    ["factorize", "src/factors.ts", false],
    ["describe", "src/factors.ts", false],
  ]);
  const { describe } = (await server.ssrLoadModule(FACTORS)) as Factors;
  await describe({ number: 91 });
  const found = (await all()).find(({ name }) => name === "describe")!;
  expect(found).toMatchObject({ loaded: true, stats: { misses: 1 } });
  const url = `${address}api/functions/${encodeURIComponent(found.id)}`;
  const { source, calls } = (await (await fetch(url)).json()) as FunctionDetails;
  expect(source!.before).toContain("@cached");
  expect(source!.before).not.toContain("aotcache/internal");
  expect(source!.after).toContain("aotcache/internal");
  expect(calls).toMatchObject([{ outcome: "miss" }]);
});

it("answers no page that reaches the server by another name", async () => {
  const [, address] = await listen();
  const { request } = await import("node:http");
  const status = await new Promise((resolve) => {
    const headers = { host: "evil.example" };
    request(address, { headers }, (answer) => resolve(answer.resume().statusCode)).end();
  });
  expect(status).toBeOneOf([401, 403]);
});

it("can be turned off", async () => {
  said.length = 0;
  const [, address] = await listen({ inspector: false });
  expect(said.join("\n")).not.toContain("aotcache");
  expect(await (await fetch(`${address}inspector.js`)).text()).not.toContain("EventSource");
});
