/** A Worker of Cloudflare on its real runtime, workerd, which Miniflare starts. */
import { join } from "node:path";
import { build } from "esbuild";
import { repository } from "./bundlers.ts";
import { installed } from "./installed.ts";

/** The members of Miniflare in use. */
interface Miniflare {
  dispatchFetch(url: string): Promise<{ text(): Promise<string> }>;
  dispose(): Promise<void>;
}

type MakeMiniflare = new (options: object) => Miniflare;

/** Starts a Worker with the built package. `get` returns the text of a response. */
export async function worker(
  source: string,
): Promise<{ get(path: string): Promise<string>; [Symbol.asyncDispose](): Promise<void> }> {
  const { require } = await installed("miniflare", ["miniflare@4"]);
  const { Miniflare } = require("miniflare") as { Miniflare: MakeMiniflare };
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
