/** A Worker of Cloudflare on its real runtime, workerd, which Miniflare starts. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { repository } from "./bundlers.ts";

const packages = join(repository, ".tmp/miniflare");

/** The members of Miniflare in use. */
interface Miniflare {
  dispatchFetch(url: string): Promise<{ text(): Promise<string> }>;
  dispose(): Promise<void>;
}

type MakeMiniflare = new (options: object) => Miniflare;

/** Installs Miniflare, which this repository does not use itself, once. */
async function install(): Promise<MakeMiniflare> {
  if (!existsSync(join(packages, "done"))) {
    mkdirSync(packages, { recursive: true });
    writeFileSync(join(packages, "package.json"), '{ "private": true }');
    const args = ["install", "--prefix", ".", "--no-audit", "--no-fund", "miniflare@4"];
    await promisify(execFile)("npm", args, { cwd: packages });
    writeFileSync(join(packages, "done"), "");
  }
  const require = createRequire(join(packages, "package.json"));
  return (require("miniflare") as { Miniflare: MakeMiniflare }).Miniflare;
}

/** Starts a Worker with the built package. `get` returns the text of a response. */
export async function worker(
  source: string,
): Promise<{ get(path: string): Promise<string>; [Symbol.asyncDispose](): Promise<void> }> {
  const Miniflare = await install();
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: repository },
    ...{
      bundle: true,
      write: false,
      logLevel: "error",
      format: "esm",
      platform: "neutral",
      mainFields: ["module", "main"],
    },
    alias: { aotcache: join(repository, "dist/runtime/index.js") },
  });
  const miniflare = new Miniflare({
    modules: true,
    script: outputFiles[0]!.text,
    compatibilityDate: "2025-01-01",
  });
  return {
    get: async (path) => (await miniflare.dispatchFetch(`http://localhost${path}`)).text(),
    [Symbol.asyncDispose]: () => miniflare.dispose(),
  };
}
