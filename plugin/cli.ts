#!/usr/bin/env node
/** The program `aotcache`: see `aotcache --help`. */
import { main } from "./cli/main.ts";

for (const output of [process.stdout, process.stderr]) {
  // `aotcache list | head` closes the pipe before all is written.
  output.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
}

const { stdout, stderr, env } = process;
// Set, not called: what was written into a pipe has to get through.
process.exitCode = await main(process.argv.slice(2), { cwd: process.cwd(), env, stdout, stderr });
