import { describe, expect, test } from "vitest";
import { analyzeAll, sources } from "../support/analyzed.ts";

/** A project of six files, whose cached function reaches functions and constants three files away. */
const PROJECT: Readonly<Record<string, string>> = {
  "users.ts": `import { load } from "./index.ts";
import { LIMIT, Kind } from "./constants.ts";
import { Clock } from "./clock.ts";
const greeting = "hello";
// @cached ttl=10 version=deep allow=ambient-read
export function getUsers(id: number, order = defaultOrder()): unknown {
  return [load(id).slice(0, LIMIT), greeting, new Clock(2).day(), Kind.Admin, order];
}
function defaultOrder() { return "up"; }
export function other() { return 1; }
`,
  "index.ts": `export * from "./load.ts"; export * from "./more.ts";\n`,
  "load.ts": `import { row } from "./row.ts";
import { cached } from "aotcache";
const table = { a: 1, b: { c: [2] } };
export function load(id: number): unknown[] { return [id].map(row).concat(table.a, total(id)); }
export const total = cached((id: number) => id + 1, { ttl: 1 });
export function unused() { return 1; }
`,
  "row.ts": `import { load } from "./load.ts";
export const row = (id: number): unknown => (id < 0 ? load(id) : { id, name: "a" });
`,
  "constants.ts": `export const LIMIT = 10 * FACTOR; const FACTOR = 2; export const UNUSED = 1;
export enum Kind { User, Admin }
`,
  "clock.ts": `export class Clock extends Base { step = 1; constructor(n: number) { super(); this.step = n; }
day() { return this.hour() / 24; } hour() { return this.step; } unused() { return 1; } }
class Base { zone = "UTC"; }
`,
  "more.ts": `export const more = 1;\n`,
};

type EditRow = readonly [edit: string, file: string, from: string, to: string];

const SAME: readonly EditRow[] = [
  ["a comment is added to a helper", "load.ts", "return [id]", "/* rows */ return [id]"],
  ["the layout of a helper changes", "row.ts", '{ id, name: "a" }', "{\n  id,\n  name: 'a',\n}"],
  ["a type of a helper changes", "row.ts", "): unknown", "): unknown | undefined"],
  ["an unused function changes", "load.ts", "unused() { return 1; }", "unused() { return 2; }"],
  ["an unused method changes", "clock.ts", "unused() { return 1; }", "unused() { return 2; }"],
  ["an unused constant changes", "constants.ts", "UNUSED = 1", "UNUSED = 2"],
  ["a sibling changes", "users.ts", "other() { return 1; }", "other() { return 2; }"],
  ["a barrel is written out", "index.ts", `* from "./load.ts"`, `{ load } from "./load.ts"`],
  ["another module of a barrel changes", "more.ts", "more = 1", "more = 2"],
  ["a helper is exported", "users.ts", "function defaultOrder", "export function defaultOrder"],
];

const CHANGED: readonly EditRow[] = [
  ["the function itself changes", "users.ts", "slice(0,", "slice(1,"],
  ["a helper changes", "load.ts", "[id].map", "[id, id].map"],
  ["a helper changes two modules away", "row.ts", `"a"`, `"b"`],
  ["a helper is called in another way", "row.ts", "id < 0", "id < 1"],
  ["a constant of the module changes", "users.ts", `"hello"`, `"hi"`],
  ["a constant of another module changes", "constants.ts", "LIMIT = 10", "LIMIT = 11"],
  ["a constant that a constant is made from changes", "constants.ts", "FACTOR = 2", "FACTOR = 3"],
  ["a part of a table changes", "load.ts", "c: [2]", "c: [3]"],
  ["a member of an enum changes", "constants.ts", "User, Admin", "User, Guest, Admin"],
  ["a cached function that it calls changes", "load.ts", "id + 1", "id + 2"],
  ["a method changes", "clock.ts", "/ 24", "/ 12"],
  ["a method that a method calls changes", "clock.ts", "return this.step", "return this.step + 1"],
  ["a constructor changes", "clock.ts", "this.step = n", "this.step = n + 1"],
  ["a field changes", "clock.ts", "step = 1;", "step = 2;"],
  ["a field of a base class changes", "clock.ts", `"UTC"`, `"CET"`],
  ["a function that gives a default changes", "users.ts", `"up"`, `"down"`],
  [
    "a re-export leads to another function",
    "index.ts",
    `* from "./load.ts"`,
    `{ row as load } from "./row.ts"`,
  ],
];

describe("version=deep", () => {
  const rows = [...SAME, ...CHANGED];
  const edited = ([, file, from, to]: EditRow): Readonly<Record<string, string>> => {
    const text = PROJECT[file]!;
    if (!text.includes(from)) throw new Error(`${file} does not contain ${from}`);
    return { ...PROJECT, [file]: text.replaceAll(from, to) };
  };
  const { file } = sources(
    Object.fromEntries(
      [PROJECT, ...rows.map(edited)].flatMap((project, index) =>
        Object.entries(project).map(([path, text]) => [`/app${index}/${path}`, text] as const),
      ),
    ),
  );
  const siteIn = (project: number) => analyzeAll(file(`/app${project}/users.ts`))[0]?.site;
  const original = siteIn(0)?.id.version;

  test("is eight hexadecimal digits", () => expect(original).toMatch(/^[0-9a-f]{8}$/));

  test("applies to all functions without a version as a default of the project", () => {
    const last = CHANGED.length + SAME.length;
    const versionIn = (project: number, options: string): string | undefined => {
      const path = `/other${project}/users.ts`;
      const texts = { ...(project === 0 ? PROJECT : edited(rows[last - 1]!)) };
      texts["users.ts"] = texts["users.ts"]!.replace(" version=deep", options);
      const all = Object.entries(texts).map(([name, text]) => [`/other${project}/${name}`, text] as const);
      const other = sources(Object.fromEntries(all)).file(path);
      return analyzeAll(other, { defaults: { version: "deep" } })[0]?.site?.id.version;
    };
    expect(versionIn(0, "")).toBe(original);
    expect(versionIn(1, "")).not.toBe(original);
    expect([versionIn(0, " version=2"), versionIn(1, " version=2")]).toEqual(["2", "2"]);
  });

  test("depends on the files that were walked into", () => {
    expect(siteIn(0)?.dependencies).toEqual(
      ["clock", "constants", "index", "load", "row"].map((name) => `/app0/${name}.ts`),
    );
  });

  test.each(SAME.map(([edit], index) => [edit, index + 1] as const))("stays when %s", (_, project) =>
    expect(siteIn(project)?.id.version).toBe(original),
  );

  test.each(CHANGED.map(([edit], index) => [edit, index + 1 + SAME.length] as const))(
    "changes when %s",
    (_, project) => {
      expect(siteIn(project)?.id.version).toMatch(/^[0-9a-f]{8}$/);
      expect(siteIn(project)?.id.version).not.toBe(original);
    },
  );
});
