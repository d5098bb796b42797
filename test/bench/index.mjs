/**
 * Measures aotcache, its peers, and code written by hand.
 *
 * npm run bench every suite
 * npm run bench -- hits redis these suites
 * npm run bench -- --rounds=3 fewer rounds: faster, but less precise
 * npm run bench -- faults what callers see while a store fails; separate, because it takes five minutes
 * npm run bench -- --report no measurement: updates the tables and the plot
 *
 * Each suite prints its tables and writes `results/<suite>.json`. The tables in RESULTS.md and
 * runtime/README.md and the plot are generated from these files.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { machine } from "./lib/machine.mjs";
import { bench } from "./lib/own.mjs";
import { report } from "./lib/report.mjs";
import { readResults, writeResult } from "./lib/results.mjs";
import { tableOf } from "./lib/table.mjs";
import { verdictTable } from "./lib/verdicts.mjs";

const ROUNDS = 5;

const args = process.argv.slice(2);
if (args[0] === "faults") {
  const { status } = spawnSync(process.execPath, [join(bench, "faults.mjs"), ...args.slice(1)], {
    stdio: "inherit",
  });
  process.exit(status ?? 1);
}
const names = args.filter((arg) => !arg.startsWith("--"));
const rounds = Number(args.find((arg) => arg.startsWith("--rounds="))?.split("=")[1] ?? ROUNDS);
const all = readdirSync(join(bench, "suites")).map((file) => file.replace(".mjs", ""));
const unknown = names.find((name) => !all.includes(name));
if (unknown !== undefined || !Number.isInteger(rounds) || rounds < 1) {
  console.error(
    unknown ? `No suite is called ${unknown}; there are ${all.join(", ")}.` : "--rounds is a count.",
  );
  process.exit(2);
}

if (!args.includes("--report")) {
  console.log(Object.values(machine()).join(" · "), `· ${rounds} rounds\n`);
  const chosen = names.length > 0 ? names : all;
  for (const [index, name] of chosen.entries()) await run(name, `${index + 1} of ${chosen.length}`);
}
const results = readResults();
console.log(`# Budgets\n\n${verdictTable(results)}`);
report(results);
process.exit(0);

async function run(name, count) {
  const { title, suite } = await import(`./suites/${name}.mjs`);
  const start = performance.now();
  console.log(`# ${title} (${count})\n`);
  const { tables, versions } = await suite({ rounds });
  for (const table of tables) {
    console.log(`${table.title}\n`);
    console.log(`${tableOf(table)}\n`);
  }
  console.log(`${Math.round((performance.now() - start) / 1000)} seconds\n`);
  await writeResult({ suite: name, title, machine: machine(), versions, tables });
}
