/**
 * The figures in the README and the plot are those that the benchmarks wrote. `node test/bench/index.mjs --report`
 * writes them anew.
 */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { expect, it } from "vitest";

interface Result {
  readonly tables: readonly { readonly id: string; readonly rows: { median: number }[] }[];
}
type Results = Readonly<Record<string, Result>>;
interface Report {
  readonly PLOT: string;
  readonly TEXTS: readonly string[];
  withTables(text: string, results: Results): string;
}

const { PLOT, TEXTS, withTables } = (await import("./lib/report.mjs" as string)) as Report;
const { plot } = (await import("./lib/plot.mjs" as string)) as { plot(results: Results): string };
const { readResults } = (await import("./lib/results.mjs" as string)) as { readResults(): Results };

const texts = TEXTS.map((file) => [basename(file), readFileSync(file, "utf8")] as const);
const results = readResults();

it.each(texts)("%s has the figures that were measured", (_, text) => {
  expect(text).toBe(withTables(text, results));
});

it("the plot has them too", () => {
  expect(readFileSync(PLOT, "utf8")).toBe(plot(results));
});

it("another figure is another README, and another plot", () => {
  const changed = structuredClone(results);
  const table = changed["hits"]!.tables.find(({ id }) => id === "pair-ttl");
  table!.rows[0]!.median = 123_456;
  expect(texts.map(([, text]) => withTables(text, changed)).join("\n")).toContain("| 123,456 |");
  expect(plot(changed)).toContain(">123,456 ns<");
});

it("says of every aim whether it is met", () => {
  const [, ...rows] = withTables("<!-- bench:budgets -->\n<!-- /bench:budgets -->", results)
    .split("\n")
    .filter((line) => line.startsWith("|") && !line.startsWith("| -"));
  expect(rows.length).toBeGreaterThan(40);
  for (const row of rows) expect(row).toMatch(/\| (?:met|\*\*(?:missed.*|not measured)\*\*) +\|$/);
});
