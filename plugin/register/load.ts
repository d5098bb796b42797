/** What Node.js loads of a file, once it is known what the compiler makes of it. */
import { fileURLToPath } from "node:url";
import type { Compilation, ModuleFormat } from "../../src/index.ts";
import { type Core, isCompiled, read, type Source } from "./core.ts";
import { hasRunner, isOurs, isTyped, type Types } from "./types.ts";

/** What a load hook gives. */
export interface Loaded {
  format?: string | null | undefined;
  source?: string | ArrayBuffer | NodeJS.TypedArray | null | undefined;
  shortCircuit?: boolean | undefined;
}

/** The file that a URL names; undefined where there is none on disk. */
export function fileOf(url: string): string | undefined {
  if (!url.startsWith("file:")) return undefined;
  try {
    return fileURLToPath(url.replace(/[?#].*$/s, ""));
  } catch {
    return undefined;
  }
}

/** What is loaded without asking anybody else: what Node.js knows nothing of. */
export function ownLoad(path: string | undefined, types: Types): (Loaded & { source: string }) | undefined {
  const text = path !== undefined && isOurs(path) ? read(path) : undefined;
  if (path === undefined || text === undefined) return undefined;
  return { format: types.formatOf(path, text), source: text, shortCircuit: true };
}

/** The file to compile, unless the compiler has been at it or it is left to `require`. */
export function toCompile(path: string | undefined, loaded: Loaded, core: Core): Source | undefined {
  if (path === undefined || loaded.source === null || loaded.source === undefined) return undefined;
  if (loaded.format?.startsWith("commonjs") && hasRunner) return undefined;
  return isCompiled(loadedText(loaded)) ? undefined : core.sourceOf(path);
}

/** A text whose types are still to be taken away. */
export interface Typed {
  readonly loaded: Loaded;
  readonly path: string;
  readonly text: string;
  readonly original: string;
  readonly format: ModuleFormat;
}

/** A file that was compiled. */
export interface Outcome {
  readonly source: Source;
  readonly compilation: Compilation;
}

/**
 * What comes of a file: what is loaded, or what has types that nobody takes away behind us.
 *
 * @throws {Error} with all that is wrong with it
 */
export function finish(
  loaded: Loaded,
  path: string | undefined,
  outcome: Outcome | undefined,
  core: Core,
): Loaded | Typed {
  const code = outcome && core.settle(outcome.source, outcome.compilation);
  if (outcome && code !== undefined) return withCode(loaded, outcome.source, code);
  if (path === undefined || !isOurs(path)) return loaded;
  const text = loadedText(loaded);
  return { loaded, path, text, original: text, format: formatOf(loaded) };
}

/** Puts the compiled text in place of the loaded one. */
function withCode(loaded: Loaded, { path, text: original }: Source, text: string): Loaded | Typed {
  const isRaw = loadedText(loaded).replace(/^\uFEFF/, "") === original;
  const format = formatOf(loaded);
  // CommonJS with types has no import that could be taken away as a type.
  const isLeft = isRaw && !isOurs(path) && !(format === "commonjs" && isTyped(path));
  return isLeft ? { ...loaded, source: text } : { loaded, path, text, original, format };
}

/** Takes the types away, if there are any left. */
export function strip(result: Loaded | Typed, types: Types): Loaded {
  if (!("loaded" in result)) return result;
  const { loaded, path, text, format, original } = result;
  return { ...loaded, format, source: types.strip(path, text, format, original) };
}

const formatOf = ({ format }: Loaded): ModuleFormat =>
  format?.startsWith("commonjs") === true ? "commonjs" : "module";

function loadedText({ source }: Loaded): string {
  return typeof source === "string" ? source : new TextDecoder().decode(source ?? undefined);
}
