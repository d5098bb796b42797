import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import type { PartialMessage, Plugin } from "esbuild";
import type { CompilerOptions } from "../src/index.ts";
import { matcherOf } from "./core/patterns.ts";
import type { Failure, Report } from "./core/report.ts";
import { createTransform } from "./core/transform.ts";

/**
 * The esbuild plugin, for tsup as well: compiles marked functions, in watch mode again when a type of their
 * keys changes.
 *
 * esbuild gives a file to one plugin only: put this one first. Paths start at esbuild's `absWorkingDir`.
 *
 * @param options see `CompilerOptions`; all can be left out
 * @throws {Error} for an unknown option.
 * @example
 * // build.mjs; in tsup.config.ts: `esbuildPlugins: [aotcache()]`
 * import aotcache from "aotcache/esbuild";
 * import { build } from "esbuild";
 *
 * await build({ entryPoints: ["src/main.ts"], bundle: true, outdir: "dist", plugins: [aotcache()] });
 */
export default function aotcache(options: CompilerOptions = {}): Plugin {
  let root = process.cwd();
  const core = createTransform(options, () => root);
  return {
    name: "aotcache",
    setup({ initialOptions, onLoad, onEnd }) {
      root = initialOptions.absWorkingDir ?? root;
      const isOurs = matcherOf(core.ids(root));
      onEnd(async ({ errors }) => {
        if (errors.length === 0) await core.finish();
      });
      onLoad({ filter: SCRIPT, namespace: "file" }, async ({ path, suffix }) => {
        if (!isOurs(path + suffix)) return undefined;
        const text = await readFile(path, "utf8");
        if (!core.code.test(text)) return undefined;
        const found = { errors: [] as PartialMessage[], warnings: [] as PartialMessage[] };
        const watchFiles: string[] = [];
        const result = await core.transform(text, path, {
          error: (report) => found.errors.push(...messagesOf(report, { text, root })),
          warn: (report) => found.warnings.push(...messagesOf(report, { text, root })),
          addWatchFile: (each) => watchFiles.push(each),
        });
        if (result === undefined) return { ...found, watchFiles, contents: text, loader: "default" };
        return { ...found, watchFiles, contents: withMap(result.code, result.map), loader: "default" };
      });
    },
  };
}

/** esbuild hands over what its plugins say; a component's file has loaders of its own, which read it anew. */
const SCRIPT = /\.[cm]?[jt]sx?$/;

const withMap = (code: string, map: string): string =>
  `${code}\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(map).toString("base64")}`;

/** Each diagnostic as one of esbuild's own, which shows the line by itself. */
function messagesOf(
  report: Report | Failure,
  { text, root }: { readonly text: string; readonly root: string },
): PartialMessage[] {
  if (!("diagnostics" in report))
    return [{ text: report.message, location: { file: relative(root, report.id) } }];
  return report.diagnostics.map(({ name, message, help, line, column, endLine, endColumn }) => {
    const lineText = text.split(/\r\n|[\r\n\u2028\u2029]/)[line - 1] ?? "";
    const end = endLine === line ? endColumn : lineText.length + 1;
    const bytes = (from: number, to: number): number => Buffer.byteLength(lineText.slice(from - 1, to - 1));
    const location = {
      file: relative(root, report.id),
      line,
      column: bytes(1, column),
      length: bytes(column, end),
      lineText,
    };
    return { id: name, text: `[${name}] ${message}`, location, notes: [{ text: help }] };
  });
}
