/** Hooks in the thread of the program, for `import` and `require`. Used in newer releases of Node.js. */
import type { Compiler } from "../../src/index.ts";
import type { RegisterCore } from "./core.ts";
import { fileOf, finish, type Loaded, loadTyped, sourceToCompile, strip } from "./load.ts";
import type { Types } from "./types.ts";

/** Shared by the hooks of one thread. */
export interface HookContext {
  readonly core: RegisterCore;
  readonly types: Types;
  readonly compiler: Compiler;
}

type Load = (url: string, context: object, next: (url: string, context?: object) => Loaded) => Loaded;

/** Creates the `load` hook for `module.registerHooks`. */
export function loadHook({ core, types, compiler }: HookContext): Load {
  return (url, context, next) => {
    const work = (): Loaded => {
      const path = fileOf(url);
      const loaded = loadTyped(path, types) ?? next(url, context);
      const source = sourceToCompile(path, loaded, core);
      const compiled = source && { source, compilation: compiler.compile(source.path, source.text) };
      return strip(finish(loaded, path, compiled, core), types);
    };
    return core.unlessBusy(work) ?? next(url, context);
  };
}
