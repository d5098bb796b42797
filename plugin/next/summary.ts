/** The line at the end of `next build`, which runs loaders in processes of its own and tells none that it ends. */
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { isMainThread } from "node:worker_threads";
import { lineOf } from "../core/summary.ts";

/** Names the file to which loaders of a build add the number of warnings of each source. */
const WARNINGS_FILE = "AOTCACHE_WARNINGS_FILE";

/** Whether `next build` prints the line for its loaders. */
export const isNextBuild = (): boolean => process.env[WARNINGS_FILE] !== undefined;

/** Adds the warnings of a source to those of the build, if a line at its end counts them. */
export function recordWarnings(path: string, warnings: number): void {
  const file = process.env[WARNINGS_FILE];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify([path, warnings])}\n`);
}

/**
 * Prints the line when this process ends, if it is that of `next build`. The functions are those in the output, because
 * a bundler that has a module in its own cache does not compile it again.
 */
export function summarizeNextBuild(distDir: string): void {
  const [, program = "", command] = process.argv;
  const isBuild = isMainThread && /^next(?:\.[cm]?js)?$/.test(basename(program)) && command === "build";
  // Next.js loads its configuration several times.
  if (!isBuild || isNextBuild()) return;
  const file = join(tmpdir(), `aotcache-${String(process.pid)}.jsonl`);
  process.env[WARNINGS_FILE] = file;
  process.once("exit", (code) => {
    const warnings = [...warningsIn(file).values()];
    rmSync(file, { force: true });
    if (code !== 0) return;
    const functions = idsBelow(["server", "static"].map((folder) => resolve(distDir, folder))).size;
    const line = lineOf([{ functions, warnings: warnings.reduce((sum, each) => sum + each, 0) }]);
    process.stdout.write(`aotcache: ${line}\n`);
  });
}

/** The warnings of each source. The browser's and the server's bundle compile the same one. */
function warningsIn(file: string): ReadonlyMap<string, number> {
  if (!existsSync(file)) return new Map();
  const lines = readFileSync(file, "utf8").trim().split("\n");
  return new Map(lines.map((line) => JSON.parse(line) as [string, number]));
}

/** An id, as emitted code defines a function by it, whatever quotes a minifier chose. */
const DEFINED = /\bid:\s*(\[[^\]]{0,2000}\]),\s*at:\s*["'`]/g;

function idsBelow(folders: readonly string[]): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const folder of folders) {
    if (!existsSync(folder)) continue;
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.[cm]?js$/.test(entry.name)) continue;
      const text = readFileSync(join(entry.parentPath, entry.name), "utf8");
      for (const [, id] of text.matchAll(DEFINED))
        ids.add(id!.replace(/['`\s]/g, (mark) => (/\s/.test(mark) ? "" : '"')));
    }
  }
  return ids;
}
