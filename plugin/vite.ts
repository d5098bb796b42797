import type { Environment, EnvironmentModuleGraph, EnvironmentModuleNode, Plugin, ViteDevServer } from "vite";
import type { CompilerOptions } from "../src/index.ts";
import { reportText, withoutStack } from "./core/report.ts";
import { createTransform } from "./core/transform.ts";

/**
 * The Vite plugin: compiles marked functions in `vite dev`, `vite build`, SSR builds and Vitest.
 *
 * @param options see `CompilerOptions`; all can be left out
 * @throws {Error} for an unknown option.
 * @example
 * // vite.config.ts
 * import { defineConfig } from "vite";
 * import aotcache from "aotcache/vite";
 *
 * export default defineConfig({ plugins: [aotcache()] });
 */
export default function aotcache(options: CompilerOptions = {}): Plugin {
  let root = process.cwd();
  let server: ViteDevServer | undefined;
  const core = createTransform(options, () => root);
  const filter = { id: core.ids(root), code: core.code };
  return {
    name: "aotcache",
    // The original source: types are gone behind the first transform.
    enforce: "pre",
    config: ({ optimizeDeps }) =>
      // Vite looks for packages in the source as written: it would find this one late, and reload the page.
      optimizeDeps?.exclude?.some((name) => RUNTIME.includes(name))
        ? undefined
        : { optimizeDeps: { include: [...RUNTIME] } },
    configResolved(config) {
      root = config.root;
      filter.id = core.ids(root);
    },
    configureServer(started) {
      server = started;
    },
    transform: {
      // Before other plugins that come first, wherever this one stands: Svelte's takes types out.
      order: "pre",
      filter,
      handler(code, id) {
        return core.transform(code, id, {
          // Page and server compile the same file.
          warnsOnce: true,
          error: (report) => this.error(withoutStack(report)),
          warn: (report) => {
            // Where Vite builds, it prints a warning's message and nothing else.
            this.warn({ ...report, message: isDev(this.environment) ? report.message : reportText(report) });
          },
          addWatchFile: (path) => {
            this.addWatchFile(path);
          },
        });
      },
    },
    watchChange(path) {
      core.changed(path);
      // Vite takes the kept text of a module whose import changed, and with it the old types in its keys. Not
      // each version says so to each environment.
      for (const { moduleGraph } of Object.values(server?.environments ?? {})) {
        for (const each of modulesOf(moduleGraph, core.dependents(path))) moduleGraph.invalidateModule(each);
      }
    },
    // A dev server comes to an end, too, and has built nothing.
    async buildEnd(error) {
      if (!error && !isDev(this.environment)) await core.finish();
    },
    hotUpdate({ file, type }) {
      // A module that never came through said nothing of its imports: Vite does not know when to try again.
      const { moduleGraph, hot } = this.environment;
      if (modulesOf(moduleGraph, core.retries(file, type)).length > 0) hot.send({ type: "full-reload" });
    },
  };
}

/** Both or none of them: they share the caches. */
const RUNTIME = ["aotcache", "aotcache/internal"];

const isDev = ({ mode }: Environment): boolean => mode === "dev";

const modulesOf = (graph: EnvironmentModuleGraph, files: readonly string[]): EnvironmentModuleNode[] =>
  files.flatMap((file) => [...(graph.getModulesByFile(file) ?? [])]);
