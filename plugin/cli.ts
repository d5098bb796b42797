#!/usr/bin/env node
/** The program `aotcache`. See `aotcache --help`. */
import { createInterface } from "node:readline/promises";
import { main } from "./cli/main.ts";

for (const output of [process.stdout, process.stderr]) {
  // `aotcache list | head` closes the pipe before everything is written.
  output.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
}

const { stdin, stdout, stderr, env } = process;

async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: stdin, output: stdout });
  const answer = await terminal.question(`\n${question} [y/N] `);
  terminal.close();
  return /^y(?:es)?$/i.test(answer.trim());
}

const io = { cwd: process.cwd(), env, stdout, stderr, ...(stdin.isTTY && stdout.isTTY && { confirm }) };
// Not process.exit(), which would lose output that is still being written to a pipe.
process.exitCode = await main(process.argv.slice(2), io);
