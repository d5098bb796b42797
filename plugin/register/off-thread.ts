/** Hooks in a separate thread, for `import` only. Used in older releases, such as Node.js 20. */
import { createLazyCompiler, type LazyCompiler } from "../../src/index.ts";
import { createCore, type RegisterCore } from "./core.ts";
import { fileOf, finish, type Loaded, loadTyped, sourceToCompile, strip } from "./load.ts";
import { needsStripping, Types } from "./types.ts";

interface ThreadState {
  readonly core: RegisterCore;
  readonly types: Types;
  readonly compiler: LazyCompiler;
}

let state: ThreadState | undefined;

/** Called by Node.js once, when the thread starts. */
export function initialize(): void {
  const core = createCore();
  state = { core, types: new Types(core.options.root!), compiler: createLazyCompiler(core.options) };
}

/** The `load` hook. */
export async function load(
  url: string,
  context: object,
  next: (url: string, context?: object) => Promise<Loaded>,
): Promise<Loaded> {
  const { core, types, compiler } = state!;
  const path = fileOf(url);
  // The compiler cannot be loaded synchronously in this thread.
  if (path !== undefined && needsStripping(path)) await types.load();
  const loaded = loadTyped(path, types) ?? (await next(url, context));
  // With `null`, the CommonJS loader reads the file itself and passes it to `_compile`.
  if (loaded.format === "commonjs" && loaded.shortCircuit && path !== undefined)
    return { ...loaded, source: null };
  const source = sourceToCompile(path, loaded, core);
  const compiled = source && { source, compilation: await compiler.compile(source.path, source.text) };
  // Node.js stops this thread without notice when the program ends.
  compiler.flush();
  const result = finish(loaded, path, compiled, core);
  if ("loaded" in result) await types.load();
  return strip(result, types);
}
