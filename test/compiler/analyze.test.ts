import { ts } from "ts-morph";
import { describe, expect, test } from "vitest";
import { dependenciesOf } from "../../src/analyze/types/dependencies.ts";
import { analyzeAll, analyzeTexts, faultsOf, sources } from "../support/analyzed.ts";

describe("the mode of a function's result", () => {
  const rows: readonly (readonly [text: string, mode: string])[] = [
    ["async function f(): Promise<number> { return 1; }", "async"],
    ["async function f() { return 1; }", "async"],
    ["function f(): Promise<number> { return Promise.resolve(1); }", "promise"],
    ["function f(): PromiseLike<number> { return Promise.resolve(1); }", "promise"],
    ["function f() { return Promise.resolve(1); }", "promise"],
    ["function f(): Later { return Promise.resolve(1); } type Later = Promise<number>;", "promise"],
    [
      "function f(): Thenable { throw 1; } interface Thenable { then(done: (x: 1) => void): void }",
      "promise",
    ],
    ["function f(): number { return 1; }", "sync"],
    ["function f() { return [1, { a: 1 }]; }", "sync"],
    ["function f(): { a: Promise<number> }[] { return []; }", "sync"],
    ["function f<T extends string>(a: T): T { return a; }", "sync"],
    ["function f(): number | Promise<number> { return 1; }", "either"],
    ["function f(): any { return 1; }", "either"],
    ["function f(): unknown { return 1; }", "either"],
    ["function f(): object { return {}; }", "either"],
    ["function f(): {} { return {}; }", "either"],
    ["function f<T>(a: T): T { return a; }", "either"],
  ];
  const analyses = analyzeTexts(rows.map(([text]) => `// @cached\n${text}`));
  test.each(rows.map(([text, mode], index) => [text, mode, index] as const))(
    "`%s` is %s",
    (_, mode, index) => {
      expect(analyses[index]!.site?.mode).toBe(mode);
    },
  );
});

describe("the positions of a function's parts", () => {
  interface TextRow {
    readonly text: string;
    readonly body: string;
    readonly args?: readonly string[];
    readonly returns?: string | undefined;
    readonly receiver?: string;
    /** The text after the position for the first statement. */
    readonly prologue?: string;
    readonly name?: string;
  }
  const rows: readonly TextRow[] = [
    {
      text: "function f(a: number, b: number): number { return b; }",
      body: "{ return b; }",
      args: ["b"],
      returns: "number",
    },
    {
      text: "function f(a: number, ...b: number[]) { return () => [a, ...b]; }",
      body: "{ return () => [a, ...b]; }",
      args: ["a", "b"],
    },
    {
      text: "function f(a: number, b: number) { { const a = 1; return a + (b = 2); } }",
      body: "{ { const a = 1; return a + (b = 2); } }",
      args: ["b"],
    },
    { text: "function f(a: number, b = a) { return { a: 1 }; }", body: "{ return { a: 1 }; }" },
    {
      text: "function f({ a, b }: { a: 1; b: 2 }, c: 3) { return a + b + c; }",
      body: "{ return a + b + c; }",
      args: ["c"],
    },
    {
      text: "function f(a: number) { var a = a || 1; return a; }",
      body: "{ var a = a || 1; return a; }",
      args: ["a"],
    },
    {
      text: "// @cached ignore=get\nfunction f(a = 1, get = () => a) { a = 2; return get(); }",
      body: "{ a = 2; return get(); }",
      args: ["get"],
    },
    {
      text: "// @cached ignore=get\nfunction f(a = 1, get = () => a) { return get() + a; }",
      body: "{ return get() + a; }",
      args: ["a", "get"],
    },
    {
      text: "function f(a: number) { return <T,>(x: T): typeof a => 1; }",
      body: "{ return <T,>(x: T): typeof a => 1; }",
    },
    { text: "const f = (a: number) => ({ a });", body: "({ a })", args: ["a"], prologue: "({ a" },
    { text: "const f = (a: number) => /* why */ (a, 1)\n", body: "(a, 1)", args: ["a"], prologue: "(a, " },
    {
      text: 'async function f() { "use server"; "other"\n  /* then */ return 1; }',
      body: '{ "use server"; "other"\n  /* then */ return 1; }',
      prologue: "return",
    },
    {
      text: 'async function f() { "use server"; return 1; }',
      body: '{ "use server"; return 1; }',
      prologue: " return",
    },
    {
      text: "function f(): {\n  a: 1 // one\n  b: `x${string}`; /* two */ c: '  //  '\n} { throw 1; }",
      body: "{ throw 1; }",
      returns: "{ a: 1; b: `x${string}`; c: '  //  ' }",
    },
    {
      text: "function f(x: string | 1): x is string { return x === 1; }",
      body: "{ return x === 1; }",
      args: ["x"],
      returns: "boolean",
    },
    {
      text: "function f(): Map<string,number> { throw 1; }",
      body: "{ throw 1; }",
      returns: "Map<string,number>",
    },
    {
      text: "class R { m() { return 1; }\n// @cached this=ignore\n['find']() { return [this]; } }",
      body: "{ return [this]; }",
      receiver: "this",
      name: "find",
    },
    {
      text: "class B { m() { return 1; } } class R extends B {\n// @cached this=instance\nm() { return [this, super.m()].length; } }",
      body: "{ return [this, super.m()].length; }",
      receiver: "super",
      name: "m",
    },
    {
      text: "class R { a = 1;\n// @cached this=a\nfind(x = this.a) { return x; } }",
      body: "{ return x; }",
      args: ["x"],
      name: "find",
    },
  ];
  const texts = rows.map(({ text }) => (text.includes("@cached") ? text : `// @cached\n${text}`));
  const analyses = analyzeTexts(texts, "tsx");

  test.each(rows.map((row, index) => [row.text.replaceAll("\n", " "), row, index] as const))(
    "%s",
    (_, row, index) => {
      const text = texts[index]!;
      const found = analyses[index]!.site!.text;
      expect(text.slice(found.body.start, found.body.end)).toBe(row.body);
      expect(found.args.map(({ name }) => name)).toEqual(row.args ?? []);
      expect(found.returnType).toBe(row.returns);
      expect(found.receiver).toBe(row.receiver ?? "none");
      expect(found.name).toBe(row.name ?? "f");
      const prologue = row.prologue ?? row.body.slice(1, 5);
      expect(text.slice(found.prologue, found.prologue + prologue.length)).toBe(prologue);
    },
  );

  test("an inferred type predicate is written out, because the new body does not show it", () => {
    const text = "// @cached\nexport function f(x: string | number) { return typeof x === 'string'; }";
    const [analysis] = analyzeTexts([text]);
    const { at, text: inserted } = analysis!.site!.text.insertReturnType!;
    expect(text.slice(0, at) + inserted).toMatch(/f\(x: string \| number\): x is string$/);
  });

  test("the position is that of the name", () => {
    const [analysis] = analyzeTexts(["\r\n// @cached\r\n  export function find() { return 1; }"]);
    expect(analysis!.site).toMatchObject({ line: 3, column: 19, at: "src/file0.ts:3" });
  });
});

