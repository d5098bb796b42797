/** The figures of the README, the tables behind them and the plot, made from what the suites wrote. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { verdictTable, verdictText } from "./verdicts.mjs";
import { bench, root } from "./own.mjs";
import { plot } from "./plot.mjs";
import { tableOf } from "./table.mjs";

/** Where the plot stands, and the texts with figures in them. */
export const PLOT = join(bench, "results/hits.svg");
export const TEXTS = [join(root, "README.md"), join(bench, "RESULTS.md")];

/** Writes the plot and the generated parts of the texts. */
export function report(results) {
  if (results.hits) writeFileSync(PLOT, plot(results));
  for (const file of TEXTS) {
    const before = readFileSync(file, "utf8");
    const after = withTables(before, results);
    if (after !== before) writeFileSync(file, after);
  }
}

/** The text with every part anew for which it has a place: `<!-- bench:hits -->` … `<!-- /bench:hits -->`. */
export function withTables(before, results) {
  let text = before;
  for (const [, name] of before.matchAll(/<!-- bench:(\S+) -->/g)) {
    const part = partOf(name, results);
    if (part === undefined)
      throw new Error(`A text wants bench:${name}, and nothing of the name was measured.`);
    const [open, close] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
    const [from, to] = [text.indexOf(open) + open.length, text.indexOf(close)];
    if (to < 0) throw new Error(`A text has ${open} and no ${close}.`);
    text = `${text.slice(0, from)}\n${part}\n${text.slice(to)}`;
  }
  return text;
}

/** `budgets`, `verdict`, `machine`, a suite as `hits`, or one table of it: `hits:pair-ttl`. */
function partOf(name, results) {
  if (name === "budgets") return verdictTable(results);
  if (name === "verdict") return verdictText(results);
  if (name === "machine") return machineText(results);
  const [suite, id] = name.split(":");
  const tables = results[suite]?.tables.filter((table) => id === undefined || table.id === id);
  if (!tables?.length) return undefined;
  const texts = tables.map((table) => `${captionOf(results[suite], table)}:\n\n${tableOf(table)}`);
  return texts.join("\n\n");
}

/** What a table is of; what stands in it say the heads of its columns. */
function captionOf({ title }, table) {
  const rounds = Math.max(...table.rows.map((row) => row.rounds));
  const medians = rounds > 1 ? `; medians of ${rounds} rounds` : "";
  return `${table.title === title ? title : `${title}: ${lowered(table.title)}`}${medians}`;
}

const lowered = (text) => text.replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase());

/** Where it was measured, each suite where it was measured last; and against which versions. */
function machineText(results) {
  const machines = new Set();
  const peers = {};
  for (const { machine, versions } of Object.values(results)) {
    const { node, system, cpu, cores, memory } = machine;
    machines.add(`Node.js ${node}, ${system}, ${cpu}, ${cores} cores, ${memory}`);
    Object.assign(peers, versions);
  }
  const names = Object.keys(peers).sort((one, other) => one.localeCompare(other));
  const list = names.map((name) => `${name} ${peers[name]}`);
  return `Measured on ${[...machines].join("; and on ")}; with ${list.join(", ")}.`;
}
