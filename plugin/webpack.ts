import { createWebpackPlugin } from "unplugin";
import type { WebpackPluginInstance } from "webpack";
import type { CompilerOptions } from "../src/index.ts";
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
const aotcache: (options?: CompilerOptions) => WebpackPluginInstance = createWebpackPlugin(plugin);
export default aotcache;
