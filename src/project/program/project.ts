/** A project as the compiler sees it: one tsconfig, and the files that it resolves. */
import type { ts } from "ts-morph";

/** What all files of one tsconfig share. */
export interface Project {
  /** Absolute path of the tsconfig; undefined when the file has none. */
  readonly tsconfig: string | undefined;
  readonly compilerOptions: ts.CompilerOptions;
  /** The file that `specifier` means in `fromFile`, path aliases included; undefined when there is none. */
  resolveModule(specifier: string, fromFile: string): ResolvedModule | undefined;
  /** The parsed file, which is also the program's; undefined when it cannot be read. */
  sourceOf(path: string): ts.SourceFile | undefined;
}

export interface ResolvedModule {
  /** Absolute. */
  readonly path: string;
  /** It was found in a `node_modules`. */
  readonly external: boolean;
}
