/** Finds the executable of a native TypeScript. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { InstalledTypeScript } from "./typescript.ts";

export interface TscExecutable {
  readonly path: string;
  /** Arguments before those of tsc. */
  readonly args: readonly string[];
  /** The folder of `lib.d.ts`, if it is next to the executable. */
  readonly libraries: string | undefined;
}

/**
 * Finds the native executable, if possible. The script that npm links starts it as a child process, which would
 * outlive this one.
 */
export async function executableOf({ folder, tsc }: InstalledTypeScript): Promise<TscExecutable> {
  const finder = join(folder, "lib/getExePath.js");
  if (!existsSync(finder)) return { path: process.execPath, args: [tsc], libraries: undefined };
  const { default: find } = (await import(pathToFileURL(finder).href)) as { readonly default: () => string };
  const path = find();
  return { path, args: [], libraries: dirname(path) };
}
