/** Bun, which this repository does not use itself. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";
import { repository, type Outcome } from "./bundlers.ts";

const folder = join(repository, ".tmp/bun");

/** Installs Bun once. */
async function install(): Promise<void> {
  if (existsSync(join(folder, "done"))) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }');
  const args = ["install", "--prefix", ".", "--no-audit", "--no-fund", "bun@1"];
  await promisify(execFile)("npm", args, { cwd: folder });
  writeFileSync(join(folder, "done"), "");
}

/** Runs Bun in a folder. */
export async function bun(cwd: string, ...args: string[]): Promise<Outcome> {
  await install();
  const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", NODE_ENV: undefined, VITEST: undefined };
  return new Promise((resolve) => {
    execFile(join(folder, "node_modules/.bin/bun"), args, { cwd, env }, (error, stdout, stderr) => {
      const code = typeof error?.code === "number" ? error.code : error ? -1 : 0;
      resolve({ code, stdout: stripVTControlCharacters(stdout), stderr: stripVTControlCharacters(stderr) });
    });
  });
}
