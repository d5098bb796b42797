/** Packages that only one suite needs, installed at its first run and kept. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { repository } from "./bundlers.ts";

/**
 * Installs packages into a folder of their own, once.
 *
 * @param packages like `unstorage@1`
 * @returns the folder, and a `require` from there
 */
export async function installed(
  name: string,
  packages: readonly string[],
): Promise<{ readonly folder: string; readonly require: NodeJS.Require }> {
  const folder = join(repository, ".tmp", name);
  const done = join(folder, "done");
  if (!existsSync(done)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{ "private": true }');
    const args = ["install", "--prefix", ".", "--no-audit", "--no-fund", ...packages];
    await promisify(execFile)("npm", args, { cwd: folder });
    writeFileSync(done, "");
  }
  return { folder, require: createRequire(join(folder, "package.json")) };
}

/** Lets code of this repository `require` the packages of a folder from now on. */
export function makeRequirable(folder: string): void {
  process.env.NODE_PATH = join(folder, "node_modules");
  (Module as unknown as { _initPaths(): void })._initPaths();
}
