/** Hooks that run in a thread of their own, for `import` alone: in older releases, like Node.js 20. */
import { createLazyCompiler, type LazyCompiler } from "../../src/index.ts";
import { type Core, createCore } from "./core.ts";
import { fileOf, finish, type Loaded, ownLoad, strip, toCompile } from "./load.ts";
import { isOurs, Types } from "./types.ts";

interface Session {
  readonly core: Core;
  readonly types: Types;
  readonly compiler: LazyCompiler;
}

let session: Session | undefined;

export function initialize(): void {
  const core = createCore();
  session = { core, types: new Types(core.options.root!), compiler: createLazyCompiler(core.options) };
}

export async function load(
  url: string,
  context: object,
  next: (url: string, context?: object) => Promise<Loaded>,
): Promise<Loaded> {
  const { core, types, compiler } = session!;
  const path = fileOf(url);
  // Here nothing can be required.
  if (path !== undefined && isOurs(path)) await types.load();
  const loaded = ownLoad(path, types) ?? (await next(url, context));
  // The loader of CommonJS reads files itself, and hands them to `_compile`.
  if (loaded.format === "commonjs" && loaded.shortCircuit && path !== undefined)
    return { ...loaded, source: null };
  const source = toCompile(path, loaded, core);
  const outcome = source && { source, compilation: await compiler.compile(source.path, source.text) };
  // This thread is stopped without a word when the program ends.
  compiler.flush();
  const result = finish(loaded, path, outcome, core);
  if ("loaded" in result) await types.load();
  return strip(result, types);
}
