/** Hooks that run where the program does, for `import` and `require`: in newer releases of Node.js. */
import type { Compiler } from "../../src/index.ts";
import type { Core } from "./core.ts";
import { fileOf, finish, type Loaded, ownLoad, strip, toCompile } from "./load.ts";
import type { Types } from "./types.ts";

/** What the hooks of one thread share. */
export interface Hooked {
  readonly core: Core;
  readonly types: Types;
  readonly compiler: Compiler;
}

type Load = (url: string, context: object, next: (url: string, context?: object) => Loaded) => Loaded;

export function loadHook({ core, types, compiler }: Hooked): Load {
  return (url, context, next) => {
    const work = (): Loaded => {
      const path = fileOf(url);
      const loaded = ownLoad(path, types) ?? next(url, context);
      const source = toCompile(path, loaded, core);
      const outcome = source && { source, compilation: compiler.compile(source.path, source.text) };
      return strip(finish(loaded, path, outcome, core), types);
    };
    return core.alone(work) ?? next(url, context);
  };
}
