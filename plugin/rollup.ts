import type { Plugin } from "rollup";
import { createRollupPlugin } from "unplugin";
import type { CompilerOptions } from "../src/index.ts";
import { plugin } from "./core/unplugin.ts";

export type { CompilerOptions as AotcacheOptions } from "../src/index.ts";

/**
 * Creates the plugin for Rollup, which compiles marked functions. In watch mode, it compiles a function again
 * when a type that its key depends on changes.
 *
 * It runs before other plugins, wherever it is in the list. Another plugin must remove the types.
 *
 * @param options all are optional; paths are relative to the working directory
 * @throws {Error} if an option is unknown or has an invalid value
 * @example
 * // rollup.config.js
 * import aotcache from "aotcache/rollup";
 * import esbuild from "rollup-plugin-esbuild";
 *
 * export default { input: "src/main.ts", output: { dir: "dist" }, plugins: [aotcache(), esbuild()] };
 */
const aotcache: (options?: CompilerOptions) => Plugin = createRollupPlugin(plugin) as never;
export default aotcache;
