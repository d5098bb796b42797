/** A change of what a parameter holds is reported where it happens; a change of a copy is none. */
import { describe, expect, test } from "vitest";
import { analyzeTexts } from "../support/analyzed.ts";

const DECLARED = `
interface Row { id: number; name: string; rank?: number; tags: string[]; at: Date; inner: { deep: number[] }; next?: Row; grid: number[][] }
function rank(row: Row): void { row.rank = 1; }
function rankAll(rows: Row[], by = 1): void { for (const row of rows) rank(row); void by; }
function sorted(rows: Row[]): Row[] { return rows.sort((a, b) => a.id - b.id); }
function copied(rows: Row[]): Row[] { return [...rows].sort((a, b) => a.id - b.id); }
const inner = (row: Row) => row.inner;
const table = new Map<number, number>(); class Stack { push(...rows: unknown[]): number { return rows.length; } }
function fill(out: number[], row: Row): number[] { out.push(row.id); return out; }
`;

/** Statements of a function with the parameters below, and what changes. */
const CHANGES: readonly (readonly [body: string, ...changes: string[]])[] = [
  ["values.sort((a, b) => a - b);", "values.sort"],
  ["rows.forEach((row, at) => { row.rank = at; });", "row.rank"],
  ["const row = rows[0]!; row.rank = 1;", "row.rank"],
  ["for (const row of rows) { row.rank ??= 1; row.id++; }", "row.rank", "row.id"],
  ["for (rows[0]!.rank of values) void 0;", "rows[0]!.rank"],
  [
    "const [first] = rows; first!.name += '!'; const { tags } = first!; tags.push('x');",
    "first!.name",
    "tags.push",
  ],
  [
    "const { inner: { deep }, ...others } = options; deep.reverse(); others.tags.pop();",
    "deep.reverse",
    "others.tags.pop",
  ],
  ["delete options.rank; options['name'] = '';", "options.rank", "options['name']"],
  [
    "(options.tags as string[]).splice(0, 1); options!.at.setHours(0);",
    "(options.tags as string[]).splice",
    "options!.at.setHours",
  ],
  [
    "map.set(1, options); map.delete(2); set.add('x'); set.clear();",
    "map.set",
    "map.delete",
    "set.add",
    "set.clear",
  ],
  [
    "map.get(1)!.rank = 1; for (const [, row] of map) row.rank = 2; map.forEach((row) => { row.rank = 3; });",
    "map.get(1)!.rank",
    "row.rank",
    "row.rank",
  ],
  ["Object.assign(options, { rank: 1 }); Object.defineProperty(options, 'x', {});", "options", "options"],
  ["const copy = [...rows]; copy[0]!.rank = 1;", "copy[0]!.rank"],
  ["for (const row of rows.filter((row) => row.id).slice(1)) row.rank = 1;", "row.rank"],
  ["const copy = { ...options }; copy.tags.push('x'); copy.name = 'y';", "copy.tags.push"],
  ["const found = rows.find((row) => row.id) ?? rows.at(-1); found!.rank = 1;", "found!.rank"],
  ["const all = { rows, out: [] as Row[] }; all.rows.pop(); all.out.push(options);", "all.rows.pop"],
  ["[values[0], values[1]] = [values[1]!, values[0]!];", "values[0]", "values[1]"],
  ["let row: Row | undefined = options; while (row) { row.rank = 1; row = row.next; }", "row.rank"],
  ["options = options || {}; options.rank = 1;", "options.rank"],
  ["Object.values(byId).forEach((row) => { row.rank = 1; });", "row.rank"],
  [
    "for (const [id, row] of Object.entries(byId)) { row.rank = Number(id); delete byId[id]; }",
    "row.rank",
    "byId[id]",
  ],
  ["rows.map((row) => row.inner).forEach((each) => { each.deep = []; });", "each.deep"],
  ["rows.reduce((sum, row) => { row.rank = sum; return sum; }, 0);", "row.rank"],
  ["rows.map((row) => row.grid).forEach((grid) => { grid[0]![0] = 1; });", "grid[0]![0]"],
  [
    "function visit(row: Row): void { row.rank = 1; if (row.next) visit(row.next); } visit(options);",
    "row.rank",
  ],
  ["rank(options);", "rank(options): row.rank in `rank` on line 3"],
  ["rankAll(rows);", "rankAll(rows): row.rank in `rankAll` → `rank` on line 3"],
  ["rows.forEach(rank);", "rank: row.rank in `rank` on line 3"],
  ["sorted(rows)[0]!.rank = 1;", "sorted(rows)[0]!.rank", "sorted(rows): rows.sort in `sorted` on line 5"],
  ["inner(options).deep = [];", "inner(options).deep"],
  ["bytes.fill(0); bytes[0] = 1; query.append('a', 'b');", "bytes.fill", "bytes[0]", "query.append"],
  ["given.list.length = 0; anything.list = 1;", "given.list.length", "anything.list"],
];

