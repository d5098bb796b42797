#!/usr/bin/env node
/** The program `aotcache`. See `aotcache --help`. */
import { main } from "./cli/main.ts";

for (const output of [process.stdout, process.stderr]) {
  // `aotcache list | head` closes the pipe before everything is written.
  output.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
}

const { stdout, stderr, env } = process;
// Not process.exit(), which would lose output that is still being written to a pipe.
process.exitCode = await main(process.argv.slice(2), { cwd: process.cwd(), env, stdout, stderr });
