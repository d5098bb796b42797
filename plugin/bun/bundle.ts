import { readFile } from "node:fs/promises";
import type { CompilerOptions } from "../../src/index.ts";
import { matcherOf, SCRIPT_FILE } from "../core/patterns.ts";
import { reportText, withoutStack, type Failure, type Report } from "../core/report.ts";
import { createTransform } from "../core/transform.ts";
import { loaderOf, type BunPluginBuilder } from "./host.ts";

/** Compiles the files of a bundle. */
export function compileForBundle(build: BunPluginBuilder, options: CompilerOptions): void {
  const root = process.cwd();
  const core = createTransform(options, () => root);
  const isIncluded = matcherOf(core.ids(root));
  build.onEnd?.(async ({ success }) => {
    if (success) await core.finish();
  });
  build.onLoad({ filter: SCRIPT_FILE }, async ({ path, loader }) => {
    if (!isIncluded(path)) return undefined;
    const text = await readFile(path, "utf8");
    if (!core.code.test(text)) return undefined;
    let failure: Report | Failure | undefined;
    const result = await core.transform(text, path, {
      error: (report) => {
        failure = report;
      },
      warn: (report) => {
        console.warn(reportText(report));
      },
      // Bun watches the files that it loads, and starts the program anew.
      addWatchFile: () => undefined,
    });
    if (failure) throw withoutStack({ ...failure, message: reportText(failure) });
    return result && { contents: result.code, loader: loader ?? loaderOf(path) };
  });
}
