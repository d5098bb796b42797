import type { Plugin } from "rolldown";
import { createRolldownPlugin } from "unplugin";
import type { CompilerOptions } from "../src/index.ts";
import { plugin } from "./core/unplugin.ts";

export type { CompilerOptions as AotcacheOptions } from "../src/index.ts";

/**
 * Creates the plugin for Rolldown and tsdown, which compiles marked functions. In watch mode, it compiles a
 * function again when a type that its key depends on changes.
 *
 * @param options all are optional; paths are relative to the working directory
 * @throws {Error} if an option is unknown or has an invalid value
 * @example
 * // rolldown.config.ts, or tsdown.config.ts with `entry` for `input`
 * import aotcache from "aotcache/rolldown";
 * import { defineConfig } from "rolldown";
 *
 * export default defineConfig({ input: "src/main.ts", plugins: [aotcache()] });
 */
const aotcache: (options?: CompilerOptions) => Plugin = createRolldownPlugin(plugin) as never;
export default aotcache;
