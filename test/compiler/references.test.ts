/** `cached(load)`: the function is declared elsewhere, and checked as one that is written in the call. */
import { describe, expect, test } from "vitest";
import { analyzeReference, type ReferenceAnalysis } from "../../src/analyze/reference.ts";
import { find } from "../../src/find/index.ts";
import { resolveCompilerOptions, resolveOptions } from "../../src/options/function.ts";
import { sources } from "../support/analyzed.ts";

const IMPORTS = `import { cached } from "aotcache";
import { api, Clock, note, own, pure, sameRows, sorted, stamp, stream, user } from "./load.ts";
void [api, Clock, note, own, pure, sameRows, sorted, stamp, stream, user];
`;

/** Analyzes the first call of each code, a file of its own. `cheap` is silenced. */
function analyzeCalls(codes: readonly string[]): readonly ReferenceAnalysis[] {
  const files = codes.map((code, index) => [`/app/main${index}.ts`, IMPORTS + code] as const);
  const project = sources({ "/app/load.ts": LOAD, ...Object.fromEntries(files) });
  const compiler = resolveCompilerOptions({ allow: ["cheap"] });
  return files.map(([path]) => {
    const file = project.file(path);
    const [mark] = find(file).references;
    const context = { form: "call", defaults: {}, sync: undefined, readsReceiver: false } as const;
    const { options } = resolveOptions(mark!.written, context);
    const analysis = analyzeReference(mark!, file, options, compiler);
    return { ...analysis, problems: analysis.problems.filter(({ name }) => name !== "cheap") };
  });
}

const LOAD = `import { AsyncLocalStorage } from "node:async_hooks";
const storage = new AsyncLocalStorage<string>();
const seen: string[] = [];
export const user = (id: number): string => [storage.getStore(), id].join();
export function note(id: number): string { seen.push(String(id)); return seen.join(); }
export const stamp = (id: number): number => id + Date.now();
export function sorted(rows: number[]): number { return rows.sort()[0]!; }
export const sameRows = (rows: { a: number }[]): { a: number }[] => rows.filter(({ a }) => a > 0);
export const api = { stamp: (id: number): number => id + Date.now() };
export class Clock { read(id: number): number { return id + Date.now(); } }
export const stream = (id: number): Iterator<number> => [id].values();
export const pure = (id: number): number => id * 2;
// @cached
export const own = (id: number): number => id + Date.now();
`;

const FOUND: readonly (readonly [what: string, code: string, problem: string, text?: string])[] = [
  [
    "the context of a request",
    "export const f = cached(user);",
    "ambient-read",
    "f → user (load.ts:4) → storage.getStore()",
  ],
  ["module state", "export const f = cached(note);", "module-state", "f → note (load.ts:5) → seen"],
  ["a clock", "export const f = cached(stamp);", "ambient-read", "f → stamp (load.ts:6) → Date.now()"],
  [
    "a clock in the same file",
    "const now = (n: number) => n + Date.now(); export const f = cached(now);",
    "ambient-read",
    "f → now (main.ts:4) → Date.now()",
  ],
  [
    "a method of an object",
    "export const f = cached(api.stamp);",
    "ambient-read",
    "f → api.stamp (load.ts:9) → Date.now()",
  ],
  [
    "a bound method",
    "const clock = new Clock(); export const f = cached(clock.read.bind(clock));",
    "ambient-read",
    "f → clock.read (load.ts:10) → Date.now()",
  ],
  [
    "options first",
    "export const f = cached({ ttl: 1 })(stamp);",
    "ambient-read",
    "f → stamp (load.ts:6) → Date.now()",
  ],
  ["a parameter that is changed", "export const f = cached(sorted);", "parameter-mutated"],
  ["objects of the arguments in the result", "export const f = cached(sameRows);", "result-aliases"],
  ["a result that can be read once", "export const f = cached(stream);", "result-once"],
];

const SILENT: readonly (readonly [what: string, code: string])[] = [
  ["a pure function", "export const f = cached(pure);"],
  ["a function that is cached itself", "export const f = cached(own);"],
  [
    "an error that holds the time",
    "const fail = (n: number): number => { throw new Error(`${n} ${Date.now()}`); }; export const f = cached(fail);",
  ],
  [
    "a variable of the module",
    "const factor = 2; const times = (n: number) => n * factor; export const f = () => cached(times);",
  ],
];

const CAPTURED =
  "export function make(tenant: string) { const load = async (id: number) => tenant + id; return cached(load); }";
const KEPT_OUT = CAPTURED.replace("tenant: string", "tenant: () => string").replace("tenant +", "tenant() +");

/** Whether another evaluation of the call may be given another function. */
const VARIABLE: readonly (readonly [code: string, isVariable: boolean])[] = [
  ["export const f = cached(stamp);", false],
  ["export const f = () => cached(stamp);", false],
  ["export const f = cached([stamp].pop()!);", false],
  ["export const make = (load: (id: number) => number) => cached(load);", true],
  ["export class A { clock = new Clock(); read = cached(this.clock.read.bind(this.clock)); }", true],
  ["export class A { static read = cached([stamp].pop()!); }", false],
  ["for (const each of [stamp, pure]) void cached(each, { name: 'each' });", true],
];

const analyses = analyzeCalls([
  ...FOUND.map(([, code]) => code),
  ...SILENT.map(([, code]) => code),
  CAPTURED,
  KEPT_OUT,
  ...VARIABLE.map(([code]) => code),
]);
const rest = FOUND.length + SILENT.length;

describe("problems of the function are reported at the call", () => {
  test.each(FOUND.map((row, index) => [...row, index] as const))("%s", (...row) => {
    const [, code, name] = row;
    const index = row.at(-1) as number;
    const { problems } = analyses[index]!;
    expect(problems.map((each) => each.name)).toEqual([name]);
    const [{ message, span }] = problems as [(typeof problems)[number]];
    if (row.length > 4) expect(message).toContain((row[3] as string).replace("main", `main${index}`));
    expect(code).toContain(`(${(IMPORTS + code).slice(span.start, span.end)})`);
  });

  test.each(SILENT.map(([what], index) => [what, index] as const))("silent: %s", (_, index) => {
    expect(analyses[FOUND.length + index]!.problems).toEqual([]);
  });
});

describe("variables of enclosing functions", () => {
  test("the key of a call does not contain those of a function outside of it", () => {
    const [keyable, other] = [analyses[rest]!, analyses[rest + 1]!].map(({ problems }) =>
      problems.map(({ name, help }) => `${name}: ${help}`),
    );
    expect(keyable).toEqual([
      "capture-unkeyable: Write the function inside `cached()`: its key then contains `tenant`.",
    ]);
    expect(other).toEqual([
      "capture-unkeyable: Pass the values of `tenant` that matter as parameters of the function.",
    ]);
  });
});

describe("a call that may be given another function each time", () => {
  test.each(VARIABLE.map((row, index) => [...row, index] as const))("%s %s", (_, isVariable, index) => {
    expect(analyses[rest + 2 + index]!.reference!.isVariable).toBe(isVariable);
  });
});