const SILENT: readonly string[] = [
  "const out = rows.map((row) => ({ ...row, tags: [...row.tags] })); for (const row of out) row.tags.push('x'); out[0]!.tags.pop();",
  "const copy = { ...options }; copy.inner = { ...copy.inner }; const { inner: own } = copy; own.deep = [];",
  "const copy = [...rows]; copy[0] = { ...copy[0]! }; for (const row of copy) row.rank = 1; copy.forEach((row) => { row.id = 1; });",
  "const copy = Object.assign({}, options, { tags: [] as string[] }); copy.tags.push('x');",
  "const { tags: own } = { ...options, tags: ['x'] }; own.push('y'); const [, list] = [values, [1]]; list!.push(2);",
  "const i = 1; const pair = [values, [1]] as const; pair[i].push(1);",
  "[...values].sort(); values.slice().reverse(); Array.from(values).pop(); values.concat(1).push(2);",
  "values.toSorted(); values.map((value) => value + 1).sort(); values.filter(Boolean).push(1);",
  "const copy = structuredClone(options); copy.tags.push('x'); JSON.parse(JSON.stringify(options)).x = 1;",
  "const copy = { ...options }; copy.name = ''; delete copy.rank; Object.assign({}, options).name = '';",
  "const copy = { ...options, tags: [...options.tags] }; copy.tags.push('x');",
  "const copy = { ...options }; copy.tags = [...copy.tags]; copy.tags.push('x');",
  "const copy = [...rows]; copy[0] = { ...copy[0]! }; copy[0].rank = 1;",
  "const list: number[] = []; for (const row of rows) list.push(row.id); list.sort();",
  "const out = rows.map((row) => ({ ...row })); for (const row of out) row.rank = 1; out[0]!.rank = 1;",
  "const { tags, ...rest } = options; rest.name = ''; delete rest.rank; void tags;",
  "values = [...values]; values.sort();",
  "let list = values; if (list.length) list = [...list]; list.sort();",
  "let total = 0; for (let value of values) { value += 1; total += value; } void total;",
  "const counts: Record<string, number> = {}; for (const { name } of rows) counts[name] = (counts[name] ?? 0) + 1;",
  "rows.reduce<Record<number, Row>>((all, row) => { all[row.id] = row; return all; }, {});",
  "const groups = new Map<string, Row[]>(); for (const row of rows) groups.set(row.name, [...(groups.get(row.name) ?? []), row]);",
  "const seen = new Set(set); seen.add('x'); const other = new Map(map); other.set(1, options); other.delete(1);",
  "for (const entry of map) entry[1] = options; for (const entry of Object.entries(byId)) entry[0] = '';",
  "table.set(options.id, 1); given.stack.push(1); new Stack().push(rows);",
  "copied(rows).pop(); const mine = fill([], options); mine.pop();",
  "const at = new Date(options.at); at.setHours(0); const [...all] = values; all.sort();",
  "const all = { rows, out: [] as Row[] }; all.out.push(options); all.rows = []; all.rows.push(options);",
  "rest.push(1); rest.sort(); const pair = [values, [1]]; pair[1]!.push(1);",
  "{ const values = [3, 1]; values.sort(); } const sort = (values: number[]) => [...values].sort(); void sort;",
  "const next: Row = { ...options, inner: { ...options.inner } }; next.inner.deep = []; next.inner = { deep: [1] };",
  "const grid = options.grid.map((line) => [...line]); grid[0]![0] = 1; for (const line of grid) line.push(1);",
  "const text = options.name.split(','); text.sort(); [...options.name].reverse(); options.name.at(0);",
  "const it = values[Symbol.iterator](); it.next(); const last = values.at(-1); void last;",
  "type Shape = { values: number[] }; const local: Shape = { values: [] }; local.values.push(1);",
  "let best = rows[0]!; for (const row of rows) if (row.id > best.id) best = { ...row }; best.rank = 1;",
];

const textOf = (body: string): string => `${DECLARED}
// @cached allow=parameter-unproved,result-aliases
export function f(values: number[], rows: Row[], options: Row, map: Map<number, Row>, set: Set<string>, byId: Record<string, Row>, bytes: Uint8Array, query: URLSearchParams, given: { list: number[]; stack: { push(n: number): void } }, anything: any, ...rest: number[]): number { ${body} return values.length; }`;

describe("changes of what a parameter holds", () => {
  const texts = [...CHANGES.map(([body]) => body), ...SILENT].map(textOf);
  const analyses = analyzeTexts(texts);
  const changesOf = (index: number): readonly string[] =>
    analyses[index]!.problems.filter(({ name }) => name === "parameter-mutated").map(
      ({ name, span, message }) => {
        const [, change, through] = /^`(.*?)`(?:,( in .*?),)? changes/.exec(message) ?? [name, message];
        const at = texts[index]!.slice(span.start, span.end);
        return `${at === change ? "" : `${at}: `}${change}${through ?? ""}`;
      },
    );

  test.each(CHANGES.map(([body, ...changes], index) => [body, changes, index] as const))(
    "%s",
    (_, changes, index) => expect([...changesOf(index)].sort()).toEqual([...changes].sort()),
  );

  test.each(SILENT.map((body, index) => [body, index + CHANGES.length] as const))("silent: %s", (_, index) =>
    expect(changesOf(index)).toEqual([]),
  );
});
