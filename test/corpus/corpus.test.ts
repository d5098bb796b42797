/** The packages of the corpus that are installed anyway give the results of results.json; `npm run corpus` updates them. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { INSTALLED_NAMES, PACKAGE_NAMES } from "./packages.ts";
import { PAGE, pageOf, readRows, rowOf, SUMMARY, withTotals } from "./table.ts";

const rows = readRows();

it.each(INSTALLED_NAMES)(
  "%s compiles as the table says to code without type errors, and does cached what it does uncached",
  async (name) => {
    expect(await rowOf(name)).toEqual(rows.find((row) => row.name === name));
  },
);

it("has a row for each package, without a difference or a type error", () => {
  expect(rows.map(({ name }) => name)).toEqual(PACKAGE_NAMES);
  expect(rows.flatMap(({ different, typeErrors }) => [...different, ...typeErrors])).toEqual([]);
});

it("shows the results on the pages", () => {
  expect(readFileSync(PAGE, "utf8")).toBe(pageOf(rows));
  const summary = readFileSync(SUMMARY, "utf8");
  expect(summary).toBe(withTotals(summary, rows));
  expect(summary).toContain(`Of `);
});
