import { describe, expect, test } from "vitest";
import { analyzeTexts, faultsOf } from "../support/analyzed.ts";

/** The key of a call: its parts as `explain` names them, and its slots as emitted code reads them. */
interface KeyRow {
  readonly what: string;
  readonly text: string;
  readonly parts: readonly string[];
  readonly slots: readonly string[];
  readonly omitted?: readonly string[];
}

const key = (
  what: string,
  text: string,
  parts: string[],
  slots: string[],
  omitted: string[] = [],
): KeyRow => ({
  what,
  text,
  parts,
  slots,
  omitted,
});

const fn = (parameters: string, options = ""): string =>
  `// @cached ${options}\nexport function f(${parameters}): number { return 1; }`;

const KEYS: readonly KeyRow[] = [
  key("parameters, read or not", fn("id: number, locale = 'en'"), ["id", "locale"], ["id", "locale"]),
  key("no parameters", fn(""), [], []),
  key("a rest parameter as an array", fn("...ids: number[]"), ["ids"], ["ids"]),
  key(
    "a destructured parameter as what it binds",
    fn("{ a, b: c = 1 }: { a: string; b?: number }"),
    ["{ a, b: c }{a,c}"],
    ["a", "c"],
  ),
  key(
    "nested patterns and rests",
    fn("{ a: { b }, ...rest }: { a: { b: 1 }; c: 2 }, [x, , [y = 1], ...z]: number[][]"),
    ["{ a: { b }, ...rest }{b,rest}", "[x, , [y], ...z]{x,y,z}"],
    ["b", "rest", "x", "y", "z"],
  ),
  key("not a `this` parameter", fn("this: void, id: number"), ["id"], ["id"]),
  key("not a signal", fn("id: number, signal?: AbortSignal"), ["id"], ["id"], ["signal: an AbortSignal"]),
  key("not a signal that may be null", fn("signal: AbortSignal | null"), [], [], ["signal: an AbortSignal"]),
  key(
    "options without their signal",
    fn("opts: { signal?: AbortSignal; limit: number } = { limit: 1 }"),
    ["opts"],
    ['$aot.without(opts, "signal")'],
    ["opts.signal: an AbortSignal"],
  ),
  key(
    "not a destructured signal",
    fn("{ signal, limit }: { signal?: AbortSignal; limit: number }"),
    ["{ signal, limit }{limit}"],
    ["limit"],
    ["signal: an AbortSignal"],
  ),
  key(
    "a rest without its signal",
    fn("{ limit, ...rest }: { limit: 1; abort: AbortSignal; more: 2 }"),
    ["{ limit, ...rest }{limit,rest}"],
    ["limit", '$aot.without(rest, "abort")'],
    ["rest.abort: an AbortSignal"],
  ),
  key(
    "not what is ignored",
    fn("id: number, log: () => void, { a, b }: { a: 1; b: () => 2 }", "ignore=log,b"),
    ["id", "{ a, b }{a}"],
    ["id", "a"],
    ["log: ignore=", "b: ignore="],
  ),
  key("nothing, if all is ignored", fn("{ a }: { a: 1 }", "ignore=a"), [], [], ["a: ignore="]),
  key(
    "only what key names, in its order",
    fn("a: number, b: () => void, c: string", "key=c,a"),
    ["c", "a"],
    ["c", "a"],
    ["b: not in key="],
  ),
  key(
    "a path",
    fn("id: number, opts?: { locale?: { tag: string }; f(): void }", "key=id,opts.locale.tag"),
    ["id", "label opts.locale.tag"],
    ["id", "opts?.locale?.tag"],
  ),
  key(
    "a destructured name and a path of one",
    fn("{ a, b }: { a: 1; b: { c: 2 } }", "key=a,b.c"),
    ["a", "label b.c"],
    ["a", "b.c"],
  ),
  key(
    "an index and a quoted property",
    fn("pair: [string, number], map: Record<string, number>", "key=pair.1,map.x"),
    ["label pair.1", "label map.x"],
    ["pair[1]", 'map["x"]'],
  ),
  key("a path through any", fn("a: any", "key=a.b.c allow=parameter-unproved"), ["label a.b.c"], ["a?.b?.c"]),
  key(
    "parts of the receiver",
    "class R { tenant = 1; #secret?: { x: 1 };\n// @cached this=tenant,#secret.x\nfind(id: number): number { return this.tenant + id; } }",
    ["id", "extra this.tenant", "extra this.#secret.x"],
    ["id", "this.tenant", "this.#secret?.x"],
  ),
  key(
    "parts of an unread receiver",
    "class R { static region = 1;\n// @cached this=region\nstatic find(id: number): number { return id; } }",
    ["id", "extra this.region"],
    ["id", "this.region"],
  ),
  key(
    "parts of an object",
    "const api = { tenant: 1,\n// @cached this=tenant\nfind(id: number): number { return this.tenant + id; } };",
    ["id", "extra this.tenant"],
    ["id", "this.tenant"],
  ),
  key(
    "parts of a declared receiver",
    "// @cached this=a.b\nfunction find(this: { a?: { b: 1 } }): number { return this.a?.b ?? 0; }",
    ["extra this.a.b"],
    ["this.a?.b"],
  ),
  key(
    "inherited and private parts",
    "class B { protected region = 'eu' } class R extends B { constructor(private tenant: string) { super(); }\n// @cached this=tenant,region\nfind = (id: number): string => this.tenant + id; }",
    ["id", "extra this.tenant", "extra this.region"],
    ["id", "this.tenant", "this.region"],
  ),
  key(
    "captured variables by name",
    "function outer(tenant: string, { limit }: { limit: number }) { const b = 1;\n// @cached\nreturn (id: number): string => tenant + id + limit + b; }".replace(
      "return (",
      "const g = (",
    ),
    ["id", "extra b", "extra limit", "extra tenant"],
    ["id", "b", "limit", "tenant"],
  ),
  key(
    "captured variables of defaults and nested functions",
    "function outer(a: number, b: number) {\n// @cached\nfunction g(id = a): number { return [1].map((x) => x + b + id)[0]!; } return g; }",
    ["id", "extra a", "extra b"],
    ["id", "a", "b"],
  ),
  key(
    "loop variables",
    "for (const n of [1, 2]) {\n// @cached\nconst g = (id: number): number => id + n; g; }",
    ["id", "extra n"],
    ["id", "n"],
  ),
  key(
    "variables of loops, patterns and constructors",
    "class A { constructor(private db: string, m: Map<string, Date>, { x, y: [z] }: { x: 1; y: [2] }) { for (const [k, v] of m) {\n// @cached\nconst f = (id: number): unknown => [db, k, v, x, z]; f(1); } } }",
    ["id", "extra db", "extra k", "extra v", "extra x", "extra z"],
    ["id", "db", "k", "v", "x", "z"],
  ),
  key(
    "later declarations, and the nearest of several with one name",
    "function outer(a: string) { { const a = 1;\n// @cached\nconst f = (b: number): unknown => [a, ((b: number) => b)(1), later]; const later = 2; f(1); } return a; }",
    ["b", "extra a", "extra later"],
    ["b", "a", "later"],
  ),
  key(
    "not a variable that it only increments",
    "function outer() { let runs = 0;\n// @cached\nconst f = (id: number): number => { runs++; return id; }; return [f, () => runs]; }",
    ["id"],
    ["id"],
  ),
];

