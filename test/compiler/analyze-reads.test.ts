import { describe, expect, test } from "vitest";
import { analyzeAll, analyzeTexts, sources } from "../support/analyzed.ts";

/**
 * A source with one cached function, and its warnings: the underlined text, and the way to the read, with the line of
 * each step.
 */
type ReadRow = readonly [what: string, text: string, ...said: string[]];

const ROWS: readonly ReadRow[] = [
  [
    "a function of the module",
    "function stamp() { return Date.now(); }\n// @cached\nexport function f(id: number): number { return stamp() + id; }",
    "stamp(): f → stamp:1 → Date.now()",
  ],
  [
    "functions that functions call, however far down",
    "const load = () => more() + Math.random();\nfunction more() { return last(); }\nconst last = function () { return new Date(); };\n// @cached\nexport function f(): unknown { return load(); }",
    "load(): f → load:1 → Math.random()",
    "load(): f → load:1 → more:2 → last:3 → new Date()",
  ],
  [
    "functions that call each other",
    "function a(n: number): number { return n ? b(n - 1) : 0; }\nfunction b(n: number): number { return a(n) + Date.now(); }\n// @cached\nexport function f(id: number): number { return a(id) + f(id - 1); }",
    "a(id): f → a:1 → b:2 → Date.now()",
  ],
  [
    "functions that are handed on",
    "const row = (x: number) => x + Date.now();\n// @cached\nexport function f(ids: number[]): number[] { return ids.map(row); }",
    "row: f → row:1 → Date.now()",
  ],
  [
    "methods of objects",
    "const clock = { now: () => Date.now(), inner: { at() { return new Date(); } }, stamp };\nfunction stamp() { return performance.now(); }\n// @cached\nexport function f(): unknown { return [clock.now(), clock.inner.at(), clock.stamp()]; }",
    "clock.now(): f → clock.now:1 → Date.now()",
    "clock.inner.at(): f → clock.inner.at:1 → new Date()",
    "clock.stamp(): f → clock.stamp:2 → performance.now()",
  ],
  [
    "methods, accessors, constructors and fields of classes",
    "class Clock { at = Date.now(); constructor() { Math.random(); } static now() { return performance.now(); }\ntick() { return this.#tock(); } #tock() { return crypto.randomUUID(); } get day() { return Date(); } }\nconst clock = new Clock();\n// @cached\nexport function f(): unknown { return [Clock.now(), clock.tick(), clock.day, new Clock()]; }",
    "Clock.now(): f → Clock.now:1 → performance.now()",
    "clock.tick(): f → clock.tick:2 → this.#tock:2 → crypto.randomUUID()",
    "clock.day: f → clock.day:2 → Date()",
    "new Clock(): f → Clock:1 → Date.now()",
    "new Clock(): f → Clock:1 → Math.random()",
  ],
  [
    "other methods of the same class",
    "class Repo { #now() { return Date.now(); }\n// @cached this=ignore\nfind(id: number): number { return this.#now() + id; } }",
    "this.#now(): Repo.find → this.#now:1 → Date.now()",
  ],
  [
    "overloaded functions",
    "function at(a: string): string; function at(a: number): string; function at(a: unknown): string { return Date() + String(a); }\n// @cached\nexport function f(id: number): string { return at(id); }",
    "at(id): f → at:1 → Date()",
  ],
  [
    "reassigned variables",
    "let user = 'a'; export const login = (name: string) => { user = name; };\nconst who = () => user;\n// @cached\nexport function f(): string { return who(); }",
    "who(): f → who:2 → user",
  ],
  [
    "at most five",
    "function a() { return [Date.now(), Math.random(), Date(), performance.now(), crypto.randomUUID(), new Date()]; }\n// @cached\nexport function f(): unknown { return a(); }",
    "a(): f → a:1 → Date.now()",
    "a(): f → a:1 → Math.random()",
    "a(): f → a:1 → Date()",
    "a(): f → a:1 → performance.now()",
    "a(): f → a:1 → crypto.randomUUID()",
  ],
  [
    "the current request",
    'import { AsyncLocalStorage } from "node:async_hooks"; import * as request from "next/headers"; import { cookies as jar } from "next/headers";\nconst storage = new AsyncLocalStorage<string>(); const context = { storage };\n// @cached\nexport async function f(): Promise<unknown> { return [storage.getStore(), context.storage.getStore(), request.headers(), await jar()]; }',
    "storage.getStore(): storage.getStore()",
    "context.storage.getStore(): context.storage.getStore()",
    "request.headers(): request.headers()",
    "jar(): jar()",
  ],
  [
    "clocks and random numbers under other names",
    'import { hrtime } from "node:process"; import { nanoid } from "nanoid"; import * as ids from "uuid";\n// @cached\nexport function f(): unknown { return [hrtime(), process.hrtime.bigint(), new globalThis.Date(), window.performance.now(), Temporal.Now.instant(), nanoid(), ids.v4()]; }',
    "hrtime(): hrtime()",
    "process.hrtime.bigint(): process.hrtime.bigint()",
    "new globalThis.Date(): new globalThis.Date()",
    "window.performance.now(): window.performance.now()",
    "Temporal.Now.instant(): Temporal.Now.instant()",
    "nanoid(): nanoid()",
    "ids.v4(): ids.v4()",
  ],
];

