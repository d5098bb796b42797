/** What Node.js loads of a file, once it is known what the compiler makes of it. */
import { fileURLToPath } from "node:url";
import type { Compilation } from "../../src/index.ts";
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
  return isCompiled(textOf(loaded)) ? undefined : core.sourceOf(path);
}

/** Puts the compiled text in place of the loaded one, without types if those would not be taken away behind us. */
export function withCode(loaded: Loaded, { path, text }: Source, code: string, types: Types): Loaded {
  const isRaw = textOf(loaded).replace(/^\uFEFF/, "") === text;
  const isCommonJs = loaded.format?.startsWith("commonjs") === true;
  // CommonJS with types has no import that could be taken away as a type.
  if (isRaw && !isOurs(path) && !(isCommonJs && isTyped(path))) return { ...loaded, source: code };
  const format = isCommonJs ? "commonjs" : "module";
  return { ...loaded, format, source: types.strip(path, code, format, text) };
}

/** What nobody marked, with types that are ours to take away. */
export function withoutTypes(loaded: Loaded, path: string, types: Types): Loaded {
  const text = textOf(loaded);
  return {
    ...loaded,
    source: types.strip(path, text, loaded.format === "module" ? "module" : "commonjs", text),
  };
}

/** What comes of a file: compiled, stripped, or as it was. */
export interface Outcome {
  readonly source: Source;
  readonly compilation: Compilation;
}

export function finish(
  loaded: Loaded,
  path: string | undefined,
  outcome: Outcome | undefined,
  { core, types }: { readonly core: Core; readonly types: Types },
): Loaded {
  const code = outcome && core.settle(outcome.source, outcome.compilation);
  if (outcome && code !== undefined) return withCode(loaded, outcome.source, code, types);
  return path !== undefined && isOurs(path) ? withoutTypes(loaded, path, types) : loaded;
}

function textOf({ source }: Loaded): string {
  return typeof source === "string" ? source : new TextDecoder().decode(source ?? undefined);
}
