/** Writes the tables, the figures on pages and the plot from the results of the suites. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { verdictTable, verdictText } from "./verdicts.mjs";
import { faultSummary, faultTable } from "./faults.mjs";
import { bench, root } from "./own.mjs";
import { plot } from "./plot.mjs";
import { tableOf } from "./table.mjs";

export const PLOT = join(bench, "results/hits.svg");
/** The pages with generated parts. */
export const PAGES = [join(bench, "RESULTS.md"), join(root, "runtime/README.md")];

/** Writes the plot and the generated parts of the pages. */
export function report(results) {
  if (results.hits) writeFileSync(PLOT, plot(results));
  for (const file of PAGES) {
    const before = readFileSync(file, "utf8");
    const after = withTables(before, results);
    if (after !== before) writeFileSync(file, after);
  }
}

/**
 * Returns the text of a page with its generated parts updated: `<!-- bench:hits -->` … `<!-- /bench:hits
 * -->`.
 */
export function withTables(before, results) {
  let text = before;
  for (const [, name] of before.matchAll(/<!-- bench:(\S+) -->/g)) {
    const [open, close] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
    const part = partOf(name, results);
    if (part === undefined) throw new Error(`A page has ${open}, and there are no results of that name.`);
    const [from, to] = [text.indexOf(open) + open.length, text.indexOf(close)];
    if (to < 0) throw new Error(`A page has ${open} but no ${close}.`);
    text = `${text.slice(0, from)}\n${part}\n${text.slice(to)}`;
  }
  return text;
}

/**
 * One generated part: `budgets`, `verdict`, `machine`, `faults`, `faults:summary`, a suite such as `hits`, or one of its
 * tables: `hits:pair-ttl`.
 */
function partOf(name, results) {
  if (name === "budgets") return verdictTable(results);
  if (name === "verdict") return verdictText(results);
  if (name === "machine") return machineText(results);
  const { faults, ...suites } = results;
  if (name === "faults") return faults && faultTable(faults);
  if (name === "faults:summary") return faults && faultSummary(faults);
  const [suite, id] = name.split(":");
  const tables = suites[suite]?.tables.filter((table) => id === undefined || table.id === id);
  if (!tables?.length) return undefined;
  const texts = tables.map((table) => `${captionOf(suites[suite], table)}:\n\n${tableOf(table)}`);
  return texts.join("\n\n");
}

/** The title of a table; the heads of its columns say the units. */
function captionOf({ title }, table) {
  const rounds = Math.max(...table.rows.map((row) => row.rounds));
  const medians = rounds > 1 ? `; medians of ${rounds} rounds` : "";
  return `${table.title === title ? title : `${title}: ${lowered(table.title)}`}${medians}`;
}

const lowered = (text) => text.replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase());

/** The machines on which the suites last ran, and the versions of the libraries. */
function machineText({ faults: _, ...suites }) {
  const machines = new Set();
  const peers = {};
  for (const { machine, versions } of Object.values(suites)) {
    const { node, system, cpu, cores, memory } = machine;
    machines.add(`Node.js ${node}, ${system}, ${cpu}, ${cores} cores, ${memory}`);
    Object.assign(peers, versions);
  }
  const names = Object.keys(peers).sort((one, other) => one.localeCompare(other));
  const list = names.map((name) => `${name} ${peers[name]}`);
  return `Measured on ${[...machines].join("; and on ")}; with ${list.join(", ")}.`;
}