const SILENT: readonly ReadRow[] = [
  [
    "a cached function, which has its own warnings",
    "const now = cached(() => Date.now()); declare function cached<T>(f: T): T;\n// @cached allow=ambient-read\nfunction f(): number { return now() + f(); }",
  ],
  [
    "a resource that its getter creates once",
    "let pool: string | undefined; function getPool() { return (pool ??= 'a'); }\nlet other: string | undefined; function getOther() { if (!other) { other = 'b'; } return other; }\n// @cached\nexport function f(): string { return getPool() + getOther(); }",
  ],
  [
    "functions that nobody calls, and those of other modules",
    'import { stamp } from "./stamp.ts"; function unused() { return Date.now(); }\n// @cached\nexport function f(): unknown { return stamp(); }',
  ],
  [
    "other stores, dates with an argument, shadowed names",
    "const app = { getStore: () => 1 }; const Math = { random: () => 4 };\n// @cached\nexport function f(at: number): unknown { const crypto = { randomUUID: () => 1 }; return [app.getStore(), new Date(at), Date.UTC(1), Math.random(), crypto.randomUUID()]; }",
  ],
  [
    "a counter that is only incremented",
    "let runs = 0; export const all = () => runs; function count() { void runs++; }\n// @cached\nexport function f(id: number): number { runs++; runs += 1; count(); return id; }",
  ],
];

describe("warns of indirect reads", () => {
  const analyses = analyzeTexts([...ROWS, ...SILENT].map(([, text]) => text));
  const shown = (text: string, index: number): readonly string[] =>
    analyses[index]!.problems.map(({ span, message }) => {
      const [, read, way = read] = /^`(.*?)`(?:, read by `(.*?)`,)? is /.exec(message) ?? [];
      return `${text.slice(span.start, span.end)}: ${way?.replace(/ \(src\/file\d+\.ts(:\d+)\)/g, "$1")}`;
    });

  test.each(ROWS.map(([what, text, ...said], index) => [what, text, said, index] as const))(
    "%s",
    (_, text, said, index) => expect(shown(text, index)).toEqual(said),
  );

  test.each(SILENT.map(([what, text], index) => [what, text, index + ROWS.length] as const))(
    "does not warn of %s",
    (_, text, index) => expect(shown(text, index)).toEqual([]),
  );

  test("loads no types", () => {
    const [, text] = ROWS[0]!;
    const file = sources({ "/app/a.ts": `${text} export {};` }).file("/app/a.ts");
    expect(analyzeAll(file)[0]!.problems).toHaveLength(1);
    expect(file.loads).toBe(0);
  });

  test("warns of variables that other files export and reassign, as far as their syntax shows", () => {
    const text = `import { user, limit as most, fixed, other } from "./state.ts"; import { gone } from "./gone.ts";
// @cached
export function f(): unknown { return [user, most, fixed, other(), gone]; }`;
    const state =
      "let current = 1; export { current as user }; export let limit = 1; export const fixed = 1; export let other = () => 1; export function set() { current++; limit = 2; other = () => 2; }";
    const { file } = sources({ "/app/a.ts": text, "/app/state.ts": state });
    const own = file("/app/a.ts");
    const project = {
      ...own.project,
      resolveModule: (name: string) =>
        name === "./state.ts" ? { path: "/app/state.ts", external: false } : undefined,
    };
    const [analysis] = analyzeAll({ ...own, project });
    expect(analysis!.problems.map(({ message }) => message.slice(0, 20))).toEqual([
      "`user` is reassigned",
      "`most` is reassigned",
      "`other` is reassigne",
    ]);
    expect(analysis!.dependencies).toEqual(["/app/state.ts"]);
  });
});

describe("lists reads of the environment", () => {
  test.each([
    ["process.env.API_URL", ["process.env.API_URL"]],
    ["process.env['X-Y']", ["process.env.X-Y"]],
    ["[process.env[id], import.meta.env.MODE]", ["import.meta.env.MODE", "process.env[…]"]],
    [
      "(() => { const { A, B: b = '1' } = process.env; return A + b; })()",
      ["process.env.A", "process.env.B"],
    ],
    ["[env.A, proc.env.B, helper()]", ["process.env.A", "process.env.B", "process.env.C"]],
    ["Object.keys(process.env)", ["process.env"]],
    ["(() => { const { process } = globalThis as any; return process.env.A; })()", ["process.env.A"]],
    [
      "(() => { const env = import.meta.env; return env.MODE + globalThis.Bun.env.B; })()",
      ["Bun.env.B", "import.meta.env.MODE"],
    ],
    ["[{ env: 1 }.env, id.env.A, process.argv]", []],
  ])("%s", (expression, reads) => {
    const text = `import proc, { env } from "node:process"; const helper = () => process.env.C;\n// @cached\nexport function f(id: any): unknown { return ${expression}; }`;
    const [analysis] = analyzeTexts([text]);
    expect(analysis!.site?.reads).toEqual(reads);
    expect(analysis!.problems.map(({ name }) => name)).toEqual(["parameter-unproved"]);
  });
});
