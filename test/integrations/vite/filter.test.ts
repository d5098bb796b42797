import { relative } from "node:path";
import { build, type Plugin } from "vite";
import { describe, expect, it } from "vitest";
import type { CompilerOptions } from "../../../src/index.ts";
import aotcache from "../../../plugin/vite.ts";
import { configOf, copyApp, serve, type App } from "../../support/vite-app.ts";

const MARKED = "// @cached ttl=10\nexport const twice = (n: number): number => 2 * n;\n";

/** The plugin, and the arguments of its handler. */
function spied(app: App, options?: CompilerOptions): { plugins: Plugin[]; seen: () => string[] } {
  const plugin = aotcache(options);
  const transform = plugin.transform as { handler(code: string, id: string): unknown };
  const { handler } = transform;
  const ids = new Set<string>();
  transform.handler = function (code, id) {
    ids.add(relative(app.root, id));
    return handler.call(this, code, id);
  };
  return { plugins: [plugin], seen: () => [...ids].sort() };
}

const virtual: Plugin = {
  name: "virtual",
  resolveId: (id) => (id === "virtual:marked" ? "\0virtual:marked.ts" : undefined),
  load: (id) => (id === "\0virtual:marked.ts" ? "// @cached ttl=10\nexport const n = (a) => a;" : undefined),
};

describe.each(["dev", "build"])("the files of the handler in %s", (mode) => {
  /** Loads every module that the entry imports. */
  async function seenIn(app: App, options?: CompilerOptions): Promise<string[]> {
    const { plugins, seen } = spied(app, options);
    if (mode === "build") {
      await build(configOf(app, {}, { plugins: [...plugins, virtual], build: { write: false } }));
    } else {
      const { environments } = await serve(configOf(app, {}, { plugins: [...plugins, virtual] }));
      const { moduleGraph } = environments.client;
      const urls = new Set(["/src/main.ts"]);
      for (const url of urls) {
        await environments.client.transformRequest(url);
        for (const each of moduleGraph.urlToModuleMap.values() as Iterable<{
          staticImportedUrls?: Set<string>;
        }>) {
          for (const imported of each.staticImportedUrls ?? []) urls.add(imported);
        }
      }
    }
    return seen();
  }

  it("are scripts with a mark only", async () => {
    const app = copyApp({
      "src/marked.ts": MARKED,
      "src/plain.ts": "export const twice = (n: number): number => 2 * n;\n",
      "src/text.ts": MARKED,
      "src/address.ts": MARKED,
      "src/style.css": "/* @cached ttl=10 */ body { margin: 0 }\n",
      "node_modules/dependency/package.json":
        '{ "name": "dependency", "exports": "./index.js", "type": "module" }',
      "node_modules/dependency/index.js": "// @cached ttl=10\nexport const twice = (n) => 2 * n;\n",
      "src/main.ts": `
        import "./marked.ts";
        import "./plain.ts";
        import "./style.css";
        import "dependency";
        import "virtual:marked";
        import { cacheOf } from "aotcache";
        import text from "./text.ts?raw";
        import address from "./address.ts?url";
        console.log(text, address, cacheOf);`,
    });
    expect(await seenIn(app)).toEqual(["src/main.ts", "src/marked.ts"]);
  });

  it.each<[string, CompilerOptions, string[]]>([
    ["by default", {}, ["src/a/one.ts", "src/a/one.ts?part=b", "src/a/two.tsx?part"]],
    ["by a glob that names them", { include: "src/*/one.ts" }, ["src/a/one.ts", "src/a/one.ts?part=b"]],
    ["by an expression", { include: /\.tsx$|^$/ }, ["src/a/two.tsx?part"]],
    ["by a glob that excludes the others", { exclude: "**/one.ts" }, ["src/a/two.tsx?part"]],
  ])("include modules with a query %s", async (_, options, expected) => {
    const app = copyApp({
      "src/main.ts":
        'import "./a/one.ts"; import "./a/one.ts?part=b"; import "./a/two.tsx?part"; import "./a/one.ts?raw";\n',
      "src/a/one.ts": MARKED,
      "src/a/two.tsx": MARKED,
    });
    expect(await seenIn(app, options)).toEqual(expected);
  });

  const files = {
    "src/main.ts": 'import "./a/one.ts"; import "./a/two.ts"; import "./b/one.ts"; import "./b/style.css";\n',
    "src/a/one.ts": MARKED,
    "src/a/two.ts": MARKED,
    "src/b/one.ts": MARKED,
    "src/b/style.css": "/* @cached */",
  };

  it.each<[string, CompilerOptions, string[]]>([
    ["a glob from the root", { include: "src/a/**" }, ["src/a/one.ts", "src/a/two.ts"]],
    ["a glob from anywhere", { include: ["**/one.ts"] }, ["src/a/one.ts", "src/b/one.ts"]],
    ["an expression", { include: /\/b\/.*\.ts$/ }, ["src/b/one.ts"]],
    ["an excluded glob", { exclude: "./src/a/two.*" }, ["src/a/one.ts", "src/b/one.ts"]],
    ["an expression that ends with the path", { exclude: [/two\.ts$/, /b\/one\.[jt]s$/] }, ["src/a/one.ts"]],
    ["one of each", { include: "src/**/*.ts", exclude: [/\/b\//, "src/a/one.ts"] }, ["src/a/two.ts"]],
  ])("are chosen by %s", async (_, options, expected) => {
    expect(await seenIn(copyApp(files), options)).toEqual(expected);
  });

  it("are chosen by globs in a folder whose name looks like one", async () => {
    const app = copyApp(files, "app (old) [1] {a,b} !x");
    expect(await seenIn(app, { include: "src/a/**" })).toEqual(["src/a/one.ts", "src/a/two.ts"]);
  });
});

it("do not include a matching file that is not a script", async () => {
  const app = copyApp({ "src/main.ts": 'import "./style.css";\n', "src/style.css": "/* @cached tll=1 */" });
  const { output } = (await build(configOf(app, { include: "src/**" }, { build: { write: false } }))) as {
    output: { fileName: string }[];
  };
  expect(output.map(({ fileName }) => fileName)).toContainEqual(expect.stringMatching(/\.css$/));
});

it("include the entry of a worker, which a dev server marks with a query", async () => {
  const app = copyApp({ "src/worker.ts": MARKED });
  const { environments } = await serve(configOf(app));
  const result = await environments.client.transformRequest("/src/worker.ts?worker_file&type=module");
  expect(result?.code).toContain("$aot.define(");
});
