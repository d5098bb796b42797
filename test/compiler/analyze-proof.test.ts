import { fileURLToPath } from "node:url";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { cacheKey, encode } from "../../runtime/key/index.ts";
import { Workspace } from "../../src/project/workspace.ts";
import { analyzeAll, analyzeTexts, faultsOf, sources } from "../support/analyzed.ts";

/** A type, the declarations that it needs, and the diagnostic for a parameter `a` of that type. */
interface TypeRow {
  readonly type: string;
  readonly before?: string;
  /** The diagnostic and the path that it names; none if the type has a key. */
  readonly said?: string;
}

const keyed = (type: string, before = ""): TypeRow => ({ type, before });
const said = (what: string, type: string, before = ""): TypeRow => ({ type, before, said: what });
const unkeyable = (path: string, type: string, before = ""): TypeRow =>
  said(`parameter-unkeyable: ${path}`, type, before);
const unproved = (path: string, type: string, before = ""): TypeRow =>
  said(`parameter-unproved: ${path}`, type, before);
const unresolved = (path: string, type: string, before = ""): TypeRow =>
  said(`parameter-unresolved: ${path}`, type, before);

const ENUMS =
  'enum Numeric { A, B = 5 } enum Text { A = "a" } enum Mixed { A = "a", B = 2 } const enum Inlined { X = 1 } declare enum Declared { P, Q } declare const enum Both { X }';
const KEY = 'import { cacheKey } from "aotcache";';

const TAGGED =
  "declare const tag: unique symbol; type Tagged<T, K extends PropertyKey> = T & { readonly [tag]: { [Key in K]: void } };";
const DEEP =
  "type Deep<T> = { readonly [K in keyof T]: Deep<T[K]> }; type Frozen<T> = T extends (infer U)[] ? readonly Frozen<U>[] : T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;";

