/** Compiles modules that are loaded by `require`. All of them pass through `Module.prototype._compile`. */
import Module from "node:module";
import { isEmitted } from "../../src/index.ts";
import { readScript } from "../core/on-load.ts";
import type { HookContext } from "./in-thread.ts";
import { handlesAllTypes, isTyped, withMap } from "./types.ts";

interface CommonJsModule {
  _compile(content: string, filename: string, format?: string): unknown;
}

/** The part of `node:module` without types. Node.js has kept it since 2010, for hooks like this one. */
interface ModuleInternals {
  readonly prototype: CommonJsModule;
  readonly _extensions: Record<string, (module: CommonJsModule, filename: string) => void>;
}

const moduleInternals = Module as unknown as ModuleInternals;

/**
 * Installs the hooks for `require`.
 *
 * @param handlesTypes whether files with types can be required too, if nothing else removes types
 */
export function hookRequire({ core, types, compiler }: HookContext, handlesTypes: boolean): void {
  const { prototype, _extensions } = moduleInternals;
  const { _compile } = prototype;

  const rewritten = (content: string, filename: string, format: string | undefined): string | undefined => {
    const source = isEmitted(content) ? undefined : core.sourceOf(filename);
    const result = source && core.settle(source, compiler.compile(filename, source.text));
    if (!source || !result) return undefined;
    // Another loader has compiled the text on disk to CommonJS, so the rewritten text needs the same.
    if (!isTyped(filename) && content === source.text) return withMap(result);
    return types.strip(filename, result.code, format === "module" ? "module" : "commonjs", result);
  };

  prototype._compile = function (content, filename, format) {
    const code = core.unlessBusy(() => rewritten(content, filename, format));
    return _compile.call(this, code ?? content, filename, format);
  };

  if (!handlesTypes || !handlesAllTypes) return;
  for (const extension of [".ts", ".cts", ".mts", ".tsx", ".jsx"]) {
    _extensions[extension] ??= (module, filename) => {
      const text = readScript(filename) ?? "";
      const work = (): string =>
        rewritten(text, filename, "commonjs") ?? types.strip(filename, text, "commonjs");
      module._compile(core.unlessBusy(work) ?? text, filename);
    };
  }
}
