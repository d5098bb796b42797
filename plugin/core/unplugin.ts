/** The bundlers that unplugin knows: one plugin over the core, in the form of each of them. */
import type { UnpluginBuildContext, UnpluginContext, UnpluginContextMeta, UnpluginOptions } from "unplugin";
import type { CompilerOptions } from "../../src/index.ts";
import { reportText, withoutStack } from "./report.ts";
import { createTransform, type Host } from "./transform.ts";

/** The plugin as unplugin takes it. */
export function plugin(given: CompilerOptions | undefined, meta: UnpluginContextMeta): UnpluginOptions {
  const root = rootOf(meta);
  const core = createTransform(given ?? {}, () => root);
  const isWebpack = meta.framework === "webpack" || meta.framework === "rspack";
  const transform = {
    // Before other plugins of Rollup and Rolldown, as `enforce` says it to webpack and Rspack.
    order: "pre",
    filter: { id: core.ids(root, isWebpack ? "webpack" : undefined), code: core.code },
    handler(this: UnpluginBuildContext & UnpluginContext, code: string, id: string) {
      return core.transform(code, id, hostOf(this, meta));
    },
  };
  return {
    name: "aotcache",
    enforce: "pre",
    transform,
    buildEnd: () => core.finish(),
    watchChange: (path) => {
      core.changed(path);
    },
  };
}

function rootOf(meta: UnpluginContextMeta): string {
  if (meta.framework === "webpack") return meta.webpack.compiler.context;
  if (meta.framework === "rspack") return meta.rspack.compiler.context;
  return process.cwd();
}

/** Rollup shows a frame and Rolldown that of an error; to the others all is one text. */
function hostOf(context: UnpluginBuildContext & UnpluginContext, { framework }: UnpluginContextMeta): Host {
  const isRollup = framework === "rollup";
  const isPlaced = isRollup || framework === "rolldown";
  return {
    error: (report) => {
      context.error(isPlaced ? withoutStack(report) : { message: reportText(report) });
    },
    warn: (report) => {
      const message = isRollup ? report.message : reportText(report);
      context.warn(isPlaced ? { ...report, message } : { message });
    },
    addWatchFile: (path) => {
      context.addWatchFile(path);
    },
  };
}
