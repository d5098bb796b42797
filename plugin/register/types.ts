/** Decides whether aotcache must remove the types of a file, and removes them. */
import { dirname, join } from "node:path";
import { createTranspiler, loadTranspiler, type ModuleFormat, type Transpiler } from "../../src/index.ts";
import { inlineToOriginal, withCompilerMap, type Rewritten } from "../core/maps.ts";
import { readScript } from "../core/on-load.ts";

/** Runners that compile TypeScript. If one is present, types are left to it. */
const RUNNERS =
  /(?:^|[\\/\s"'=])(?:tsx|ts-node(?:-dev)?|@swc-node|@oxc-node|esbuild-register|@babel)(?:$|[\\/\s"'@])/;

/** Whether the program was started with such a runner. */
export const hasRunner: boolean = [...process.execArgv, process.env["NODE_OPTIONS"] ?? ""].some((each) =>
  RUNNERS.test(each),
);

/** Node.js removes types itself, from 22.18 and 23.6 on, unless a flag disables it. */
const isNative = Boolean((process.features as { typescript?: unknown }).typescript);

const TYPED_FILE = /\.[cm]?tsx?$|\.jsx$/;

/** Whether the file has TypeScript or JSX syntax, by its extension. */
export const isTyped = (path: string): boolean => TYPED_FILE.test(path);

/** Whether no other loader makes JavaScript of the file. Node.js does not support JSX. */
export function needsStripping(path: string): boolean {
  if (hasRunner || !TYPED_FILE.test(path) || /[\\/]node_modules[\\/]/.test(path)) return false;
  return !isNative || /x$/.test(path);
}

/** Whether aotcache must remove the types of all files. */
export const handlesAllTypes: boolean = !hasRunner && !isNative;

/** Returns the rewritten text with its map, for a loader that leaves every character in its place. */
export function withMap(rewritten: Rewritten): string {
  enableSourceMaps();
  return withCompilerMap(rewritten);
}

/** Without this, stack traces show places in the output. */
const enableSourceMaps = (): void => {
  process.setSourceMapsEnabled(true);
};

/** Makes JavaScript of files with types. The transpiler is loaded when it is first needed. */
export class Types {
  readonly #root: string;
  readonly #packages = new Map<string, ModuleFormat | undefined>();
  #transpiler: Transpiler | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /** Loads the transpiler, for threads where it cannot be loaded synchronously. */
  async load(): Promise<void> {
    this.#transpiler ??= await loadTranspiler({ root: this.#root });
  }

  /** @param rewritten the file, if `text` is its rewritten text; the map then leads to the original one */
  strip(path: string, text: string, format: ModuleFormat, rewritten?: Rewritten): string {
    enableSourceMaps();
    const code = this.#loaded().transpile(path, text, { format });
    return rewritten ? inlineToOriginal(code, () => rewritten) : code;
  }

  /** Decides by extension, then package.json, then syntax, as Node.js does for JavaScript. */
  formatOf(path: string, text: string): ModuleFormat {
    if (/\.m[jt]s$/.test(path)) return "module";
    if (/\.c[jt]s$/.test(path)) return "commonjs";
    return this.#typeIn(dirname(path)) ?? this.#loaded().formatOf(path, text);
  }

  #loaded(): Transpiler {
    return (this.#transpiler ??= createTranspiler({ root: this.#root }));
  }

  #typeIn(folder: string): ModuleFormat | undefined {
    if (!this.#packages.has(folder)) this.#packages.set(folder, this.#readType(folder));
    return this.#packages.get(folder);
  }

  #readType(folder: string): ModuleFormat | undefined {
    const text = readScript(join(folder, "package.json"));
    if (text === undefined) return dirname(folder) === folder ? undefined : this.#typeIn(dirname(folder));
    const { type } = JSON.parse(text) as { type?: unknown };
    return type === "module" || type === "commonjs" ? type : undefined;
  }
}
