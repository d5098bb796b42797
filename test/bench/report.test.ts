/**
 * Checks that the pages and the plot have the figures of test/bench/results. `npm run bench -- --report`
 * updates them.
 */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { expect, it } from "vitest";

interface Suite {
  readonly tables: readonly { readonly id: string; readonly rows: { median: number }[] }[];
}
interface Faults {
  readonly rows: { readonly calls: number; right: number; first: number }[];
}
type Results = Readonly<Record<string, Suite>> & { readonly faults: Faults };
interface Report {
  readonly PLOT: string;
  readonly PAGES: readonly string[];
  withTables(text: string, results: Results): string;
}

const { PLOT, PAGES, withTables } = (await import("./lib/report.mjs" as string)) as Report;
const { plot } = (await import("./lib/plot.mjs" as string)) as { plot(results: Results): string };
const { readResults } = (await import("./lib/results.mjs" as string)) as { readResults(): Results };

const pages = PAGES.map((file) => [basename(file), readFileSync(file, "utf8")] as const);
const results = readResults();

it.each(pages)("%s has the measured figures", (_, text) => {
  expect(text).toBe(withTables(text, results));
});

it("the plot has the measured figures", () => {
  expect(readFileSync(PLOT, "utf8")).toBe(plot(results));
});

it("a changed figure changes the pages and the plot", () => {
  const changed = structuredClone(results);
  const table = changed["hits"]!.tables.find(({ id }) => id === "pair-ttl");
  table!.rows[0]!.median = 123_456;
  changed.faults.rows[0]!.first = 98_765;
  const [tables, runtime] = pages.map(([, text]) => withTables(text, changed));
  expect(tables).toContain("| 123,456 |");
  expect(tables).toContain("| 98765 ms |");
  expect(runtime).toContain("98765 ms");
  expect(plot(changed)).toContain(">123,456 ns<");
});

it("every budget is met, missed or not measured", () => {
  const [, ...rows] = withTables("<!-- bench:budgets -->\n<!-- /bench:budgets -->", results)
    .split("\n")
    .filter((line) => line.startsWith("|") && !line.startsWith("| -"));
  expect(rows.length).toBeGreaterThan(40);
  for (const row of rows) expect(row).toMatch(/\| (?:met|\*\*(?:missed.*|not measured)\*\*) +\|$/);
});

it("a wrong answer during a fault shows in the table and in the summary", () => {
  const changed = structuredClone(results);
  const part = (name: string): string =>
    withTables(`<!-- bench:${name} -->\n<!-- /bench:${name} -->`, changed);
  expect(part("faults:summary")).toMatch(/ all [\d,]+ calls returned the right answer/);
  const [row] = changed.faults.rows;
  row!.right = row!.calls - 1;
  const [right, calls] = [row!.right, row!.calls].map((count) => count.toLocaleString("en-US"));
  expect(part("faults")).toContain(`| ${right!} of ${calls!} |`);
  expect(part("faults:summary")).toMatch(/ [\d,]+ of [\d,]+ calls returned the right answer/);
});