describe("the key of a function takes", () => {
  const analyses = analyzeTexts(KEYS.map(({ text }) => text));

  test.each(KEYS.map((row, index) => [row.what, row, index] as const))("%s", (_, row, index) => {
    const analysis = analyses[index]!;
    expect(faultsOf(analysis, row.text).filter((fault) => !fault.startsWith("parameter-unproved"))).toEqual(
      [],
    );
    const { site } = analysis;
    const parts = site?.parts.map(
      ({ name, as, fields }) => `${as ? `${as} ` : ""}${name}${fields ? `{${fields.join()}}` : ""}`,
    );
    expect(parts).toEqual(row.parts);
    expect(site?.slots).toEqual(row.slots);
    expect(site?.omitted.map((pair) => pair.join(": "))).toEqual(row.omitted);
  });
});

/** Functions whose captured variables, ambient reads and receiver are accepted. */
const FINE: readonly (readonly [what: string, text: string])[] = [
  [
    "module-level constants and functions",
    "const a = 1; function g() {} class C {} import h from './h';\n// @cached\nexport function f(): number { g(); new C(); h(); return a; }",
  ],
  ["a block of the module", "{ const a = () => 1;\n// @cached\nconst f = (): number => a(); f; }"],
  [
    "a namespace's constants",
    "namespace N { const a = () => 1;\n// @cached\nexport function f(): number { return a(); } }",
  ],
  [
    "its own nested variables, functions and labels",
    "// @cached\nfunction f(a: number): number { let b = a; b++; function g() { return b; } out: for (const c of [1]) { b += c; break out; } try { g(); } catch (e) { throw e; } var d = 1; return d; }",
  ],
  [
    "itself, as a declaration",
    "function outer() {\n// @cached\nfunction f(n: number): number { return n ? f(n - 1) : 0; } return f; }",
  ],
  [
    "itself, as a constant",
    "function outer() {\n// @cached\nconst f = ((n: number): number => (n ? f(n - 1) : 0)); return f; }",
  ],
  [
    "itself, as an expression",
    "function outer() {\n// @cached\nconst g = function f(n: number): number { return n ? f(n - 1) : 0; }; return g; }",
  ],
  [
    "a captured enum",
    "function outer() { enum E { A }\n// @cached\nfunction f(): number { return E.A; } return f; }",
  ],
  [
    "types of the enclosing function",
    "function outer<T extends string>(x: () => void) { type U = typeof x; x();\n// @cached\nfunction f(a: T): string { const b = a as string | U; return String(b as typeof x); } return f; }",
  ],
  [
    "names of properties, attributes and shorthand methods",
    "function outer(id: () => void) { id();\n// @cached\nfunction f(a: { id: number }): unknown { const { id: b } = a; return { id: b, x: a.id, id2() {} }; } return f; }",
  ],
  [
    "nested `this`",
    "class R {\n// @cached\nfind(): unknown { return { a() { return this; }, b: function () { return new.target; }, c: class { x = this; m() { return super.toString(); } } }; } }",
  ],
  [
    "the type `this`",
    "class R { a = 1;\n// @cached\nfind(x: number): unknown { type A = this; return x as unknown as A; } }",
  ],
  [
    "nested `arguments`",
    "// @cached\nfunction f(): unknown { return function () { return arguments.length; }; }",
  ],
  [
    "a parameter called arguments of a nested function",
    "// @cached\nfunction f(): unknown { return (x: { arguments: 1 }) => x.arguments; }",
  ],
  [
    "a module-level `let` that is never reassigned",
    "let a = 1;\n// @cached\nexport function f(): number { return a; }",
  ],
  [
    "a variable that is shadowed where it is assigned",
    "let a = 1; function g() { let a = 2; a = 3; return a; }\n// @cached\nexport function f(): number { g(); return a; }",
  ],
  ["a date from a number", "// @cached\nfunction f(at: number): Date { return new Date(at); }"],
  [
    "a local Date",
    "class Date { static now() { return 1; } }\n// @cached\nexport function f(): number { return Date.now(); }",
  ],
  [
    "the clock in a default, which is part of the key",
    "// @cached\nfunction f(at = Date.now()): number { return at; }",
  ],
  [
    "date, map, set, bytes, URL",
    "// @cached\nfunction f(a: Date, b: Map<string, Set<bigint>>, c: Uint8Array, d: URL, e: RegExp, g: ArrayBuffer): number { return 1; }",
  ],
  [
    "branded and template types",
    "declare const brand: unique symbol;\n// @cached\nfunction f(a: string & { [brand]: true }, b: `x${number}`, c: { a: 1 } & { [brand]: 1 }): number { return 1; }",
  ],
  [
    "bounded type parameters",
    "// @cached\nfunction f<T extends string | { a: 1 }, K extends keyof { a: 1 }>(a: T, k: K, b: T[]): number { return 1; }",
  ],
  [
    "type parameters bounded by types that are made of built-in ones",
    "// @cached\nfunction f<T extends [number, number] & { _brand: 1 }, M extends Map<string, number>, D extends Date, S extends string | null>(a: T, m: Readonly<M>, d: Readonly<D>, s: NonNullable<S>, t: S & { _brand: 1 }): number { return 1; }",
  ],
  [
    "recursive types",
    "interface N { n?: N; m: Map<string, N[]> } type Deep<T> = { v: T; d?: Deep<T[]> };\n// @cached\nfunction f(a: N, b: Deep<1>): number { return 1; }",
  ],
  [
    "a class with [cacheKey]()",
    "import { cacheKey } from 'aotcache'; class C { secret = () => 1; [cacheKey](): string { return ''; } }\n// @cached\nfunction f(c: C[]): number { return 1; }",
  ],
  [
    "mapped types and index types",
    "interface U { a: string; b: number }\n// @cached\nfunction f(a: Partial<U>, b: Pick<U, 'a'>, c: U[keyof U], d: Record<'x' | 'y', U>, e: [a: 1, ...b: U[]]): number { return 1; }",
  ],
];

