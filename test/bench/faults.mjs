/**
 * Measures what callers of a cached function see while its store fails. Each fault is measured three times, which takes
 * five minutes in all; `--runs=1` measures it once. The medians go to results/faults.json, RESULTS.md and
 * runtime/README.md.
 *
 *   npm run bench -- faults
 *   npm run bench -- faults --runs=1
 */
import { tsImport } from "tsx/esm/api";
import { faultCells, faultTable } from "./lib/faults.mjs";
import { machine } from "./lib/machine.mjs";
import { report } from "./lib/report.mjs";
import { readResults, writeResult } from "./lib/results.mjs";

const RUNS = 3;

const runs = Number(/^--runs=(\d+)$/m.exec(process.argv.slice(2).join("\n"))?.[1] ?? RUNS);
const { measure } = await tsImport("./faults.ts", import.meta.url);
const rows = await measure(runs, (row) => console.log(faultCells(row).join(" | ")));
const result = { suite: "faults", title: "Faults of stores", machine: machine(), runs, rows };
console.log(`\n${faultTable(result)}`);
await writeResult(result);
report(readResults());