describe("the id of a function", () => {
  const text = "class Repo {\n// @cached\nfind(id: number): number { return id; } }";
  const idIn = (path: string, options: { source?: string; compiler?: object } = {}): unknown => {
    const file = sources({ [path]: options.source ?? text }).file(path);
    return analyzeAll(file, options.compiler)[0]?.site?.id;
  };

  test("consists of the package, the path of the module, the declared path and the version", () => {
    expect(idIn("/my-app/src/repo.ts")).toEqual({
      namespace: "my-app/src/repo",
      name: "Repo.find",
      version: expect.stringMatching(/^[0-9a-f]{8}$/) as string,
    });
  });

  test("has the parts that the options name", () => {
    const source = text.replace("@cached", "@cached namespace=n name=a.b version=2");
    expect(idIn("/my-app/src/repo.ts", { source })).toEqual({ namespace: "n", name: "a.b", version: "2" });
  });

  test("has the project's namespace instead of the package name", () => {
    expect(idIn("/my-app/src/repo.mts", { compiler: { namespace: "x" } })).toMatchObject({
      namespace: "x/src/repo",
    });
  });

  test("is pinned: a change here empties every cache in production", () => {
    expect(idIn("/my-app/src/repo.ts")).toMatchObject({ version: "e507c888" });
  });
});

