import type { RspackPluginInstance } from "@rspack/core";
import { createRspackPlugin } from "unplugin";
import type { CompilerOptions } from "../src/index.ts";
import { requireHost } from "./core/host.ts";
import { plugin } from "./core/unplugin.ts";

export type { CompilerOptions as AotcacheOptions } from "../src/index.ts";

/**
 * Creates the plugin for Rspack and Rsbuild, which compiles marked functions before any other loader runs. In watch
 * mode, it compiles a function again when a type that its key depends on changes.
 *
 * @param options all are optional; paths are relative to Rspack's `context`
 * @throws {Error} if an option is unknown or has an invalid value; thrown when Rspack starts
 * @example
 * // rspack.config.js
 * import aotcache from "aotcache/rspack";
 *
 * export default {
 *   entry: "./src/main.ts",
 *   module: { rules: [{ test: /\.ts$/, loader: "builtin:swc-loader" }] },
 *   plugins: [aotcache()],
 * };
 */
export default function aotcache(options?: CompilerOptions): RspackPluginInstance {
  const { apply } = createPlugin(options);
  return {
    apply(compiler) {
      // Before Rspack 1, a compiler does not have the functions of its Rspack.
      requireHost("rspack" in compiler, { entry: "aotcache/rspack", needs: "Rspack 1 or newer" });
      apply(compiler);
    },
  };
}

const createPlugin: (options?: CompilerOptions) => Extract<RspackPluginInstance, object> =
  createRspackPlugin(plugin);
