/** The dev server of the published plugin compiles in a thread. Reads `dist`. */
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { copyApp, node } from "../../support/vite-app.ts";

const at = (path: string): string =>
  JSON.stringify(fileURLToPath(new URL(`../../../${path}`, import.meta.url)));

const SCRIPT = `
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
const load = (path) => import(pathToFileURL(path).href);
const { createServer } = await load(${at("node_modules/vite/dist/node/index.js")});
const { default: aotcache } = await load(${at("dist/plugin/vite.js")});
const loadsTypeScript = () =>
  Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes("@ts-morph"));

const server = await createServer({
  configFile: false,
  logLevel: "silent",
  plugins: [aotcache()],
  resolve: { alias: { "aotcache/internal": ${at("dist/runtime/internal.js")}, aotcache: ${at("dist/runtime/index.js")} } },
  optimizeDeps: { noDiscovery: true, include: [], exclude: ["aotcache", "aotcache/internal"] },
  server: { middlewareMode: true, ws: false },
});
const load1 = await server.ssrLoadModule("/src/factors.ts");
const answers = [await load1.describe({ number: 91 }), await load1.describe({ number: 91 })];
const failed = await server.ssrLoadModule("/src/wrong.ts").catch((error) => error.message);
await server.close();
console.log(JSON.stringify({ answers, runs: load1.counter.runs, failed, loadsTypeScript: loadsTypeScript() }));
`;

it("serves compiled modules and errors, and ends with the server", async () => {
  const wrong = "// @cached ttl=0\nexport const wrong = (n: number): number => n;\n";
  const app = copyApp({ "serve.mjs": SCRIPT, "src/wrong.ts": wrong });
  const { code, stdout, stderr } = await node(app, "serve.mjs");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const { failed, ...rest } = JSON.parse(stdout) as { failed: string };
  expect(rest).toEqual({ answers: ["91 = 7 × 13", "91 = 7 × 13"], runs: 2, loadsTypeScript: false });
  expect(failed).toContain("[option-value]");
});
