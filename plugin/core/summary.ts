/** The line at the end of a build: how many functions were compiled, and how many warnings there are. */

import type { Compilation } from "../../src/index.ts";

/** What a build made of a file. */
export interface FileCount {
  readonly functions: number;
  readonly warnings: number;
}

export const countOf = ({ sites, references, diagnostics }: Compilation): FileCount => ({
  functions: sites.length + references.length,
  warnings: diagnostics.filter(({ severity }) => severity === "warning").length,
});

type FileCounts = ReadonlyMap<string, FileCount>;
type Print = (line: string) => void;

/** Formats the line: `2 functions compiled, 1 warning.` */
export const summaryOf = (counts: FileCounts): string => lineOf([...counts.values()]);

/** Formats the line for the sum of several counts. */
export function lineOf(counts: readonly FileCount[]): string {
  const total = (name: keyof FileCount): number => counts.reduce((sum, each) => sum + each[name], 0);
  const counted = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;
  const warnings = total("warnings");
  const tail = warnings > 0 ? `, ${counted(warnings, "warning")}` : "";
  return `${counted(total("functions"), "function")} compiled${tail}.`;
}

/** Of all builds of this process. A project may be built several times: for browsers and servers, or as two formats. */
const countedFiles = new Map<string, FileCount>();
let isFirst = true;
let printAtExit: Print | undefined;

/** Prints the line for the files that no earlier build of this process has counted, if there are any. */
export function printSummary(counts: FileCounts, print: Print): void {
  const added = new Map([...counts].filter(([path]) => !countedFiles.has(path)));
  for (const [path, count] of added) countedFiles.set(path, count);
  // Nuxt builds its app with Vite, and its server with Rollup.
  if (printAtExit || (added.size === 0 && !isFirst)) return;
  isFirst = false;
  print(summaryOf(added));
}

/** Prints the line of a build: in watch mode for all files, as each build has its own. */
export function printBuildSummary(counts: FileCounts, isWatching: boolean | undefined, print: Print): void {
  if (isWatching) print(summaryOf(counts));
  else printSummary(counts, print);
}

/** Prints one line when the process ends, for hosts that do not tell which build is their last. */
export function printSummaryAtExit(counts: FileCounts, print: Print): void {
  for (const [path, count] of counts) countedFiles.set(path, count);
  if (!printAtExit) process.once("exit", () => printAtExit!(summaryOf(countedFiles)));
  printAtExit = print;
}
