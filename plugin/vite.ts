import type { Environment, EnvironmentModuleGraph, EnvironmentModuleNode, Plugin, ViteDevServer } from "vite";
import type { CompilerOptions } from "../src/index.ts";
import { requireHost } from "./core/host.ts";
import { serveInspector, type InspectorSettings } from "./core/inspector.ts";
import { reportText, withoutStack } from "./core/report.ts";
import type { ScannedFile } from "./core/scan.ts";
import { printSummaryAtExit, summaryOf } from "./core/summary.ts";
import { createTransform } from "./core/transform.ts";

/** Options of the plugin for Vite: those of the compiler, and one of its own. */
export interface AotcacheOptions extends CompilerOptions {
  /**
   * Whether `vite dev` serves the inspector at `/__aotcache/`, and whether it shows kept values: `{ values: true }`.
   * Default: `true`, without values.
   */
  inspector?: boolean | InspectorSettings;
}

/**
 * Creates the plugin for Vite, which compiles marked functions in `vite dev`, `vite build`, SSR builds and Vitest.
 *
 * @param options all are optional; paths are relative to Vite's `root`
 * @throws {Error} if an option is unknown or has an invalid value
 * @example
 * // vite.config.ts
 * import { defineConfig } from "vite";
 * import aotcache from "aotcache/vite";
 *
 * export default defineConfig({ plugins: [aotcache()] });
 */
export default function aotcache({ inspector = true, ...options }: AotcacheOptions = {}): Plugin {
  let root = process.cwd();
  let server: ViteDevServer | undefined;
  const core = createTransform(options, () => root);
  const compiled = new Map<string, Omit<ScannedFile, "file">>();
  const watched = new Set<string>();
  /** Whether the host finds the modules that an edit affects in the module graph itself, in place of `hotUpdate`. */
  let readsGraph = false;
  const filter = { id: core.ids(root), code: core.code };
  return {
    name: "aotcache",
    // The plugin needs the original source: later transforms remove the types.
    enforce: "pre",
    config: ({ optimizeDeps }) =>
      // Vite scans the original source for packages to optimize: it would find the runtime late and reload the page.
      optimizeDeps?.exclude?.some((name) => RUNTIME_ENTRIES.includes(name))
        ? undefined
        : { optimizeDeps: { include: [...RUNTIME_ENTRIES] } },
    configResolved(config) {
      // Before Vite 6, there are no environments.
      requireHost("environments" in config, REQUIREMENT);
      root = config.root;
      readsGraph =
        Boolean(process.env["VITEST"]) || config.plugins.some(({ name }) => name.startsWith("nuxt:"));
      filter.id = core.ids(root);
    },
    buildStart() {
      requireHost("environment" in this, REQUIREMENT);
    },
    configureServer(started) {
      server = started;
      // Vitest starts a server too, and ends it when the tests have run: a thread would load types for nothing.
      if (process.env["VITEST"]) return;
      core.startThread();
      if (inspector === false) return;
      serveInspector(
        started,
        { known: compiled, scan: () => core.scan() },
        inspector === true ? {} : inspector,
      );
    },
    transform: {
      // Runs before other plugins with `enforce: "pre"`, wherever this one is in the list: Svelte's removes types.
      order: "pre",
      filter,
      handler(code, id) {
        return core.transform(code, id, {
          // The client and the server environment compile the same file.
          warnsOnce: true,
          error: (report) => this.error(withoutStack(report)),
          warn: (report) => {
            // In a build, Vite prints only the message of a warning, without its frame.
            this.warn({ ...report, message: isDev(this.environment) ? report.message : reportText(report) });
          },
          addWatchFile: (path) => {
            // In a dev server, Vite resolves each of them as an import of the module, every time that it is compiled.
            if (!server || readsGraph) this.addWatchFile(path);
            else if (!path.startsWith(`${root}/`) && !watched.has(path)) server.watcher.add(path);
            watched.add(path);
          },
          compiled: (path, file) => {
            if (server) compiled.set(path, file);
          },
        });
      },
    },
    watchChange(path) {
      core.changed(path);
      compiled.delete(path);
      // Vite reuses the cached transform of a module when only an import of it changed, but the types in its keys
      // may have changed. Some versions of Vite call `watchChange` in one environment only.
      for (const { moduleGraph } of Object.values(server?.environments ?? {})) {
        for (const module of modulesOf(moduleGraph, core.dependents(path)))
          moduleGraph.invalidateModule(module);
      }
    },
    async buildEnd(error) {
      await core.endThread();
      // A dev server that closes calls this too, but it has built nothing.
      if (error || isDev(this.environment)) return;
      await core.finish(this.getModuleIds(), {
        error: (report) => this.error(withoutStack(report)),
        warn: (report) => {
          this.warn({ ...report, message: reportText(report) });
        },
      });
      const { logger } = this.environment;
      const print = (line: string): void => logger.info(`aotcache: ${line}`);
      // Client and server are built one after the other, by frameworks in ways of their own.
      if (this.meta.watchMode) print(summaryOf(core.counts()));
      else printSummaryAtExit(core.counts(), print);
    },
    hotUpdate({ file, type, modules }) {
      // Vite does not know the imports of a module that failed to compile, so it cannot tell when to retry.
      const { moduleGraph, hot } = this.environment;
      if (modulesOf(moduleGraph, core.retries(file, type)).length > 0) hot.send({ type: "full-reload" });
      // Nor does it know the files that only types come from.
      const dependents = modulesOf(moduleGraph, core.dependents(file)).filter(
        (each) => !modules.includes(each),
      );
      return dependents.length > 0 ? [...modules, ...dependents] : undefined;
    },
  };
}

/** Optimized together or not at all, because they share the caches. */
const RUNTIME_ENTRIES = ["aotcache", "aotcache/internal"];

const REQUIREMENT = { entry: "aotcache/vite", needs: "Vite 6 or newer" };

const isDev = ({ mode }: Environment): boolean => mode === "dev";

const modulesOf = (graph: EnvironmentModuleGraph, files: readonly string[]): EnvironmentModuleNode[] =>
  files.flatMap((file) => [...(graph.getModulesByFile(file) ?? [])]);