const KEYED: readonly TypeRow[] = [
  keyed("string | number | boolean | bigint | null | undefined"),
  keyed("'a' | 1 | -1 | 1n | true"),
  keyed("Numeric | Numeric.A | Text | Mixed | Inlined | Declared | Both", ENUMS),
  keyed("typeof Numeric", ENUMS),
  keyed("Record<Text, Numeric> | keyof typeof Text", ENUMS),
  keyed("`x-${number}` | Uppercase<string> | Lowercase<'A'>"),
  keyed("string & { readonly __brand: 'UserId' }"),
  keyed("string & { [brand]: true }", "declare const brand: unique symbol;"),
  keyed("{ id: number } & { [brand]: true }", "declare const brand: unique symbol;"),
  keyed("Date & { readonly __brand: 'utc' }"),
  keyed("Map<string, 1> & { readonly kind: unique symbol }"),
  keyed(
    "Radix<string>",
    "interface Radix<T> extends Map<string, T | Radix<T>> { get(key: ''): T | undefined; get(key: string): Radix<T> | undefined }",
  ),
  keyed("string[] & { readonly __brand: 'sorted' }"),
  keyed("[x: number, y: number] & { _brand: 'point' }"),
  keyed(
    "Polygon",
    "type Point = readonly [number, number] & { __brand: 'p' }; type Polygon = Point[] & { __brand: 'q' };",
  ),
  keyed("Tagged<[1, 2], 'a'> | Tagged<Date, 'b'> | Tagged<Set<string>, 'c'>", TAGGED),
  keyed("(readonly unknown[]) & (readonly string[])"),
  keyed("[number, number] & number[] | [1] & object | string[] & {}"),
  keyed("Map<string, unknown> & ReadonlyMap<string, 1>"),
  keyed("[number, ...string[]] & { extra?: string }"),
  keyed("Corner", "interface Corner extends Readonly<[number, number]> {}"),
  keyed("Ids", "interface Ids extends Readonly<Set<string>> {} "),
  keyed(
    "Sorted",
    "interface Sorted extends Branded {} type Branded = string[] & { readonly __brand: 'sorted' };",
  ),
  keyed("Readonly<Map<string, { id: string }>> | Readonly<ReadonlySet<string>> | Readonly<Set<1>>"),
  keyed("Readonly<Date> | Readonly<RegExp> | Readonly<URL> | Partial<Date> | Required<Date>"),
  keyed("Readonly<Uint8Array> | Readonly<Float64Array> | Readonly<ArrayBuffer> | Readonly<DataView>"),
  keyed("Pick<Date, 'getTime'> | Omit<Map<string, 1>, 'set' | 'delete'>"),
  keyed("Readonly<Map<string, 1> & { _brand: 1 }> | Readonly<[1, 2] & { _brand: 1 }>"),
  keyed("Readonly<Map<string, Readonly<Date>>> & { _brand: 1 }"),
  keyed("Deep<User>", `${DEEP} interface User { at: Date; tags: Set<string>; friends: Map<string, User> }`),
  keyed("Frozen<{ a: Date[]; b: Map<string, Set<Date>> }>", `${DEEP}`),
  keyed("{ value: string; toString(): string }"),
  keyed("object & { a: 1 } | {} & string | NonNullable<string | null>"),
  keyed("Text & string | Text & { _brand: 1 }", ENUMS),
  keyed("readonly (string | undefined)[] | Array<ReadonlyArray<1>>"),
  keyed("[x: string, y?: number, ...rest: boolean[]]"),
  keyed("readonly [1, ...string[], Date]"),
  keyed("ArrayLike<string>"),
  keyed("TemplateStringsArray"),
  keyed("{ a: string; b?: { readonly c: Date | null } }"),
  keyed("{ get x(): string; set x(value: string) }"),
  keyed("{ [name: string]: number } | { [index: number]: string }"),
  keyed("{ [name: `data-${string}`]: string; id: number }"),
  keyed(
    "Readonly<Partial<Required<User>>> | Pick<User, 'id'> | Omit<User, 'id'>",
    "interface User { id: 1; name?: string }",
  ),
  keyed("{ -readonly [K in keyof User]?: User[K] | null }", "interface User { readonly id: 1 }"),
  keyed("User['tags'][number] | User[keyof User]", "interface User { id: 1; tags: string[] }"),
  keyed("If<string> | If<1>", "type If<T> = T extends string ? { s: T } : { n: T };"),
  keyed("Exclude<'a' | (() => void), Function> | Extract<keyof { a: 1 }, string>"),
  keyed("Awaited<Promise<string>> | ReturnType<() => Date> | Parameters<(x: URL) => void>"),
  keyed("InstanceType<typeof Date> | NonNullable<string | null>"),
  keyed("Json", "type Json = string | Json[] | { [key: string]: Json };"),
  keyed("Tree", "interface Tree { kids: Tree[]; parent: Tree | null; index: Map<string, Tree> }"),
  keyed("Endless<string>", "type Endless<T> = { value: T; next?: Endless<T[]> };"),
  keyed("Id", "type Id = Inner; type Inner = Deeper; type Deeper = string;"),
  keyed("typeof settings", "const settings = { a: 1, b: ['x'], c: new Date(0) } as const;"),
  keyed("Data", "interface Data { id: number } class C implements Data { id = 1 }"),
  keyed("Child", "interface Parent { a: 1 } interface Child extends Parent { b: 2 }"),
  keyed("Date | RegExp | URL | Map<string, Set<Date>> | ReadonlyMap<1, ReadonlySet<2>>"),
  keyed("Uint8Array | BigInt64Array | DataView | ArrayBuffer | SharedArrayBuffer | ArrayBufferView"),
  keyed("Names", "interface Names extends Array<string> {}"),
  keyed("Table", "interface Table extends ReadonlyMap<string, number> {}"),
  keyed("Intl.DateTimeFormatOptions"),
  keyed("Money", `${KEY} class Money { secret = () => 1; [cacheKey]() { return [1n, "EUR"]; } }`),
  keyed(
    "Euro",
    `${KEY} abstract class Money { abstract x: () => 1; [cacheKey]() { return 1; } } class Euro extends Money { x = () => 1 as const; }`,
  ),
  keyed(
    "Wrapped<string>",
    `${KEY} class Wrapped<T> { constructor(readonly value: T) {} [cacheKey](): T { return this.value; } }`,
  ),
  keyed("Money", 'import * as aot from "aotcache"; class Money { [aot.cacheKey] = () => 1; run() {} }'),
  keyed(
    "Money",
    'const own = Symbol.for("aotcache.cacheKey"); class Money { [own](): string { return ""; } run() {} }',
  ),
];

