import type { ts } from "ts-morph";

/** The files of one tsconfig. */
export interface Project {
  /** The absolute path of the tsconfig. Undefined for files without one. */
  readonly tsconfig: string | undefined;
  readonly compilerOptions: ts.CompilerOptions;
  /** Whether tsc writes JavaScript, as far as the tsconfig says. */
  readonly emits: boolean;
  /** Another object whenever imports may resolve to other files than before. */
  readonly resolutions: object;
  /** Resolves an import of `fromFile`, including path aliases. Returns undefined if it does not resolve. */
  resolveModule(specifier: string, fromFile: string): ResolvedModule | undefined;
  /** Returns the files that may declare names for files that do not import them. Loads no types. */
  globalSources(): readonly string[];
  /** Returns the parsed file, which is also in the program. Returns undefined if it cannot be read. */
  sourceOf(path: string): ts.SourceFile | undefined;
}

export interface ResolvedModule {
  /** Absolute. */
  readonly path: string;
  /** Whether it was found in a `node_modules`. */
  readonly external: boolean;
}
