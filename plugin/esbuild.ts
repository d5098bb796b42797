import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import type { PartialMessage, Plugin } from "esbuild";
import type { CompilerOptions } from "../src/index.ts";
import { requireHost } from "./core/host.ts";
import { withInlineMap } from "./core/maps.ts";
import { matcherOf, SCRIPT_FILE } from "./core/patterns.ts";
import type { Failure, Report } from "./core/report.ts";
import { printSummary, summaryOf } from "./core/summary.ts";
import { createTransform } from "./core/transform.ts";

export type { CompilerOptions as AotcacheOptions } from "../src/index.ts";

/**
 * Creates the plugin for esbuild and tsup, which compiles marked functions. In watch mode, it compiles a function
 * again when a type that its key depends on changes.
 *
 * esbuild gives a file to one plugin only, so put this one first.
 *
 * @param options all are optional; paths are relative to esbuild's `absWorkingDir`
 * @throws {Error} if an option is unknown or has an invalid value
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
    setup({ initialOptions, onLoad, onEnd, esbuild }) {
      // Before esbuild 0.14, plugins do not get the query of a module, and cannot name their messages.
      const [major = 0, minor = 0] =
        (esbuild as typeof esbuild | undefined)?.version.split(".").map(Number) ?? [];
      requireHost(major > 0 || minor >= 14, { entry: "aotcache/esbuild", needs: "esbuild 0.14 or newer" });
      root = initialOptions.absWorkingDir ?? root;
      const isIncluded = matcherOf(core.ids(root));
      const modules = new Set<string>();
      // tsup prints its own lines, and always lets esbuild print errors only.
      const isTsup = initialOptions.define?.["TSUP_FORMAT"] !== undefined;
      const isQuiet = isTsup
        ? process.argv.includes("--silent")
        : /^(?:warning|error|silent)$/.test(initialOptions.logLevel ?? "");
      const print = (line: string): unknown => isQuiet || process.stderr.write(`aotcache: ${line}\n`);
      let builds = 0;
      onEnd(async ({ errors }) => {
        const problems = { errors: [] as PartialMessage[], warnings: [] as PartialMessage[] };
        const addTo = (list: PartialMessage[]) => (report: Report | Failure) =>
          list.push(...messagesOf(report, { text: readFileSync(report.id, "utf8"), root }));
        if (errors.length === 0)
          await core.finish(modules, { error: addTo(problems.errors), warn: addTo(problems.warnings) });
        // esbuild adds warnings of this hook to its result, but does not print them.
        if (problems.warnings.length > 0 && !/^(?:error|silent)$/.test(initialOptions.logLevel ?? "")) {
          const color = initialOptions.color ?? process.stderr.isTTY;
          const texts = await esbuild.formatMessages(problems.warnings, { kind: "warning", color });
          process.stderr.write(texts.join(""));
        }
        // A second one of the same context comes from watching.
        if (errors.length + problems.errors.length === 0)
          if (builds++ === 0) printSummary(core.counts(), print);
          else print(summaryOf(core.counts()));
        return problems;
      });
      // Components have loaders of their own, which read the file again.
      onLoad({ filter: SCRIPT_FILE, namespace: "file" }, async ({ path, suffix }) => {
        if (!isIncluded(path + suffix)) return undefined;
        modules.add(path);
        const text = await readFile(path, "utf8");
        if (!core.code.test(text)) return undefined;
        const problems = { errors: [] as PartialMessage[], warnings: [] as PartialMessage[] };
        const watchFiles: string[] = [];
        const result = await core.transform(text, path, {
          error: (report) => problems.errors.push(...messagesOf(report, { text, root })),
          warn: (report) => problems.warnings.push(...messagesOf(report, { text, root })),
          addWatchFile: (file) => watchFiles.push(file),
        });
        if (result === undefined) return { ...problems, watchFiles, contents: text, loader: "default" };
        return {
          ...problems,
          watchFiles,
          contents: withInlineMap(result.code, result.map),
          loader: "default",
        };
      });
    },
  };
}

/** Converts diagnostics to esbuild's messages. esbuild shows the source line itself and counts columns in bytes. */
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
