/** Who takes the types away, and what a file is without them. */
import { dirname, join } from "node:path";
import { createTranspiler, loadTranspiler, type ModuleFormat, type Transpiler } from "../../src/index.ts";
import { read } from "./core.ts";

/** Programs that run TypeScript, and which the types of other files are left to. */
const RUNNERS =
  /(?:^|[\\/\s"'=])(?:tsx|ts-node(?:-dev)?|@swc-node|@oxc-node|esbuild-register|@babel)(?:$|[\\/\s"'@])/;

/** One of them is there. */
export const hasRunner: boolean = [...process.execArgv, process.env["NODE_OPTIONS"] ?? ""].some((each) =>
  RUNNERS.test(each),
);

/** Node.js does it itself: from 22.18 and 23.6, unless it is told not to. */
const isNative = Boolean((process.features as { typescript?: unknown }).typescript);

const TYPED = /\.[cm]?tsx?$|\.jsx$/;

/** Has a syntax that JavaScript does not have. */
export const isTyped = (path: string): boolean => TYPED.test(path);

/** Nobody else makes JavaScript of it. Node.js knows nothing of JSX. */
export function isOurs(path: string): boolean {
  if (hasRunner || !TYPED.test(path) || /[\\/]node_modules[\\/]/.test(path)) return false;
  return !isNative || /x$/.test(path);
}

/** All types are left to us. */
export const areAllOurs: boolean = !hasRunner && !isNative;

/** Makes JavaScript of what has types; the compiler that does it is loaded when it is first needed. */
export class Types {
  readonly #root: string;
  readonly #packages = new Map<string, ModuleFormat | undefined>();
  #transpiler: Transpiler | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /** Loads that compiler where it cannot be required. */
  async load(): Promise<void> {
    this.#transpiler ??= await loadTranspiler({ root: this.#root });
  }

  strip(path: string, text: string, format: ModuleFormat, original: string): string {
    // Stacks show the lines of the source only then.
    process.setSourceMapsEnabled(true);
    return this.#loaded().transpile(path, text, { format, original });
  }

  /** By its ending, its package.json, and then by its syntax, as Node.js decides for JavaScript. */
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
    const text = read(join(folder, "package.json"));
    if (text === undefined) return dirname(folder) === folder ? undefined : this.#typeIn(dirname(folder));
    const { type } = JSON.parse(text) as { type?: unknown };
    return type === "module" || type === "commonjs" ? type : undefined;
  }
}
