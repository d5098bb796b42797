import type { CompilerOptions } from "../src/index.ts";
import vitePlugin from "./vite.ts";

export type { CompilerOptions as AotcacheOptions } from "../src/index.ts";

/** The part of an integration that Astro calls. Its types need not be installed. */
export interface AstroIntegration {
  readonly name: string;
  readonly hooks: {
    readonly "astro:config:setup": (context: {
      updateConfig(config: { vite: { plugins: never[] } }): unknown;
    }) => void;
  };
}

/**
 * Creates the integration for Astro, which compiles marked functions of pages, components, their frontmatter, endpoints,
 * actions and middleware, in `astro dev` and `astro build`.
 *
 * @param options all are optional; paths are relative to the project
 * @throws {Error} if an option is unknown or has an invalid value
 * @example
 * // astro.config.mjs
 * import { defineConfig } from "astro/config";
 * import aotcache from "aotcache/astro";
 *
 * export default defineConfig({ integrations: [aotcache()] });
 */
export default function aotcache(options: CompilerOptions = {}): AstroIntegration {
  const plugin = vitePlugin(options);
  return {
    name: "aotcache",
    hooks: {
      "astro:config:setup": ({ updateConfig }) => {
        updateConfig({ vite: { plugins: [plugin as never] } });
      },
    },
  };
}
