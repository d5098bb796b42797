import type {
  DevEnvironment,
  Environment,
  EnvironmentModuleGraph,
  EnvironmentModuleNode,
  Plugin,
} from "vite";
import type { CompilerOptions } from "../src/index.ts";
import { createTransform } from "./transform.ts";

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
  const core = createTransform(options, () => root);
  const filter = { id: core.ids(root), code: core.code };
  return {
    name: "aotcache",
    // The original source: types are gone behind the first transform.
    enforce: "pre",
    // The compiler is one for all environments, the modules are those of each.
    perEnvironmentWatchChangeDuringDev: true,
    config: ({ optimizeDeps }) =>
      // Vite looks for packages in the source as written: it would find this one late, and reload the page.
      optimizeDeps?.exclude?.some((name) => RUNTIME.includes(name))
        ? undefined
        : { optimizeDeps: { include: [...RUNTIME] } },
    configResolved(config) {
      root = config.root;
      filter.id = core.ids(root);
    },
    transform: {
      filter,
      handler(code, id) {
        return core.transform(code, id, {
          error: (report) => this.error(Object.assign(new Error(report.message), report, { stack: "" })),
          warn: (report) => {
            // Where Vite builds, it prints a warning's message and nothing else.
            const message = isDev(this.environment) ? report.message : `${report.message}\n${report.frame}`;
            this.warn({ ...report, message });
          },
          addWatchFile: (path) => {
            this.addWatchFile(path);
          },
        });
      },
    },
    watchChange(path) {
      core.changed(path);
      if (!isDev(this.environment)) return;
      // Vite takes the kept text of a module whose import changed, and with it the old types in its keys.
      const { moduleGraph } = this.environment;
      for (const each of modulesOf(moduleGraph, core.dependents(path))) moduleGraph.invalidateModule(each);
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

const isDev = (environment: Environment): environment is DevEnvironment => environment.mode === "dev";

const modulesOf = (graph: EnvironmentModuleGraph, files: readonly string[]): EnvironmentModuleNode[] =>
  files.flatMap((file) => [...(graph.getModulesByFile(file) ?? [])]);
