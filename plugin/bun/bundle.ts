import { readFile } from "node:fs/promises";
import type { CompilerOptions } from "../../src/index.ts";
import { matcherOf, SCRIPT_FILE } from "../core/patterns.ts";
import { reportText, withoutStack, type Failure, type Report } from "../core/report.ts";
import { printSummary } from "../core/summary.ts";
import { createTransform } from "../core/transform.ts";
import { loaderOf, type BunPluginBuilder } from "./host.ts";

/** Compiles the files of a bundle. */
export function compileForBundle(build: BunPluginBuilder, options: CompilerOptions): void {
  const root = process.cwd();
  const core = createTransform(options, () => root);
  const isIncluded = matcherOf(core.ids(root));
  const modules = new Set<string>();
  const warn = (report: Report | Failure): void => {
    console.warn(reportText(report));
  };
  const fail = (report: Report | Failure): never => {
    throw withoutStack({ ...report, message: reportText(report) });
  };
  build.onEnd?.(async ({ success }) => {
    if (!success) return;
    await core.finish(modules, { error: fail, warn });
    printSummary(core.counts(), (line) => {
      console.info(`aotcache: ${line}`);
    });
  });
  build.onLoad({ filter: SCRIPT_FILE }, async ({ path, loader }) => {
    if (!isIncluded(path)) return undefined;
    modules.add(path);
    const text = await readFile(path, "utf8");
    if (!core.code.test(text)) return undefined;
    let failure: Report | Failure | undefined;
    const result = await core.transform(text, path, {
      error: (report) => {
        failure = report;
      },
      warn,
      // Bun watches the files that it loads, and starts the program anew.
      addWatchFile: () => undefined,
    });
    if (failure) fail(failure);
    return result && { contents: result.code, loader: loader ?? loaderOf(path) };
  });
}
