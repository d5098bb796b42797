import type { Plugin } from "rollup";
import { createRollupPlugin } from "unplugin";
import type { CompilerOptions } from "../src/index.ts";
import { plugin } from "./core/unplugin.ts";

/**
 * The Rollup plugin: compiles marked functions, in watch mode again when a type of their keys changes.
 *
 * It comes before other plugins by itself, and needs one behind it that takes the types away.
 *
 * @param options see `CompilerOptions`; all can be left out
 * @throws {Error} for an unknown option.
 * @example
 * // rollup.config.js
 * import aotcache from "aotcache/rollup";
 * import esbuild from "rollup-plugin-esbuild";
 *
 * export default { input: "src/main.ts", output: { dir: "dist" }, plugins: [aotcache(), esbuild()] };
 */
const aotcache: (options?: CompilerOptions) => Plugin = createRollupPlugin(plugin) as never;
export default aotcache;
