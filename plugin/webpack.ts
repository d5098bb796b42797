import type { WebpackPluginInstance } from "webpack";
import { createWebpackPlugin } from "unplugin";
import type { CompilerOptions } from "../src/index.ts";
import { plugin } from "./core/unplugin.ts";

/**
 * The webpack plugin: compiles marked functions before any loader sees them, in watch mode again when a type
 * of their keys changes.
 *
 * @param options see `CompilerOptions`; all can be left out. Paths start at webpack's `context`
 * @throws {Error} for an unknown option, when webpack starts.
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