const FAULTY: readonly TypeRow[] = [
  unkeyable("a: () => void", "() => void"),
  unkeyable("a: () => void", "Blob | (() => void) | null"),
  unkeyable("a.f: () => void", "{ f: () => void } | undefined"),
  unkeyable("a.f: () => void", "{ f: () => void; at: 1 } | { f: () => void; at: 2 }"),
  unkeyable("a: new () => Date", "new () => Date"),
  unkeyable("a: Function", "Function"),
  unkeyable("a: DateConstructor", "typeof Date"),
  unkeyable("a: { (x: number): string; meta: string; }", "{ (x: number): string; meta: string }"),
  unkeyable("a: symbol", "symbol"),
  unkeyable("a: unique symbol", "typeof tag", "declare const tag: unique symbol;"),
  unkeyable("a[value]: () => void", "Readonly<Map<string, () => void>>"),
  unkeyable("a[]: symbol", "Readonly<Set<symbol>>"),
  unkeyable("a[1]: () => void", "[string, () => void] & { _brand: 1 }"),
  unkeyable("a.test: () => void", "[string] & { test(): void }"),
  unkeyable("a.test: () => void", "Readonly<Date & { test(): void }>"),
  unkeyable("a.filter.test: (x: string) => boolean", "{ filter: { test: (x: string) => boolean } }"),
  unkeyable("a.filter.test: (x: string) => boolean", "{ filter?: { test?(x: string): boolean } }"),
  unkeyable("a[].x.y: symbol", "{ x: { y: symbol } }[]"),
  unkeyable("a[1]: () => void", "[string, () => void]"),
  unkeyable("a[]: () => void", "{ [name: string]: () => void }"),
  unkeyable("a[value]: Error", "Map<string, Error>"),
  unkeyable("a[key]: WeakRef<object>", "Map<WeakRef<object>, 1>"),
  unkeyable("a[]: () => void", "ReadonlySet<() => void>"),
  unkeyable('a["x-y"]: () => void', '{ "x-y": () => void }'),
  unkeyable("a.y: () => void", "Readonly<Partial<{ x: 1; y: () => void }>>"),
  unkeyable("a.x: (n: number) => void", "Partial<Record<'x', (n: number) => void>>"),
  unkeyable("a: () => void", "If<string>", "type If<T> = T extends string ? () => void : T;"),
  unkeyable("a.save: () => void", "Model", "interface Model { id: number; save(): void }"),
  unkeyable("a.on: () => void", "Tree", "type Tree = { kids: Tree[]; on(): void };"),
  unkeyable(
    "a.stop: () => void",
    "Endless<1>",
    "type Endless<T> = { next: Endless<T[]>; stop: () => void };",
  ),
  unkeyable(
    "a.c.a: () => void",
    "A",
    "interface A { b: B } interface B { a?: A } interface C { a: () => void } interface A { c: C }",
  ),
  unkeyable("a: User", "User", "class User { id = 1 }"),
  unkeyable("a: Box<string>", "Box<string>", "abstract class Box<T> { abstract value: T }"),
  unkeyable("a: Day", "Day", "class Day extends Date {}"),
  unkeyable("a: Table", "Table", "class Table extends Map<string, string> {}"),
  unkeyable("a: List", "List", "class List extends Array<string> {}"),
  unkeyable(
    "a: User",
    "User",
    "declare const cacheKey: unique symbol; class User { [cacheKey](): 1 { return 1; } }",
  ),
  unkeyable(
    "a[cacheKey](): Promise<number>",
    "User",
    `${KEY} class User { async [cacheKey]() { return 1; } }`,
  ),
  unkeyable(
    "a[cacheKey]()[]: () => number",
    "User",
    `${KEY} class User { [cacheKey]() { return [() => 1]; } }`,
  ),
  unkeyable("a[value]: () => void", "Hooks<() => void>", "interface Hooks<T> extends Map<string, T> {}"),
  unkeyable("a[]: () => void", "Hooks", "interface Hooks extends ReadonlyArray<() => void> {}"),
  unkeyable("a[]: symbol", "Tags<symbol>", "interface Tags<T> extends Set<T> {}"),
  unkeyable("a.callbacks[]: () => void", "string[] & { callbacks: (() => void)[] }"),
  unkeyable("a: { a: 1; } & User", "{ a: 1 } & User", "class User { id = 1 }"),
  unkeyable("a: Promise<string>", "Promise<string>"),
  unkeyable("a: PromiseLike<string>", "PromiseLike<string>"),
  unkeyable("a: WeakMap<object, string>", "WeakMap<object, string>"),
  unkeyable("a: WeakSet<object>", "WeakSet<object>"),
  unkeyable("a: Error", "Error"),
  unkeyable("a: Generator<string, any, any>", "Generator<string>"),
  unkeyable("a: AsyncIterable<string>", "AsyncIterable<string>"),
  unkeyable("a: IterableIterator<string>", "IterableIterator<string>"),
  unkeyable("a: RegExpMatchArray", "RegExpMatchArray"),
  unkeyable("a: URLSearchParams", "URLSearchParams"),
  unkeyable("a: Headers", "Headers"),
  unkeyable("a: FormData", "FormData"),
  unkeyable("a: Request", "Request"),
  unkeyable("a: Response", "Awaited<ReturnType<typeof fetch>>"),
  unkeyable("a: Blob", "Blob"),
  unkeyable("a: ReadableStream<any>", "ReadableStream"),
  unkeyable("a: HTMLElement", "HTMLElement"),
  unkeyable("a: AbortController", "AbortController"),
  unkeyable("a.inner.signal: AbortSignal", "{ inner: { signal: AbortSignal } }"),
  unkeyable("a: NumberFormat", "Intl.NumberFormat"),
  unkeyable('a: typeof import("file0")', "typeof module", 'import * as module from "./file0";'),
  unproved("a: (() => void) | string", "(() => void) | string"),
  unproved("a: PropertyKey", "PropertyKey"),
  unproved("a: RequestInfo", "RequestInfo"),
  unproved("a: Promise<string> | string", "Promise<string> | string"),
  unproved("a: Promise<1> | object", "Promise<1> | object"),
  unproved("a: { f: () => void; } | { id: 1; } | null", "{ f: () => void } | { id: 1 } | null"),
  unproved("a.on: (() => void) | boolean", "{ on: boolean | (() => void) }"),
  unproved("a[]: string | symbol", "(string | symbol)[]"),
  unproved("a.x: HeadersInit", "{ x: HeadersInit }"),
  unproved("a: { toString(): string; }", "{ toString(): string }"),
  unproved("a: any", "any"),
  unproved("a: unknown", "unknown"),
  unproved("a: object", "object"),
  unproved("a: {}", "{}"),
  unproved("a: String", "String"),
  unproved("a: Iterable<string>", "Iterable<string>"),
  unproved("a[]: unknown", "Record<string, unknown>"),
  unproved("a[value]: unknown", "Map<string, unknown>"),
  unproved("a.x: any", "{ x: any; y: string }"),
  unproved("a: any", "Honest", "type Honest = any;"),
  unproved("a: any", "ReturnType<typeof JSON.parse>"),
  unresolved("a", "Gone", 'import type { Gone } from "./gone";'),
  unresolved("a[]", "Gone[]", 'import type { Gone } from "./gone";'),
  unresolved("a", "Gone['x']", 'import { Gone } from "./gone";'),
  unresolved("a", "gone.User", 'import * as gone from "./gone";'),
  unresolved("a", "typeof gone", 'import gone from "./gone";'),
  unresolved("a", "import('./gone').User"),
  unresolved("a", "ReturnType<typeof gone>", 'import gone from "./gone";'),
  unresolved("a[value]", "Map<string, Gone>", 'import type { Gone } from "./gone";'),
  unresolved("a", "Child", 'import type { Gone } from "./gone"; interface Child extends Gone { b: 1 }'),
  unresolved("a", "NeverDeclared"),
];

