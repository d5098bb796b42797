/** Finds the TypeScript that a project has installed. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type ts from "typescript";

/** An installed TypeScript, not loaded yet. */
export interface InstalledTypeScript {
  readonly version: string;
  /** The folder of the package. */
  readonly folder: string;
  /** `7` of `7.0.2`. */
  readonly major: number;
  readonly minor: number;
  /** The path of its `tsc` script. */
  readonly tsc: string;
  /** Loads it as a library. Only up to version 6. */
  load(): typeof ts;
}

/** Finds the TypeScript that a file in a folder would import; `undefined` if none is installed. */
export function installedTypeScript(folder: string): InstalledTypeScript | undefined {
  const load = createRequire(join(folder, "package.json"));
  let path: string;
  try {
    path = load.resolve("typescript/package.json");
  } catch {
    return undefined;
  }
  const { version, bin } = JSON.parse(readFileSync(path, "utf8")) as {
    readonly version: string;
    readonly bin: { readonly tsc: string };
  };
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const tsc = join(dirname(path), bin.tsc);
  return { version, folder: dirname(path), major, minor, tsc, load: () => load("typescript") as typeof ts };
}
