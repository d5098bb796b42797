/** Objects of the arguments in the result are the caller's: the next caller must not be given them unnoticed. */
import { describe, expect, test } from "vitest";
import { analyzeAll, analyzeTexts, sources } from "../support/analyzed.ts";

const DECLARED = `
interface Row { id: number; name: string; tags: string[]; at: Date }
interface Fixed { readonly id: number; readonly tags: readonly string[]; readonly inner: Readonly<{ x: number }> }
interface Options { title?: string; list?: string[]; rows?: Row[] }
const copyOf = (row: Row): Row => ({ ...row, tags: [...row.tags] });
const same = (row: Row): Row => row;
function lookUp(rows: Row[], id: number): Row | undefined { return rows.find((row) => row.id === id); }
function made(row: Row): { row: Row } { return { row }; }
`;

/** What a function with the parameters below returns, and what of it is shared. */
const SHARED: readonly (readonly [body: string, ...shared: string[]])[] = [
  ["return options", "options"],
  ["return { title: '', list: [], ...options }", "...options"],
  ["return { ...options, list: options.list }", "...options", "options.list"],
  ["return { title: '', list: options.list ?? [] }", "options.list"],
  ["return [row, rows[0]]", "row", "rows[0]"],
  ["return rows.filter((row) => row.id > 1)", "rows.filter((row) => row.id > 1)"],
  ["return rows.slice(1)", "rows.slice(1)"],
  ["return rows.toSorted((a, b) => a.id - b.id)", "rows.toSorted((a, b) => a.id - b.id)"],
  ["return rows.map((row) => row)", "row"],
  ["return rows.map((row) => row.tags)", "row.tags"],
  ["return rows.map(same)", "rows.map(same)"],
  ["return rows.find((row) => row.id === 1) ?? null", "rows.find((row) => row.id === 1)"],
  ["return [...rows]", "...rows"],
  ["return [...rows].reverse()", "[...rows].reverse()"],
  ["return lookUp(rows, 1)", "lookUp(rows, 1)"],
  ["return new Map(rows.map((row) => [row.id, row]))", "new Map(rows.map((row) => [row.id, row]))"],
  ["return new Set(rows)", "new Set(rows)"],
  ["const out: Row[] = []; for (const each of rows) if (each.id) out.push(each); return out", "each"],
  [
    "const byId: Record<number, Row> = {}; for (const each of rows) byId[each.id] = each; return byId",
    "each",
  ],
  ["const out = { tags: [] as string[] }; out.tags = row.tags; return out", "row.tags"],
  [
    "const all = new Map<number, Row>(); rows.forEach((each) => all.set(each.id, each)); return { all }",
    "each",
  ],
  ["const { tags } = row; return { tags, id: 1 }", "tags"],
  ["return Object.values(map)", "Object.values(map)"],
  ["return Promise.resolve(row)", "row"],
  ["return Object.freeze({ row })", "row"],
  ["return Object.assign({ title: '' }, options, { title: 'x' })", "options"],
  [
    "return Object.fromEntries(rows.map((row) => [row.id, row]))",
    "Object.fromEntries(rows.map((row) => [row.id, row]))",
  ],
  ["return { first: made(row) }", "made(row)"],
  ["row = { id: row.id, name: row.name, tags: row.tags, at: row.at }; return row.tags", "row.tags"],
  ["row = { ...row, id: 1 }; return row.tags", "row.tags"],
  ["rows = [rows[1]!, rows[0]!]; return rows[0]", "rows[0]"],
  ["if (values.length) return { values }; return { values: [1] }", "values"],
];

