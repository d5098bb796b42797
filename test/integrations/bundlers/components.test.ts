import { svelte } from "@sveltejs/vite-plugin-svelte";
import vue from "@vitejs/plugin-vue";
import { join } from "node:path";
import { createServer, type PluginOption, type ViteDevServer } from "vite";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import aotcache from "../../../plugin/vite.ts";
import { createCompiler } from "../../../src/index.ts";
import { build, copyProject, repository, run, type TestProject } from "../../support/bundlers.ts";
import { idsIn } from "../../support/vite-app.ts";

const PATIENCE = { timeout: 30_000, interval: 50 };

const KINDS: readonly {
  readonly kind: "vue" | "svelte";
  readonly file: string;
  readonly plugin: () => PluginOption;
  /** The quotation mark in the page's code. */
  readonly quote: string;
}[] = [
  { kind: "vue", file: "src/App.vue", plugin: () => vue(), quote: "&quot;" },
  { kind: "svelte", file: "src/App.svelte", plugin: () => svelte(), quote: '"' },
];

describe.each(KINDS)("a project with components of $kind", ({ kind, file, plugin, quote }) => {
  const compiledIds = async (shop: TestProject): Promise<string[]> => {
    const compiler = await createCompiler({ root: shop.root });
    return compiler
      .compile(file, shop.read(file))
      .sites.map(({ id }) => `${id.namespace}:${id.name}@${id.version}`);
  };

  it("builds, hits, and has the keys that the compiler computes", async () => {
    const shop = copyProject(kind);
    const { code, stdout, stderr } = await build(shop, kind);
    expect(code, stdout + stderr).toBe(0);
    const [summary, price] = await compiledIds(shop);
    expect(summary).toMatch(/^shop\/src\/App:summary@[0-9a-f]{8}$/);
    const { pages, runs, keys } = (await run(shop)) as Record<string, unknown> & { pages: string[] };
    expect(keys).toEqual([`${summary}({title:"Tea",words:["hot","water"]})`]);
    // One function in the module, and one in each component; their keys differ by what they read of the
    // component.
    expect(runs).toEqual({ summary: 1, price: 3 });
    const texts = pages.map((page) => [...page.matchAll(/<p[^>]*>(.*?)<\/p>/g)].map(([, text]) => text));
    const shown = (currency: string): string[] => [
      `2.5 ${currency}`,
      `2.5 ${currency}`,
      `${price}(250;currency=${quote}${currency}${quote})`,
    ];
    expect(texts).toEqual([shown("EUR"), shown("EUR"), shown("USD")]);
  });

  it("is told where a component changes a result", async () => {
    const shop = copyProject(kind);
    const words =
      '// @cached ttl=1m\nexport const wordsOf = (text: string): string[] => text.split(" ").filter(Boolean);\n';
    shop.write("src/article.ts", shop.read("src/article.ts") + words);
    shop.edit(file, "{ runs, type Article }", "{ runs, wordsOf, type Article }");
    shop.edit(file, "runs.summary++;", "runs.summary++; wordsOf(title).sort();");
    const { code, stdout, stderr } = await build(shop, kind);
    expect(code, stdout + stderr).toBe(0);
    expect(stdout + stderr).toMatch(
      new RegExp(`\\[result-shared\\] \`wordsOf\\(title\\)\\.sort\` in src/App\\.${kind}:\\d+ changes`),
    );
  });

  const start = async (shop: TestProject): Promise<ViteDevServer> => {
    const server = await createServer({
      root: shop.root,
      configFile: false,
      logLevel: "silent",
      cacheDir: shop.at(".vite"),
      // Runs after the other plugin, which must not matter.
      plugins: [plugin(), aotcache()],
      resolve: {
        alias: [
          { find: /^aotcache$/, replacement: join(repository, "runtime/index.ts") },
          { find: /^aotcache\/internal$/, replacement: join(repository, "runtime/internal.ts") },
        ],
      },
      optimizeDeps: { noDiscovery: true, exclude: ["aotcache"] },
      server: { middlewareMode: true, ws: false },
    });
    onTestFinished(() => server.close());
    return server;
  };
  const ids = async (server: ViteDevServer, side: "client" | "ssr"): Promise<string[]> =>
    idsIn((await server.environments[side].transformRequest(`/${file}`))!.code).sort();

  it("has these ids in development too, and different ones after the edit of a type", async () => {
    const shop = copyProject(kind);
    const server = await start(shop);
    const before = await ids(server, "client");
    expect(before).toEqual((await compiledIds(shop)).sort());
    expect(await ids(server, "ssr")).toEqual(before);
    shop.edit("src/article.ts", "words: string[]", "words: (string | number)[]");
    await vi.waitFor(async () => {
      const [client, ssr] = [await ids(server, "client"), await ids(server, "ssr")];
      expect(client[1]).not.toBe(before[1]);
      expect(ssr).toEqual(client);
    }, PATIENCE);
  });

  it("runs an edited function at once", async () => {
    const shop = copyProject(kind);
    const server = await start(shop);
    const summary = async (): Promise<string> => {
      const module = await server.ssrLoadModule(`/${file}`);
      return (module["summary"] as (article: object) => string)({ title: "Tea", words: ["hot"] });
    };
    expect([await summary(), await summary()]).toEqual(["Tea: 1 words", "Tea: 1 words"]);
    shop.edit(file, "} words`", "} word(s)`");
    await vi.waitFor(async () => expect(await summary()).toBe("Tea: 1 word(s)"), PATIENCE);
  });

  it("shows an error at its place in the component", async () => {
    const shop = copyProject(kind);
    shop.edit(file, "ttl=10m", "tll=10m");
    const { code, stderr } = await build(shop, kind);
    expect(code).toBe(1);
    const line =
      shop
        .read(file)
        .split("\n")
        .findIndex((text) => text.includes("tll")) + 1;
    expect(stderr).toContain("[option-unknown]");
    expect(stderr).toMatch(new RegExp(`^src/App\\.${kind}:${line}:\\d+$`, "m"));
    expect(stderr).toMatch(new RegExp(`^> *${line} \\| +// @cached tll=10m\\n +\\| +\\^{3}$`, "m"));
  });
});
