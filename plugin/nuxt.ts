import type { CompilerOptions } from "../src/index.ts";
import rollupPlugin from "./rollup.ts";
import vitePlugin from "./vite.ts";

export type { CompilerOptions as AotcacheOptions } from "../src/index.ts";

/** The part of Nuxt that the module changes. Its types need not be installed. */
export interface Nuxt {
  readonly options: {
    readonly rootDir: string;
    readonly aotcache?: CompilerOptions;
    readonly vite: { plugins?: unknown[] };
    readonly nitro: { rollupConfig?: { plugins?: unknown } };
  };
}

/**
 * The module for Nuxt, which compiles marked functions of the app, which Vite builds, and of `server/`, which Nitro
 * builds, in `nuxt dev` and `nuxt build`.
 *
 * @param inline the options, as `modules` takes them: `["aotcache/nuxt", { strict: true }]`; those of `aotcache` in
 *   nuxt.config.ts are the default
 * @throws {Error} if an option is unknown or has an invalid value
 * @example
 * // nuxt.config.ts
 * export default defineNuxtConfig({ modules: ["aotcache/nuxt"] });
 */
export default function aotcache(inline: CompilerOptions, { options: nuxt }: Nuxt): void {
  const options = { ...nuxt.aotcache, ...inline };
  (nuxt.vite.plugins ??= []).unshift(vitePlugin(options));
  const rollup = (nuxt.nitro.rollupConfig ??= {});
  rollup.plugins = [rollupPlugin(options), rollup.plugins];
}
