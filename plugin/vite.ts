import type { Plugin } from "vite";
import type { CompilerOptions } from "../src/index.ts";
import { createTransform } from "./transform.ts";

/**
 * The Vite plugin: compiles marked functions in `vite dev`, `vite build`, SSR builds and Vitest.
 *
 * @param options see `CompilerOptions`; all can be left out
 * @throws {Error} for an unknown option.
 * @example
 * // vite.config.ts
 * import { defineConfig } from "vite";
 * import aotcache from "aotcache/vite";
 *
 * export default defineConfig({ plugins: [aotcache()] });
 */
export default function aotcache(options: CompilerOptions = {}): Plugin {
  let root = process.cwd();
  const core = createTransform(options, () => root);
  return {
    name: "aotcache",
    // The original source: types are gone behind the first transform.
    enforce: "pre",
    configResolved(config) {
      root = config.root;
    },
    transform: {
      filter: {
        id: { include: [...core.options.include], exclude: [...core.options.exclude, NOT_SOURCE] },
        code: core.code,
      },
      handler(code, id) {
        return core.transform(code, id, {
          error: (report) => this.error(report),
          warn: (report) => {
            this.warn(report);
          },
          addWatchFile: (path) => {
            this.addWatchFile(path);
          },
        });
      },
    },
    watchChange(path) {
      core.invalidate(path);
    },
  };
}

/** Virtual modules, and files that a query turns into something else (`?raw`, `?url`, `?vue&type=style`). */
const NOT_SOURCE = /^\0|\?/;