const write = ({ type, before = "" }: TypeRow): string =>
  `${before}\n// @cached\nexport function f(a: ${type}): number { return Object.keys(a as never).length; }`;

describe("a parameter's type", () => {
  const rows = [...KEYED, ...FAULTY];
  const analyses = analyzeTexts(rows.map(write));
  const saidOf = (index: number): readonly string[] =>
    analyses[index]!.problems.map(
      ({ name, message }) => `${name}: ${/`(.*?)`(?: has| does|,? could)/.exec(message)?.[1]}`,
    );

  test.each(KEYED.map(({ type, before }, index) => [type, before, index] as const))(
    "has a key: %s (%s)",
    (_type, _before, index) => {
      expect(saidOf(index)).toEqual([]);
    },
  );

  test.each(FAULTY.map((row, index) => [row.type, row.said, index + KEYED.length] as const))(
    "%s is reported as %s",
    (_, expected, index) => {
      expect(saidOf(index).map((text) => text.replace(/`, `.*$/, ""))).toEqual([expected]);
    },
  );
});

/** Types of Node.js and of the language, each with one of its values. */
const VALUES: readonly (readonly [type: string, value: unknown])[] = [
  ["string", "a"],
  ["bigint[]", [1n]],
  ["Record<string, number>", { a: 1 }],
  ["Date", new Date(0)],
  ["RegExp", /a/],
  ["URL", new URL("https://a.example")],
  ["Map<string, Set<number>>", new Map([["a", new Set([1])]])],
  ["Buffer", Buffer.from("a")],
  ["Uint8Array | Float64Array", new Float64Array([1])],
  ["DataView", new DataView(new ArrayBuffer(1))],
  ["SharedArrayBuffer", new SharedArrayBuffer(1)],
  ["TemplateStringsArray", ((texts: TemplateStringsArray, ..._values: unknown[]) => texts)`a${1}b`],
  ["NodeJS.Dict<string>", { a: "b" }],
  ["{ [cacheKey](): string }", { [cacheKey]: () => "a" }],
  ["() => void", () => {}],
  ["symbol", Symbol("a")],
  ["Error", new Error("a")],
  ["Promise<string>", Promise.resolve("a")],
  ["WeakMap<object, string>", new WeakMap()],
  ["WeakRef<object>", new WeakRef({})],
  ["URLSearchParams", new URLSearchParams("a=1")],
  ["Headers", new Headers({ a: "1" })],
  ["FormData", new FormData()],
  ["Request", new Request("https://a.example")],
  ["Response", new Response("a")],
  ["Blob", new Blob(["a"])],
  ["ReadableStream", new ReadableStream()],
  ["import('node:stream').Readable", Readable.from(["a"])],
  ["NodeJS.ReadableStream", Readable.from(["a"])],
  ["IterableIterator<number>", [1].values()],
  [
    "Generator<number>",
    (function* () {
      yield 1;
    })(),
  ],
  ["RegExpMatchArray", /a/.exec("a")],
  [
    "IArguments",
    (function () {
      return arguments;
    })(),
  ],
  ["Intl.NumberFormat", new Intl.NumberFormat("en")],
  ["AbortController", new AbortController()],
  [
    "NodeJS.Timeout",
    (() => {
      const timer = setTimeout(() => {}, 0);
      clearTimeout(timer);
      return timer;
    })(),
  ],
  ["typeof import('node:path')", await import("node:path")],
];

