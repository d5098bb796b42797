/** The tables of the README and the plot, made from what the suites wrote. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import { verdictTable } from "./verdicts.mjs";
import { bench, root } from "./own.mjs";
import { plot } from "./plot.mjs";
import { tableOf } from "./table.mjs";

/** Writes the plot, and every table for which the README has a place: `<!-- bench:hits -->` … `<!-- /bench:hits -->`. */
export async function report(results) {
  if (results.hits) writeFileSync(join(bench, "results/hits.svg"), plot(results));
  const path = join(root, "README.md");
  const before = readFileSync(path, "utf8");
  let text = before;
  for (const [, name] of before.matchAll(/<!-- bench:(\S+) -->/g)) {
    const tables = await tablesFor(name, results);
    if (tables === undefined)
      throw new Error(`README.md wants bench:${name}, and nothing of the name was measured.`);
    const [open, close] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
    const [from, to] = [text.indexOf(open) + open.length, text.indexOf(close)];
    if (to < 0) throw new Error(`README.md has ${open} and no ${close}.`);
    text = `${text.slice(0, from)}\n\n${tables}\n\n${text.slice(to)}`;
  }
  if (text !== before) writeFileSync(path, text);
}

/** `budgets`, `hits`, or one table of a suite: `hits:pair-ttl`. */
async function tablesFor(name, results) {
  if (name === "budgets") return tidy(verdictTable(results));
  const [suite, id] = name.split(":");
  const result = results[suite];
  const tables = result?.tables.filter((table) => id === undefined || table.id === id);
  if (!tables?.length) return undefined;
  const { node, cpu, cores } = result.machine;
  const on = `Node.js ${node}, ${cpu}, ${cores} cores`;
  const texts = tables.map((table) => `${table.title}, ${on}:\n\n${tableOf(table)}`);
  return tidy(texts.join("\n\n"));
}

const tidy = async (text) => (await format(text, { parser: "markdown", printWidth: 110 })).trim();
