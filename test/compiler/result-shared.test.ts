/** A caller in the same file that changes a result changes it for the next caller too. */
import { describe, expect, test } from "vitest";
import { analyzeTexts } from "../support/analyzed.ts";

const CHANGES: readonly (readonly [code: string, change: string])[] = [
  ["const rows = load(1); rows.sort();", "rows.sort"],
  ["export function use() { load(1).push({ tags: [] }); }", "load(1).push"],
  ["for (const row of load(1)) row.rank = 1;", "row.rank"],
  ["export const use = async () => { const [row] = await later(1); row!.tags.pop(); };", "row!.tags.pop"],
  ["void later(1).then((rows) => rows.reverse());", "rows.reverse"],
  ["function last(rows: Row[]) { return rows.pop(); } last(load(1));", "rows.pop"],
  ["const first = load(1)[0]!; delete first.rank;", "first.rank"],
  ["export function use(rows?: Row[]) { rows = rows || load(1); rows[0] = { tags: [] }; }", "rows[0]"],
  ["export function use(rows?: Row[]) { rows ??= load(1); rows.sort(); return rows; }", "rows.sort"],
  [
    "export const use = async () => { const [rows] = await Promise.all([load(1)]); rows!.pop(); };",
    "rows!.pop",
  ],
  ["const all = load(1).slice(); all[0]!.rank = 1;", "all[0]!.rank"],
];

const SILENT: readonly string[] = [
  "const rows = [...load(1)]; rows.sort(); load(1).toSorted(); load(1).slice().reverse();",
  "for (const row of load(1).map((row) => ({ ...row }))) row.rank = 1;",
  "export function use(rows?: Row[]) { rows ??= load(1); rows = [...rows]; rows.sort(); }",
  "let rows = load(1); rows = rows.filter((row) => row.rank); rows.sort();",
  "function other() { const load = (n: number): Row[] => []; load(1).sort(); } other();",
  "const rows: Row[] = []; for (const row of load(1)) rows.push(row); rows.sort();",
  "export const lengths = load(1).map((row) => row.tags.length).sort();",
  "export const use = async () => { const rows = await Promise.all(load(1)); rows.sort(); };",
  "class Loader { load(n: number): Row[] { return []; } } new Loader().load(1).sort();",
];

const textOf = (code: string): string => {
  const [own, other] = code.includes("later(")
    ? ["later", "async function later(n: number): Promise<Row[]> { return [{ tags: [String(n)] }]; }"]
    : ["load", "function load(n: number): Row[] { return [{ tags: [String(n)] }]; }"];
  return `interface Row { rank?: number; tags: string[] }\n// @cached\n${other}\n${code}\nvoid ${own};`;
};

describe("a result that a caller changes", () => {
  const analyses = analyzeTexts([...CHANGES.map(([code]) => code), ...SILENT].map(textOf));
  const found = (index: number): readonly string[] =>
    analyses[index]!.problems.filter(({ name }) => name === "result-shared").map(
      ({ message }) => /^`(.*?)` on line 4 /.exec(message)![1]!,
    );

  test.each(CHANGES.map(([code, change], index) => [code, change, index] as const))(
    "%s",
    (_, change, index) => expect(found(index)).toEqual([change]),
  );

  test.each(SILENT.map((code, index) => [code, index + CHANGES.length] as const))("silent: %s", (_, index) =>
    expect(found(index)).toEqual([]),
  );
});