describe("types are loaded only if needed", () => {
  const count = (text: string): number => {
    const file = sources({ "/app/a.ts": text }).file("/app/a.ts");
    const [analysis] = analyzeAll(file);
    expect(analysis && faultsOf(analysis, text)).toEqual([]);
    return file.loads;
  };

  test.each([
    "// @cached\nexport async function f(id: number, locale = 'en', ...tags: string[]): Promise<string | null> { return g(id); }",
    "// @cached key=id allow=ignored-read\nexport function f(id: number, other: Unknown): { a: Date; b: Map<string, number[]> } { return g(other); }",
    "// @cached ignore=log\nexport function f(id: number, log: Logger): boolean { return g(id); }",
    "// @cached\nexport const f = ({ limit = 10, after }: { limit?: number; after: string }): string[] => g(limit, after);",
    "class R {\n// @cached this=ignore\nfind(id: number): number { return this.db.get(id); } }",
    "function outer(tenant: string) { const limit = 10;\n// @cached\nconst f = (id: number): number => g(tenant, limit, id); return f; }",
  ])("not for %s", (text) => {
    expect(count(text)).toBe(0);
  });

  test("for an interface", () => {
    expect(
      count("interface A { a: 1 }\n// @cached\nexport function f(a: A): number { return a.a; }"),
    ).toBeGreaterThan(0);
  });

  test("always for a file without strict null checks, whose types say less", () => {
    const text = "// @cached\nexport function f(a: string | null): number { return 1; }";
    const file = sources({ "/app/a.ts": text }, { strict: false }).file("/app/a.ts");
    expect(analyzeAll(file)).toHaveLength(1);
    expect(file.loads).toBeGreaterThan(0);
  });
});

describe("the source files of a function's types", () => {
  const files = {
    "/app/main.ts": `import { User, type Filter } from "./barrel.ts";
import * as shapes from "./shapes.ts";
import { load } from "./load.ts";
import type { Logger } from "./logger.ts";
import secret from "./secret.ts";
import type { all } from "./all.ts";
import type { Parent } from "./parent.ts";
// @cached ignore=log
export async function a(filter: Filter, log: Logger): Promise<User> { throw [filter, log]; }
// @cached
export async function b(size: shapes.Size) { return load(size); }
// @cached
export function c(id: import("./ids.ts").Id): number { return load(id); }
// @cached
export function d(cb: shapes.Bad): number { return cb(); }
// @cached
export async function e(id: number) { const answer = await load(id); return { answer, secret }; }
// @cached
export function f(a: all.Inner, b: Child): all.Deep.Kind { throw [a, b]; }
interface Child extends Parent {}
`,
    "/app/barrel.ts":
      'export * from "./inner/index.ts"; export { Filter } from "./filter.ts"; export * from "./unrelated.ts";',
    "/app/inner/index.ts": 'export * from "./user.ts";',
    "/app/inner/user.ts": 'import type { Id } from "../ids.ts"; export interface User { id: Id }',
    "/app/ids.ts": "export type Id = string;",
    "/app/filter.ts": "export type Filter = { a: string };",
    "/app/unrelated.ts": "export const nothing = 1;",
    "/app/shapes.ts": "export type Size = { w: number }; export type Bad = () => number;",
    "/app/load.ts":
      'import { answer } from "./answer.ts"; export function load(x: unknown) { return answer(x); }',
    "/app/answer.ts":
      'import { unseen } from "./unseen.ts"; export function answer(x: unknown): number { return unseen(x); }',
    "/app/unseen.ts": "export declare function unseen(x: unknown): number;",
    "/app/secret.ts": 'export { hidden as default } from "./hidden.ts";',
    "/app/hidden.ts": "export const hidden = { a: 1 };",
    "/app/all.ts": 'export * as all from "./spaces.ts";',
    "/app/spaces.ts": "export interface Inner { a: 1 } export namespace Deep { export enum Kind { A } }",
    "/app/parent.ts": 'import { Top } from "./top.ts"; export interface Parent extends Top { a: 1 }',
    "/app/top.ts": "export interface Top { b: 1 }",
    "/app/logger.ts": "export interface Logger { log(): void }",
  };
  const main = sources(files).file("/app/main.ts");
  // No call is followed, only types.
  const analyses = analyzeAll({ ...main, project: { ...main.project, resolveModule: () => undefined } });

  test.each([
    [
      "through barrels, aliases and stars, except for ignored parameters",
      0,
      ["barrel.ts", "filter.ts", "ids.ts", "inner/index.ts", "inner/user.ts"],
    ],
    [
      "through functions that the body calls if the result type is not written, up to a written one",
      1,
      ["answer.ts", "load.ts", "shapes.ts"],
    ],
    ["through an import in a type, and not through the body if the result type is written", 2, ["ids.ts"]],
    ["also with an error, because the fix may be there", 3, ["shapes.ts"]],
    [
      "through shorthand properties and default exports",
      4,
      ["answer.ts", "hidden.ts", "load.ts", "secret.ts"],
    ],
    ["through namespaces and extended interfaces", 5, ["all.ts", "parent.ts", "spaces.ts", "top.ts"]],
  ] as const)("are found %s", (_, index, expected) => {
    expect(analyses[index]!.dependencies).toEqual(expected.map((path) => `/app/${path}`));
  });
});

