import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { CompilerOptions } from "../../src/index.ts";
import { PACKAGE_FOLDER } from "../core/on-load.ts";
import { sessionOf } from "../core/session.ts";
import { loaderOf, type BunOutput, type BunPluginBuilder } from "./host.ts";

let programOptions: CompilerOptions | undefined;

/**
 * Compiles the files of a running program. The hook is installed once: of two, Bun calls the first only. The options are
 * those that were given last.
 */
export function compileProgram(build: BunPluginBuilder, options: CompilerOptions): void {
  const isInstalled = programOptions !== undefined;
  programOptions = options;
  if (isInstalled) return;
  const loaded = new Set<string>();
  // In a program, a hook of Bun must answer for every file that its filter matches, so files without marks are read too.
  build.onLoad({ filter: OWN_SCRIPT }, ({ path }) => {
    const session = sessionOf(programOptions!, process.cwd());
    const text = readFileSync(path, "utf8");
    const source = session.sourceOf(path, text);
    // With `--hot`, Bun loads a file again.
    if (source && loaded.has(path)) session.refresh();
    loaded.add(path);
    if (!source && isCommonJs(text)) return commonJsModule(path);
    const rewritten = source && session.settle(source, session.compile(path, text));
    return { contents: rewritten?.code ?? text, loader: loaderOf(path) };
  });
}

/** Bun takes the text that a hook returns for an ES module. CommonJS is therefore loaded under another name. */
function commonJsModule(path: string): BunOutput {
  const exported: unknown = load(`${path}?commonjs`);
  return {
    loader: "object",
    exports: { ...(exported as object), default: exported, "module.exports": exported },
  };
}

const load = createRequire(import.meta.url);

const isCommonJs = (text: string): boolean =>
  /\bmodule\.exports\b|\bexports[.[]|\brequire\(/.test(text) && !/^\s*(?:import|export)\b[^(]/m.test(text);

const escaped = (path: string): string => path.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");

/** The scripts of the project, except `.cjs`. The compiler is loaded while this hook runs, and is not compiled itself. */
const OWN_SCRIPT = new RegExp(
  `^(?!.*[\\\\/]node_modules[\\\\/])(?!${escaped(PACKAGE_FOLDER)}).*\\.m?[jt]sx?$`,
);
