import type ts from "typescript";
import type { EditorOptions } from "./editor/checker.ts";
import { OpenFiles } from "./ts-plugin/open-files.ts";
import { decorate } from "./ts-plugin/service.ts";
import { CheckThread } from "./ts-plugin/thread.ts";

/** An entry of `plugins` in a tsconfig: its name, properties of ts-patch, and options of the compiler. */
type PluginConfig = EditorOptions & Readonly<Record<"name" | "transform" | "transformProgram", unknown>>;

/** One thread for all projects of the server. */
let thread: CheckThread | undefined;
const openFiles = new OpenFiles();
/** The projects to ask for new diagnostics when an answer comes late. */
const projects = new Set<ts.server.Project>();

/**
 * The plugin for editors whose language service is tsserver, with TypeScript 5 or 6.
 *
 * @example
 * // tsconfig.json
 * { "compilerOptions": { "plugins": [{ "name": "aotcache/ts-plugin" }] } }
 */
export default function init({ typescript }: { readonly typescript: typeof ts }): ts.server.PluginModule {
  return {
    create(info) {
      const { project } = info;
      const log = (message: string): void => {
        project.projectService.logger.info(`aotcache: ${message}`);
      };
      thread ??= new CheckThread(new URL("./ts-plugin/worker.js", import.meta.url), refresh, log);
      projects.add(project);
      const { name: _, transform: __, transformProgram: ___, ...options } = info.config as PluginConfig;
      return decorate({ ts: typescript, info, options, thread, openFiles, log });
    },
  };
}

/** Lets the editor ask for the diagnostics of open files again. */
function refresh(): void {
  for (const project of projects) {
    if (project.isClosed()) projects.delete(project);
    else project.refreshDiagnostics();
  }
}
