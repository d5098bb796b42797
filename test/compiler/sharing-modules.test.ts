/** What functions of other modules do with the objects that they are given counts as done by who calls them. */
import { describe, expect, test } from "vitest";
import { analyzeAll, sources } from "../support/analyzed.ts";

const ROWS = `
export interface Row { id: number; rank?: number; tags: string[] }
export function rank(row: Row): void { row.rank = 1; }
export const sortRows = (rows: Row[]): Row[] => rows.sort((a, b) => a.id - b.id);
export function rankAll(rows: Row[]): void { for (const row of rows) rankLater(row); }
const rankLater = (row: Row): void => rank(row);
export class Sorter { constructor(readonly by: string) {} sort(rows: Row[]): void { rows.reverse(); } }
export const sorter = new Sorter("id");
export function sorted(rows: Row[]): Row[] { return [...rows].sort((a, b) => a.id - b.id); }
export const first = (rows: readonly Row[]): Row | undefined => rows[0];
export const wrap = (row: Row): { row: Row; at: number } => ({ row, at: 1 });
export const copyOf = (row: Row): Row => ({ ...row, tags: [...row.tags] });
export function note(row: Row): number { const seen: number[] = []; seen.push(row.id); return seen.length; }
// @cached
export function own(row: Row): number { row.rank = 1; return 1; }
export function* each(rows: Row[]) { rows.pop(); yield 1; }
`;

const HEAD = `import { copyOf, each, first, note, own, rank, rankAll, sorted, sorter, sortRows, wrap, type Row } from "./index.ts";
import * as rows from "./rows.ts";
`;

/** Statements of a function \`f(all: Row[], row: Row)\`, and the problems. */
const FOUND: readonly (readonly [body: string, problem: string, message: string])[] = [
  [
    "rank(row); return 1;",
    "parameter-mutated",
    "`row.rank`, in `rank` in src/rows.ts:3, changes what `row` holds",
  ],
  ["rows.rank(row); return 1;", "parameter-mutated", "`row.rank`, in `rows.rank` in src/rows.ts:3,"],
  ["all.forEach(rank); return 1;", "parameter-mutated", "`row.rank`, in `rank` in src/rows.ts:3,"],
  [
    "rankAll(all); return 1;",
    "parameter-mutated",
    "`row.rank`, in `rankAll` → `rankLater` → `rank` in src/rows.ts:3,",
  ],
  ["sorter.sort(all); return 1;", "parameter-mutated", "`rows.reverse`, in `sorter.sort` in src/rows.ts:7,"],
  ["return sortRows(all).length;", "parameter-mutated", "`rows.sort`, in `sortRows` in src/rows.ts:4,"],
  [
    "sorted(all)[0]!.rank = 1; return 1;",
    "parameter-mutated",
    "`sorted(all)[0]!.rank` changes what `all` holds",
  ],
  ["return first(all);", "result-aliases", "`first(all)` puts objects of `all` into the result"],
  ["return { found: first(all) };", "result-aliases", "`first(all)` puts"],
  ["return sorted(all);", "result-aliases", "`sorted(all)` puts"],
  ["return all.map(wrap);", "result-aliases", "`all.map(wrap)` puts"],
];

const SILENT: readonly string[] = [
  "return note(row);",
  "return own(row);",
  "return sorted(all).length;",
  "return all.map(copyOf);",
  "return copyOf(first(all) ?? row);",
  "return [...each(all)].length;",
  "sortRows([...all].map(copyOf)); return 1;",
];

/** Statements behind the function, and the change of what it returned. */
const CALLERS: readonly (readonly [code: string, change: string])[] = [
  ["sortRows(f([], made));", "`rows.sort` in src/rows.ts:4 changes the result"],
  ["f([], made).forEach(rank);", "`row.rank` in src/rows.ts:3 changes the result"],
  ["sorter.sort(f([], made));", "`rows.reverse` in src/rows.ts:7 changes the result"],
];

const textOf = (body: string): string =>
  `${HEAD}// @cached allow=cheap,module-state\nexport function f(all: Row[], row: Row) { ${body} }\nvoid [copyOf, each, first, note, own, rank, rankAll, sorted, sorter, sortRows, wrap, rows];`;

const codes = [
  ...FOUND.map(([body]) => textOf(body)),
  ...SILENT.map(textOf),
  ...CALLERS.map(
    ([code]) =>
      `${textOf("return [row.id].map((id) => ({ id, tags: [] as string[] }));")}\nconst made: Row = { id: 1, tags: [] };\n${code}`,
  ),
];
const { file } = sources({
  "/app/src/rows.ts": ROWS,
  "/app/src/index.ts": 'export * from "./rows.ts";',
  ...Object.fromEntries(codes.map((code, index) => [`/app/src/main${index}.ts`, code])),
});
const problems = codes.map((_, index) => {
  const [analysis] = analyzeAll(file(`/app/src/main${index}.ts`));
  return analysis!.problems.map(({ name, message }) => `${name}: ${message}`);
});

describe("of arguments", () => {
  test.each(FOUND.map((row, index) => [...row, index] as const))("%s", (_, name, message, index) => {
    expect(problems[index]).toEqual([expect.stringContaining(`${name}: ${message}`)]);
  });

  test.each(SILENT.map((body, index) => [body, FOUND.length + index] as const))("silent: %s", (_, index) => {
    expect(problems[index]).toEqual([]);
  });
});

describe("of results, by callers", () => {
  test.each(CALLERS.map((row, index) => [...row, index] as const))("%s", (_, change, index) => {
    expect(problems[FOUND.length + SILENT.length + index]).toEqual([
      expect.stringContaining(`result-shared: ${change}`),
    ]);
  });
});
