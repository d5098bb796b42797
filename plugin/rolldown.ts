import type { Plugin } from "rolldown";
import { createRolldownPlugin } from "unplugin";
import type { CompilerOptions } from "../src/index.ts";
import { plugin } from "./core/unplugin.ts";

/**
 * The Rolldown plugin, for tsdown as well: compiles marked functions, in watch mode again when a type of
 * their keys changes.
 *
 * @param options see `CompilerOptions`; all can be left out
 * @throws {Error} for an unknown option.
 * @example
 * // rolldown.config.ts, or tsdown.config.ts with `entry` for `input`
 * import aotcache from "aotcache/rolldown";
 * import { defineConfig } from "rolldown";
 *
 * export default defineConfig({ input: "src/main.ts", plugins: [aotcache()] });
 */
const aotcache: (options?: CompilerOptions) => Plugin = createRolldownPlugin(plugin) as never;
export default aotcache;