const SILENT: readonly string[] = [
  "return rows.map((row) => ({ ...row, tags: [...row.tags] }))",
  "return rows.map(copyOf)",
  "return structuredClone(options)",
  "return { ...row, tags: row.tags.map((tag) => tag) }",
  "return { title: options.title, list: [...(options.list ?? [])] }",
  "return values.filter((value) => value > 1)",
  "return [...values, ...values.map((value) => value * 2)]",
  "return new Set(values)",
  "return fixed",
  "return { ...fixed, others: [fixed] }",
  "return lists",
  "return lists.map((list) => list[0])",
  "return { at: row.at, name: row.name }",
  "return rows.map(({ id, name }) => ({ id, name }))",
  "return rows.reduce((sum, row) => sum + row.id, 0)",
  "return rows.length > 1 ? rows[0]!.name : row.id",
  "return { count: rows.length, last: rows.at(-1)?.id, some: rows.some((row) => row.id) }",
  "return Object.keys(map).sort()",
  "const out: number[] = []; for (const each of rows) out.push(each.id); return out",
  "const index: Record<number, string> = {}; for (const each of rows) index[each.id] = each.name; return index",
  "const { tags, ...rest } = row; return { ...rest, tags: [...tags] }",
  "return { callback: undefined, ...{ title: options.title ?? 'x' } }",
  "return JSON.parse(JSON.stringify(rows))",
  "return copyOf(row)",
  "row = { ...row, tags: [...row.tags] }; return row.tags",
  "return { rows: rows.map(copyOf), row: copyOf(row) }",
  "return Array.from(rows, (row) => row.id)",
  "return Object.assign({}, row, { tags: [...row.tags] })",
  "return Object.fromEntries(Object.entries(map).map(([key, each]) => [key, copyOf(each)]))",
  "return { logger, parse: logger.log }",
  "return Object.freeze({ rows: rows.map(copyOf) })",
];

const textOf = (body: string): string => `${DECLARED}
// @cached
export function f(options: Options, row: Row, rows: Row[], values: number[], fixed: Fixed, lists: readonly (readonly [number, string])[], map: Record<string, Row>, logger: { level: number; log(text: string): void }) { ${body}; }`;

describe("objects of the arguments in the result", () => {
  const analyses = analyzeTexts([...SHARED.map(([body]) => body), ...SILENT].map(textOf));
  const sharedIn = (index: number): readonly string[] =>
    analyses[index]!.problems.filter(({ name }) => name === "result-aliases")
      .flatMap(({ message }) => [...message.replace(/ puts? objects.*/, "").matchAll(/`(.*?)`/g)])
      .map(([, shared]) => shared!);

  test.each(SHARED.map(([body, ...shared], index) => [body, shared, index] as const))(
    "%s",
    (_, shared, index) => expect(sharedIn(index)).toEqual(shared),
  );

  test.each(SILENT.map((body, index) => [body, index + SHARED.length] as const))("silent: %s", (_, index) =>
    expect(sharedIn(index)).toEqual([]),
  );
});

test("the file that shared types come from is a dependency, as a change there may cause the warning", () => {
  const { file } = sources({
    "/app/rows.ts": "export interface Row { readonly id: number } export const table: Row[] = [];",
    "/app/a.ts":
      'import { table } from "./rows.ts";\n// @cached\nexport function f(id: number, rows = table) { return rows.filter((row) => row.id === id); }',
  });
  const [analysis] = analyzeAll(file("/app/a.ts"));
  expect(analysis!.problems).toEqual([]);
  expect(analysis!.dependencies).toEqual(["/app/rows.ts"]);
});

test("stores that copy, and copy=clone, share nothing", () => {
  const text = (options: string, async = ""): string =>
    `${DECLARED}// @cached${options}\nexport ${async}function f(row: Row) { return row; }`;
  const texts = [
    text(""),
    text(" copy=freeze"),
    text("", "async "),
    text(" copy=clone"),
    text(" serializer=json", "async "),
    text(" backend=main", "async "),
    text(" allow=result-aliases"),
  ];
  const counts = analyzeTexts(texts).map(
    ({ problems }) => problems.filter(({ name }) => name === "result-aliases").length,
  );
  expect(counts).toEqual([1, 1, 1, 0, 0, 0, 0]);
});
