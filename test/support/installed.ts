/** Packages that only one suite needs, installed at its first run and kept. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { dirname, join } from "node:path";
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
  if (!existsSync(folder)) {
    mkdirSync(dirname(folder), { recursive: true });
    // Test files run in several processes: each installs into a folder of its own, and the first one's is kept.
    const own = mkdtempSync(`${folder}-`);
    writeFileSync(join(own, "package.json"), '{ "private": true }');
    const args = ["install", "--prefix", ".", "--no-audit", "--no-fund", ...packages];
    await promisify(execFile)("npm", args, { cwd: own });
    try {
      renameSync(own, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error;
      rmSync(own, { recursive: true });
    }
  }
  return { folder, require: createRequire(join(folder, "package.json")) };
}

/** Lets code of this repository `require` the packages of a folder from now on. */
export function makeRequirable(folder: string): void {
  process.env.NODE_PATH = join(folder, "node_modules");
  (Module as unknown as { _initPaths(): void })._initPaths();
}