test.each<[result: string, of: readonly string[], parameters?: string]>([
  ["pair.left.at", ["pair.ts", "point.ts"]],
  ["makePair().left.at", ["pair.ts", "point.ts"]],
  ["makePairs().map((pair) => pair.left.at)", ["pair.ts", "point.ts"]],
  ["all.pair.left.at", ["pair.ts", "point.ts"]],
  ["all[key]", ["other.ts", "pair.ts", "point.ts"]],
  ["left.at", ["pair.ts", "point.ts"]],
  ["renamed.at", ["pair.ts", "point.ts"]],
  ["fromAll", ["other.ts", "pair.ts", "point.ts"]],
  ["copyOfAll.other", ["other.ts", "pair.ts", "point.ts"]],
  ["Kind.A", ["kind.ts"]],
  ["new Box(id).inner.at", ["box.ts", "point.ts"]],
  ["values.map((value) => value.at)", ["point.ts"], "values: Point[]"],
  ["at", ["point.ts"], "{ at }: Point"],
  ['(await import("./other.ts")).other', ["other.ts"]],
  ['await import("./other.ts").then(({ other }) => other)', ["other.ts"]],
  ['null! as typeof import("./other.ts")', ["other.ts"]],
])("the inferred type of %s comes from %j", (result, expected, parameters = "id: number") => {
  const files = {
    "/app/main.ts": `
import { pair, makePair, makePairs } from "./pair.ts";
import * as all from "./pair.ts";
import { Kind } from "./kind.ts";
import { Box } from "./box.ts";
import type { Point } from "./point.ts";
declare const key: keyof typeof all;
const { left } = pair;
const { left: renamed } = makePair();
const { other: fromAll } = all;
const copyOfAll = all;
// @cached allow=cheap
export async function f(${parameters}) { return ${result}; }
`,
    "/app/pair.ts":
      'import type { Point } from "./point.ts"; export * from "./other.ts"; export const pair: { left: Point; right: 1 } = null!;\n' +
      "export const makePair = () => pair; export const makePairs = () => [makePair()];",
    "/app/point.ts": "export interface Point { at: number }",
    "/app/other.ts": "export const other = { b: 1 };",
    "/app/kind.ts": "export enum Kind { A, B }",
    "/app/box.ts":
      'import type { Point } from "./point.ts"; export class Box { constructor(public id: unknown) {} get inner() { return null! as Point; } }',
  };
  const main = sources(files).file("/app/main.ts");
  const [analysis] = analyzeAll({ ...main, project: { ...main.project, resolveModule: () => undefined } });
  expect(analysis!.dependencies).toEqual(expected.map((path) => `/app/${path}`));
});

test.each<[code: string, of: readonly string[]]>([
  ["for (const part of rows) part;", ["rows.ts"]],
  ["for (const { id: part } of rows) part;", ["rows.ts"]],
  ["const { id: part } = rows[0]!; part;", ["rows.ts"]],
  ["const [part] = rows; part;", ["rows.ts"]],
  ["{ let part; part = rows[0]; part; }", ["rows.ts"]],
  ["rows.map((part) => part);", ["rows.ts"]],
  ["rows.map(({ id: part }) => part);", ["rows.ts"]],
  ["each((part) => { part; });", ["rows.ts", "visit.ts"]],
  ["const visit: Visit = (part) => part;", ["rows.ts", "visit.ts"]],
  ["const visitor: Visitor = { visit(part) { part; } };", ["rows.ts", "visit.ts"]],
  ["const made = (): Visit => (part) => part;", ["rows.ts", "visit.ts"]],
  ["const made = (): Visit => { return (part) => part; };", ["rows.ts", "visit.ts"]],
])("the type of the last name in %j comes from %j", (code, expected) => {
  const { program } = sources({
    "/app/main.ts": `import { rows } from "./rows.ts";\nimport { each, type Visit, type Visitor } from "./visit.ts";\n${code}`,
    "/app/rows.ts": "export interface Row { id: number } export const rows: Row[] = [];",
    "/app/visit.ts":
      'import type { Row } from "./rows.ts"; export type Visit = (row: Row) => void; export interface Visitor { visit: Visit } export declare function each(visit: Visit): void;',
  });
  const names: ts.Node[] = [];
  const collect = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && node.text === "part") names.push(node);
    ts.forEachChild(node, collect);
  };
  collect(program.getSourceFile("/app/main.ts")!);
  expect(dependenciesOf([names.at(-1)!], program)).toEqual(expected.map((path) => `/app/${path}`));
});
