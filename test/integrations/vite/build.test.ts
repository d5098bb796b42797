import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "vite";
import { describe, expect, it, onTestFinished } from "vitest";
import { bin, configOf, copyApp, node, type App } from "../../support/vite-app.ts";

describe("a project built by Vite", () => {
  it("runs in a page, where repeated calls are hits", async () => {
    const app = copyApp();
    const { code, stderr } = await bin(app, "vite", "build");
    expect(code, stderr).toBe(0);

    const page = { textContent: "" };
    const globals = globalThis as { document?: unknown };
    globals.document = {
      querySelector: (name: string) => (name === "#app" ? page : null),
      querySelectorAll: () => [],
      createElement: () => ({ relList: { supports: () => true } }),
    };
    onTestFinished(() => void delete globals.document);
    await import(/* @vite-ignore */ pathToFileURL(scriptOf(app)).href);
    expect(page.textContent.split("\n")).toEqual([
      "91 = 7 × 13",
      "91 = 7 × 13",
      "360 = 2 × 2 × 2 × 3 × 3 × 5",
      "91 = 7 × 13",
      "2 hits, 4 runs",
      expect.stringMatching(/^aotcache\/.*factors:factorize@[0-9a-f]{8}\(\{number:91\}\)$/),
    ]);
  });

  it("runs on a server, where repeated calls are hits", async () => {
    const app = copyApp();
    const { code, stderr } = await bin(app, "vite", "build", "--ssr", "src/factors.ts");
    expect(code, stderr).toBe(0);
    const { describe, counter } = (await import(
      /* @vite-ignore */ pathToFileURL(app.at("dist/factors.js")).href
    )) as typeof import("../../../fixtures/apps/vite/src/factors.ts");
    const answers = [await describe({ number: 91 }), await describe({ number: 91 }, "×")];
    expect([answers, counter.runs]).toEqual([["91 = 7 × 13", "91 = 7 × 13"], 2]);
  });

  it.each(["client", "ssr"])("has source maps that lead to the original, %s", async (side) => {
    const app = copyApp();
    const ssr = side === "ssr" ? { ssr: "src/factors.ts" } : {};
    const options = { sourcemap: true, minify: false, modulePreload: false, ...ssr } as const;
    await build(configOf(app, {}, { build: options }));
    const script = side === "ssr" ? app.at("dist/factors.js") : scriptOf(app);
    const map = new TraceMap(readFileSync(`${script}.map`, "utf8"));
    const source = app.read("src/factors.ts");
    for (const text of ["counter.runs++", "divisor * divisor", "factors.join", "counter = {"]) {
      const { line, column } = positionOf(readFileSync(script, "utf8"), text);
      expect({ text, ...originalPositionFor(map, { line, column }) }).toMatchObject({
        text,
        source: expect.stringMatching(/src\/factors\.ts$/),
        ...positionOf(source, text),
      });
    }
  });
});

describe("a project without a mark", () => {
  const PROGRAM = `
    import { createRequire } from "node:module";
    import { build } from "vite";
    const plugins = process.argv[1] === "without" ? [] : [(await import("aotcache/vite")).default()];
    const { output } = await build({ configFile: false, logLevel: "silent", plugins, build: { write: false } });
    const files = output.map((file) => [file.fileName, file.code ?? String(file.source)]);
    const loaded = Object.keys(createRequire(import.meta.url).cache).some((file) => file.includes("ts-morph"));
    console.log(JSON.stringify({ files, loaded }));`;
  const built = async (app: App, plugin: string): Promise<unknown> => {
    const { code, stdout, stderr } = await node(app, "--input-type=module", "-e", PROGRAM, plugin);
    return code === 0 ? (JSON.parse(stdout) as unknown) : stderr;
  };

  it("has the same output, byte by byte, and loads no compiler", async () => {
    const app = copyApp({ "src/main.ts": "document.title = `${[1, 2].map((n: number) => n * 2)}`;\n" });
    app.remove("src/factors.ts");
    const [withPlugin, without] = await Promise.all([built(app, "with"), built(app, "without")]);
    expect(without).toEqual({ files: expect.any(Array), loaded: false });
    expect(withPlugin).toEqual(without);
  });

  it("differs from one with a mark", async () => {
    expect(await built(copyApp(), "with")).toMatchObject({ loaded: true });
  });
});

function scriptOf(app: App): string {
  const folder = app.at("dist/assets");
  return join(
    folder,
    readdirSync(folder).find((name) => name.endsWith(".js"))!,
  );
}

/** 1-based line, 0-based column of the first occurrence. */
function positionOf(text: string, part: string): { line: number; column: number } {
  const lines = text.slice(0, text.indexOf(part)).split("\n");
  return { line: lines.length, column: lines.at(-1)!.length };
}