describe("the diagnostic for a type agrees with the runtime's handling of its values", () => {
  const text = VALUES.map(
    ([type], index) => `// @cached\nexport function f${index}(a: ${type}): number { return 1; }`,
  ).join("\n");
  const path = fileURLToPath(new URL("made-up.ts", import.meta.url));
  const file = new Workspace().fileFor(
    path,
    `import { cacheKey } from "../../runtime/key/index.ts";\n${text}`,
  );
  const analyses = analyzeAll(file);

  test.each(VALUES.map(([type, value], index) => [type, value, index] as const))("%s", (_, value, index) => {
    expect(analyses[index]!.site !== undefined).toBe(encode(value) !== undefined);
  });
});

/** Whole functions, and all diagnostics for their parameters: place, message and help. */
const SAID: readonly (readonly [what: string, text: string, ...said: string[]])[] = [
  [
    "one diagnostic for each place, with all paths of that place",
    "interface Model { id: number; save(): void; load(): void; tag: symbol }\n// @cached\nexport function f(m: Model, o: { a: () => void; b: { c: symbol }; d: 1 }): number { return 1; }",
    "m: Model | `m.save: () => void` has no key: it is a function. `m.load`, `m.tag` have no key either.",
    "a: () => void | `o.a: () => void` has no key: it is a function.",
    "c: symbol | `o.b.c: symbol` has no key: it is a symbol.",
  ],
  [
    "no warning next to an error",
    "interface Both { a: any; b: () => void }\n// @cached\nexport function f(x: Both): number { return 1; }",
    "x: Both | `x.b: () => void` has no key: it is a function.",
  ],
  [
    "at most five",
    "// @cached\nexport function f(o: { a(): 1; b(): 1; c(): 1; d(): 1; e(): 1; f(): 1 }): number { return 1; }",
    ..."abcde".split("").map((name) => `${name}(): 1 | \`o.${name}: () => 1\` has no key: it is a function.`),
  ],
  [
    "the names in a pattern",
    "// @cached\nexport function f({ a, b: { c } }: { a: () => void; b: { c: symbol } }): number { return 1; }",
    "a | `a: () => void` has no key: it is a function.",
    "c | `c: symbol` has no key: it is a symbol.",
  ],
  [
    "the type of an overload, if it is wider",
    "// @cached\nexport function f(a: string, done: () => void): number;\nexport function f(a: number): number;\nexport function f(a: any, done?: any): number { return 1; }",
    "done: () => void | `done: () => void` has no key: it is a function.",
    "done?: any | `done: any` does not prove that its values have a key.",
  ],
  [
    "nothing, if the overloads prove what the implementation does not",
    "// @cached\nexport function f(a: string): number;\nexport function f(a: number, b?: Date): number;\nexport function f(a: any, b?: unknown): number { return 1; }",
  ],
  [
    "nothing for a signal at any depth",
    "// @cached\nexport function f(init: RequestInit['signal'], o: { signal?: AbortSignal | null } | undefined, { signal, ...rest }: { signal: AbortSignal; id: 1 }): number { return 1; }",
  ],
  [
    "an untyped parameter",
    "// @cached\nexport function f(a, b = gone()): number { return 1; }",
    "a | `a: any` does not prove that its values have a key.",
    "b | The type of `b` could not be resolved.",
  ],
  [
    "type parameters, by what bounds them",
    "// @cached\nexport function f<T, U extends { a: 1 }, V extends () => void>(a: T, b: U, c: V, d: Partial<U>): number { return 1; }",
    "a: T | `a: T` does not prove that its values have a key.",
    "c: V | `c: () => void` has no key: it is a function.",
  ],
];

