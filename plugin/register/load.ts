/** The steps of a `load` hook that both kinds of hooks share. */
import { fileURLToPath } from "node:url";
import { type Compilation, isEmitted, type ModuleFormat } from "../../src/index.ts";
import type { Rewritten } from "../core/maps.ts";
import { readScript, type Source } from "../core/on-load.ts";
import type { RegisterCore } from "./core.ts";
import { hasRunner, isTyped, needsStripping, type Types, withMap } from "./types.ts";

/** The result of a `load` hook. */
export interface Loaded {
  format?: string | null | undefined;
  source?: string | ArrayBuffer | NodeJS.TypedArray | null | undefined;
  shortCircuit?: boolean | undefined;
}

/** Returns the path of a `file:` URL, without its query; `undefined` for other URLs. */
export function fileOf(url: string): string | undefined {
  if (!url.startsWith("file:")) return undefined;
  try {
    return fileURLToPath(url.replace(/[?#].*$/s, ""));
  } catch {
    return undefined;
  }
}

/** Loads a file that Node.js cannot load because of its types, without calling the next hook. */
export function loadTyped(path: string | undefined, types: Types): (Loaded & { source: string }) | undefined {
  const text = path !== undefined && needsStripping(path) ? readScript(path) : undefined;
  if (path === undefined || text === undefined) return undefined;
  return { format: types.formatOf(path, text), source: text, shortCircuit: true };
}

/** Returns the file to compile; `undefined` if it is compiled already, or if the hook for `require` will compile it. */
export function sourceToCompile(
  path: string | undefined,
  loaded: Loaded,
  core: RegisterCore,
): Source | undefined {
  if (path === undefined || loaded.source === null || loaded.source === undefined) return undefined;
  if (loaded.format?.startsWith("commonjs") && hasRunner) return undefined;
  return isEmitted(loadedText(loaded)) ? undefined : core.sourceOf(path);
}

/** A text whose types must still be removed. */
export interface TypedText {
  readonly loaded: Loaded;
  readonly path: string;
  readonly text: string;
  /** The file, if `text` is its rewritten text. */
  readonly rewritten: Rewritten | undefined;
  readonly format: ModuleFormat;
}

/** A file and its compilation. */
export interface CompiledSource {
  readonly source: Source;
  readonly compilation: Compilation;
}

/**
 * Replaces the loaded text with the compiled one. Returns a {@link TypedText} if no later loader removes its types.
 *
 * @throws {Error} if the compilation has errors, with all of its diagnostics
 */
export function finish(
  loaded: Loaded,
  path: string | undefined,
  compiled: CompiledSource | undefined,
  core: RegisterCore,
): Loaded | TypedText {
  const rewritten = compiled && core.settle(compiled.source, compiled.compilation);
  if (rewritten) return withCode(loaded, rewritten);
  if (path === undefined || !needsStripping(path)) return loaded;
  const text = loadedText(loaded);
  return { loaded, path, text, rewritten: undefined, format: formatOf(loaded) };
}

function withCode(loaded: Loaded, rewritten: Rewritten): Loaded | TypedText {
  const { path, text: original, code } = rewritten;
  const isRaw = loadedText(loaded).replace(/^\uFEFF/, "") === original;
  const format = formatOf(loaded);
  // In CommonJS with types, the emitted `import` has to become a `require`: removing the types is not enough.
  const isLeft = isRaw && !needsStripping(path) && !(format === "commonjs" && isTyped(path));
  return isLeft ? { ...loaded, source: withMap(rewritten) } : { loaded, path, text: code, rewritten, format };
}

/** Removes the types if there are any left. */
export function strip(result: Loaded | TypedText, types: Types): Loaded {
  if (!("loaded" in result)) return result;
  const { loaded, path, text, format, rewritten } = result;
  return { ...loaded, format, source: types.strip(path, text, format, rewritten) };
}

const formatOf = ({ format }: Loaded): ModuleFormat =>
  format?.startsWith("commonjs") === true ? "commonjs" : "module";

function loadedText({ source }: Loaded): string {
  return typeof source === "string" ? source : new TextDecoder().decode(source ?? undefined);
}
