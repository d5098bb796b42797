/** What `require` loads, whoever has read the file: every module comes to `_compile` at last. */
import Module from "node:module";
import { isCompiled, read } from "./core.ts";
import type { Hooked } from "./in-thread.ts";
import { areAllOurs, isTyped } from "./types.ts";

interface CommonJsModule {
  _compile(content: string, filename: string, format?: string): unknown;
}

/** The part of `node:module` that has no types: it is there for hooks like this one, and has been since 2010. */
interface Internals {
  readonly prototype: CommonJsModule;
  readonly _extensions: Record<string, (module: CommonJsModule, filename: string) => void>;
}

const internals = Module as unknown as Internals;

/** Compiles what is marked; on a Node.js without types, all that has types can be required from now on. */
export function hookRequire({ core, types, compiler }: Hooked, takesTypes: boolean): void {
  const { prototype, _extensions } = internals;
  const { _compile } = prototype;

  const rewritten = (content: string, filename: string, format: string | undefined): string | undefined => {
    const source = isCompiled(content) ? undefined : core.sourceOf(filename);
    const code = source && core.settle(source, compiler.compile(filename, source.text));
    if (!source || code === undefined) return undefined;
    // Another one has made CommonJS of it, out of the text that is on disk: we do the same.
    if (!isTyped(filename) && content === source.text) return code;
    return types.strip(filename, code, format === "module" ? "module" : "commonjs", source.text);
  };

  prototype._compile = function (content, filename, format) {
    const code = core.alone(() => rewritten(content, filename, format));
    return _compile.call(this, code ?? content, filename, format);
  };

  if (!takesTypes || !areAllOurs) return;
  for (const ending of [".ts", ".cts", ".mts", ".tsx", ".jsx"]) {
    _extensions[ending] ??= (module, filename) => {
      const text = read(filename) ?? "";
      const work = (): string =>
        rewritten(text, filename, "commonjs") ?? types.strip(filename, text, "commonjs", text);
      module._compile(core.alone(work) ?? text, filename);
    };
  }
}
