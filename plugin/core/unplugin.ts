/** The plugin for the bundlers that unplugin supports: Rollup, Rolldown, webpack and Rspack. */
import type { UnpluginBuildContext, UnpluginContext, UnpluginContextMeta, UnpluginOptions } from "unplugin";
import type { CompilerOptions } from "../../src/index.ts";
import { pathOf } from "./patterns.ts";
import { reportText, withoutStack } from "./report.ts";
import { printBuildSummary } from "./summary.ts";
import { createTransform, type TransformHost } from "./transform.ts";

/** Creates the plugin, in the form that unplugin takes. */
export function plugin(options: CompilerOptions | undefined, meta: UnpluginContextMeta): UnpluginOptions {
  const root = rootOf(meta);
  const core = createTransform(options ?? {}, () => root);
  const summarize = (isWatching: boolean | undefined, print: (line: string) => void): void => {
    printBuildSummary(core.counts(), isWatching, print);
  };
  const isWebpack = meta.framework === "webpack" || meta.framework === "rspack";
  const transform = {
    // Runs before other plugins in Rollup and Rolldown. `enforce` does the same in webpack and Rspack.
    order: "pre",
    filter: { id: core.ids(root, isWebpack ? "webpack" : undefined), code: core.code },
    async handler(this: UnpluginBuildContext & UnpluginContext, code: string, id: string) {
      const result = await core.transform(code, id, hostOf(this, meta));
      // webpack and Rspack read a relative source as relative to the project, and loaders do not agree.
      return result && isWebpack ? { ...result, map: { ...result.map, sources: [pathOf(id)] } } : result;
    },
  };
  return {
    name: "aotcache",
    enforce: "pre",
    transform,
    async buildEnd(this: UnpluginBuildContext, error?: unknown) {
      const native = this.getNativeBuildContext?.();
      if (native?.framework !== "webpack" && native?.framework !== "rspack") {
        const context = this as RollupContext;
        await core.finish(modulesOf(context), hostOf(context, meta));
        if (!error) summarize(context.meta?.watchMode, (line) => context.info?.(line));
        return;
      }
      const { modules, errors, warnings, compiler } = native.compilation!;
      const ids = [...modules].map((module) => (module as { resource?: string }).resource ?? "");
      await core.finish(ids, {
        error: (report) => errors.push(new Error(reportText(report))),
        warn: (report) => warnings.push(new Error(reportText(report))),
      });
      const logger = compiler.getInfrastructureLogger("aotcache");
      if (errors.length === 0) summarize(compiler.watchMode, (line) => logger.info(line));
    },
    watchChange: (path) => {
      core.changed(path);
    },
    rollup: { resolveId: resolvePeer },
    rolldown: { resolveId: { filter: { id: OPTIONAL_PEER }, handler: resolvePeer } },
  };
}

/** A package that the runtime imports when a serializer of that name is asked for. */
const OPTIONAL_PEER = /^msgpackr$/;

/** Leaves the import of a package that is not installed as it is, because Rollup warns of it. Farm does not call this. */
async function resolvePeer(
  this: { resolve: (id: string, importer?: string, options?: { skipSelf: boolean }) => Promise<unknown> },
  id: string,
  importer: string | undefined,
): Promise<{ id: string; external: true } | null> {
  if (!OPTIONAL_PEER.test(id) || (await this.resolve(id, importer, { skipSelf: true }))) return null;
  return { id, external: true };
}

/** The modules of Rollup and Rolldown. Farm, which takes plugins of both, lists none: its function throws. */
function modulesOf(context: RollupContext): readonly string[] {
  try {
    return [...(context.getModuleIds?.() ?? [])];
  } catch {
    return [];
  }
}

/** The context of Rollup and Rolldown, or of one that is like it. */
type RollupContext = UnpluginBuildContext &
  UnpluginContext & {
    readonly meta?: { readonly watchMode?: boolean };
    getModuleIds?(): Iterable<string>;
    info?(message: string): void;
  };

function rootOf(meta: UnpluginContextMeta): string {
  if (meta.framework === "webpack") return meta.webpack.compiler.context;
  if (meta.framework === "rspack") return meta.rspack.compiler.context;
  return process.cwd();
}

/** Rollup prints the frame of errors and warnings, Rolldown that of errors only. The others print one text. */
function hostOf(
  context: UnpluginBuildContext & UnpluginContext,
  { framework }: UnpluginContextMeta,
): TransformHost {
  const isRollup = framework === "rollup";
  const takesReports = isRollup || framework === "rolldown";
  return {
    error: (report) => {
      context.error(takesReports ? withoutStack(report) : { message: reportText(report) });
    },
    warn: (report) => {
      const message = isRollup ? report.message : reportText(report);
      context.warn(takesReports ? { ...report, message } : { message });
    },
    addWatchFile: (path) => {
      context.addWatchFile(path);
    },
  };
}
