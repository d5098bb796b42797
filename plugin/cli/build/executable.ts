/** How the tsc of a native TypeScript is started. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Installed } from "./typescript.ts";

export interface Executable {
  readonly path: string;
  /** What stands before tsc's own arguments. */
  readonly args: readonly string[];
  /** The folder of `lib.d.ts`. */
  readonly libraries: string | undefined;
}

/**
 * Finds the program itself where it can: the script that npm links starts it as a child of its own, which would
 * outlive us.
 */
export async function executableOf({ folder, tsc }: Installed): Promise<Executable> {
  const finder = join(folder, "lib/getExePath.js");
  if (!existsSync(finder)) return { path: process.execPath, args: [tsc], libraries: undefined };
  const { default: find } = (await import(pathToFileURL(finder).href)) as { readonly default: () => string };
  const path = find();
  return { path, args: [], libraries: dirname(path) };
}
