import type { RspackPluginInstance } from "@rspack/core";
import { createRspackPlugin } from "unplugin";
import type { CompilerOptions } from "../src/index.ts";
import { plugin } from "./core/unplugin.ts";

/**
 * The Rspack plugin, for Rsbuild as well: compiles marked functions before any loader sees them, in watch
 * mode again when a type of their keys changes.
 *
 * @param options see `CompilerOptions`; all can be left out. Paths start at Rspack's `context`
 * @throws {Error} for an unknown option, when Rspack starts.
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
const aotcache: (options?: CompilerOptions) => RspackPluginInstance = createRspackPlugin(plugin);
export default aotcache;