describe("accepts", () => {
  const analyses = analyzeTexts(FINE.map(([, text]) => text));
  test.each(FINE.map(([what, text], index) => [what, text, index] as const))("%s", (_, text, index) => {
    expect(faultsOf(analyses[index]!, text)).toEqual([]);
    expect(analyses[index]!.site).toBeDefined();
  });
});

/** The diagnostics, and the texts that they underline. */
const FAULTS: readonly (readonly [text: string, ...faults: string[]])[] = [
  [fn("id: number", "key=idd"), "key-path-unknown under idd"],
  [fn("id: number, o: { a: 1 }", "key=id,o.b"), "key-path-unknown under o.b"],
  [fn("id: number", "ignore=ids"), "ignore-unknown under ids"],
  [fn("cb: (x: string) => void, id: number"), "parameter-unkeyable under cb: (x: string) => void"],
  [
    fn("o: { a: { test(x: string): boolean }; b: symbol }"),
    "parameter-unkeyable under test(x: string): boolean",
    "parameter-unkeyable under b: symbol",
  ],
  [fn("o: { a: { test(x: string): boolean } }"), "parameter-unkeyable under test(x: string): boolean"],
  [`interface O { a: () => void }\n${fn("o: O[]")}`, "parameter-unkeyable under o: O[]"],
  [fn("p: Promise<string>"), "parameter-unkeyable under p: Promise<string>"],
  [fn("p: PromiseLike<string>"), "parameter-unkeyable under p: PromiseLike<string>"],
  [fn("p: WeakMap<object, string> | string"), "parameter-unproved under p: WeakMap<object, string> | string"],
  [fn("p: Map<string, Error>"), "parameter-unkeyable under p: Map<string, Error>"],
  [fn("p: ReadableStream"), "parameter-unkeyable under p: ReadableStream"],
  [`class C { x = 1 }\n${fn("{ c }: { c: C }")}`, "parameter-unkeyable under c"],
  [`abstract class C { x = 1 } class D extends C {}\n${fn("c?: D")}`, "parameter-unkeyable under c?: D"],
  [fn("o: { inner: { signal: AbortSignal } }"), "parameter-unkeyable under signal: AbortSignal"],
  [fn("f: typeof Date"), "parameter-unkeyable under f: typeof Date"],
  [
    fn("f: Function, g: new () => string"),
    "parameter-unkeyable under f: Function",
    "parameter-unkeyable under g: new () => string",
  ],
  [fn("a: any, b: unknown[], e: {}"), "parameter-unproved under a: any"],
  [fn("b: unknown[]"), "parameter-unproved under b: unknown[]"],
  [
    "// @cached\nfunction f(c: { d: object }): number { return Object.keys(c.d).length; }",
    "parameter-unproved under d: object",
  ],
  [fn("e: {}"), "parameter-unproved under e: {}"],
  [fn("a: Iterable<string>, b: Record<string, any>"), "parameter-unproved under a: Iterable<string>"],
  [
    "// @cached\nfunction f<T extends { id: string }, K extends keyof T>(a: K, b: keyof T, c: K[], d: keyof T & string): number { return 1; }",
    "parameter-unproved under a: K",
    "parameter-unproved under b: keyof T",
    "parameter-unproved under c: K[]",
  ],
  ["// @cached\nfunction f<T>(a: T, b: T[]): number { return 1; }", "parameter-unproved under a: T"],
  [
    `import type { Gone } from "./gone";\n${fn("a: Gone, b: { c: Gone[] }, d: Missing")}`,
    "parameter-unresolved under a: Gone",
    "parameter-unresolved under c: Gone[]",
    "parameter-unresolved under d: Missing",
  ],
  [fn("o: { cb(): void; id: 1 }", "key=o.cb"), "parameter-unkeyable under o.cb"],
  [
    "class R { tenant = 1;\n// @cached this=tenat\nfind(): number { return this.tenant; } }",
    "this-path-unknown under tenat",
  ],
  [
    "class R { db = () => 1;\n// @cached this=db\nfind(): number { return this.db(); } }",
    "parameter-unkeyable under db",
  ],
  [
    "class R { a = 1;\n// @cached\nfind(): number { return this.a + this.a; } }",
    "receiver-unkeyed under this",
  ],
  [
    "class R { a = 1;\n// @cached\nfind = async (x = this.a): Promise<number> => x; }",
    "receiver-unkeyed under this",
  ],
  ["class R { a = 1;\n// @cached\nfind(): unknown { return () => [this]; } }", "receiver-unkeyed under this"],
  [
    "class B { m() { return 1; } } class R extends B {\n// @cached\nfind(): number { return super.m(); } }",
    "receiver-unkeyed under super",
  ],
  [
    "class R { static a = 1;\n// @cached\nstatic find(): unknown { return class { [this.a] = 1; }; } }",
    "receiver-unkeyed under this",
  ],
  ["// @cached this=tenant\nfunction f(): number { return 1; }", "option-conflict under this=tenant"],
  [
    "function outer(db: { get(): number }) {\n// @cached\nfunction f(): number { return db.get() + db.get(); } return f; }",
    "capture-unkeyable under db",
  ],
  [
    "function outer() { function helper() { return 1; } class C {}\n// @cached\nfunction f(): unknown { return [helper(), C]; } return f; }",
    "capture-unkeyable under helper",
    "capture-unkeyable under C",
  ],
  [
    "function outer(a: number) { a = 2;\n// @cached\nfunction f(): number { return a; } return f; }",
    "capture-reassigned under a",
  ],
  [
    "function outer() { let a = 1; const set = () => { ({ x: [a] } = { x: [2] }); }; set();\n// @cached\nconst f = (): number => a; return f; }",
    "capture-reassigned under a",
  ],
  [
    "function outer() { let a: number; a = 1;\n// @cached\nconst f = (): { a: number } => ({ a }); return f; }",
    "capture-reassigned under a",
  ],
  [
    "for (let i = 0; i < 3; i++) {\n// @cached\nconst f = (): number => i; f; }",
    "capture-reassigned under i",
  ],
  [
    "function outer(x: any) {\n// @cached\nfunction f(): number { return x; } return f; }",
    "parameter-unproved under x",
  ],
  [
    "function outer() { try { throw 1; } catch (e) {\n// @cached\nconst f = (): unknown[] => [e]; f; } }",
    "parameter-unproved under e",
  ],
  [
    "function outer() {\n// @cached\nconst f = (): number => { const g = { f: () => h() }; return g.f(); }; const h = () => 1; return f; }",
    "capture-unkeyable under h",
  ],
  [
    "function outer() { const api = {\n// @cached\nf(): number { return api.g(); }, g: () => 1 }; return api; }",
    "capture-unkeyable under api",
  ],
  [
    "function outer(config: { on: { error(): void } }, a?: number) { a ??= 1;\n// @cached\nconst f = (): unknown => [config, a]; return f; }",
    "capture-unkeyable under config",
    "capture-reassigned under a",
  ],
  [
    "function outer() { class K {} const k = new K(); const p = Promise.resolve(1); let n = 0; (n as number) = 2;\n// @cached\nconst f = (): unknown => [k, p, n]; return f; }",
    "capture-unkeyable under k",
    "capture-unkeyable under p",
    "capture-reassigned under n",
  ],
  [
    "function outer() { let last = 0;\n// @cached\nconst f = (id: number): number => { last = id; return last; }; return f; }",
    "capture-reassigned under last",
  ],
  [
    "function outer() { var v = 1; if (v) { var v = 2; }\n// @cached\nconst f = (): number => v; return f; }",
    "capture-reassigned under v",
  ],
  [
    "function outer<T>(t: T) {\n// @cached\nconst f = (): unknown => [() => this, arguments, t]; return f; }",
    "receiver-unkeyed under this",
    "uses-arguments under arguments",
    "parameter-unproved under t",
  ],
  [
    "let a = 1; export const set = () => { a++; };\n// @cached\nexport function f(): number { return a + a; }",
    "module-state under a",
  ],
  [
    "var a = 1; for (a of [1]);\n// @cached\nexport function f(): unknown { return () => ({ a }); }",
    "module-state under a",
  ],
  [
    "// @cached\nfunction f(): unknown { return [Date.now(), new Date(), new Date, Date(), Math.random()]; }",
    "ambient-read under Date.now()",
    "ambient-read under new Date()",
    "ambient-read under new Date",
    "ambient-read under Date()",
    "ambient-read under Math.random()",
  ],
  [
    "// @cached\nfunction f(): unknown { return [crypto.randomUUID(), performance.now(), globalThis.crypto.randomUUID()]; }",
    "ambient-read under crypto.randomUUID()",
    "ambient-read under performance.now()",
    "ambient-read under globalThis.crypto.randomUUID()",
  ],
  [
    'import { randomUUID as id } from "node:crypto"; import perf from "node:perf_hooks";\n// @cached\nexport function f(): unknown { return [id(), perf.now()]; }',
    "ambient-read under id()",
    "ambient-read under perf.now()",
  ],
  [
    'import { cookies } from "next/headers"; declare const store: { getStore(): string; run(): void };\n// @cached\nexport function f(): unknown { return [cookies(), store.getStore()]; }',
    "ambient-read under cookies()",
    "ambient-read under store.getStore()",
  ],
  ["// @cached\nfunction f(): unknown { return () => arguments[0]; }", "uses-arguments under arguments"],
  ["// @cached\nfunction f(): unknown { return new.target; }", "uses-new-target under new.target"],
  ["// @cached\nfunction f(): void {}", "function-void under void"],
  ["// @cached\nasync function f(): Promise<void> {}", "function-void under Promise<void>"],
  ["// @cached\nfunction f(): undefined | Promise<void> {}", "function-void under undefined | Promise<void>"],
  ["// @cached\nconst f = async () => { await 1; };", "function-void under async"],
  ["// @cached\nfunction f() { throw 1; }", "function-void under f"],
  [
    "// @cached\nfunction f(x: unknown): asserts x is string { void x; }",
    "parameter-unproved under x: unknown",
    "function-void under asserts x is string",
  ],
];

describe("reports each problem at its place", () => {
  const analyses = analyzeTexts(FAULTS.map(([text]) => text));
  const rows = FAULTS.map(
    ([text, ...faults], index) => [text.replaceAll("\n", " "), text, faults, index] as const,
  );

  test.each(rows)("%s", (_, text, faults, index) => {
    expect(faultsOf(analyses[index]!, text)).toEqual(faults);
    const failed = analyses[index]!.problems.some(({ severity }) => severity === "error");
    expect(analyses[index]!.site === undefined).toBe(failed);
  });
});

test("which property is named first does not depend on the functions before", () => {
  const both = "interface Both { first: WeakMap<object, 1>; then: WeakSet<object> }\n";
  const last = fn('both: Pick<Both, "then" | "first">');
  const before =
    "// @cached allow=cheap\nexport function f(a: keyof { first: 1; last: 2 }): number { return 1; }\n";
  const messageOf = (texts: readonly string[]): unknown =>
    analyzeTexts(texts)
      .at(-1)!
      .problems.map(({ message }) => message);
  expect(messageOf([before, both + last])).toEqual(messageOf([both + last]));
});
