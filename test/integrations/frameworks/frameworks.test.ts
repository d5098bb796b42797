/** `aotcache/astro`, `aotcache/nuxt`, the plugin for Rollup in Farm, `cached()` alone in Metro, Wrangler's custom build, and swc-node, in real projects. */
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { copyProject, node } from "../../support/bundlers.ts";
import { frameworkProject } from "../../support/framework-project.ts";
import { installed } from "../../support/installed.ts";
import type { WebServer } from "../../support/web-server.ts";

const PRICES = { astro: "src/lib/prices.ts", nuxt: "server/utils/prices.ts" } as const;
const NAMES = ["astro", "nuxt"] as const;

interface Answer {
  readonly run: number;
  readonly key: string;
}

const priceFrom = (server: WebServer, sku: string): Promise<Answer> =>
  server.json<Answer>(`/api/price?sku=${sku}`);

/** The number of the page's price, and the text of its component. */
async function pageFrom(server: WebServer, sku: string): Promise<readonly (string | undefined)[]> {
  const { text } = await server.request(`/?sku=${sku}`);
  return [/<p[^>]*>(\d+)/, /<em[^>]*>([^<]*)/].map((part) => part.exec(text)?.[1]);
}

const keyOf = (name: (typeof NAMES)[number], sku: string): unknown =>
  expect.stringMatching(new RegExp(`^shop/${PRICES[name].slice(0, -3)}:priceOf@[\\da-f]{8}\\("${sku}"\\)$`));

describe.each(NAMES)("%s", (name) => {
  it("serves cached pages, components and endpoints after a build", async () => {
    const project = await frameworkProject(name);
    await project.build();
    const server = await project.serve("built");
    for (const _ of [1, 2])
      expect(await priceFrom(server, "tea")).toMatchObject({ run: 1, key: keyOf(name, "tea") });
    expect(await priceFrom(server, "milk")).toMatchObject({ run: 2 });
    const [run, label] = await pageFrom(server, "tea");
    expect(run).toBe("1");
    expect(label).toMatch(/^tea .*0\.\d+/);
    expect(await pageFrom(server, "tea")).toEqual([run, label]);
    expect((await pageFrom(server, "milk"))[1]).toMatch(/^milk /);
  }, 600_000);

  it("compiles again in development, and shows a mistake until it is fixed", async () => {
    const project = await frameworkProject(name);
    const server = await project.serve("dev");
    // Nuxt indents JSON in development.
    const asked = async (): Promise<string> =>
      (await server.request("/api/price?sku=tea")).text.replace(/\n\s*|(?<=:) /g, "");
    const answers = (part: string): Promise<void> =>
      expect.poll(asked, { timeout: 120_000, interval: 300 }).toContain(part);
    await answers('"run":1');
    await answers('"run":1');
    project.edit(PRICES[name], "++runs", "100 + ++runs");
    await answers('"run":10');
    project.edit(PRICES[name], "ttl=10m", "tll=10m");
    await expect
      .poll(() => asked().then((text) => text + server.printed()), { timeout: 60_000, interval: 300 })
      .toContain("[option-unknown] `tll` is not an option. Write `ttl`.");
    project.edit(PRICES[name], "tll=10m", "ttl=10m");
    await answers('"run":10');
    const [, label] = await pageFrom(server, "tea");
    expect((await pageFrom(server, "tea"))[1]).toBe(label);
  }, 600_000);
});

it("Wrangler serves cached functions, and compiles again after an edit", async () => {
  const project = await frameworkProject("wrangler");
  const server = await project.serve("dev");
  for (const _ of [1, 2])
    expect(await priceFrom(server, "tea")).toEqual({
      run: 1,
      key: expect.stringMatching(/^shop\/src\/prices:priceOf@[\da-f]{8}\("tea"\)$/),
    });
  expect(await priceFrom(server, "milk")).toMatchObject({ run: 2 });
  project.edit("src/prices.ts", "++runs", "100 + ++runs");
  await expect
    .poll(async () => (await server.request("/api/price?sku=tea")).text, { timeout: 120_000, interval: 300 })
    .toContain('"run":10');
}, 600_000);

it("swc-node starts a program whose functions hit", async () => {
  const { folder } = await installed("swc-node", ["@swc-node/register@1", "@swc/core@1"]);
  const shop = copyProject("register");
  symlinkSync(join(folder, "node_modules/@swc-node"), shop.at("node_modules/@swc-node"), "junction");
  const both = ["@swc-node/register/esm-register", "aotcache/register"].map((name) => ["--import", name]);
  for (const args of [both, both.reverse()]) {
    const { code, stdout, stderr } = await node(shop.root, ...args.flat(), "src/main.ts");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ runs: { total: 1, rate: 1, label: 1 } });
  }
}, 600_000);

it("Farm builds functions that hit", async () => {
  const project = await frameworkProject("farm");
  expect(await project.build()).toContain("1 function compiled.");
  expect(await project.run()).toBe("1\n");
}, 600_000);

it("Metro bundles uncompiled functions that hit, with React Native's configuration and without msgpackr", async () => {
  const project = await frameworkProject("metro");
  await project.build();
  expect(await project.run()).toBe("1\n");
}, 600_000);