describe("diagnostics of parameters", () => {
  const analyses = analyzeTexts(SAID.map(([, text]) => text));

  test.each(SAID.map(([what, text, ...lines], index) => [what, text, lines, index] as const))(
    "%s",
    (_, text, lines, index) => {
      const { problems } = analyses[index]!;
      const shown = problems.map(({ span, message }) => `${text.slice(span.start, span.end)} | ${message}`);
      expect(shown).toEqual(lines);
    },
  );

  const helpFor = (parameters: string, body = "return String(a);", before = ""): string => {
    const [analysis] = analyzeTexts([
      `${before}\n// @cached\nexport function f(${parameters}): string { ${body} }`,
    ]);
    return analysis!.problems[0]!.help;
  };

  const options =
    "{ filter: { test(): 1 }; limit?: number; order: { by: string; done(): 1 }; tags: string[] }";

  test.each([
    ["return String(id + opts.limit!)", "id,opts.limit,locale"],
    ["return opts.order.by.trim() + opts?.order['by']", "id,opts.order.by,locale"],
    ["const { limit, order: { by } } = opts; return limit + by", "id,opts.limit,opts.order.by,locale"],
    ["const o = opts; const { order } = o!; return order.by", "id,opts.order.by,locale"],
    ["const { filter, ...rest } = opts; return rest.tags.join()", "id,opts.tags,locale"],
    ["if (!opts) return ''; return opts.order.by", "id,opts.order.by,locale"],
    ["return opts.tags.map((tag) => tag + opts.tags.length).join()", "id,opts.tags,locale"],
    ["return [1].map(() => opts.limit).join()", "id,opts.limit,locale"],
  ])("the help names what the body reads: %s", (body, key) => {
    expect(helpFor(`id: number, opts: ${options}, locale = "en"`, body)).toMatch(`Write \`key=${key}\``);
  });

  test.each([
    "return JSON.stringify(opts)",
    "return String(opts[id])",
    "return String(opts.order.done())",
    "return String(opts.filter)",
    "const { ...rest } = opts; return JSON.stringify(rest)",
    "const o = [opts]; return String(o[0].limit)",
  ])("the help offers no option if the body reads more: %s", (body) => {
    expect(helpFor(`id: number, opts: ${options}`, body)).not.toMatch(/`(?:key|ignore)=/);
  });

  test("the help suggests [cacheKey]() for a class of the project only", () => {
    expect(helpFor("a: User", undefined, "class User {}")).toContain(
      "give its class a method `[cacheKey]()`",
    );
    expect(helpFor("a: Promise<string>")).not.toContain("cacheKey");
    expect(helpFor("a: () => void")).not.toContain("cacheKey");
  });

  test("the help for an overload's parameter uses the name that `ignore` accepts", () => {
    const [analysis] = analyzeTexts([
      "// @cached\nexport function f(done: () => void): number;\nexport function f(first: any): number { return 1; }",
    ]);
    expect(analysis!.problems[0]!.help).toContain("`ignore=first`");
  });

  test("the help for a deep signal suggests a separate parameter", () => {
    expect(helpFor("a: { b: { signal: AbortSignal } }", "return String(a)")).toContain(
      "make the signal a parameter of its own",
    );
  });

  test("the `any` of a module declared without types is a known `any`", () => {
    const text =
      'import { User } from "untyped";\n// @cached\nexport function f(a: User): number { return 1; }';
    const files = { "/app/a.ts": text, "/app/untyped.d.ts": 'declare module "untyped";' };
    const [analysis] = analyzeAll(sources(files).file("/app/a.ts"));
    expect(faultsOf(analysis!, text)).toEqual(["parameter-unproved under a: User"]);
  });

  test("JSDoc types of JavaScript are equivalent to written ones", () => {
    const text =
      "/** @typedef {{ id: number, done: () => void }} Job */\n/**\n * @param {Job} job\n * @param {string[]} names\n * @param {Gone} gone\n * @cached\n */\nexport function f(job, names, gone) { return 1; }";
    const [analysis] = analyzeTexts([text], "js");
    expect(faultsOf(analysis!, text)).toEqual([
      "parameter-unkeyable under job",
      "parameter-unresolved under gone",
    ]);
  });
});
