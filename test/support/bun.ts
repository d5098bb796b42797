/** Bun, which this repository does not use itself. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { Outcome } from "./bundlers.ts";
import { installed } from "./installed.ts";

/** Runs Bun in a folder. */
export async function bun(cwd: string, ...args: string[]): Promise<Outcome> {
  const { folder } = await installed("bun", ["bun@1"]);
  const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", NODE_ENV: undefined, VITEST: undefined };
  return new Promise((resolve) => {
    execFile(join(folder, "node_modules/.bin/bun"), args, { cwd, env }, (error, stdout, stderr) => {
      const code = typeof error?.code === "number" ? error.code : error ? -1 : 0;
      resolve({ code, stdout: stripVTControlCharacters(stdout), stderr: stripVTControlCharacters(stderr) });
    });
  });
}
