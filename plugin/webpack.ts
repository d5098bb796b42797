import { createWebpackPlugin } from "unplugin";
import type { WebpackPluginInstance } from "webpack";
import type { CompilerOptions } from "../src/index.ts";
import { requireHost } from "./core/host.ts";
import { plugin } from "./core/unplugin.ts";

export type { CompilerOptions as AotcacheOptions } from "../src/index.ts";

/**
 * Creates the plugin for webpack, which compiles marked functions before any other loader runs. In watch mode,
 * it compiles a function again when a type that its key depends on changes.
 *
 * @param options all are optional; paths are relative to webpack's `context`
 * @throws {Error} if an option is unknown or has an invalid value; thrown when webpack starts
 * @example
 * // webpack.config.js
 * import aotcache from "aotcache/webpack";
 *
 * export default {
 *   entry: "./src/main.ts",
 *   module: { rules: [{ test: /\.ts$/, loader: "esbuild-loader" }] },
 *   plugins: [aotcache()],
 * };
 */
export default function aotcache(options?: CompilerOptions): WebpackPluginInstance {
  const { apply } = createPlugin(options);
  return {
    apply(compiler) {
      // Before webpack 5, a compiler does not have the functions of its webpack.
      requireHost("webpack" in compiler, { entry: "aotcache/webpack", needs: "webpack 5 or newer" });
      apply(compiler);
    },
  };
}

const createPlugin: (options?: CompilerOptions) => WebpackPluginInstance = createWebpackPlugin(plugin);
