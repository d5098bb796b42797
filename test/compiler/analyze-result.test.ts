import { describe, expect, test } from "vitest";
import { analyzeTexts } from "../support/analyzed.ts";

const fn = (options: string, type: string, before = ""): string =>
  `${before}\n// @cached ${options}\nexport async function f(id: number): Promise<${type}> { throw id; }`;

const USER = "class User { id = 1 }";

/** The diagnostics of a result; no further elements if there are none. */
const ROWS: readonly (readonly [text: string, ...said: string[]])[] = [
  [
    fn("serializer=json", "{ a: { cb: () => void } }"),
    "result-unstorable: `result.a.cb` is `() => void`, which `serializer=json` cannot restore.",
  ],
  [
    fn("backend=main", "User[]", USER),
    "result-unstorable: `result[]` is `User`, which `backend=main` cannot restore.",
  ],
  [
    fn("backend=main", "string | ReadableStream"),
    "result-unstorable: The result is `ReadableStream<any>`, which `backend=main` cannot restore.",
  ],
  [
    fn("backend=main", "Map<string, symbol>"),
    "result-unstorable: `result[value]` is `symbol`, which `backend=main` cannot restore.",
  ],
  [
    fn("backend=main", "Promise<string>[]"),
    "result-unstorable: `result[]` is `Promise<string>`, which `backend=main` cannot restore.",
  ],
  [
    fn(
      "serializer=msgpack",
      "Money",
      'import { cacheKey } from "aotcache"; class Money { [cacheKey]() { return 1; } }',
    ),
    "result-unstorable: The result is `Money`, which `serializer=msgpack` cannot restore.",
  ],
  [
    fn("serializer=string", "number"),
    "result-unstorable: The result is `number`, which `serializer=string` cannot restore.",
  ],
  [
    fn("serializer=mine", "() => void"),
    "result-unstorable: The result is `() => void`, which `serializer=mine` cannot restore.",
  ],
  [
    "// @cached backend=main\nexport function f(id: number) { return id ? Promise.resolve([() => 1]) : undefined; }",
    "result-unstorable: `result[]` is `() => 1`, which `backend=main` cannot restore.",
  ],
  [
    fn("backend=main", "unknown"),
    "result-unproved: The result is `unknown`, which does not prove that it can be stored.",
  ],
  [
    fn("serializer=json", "{ meta: any }"),
    "result-unproved: `result.meta` is `any`, which does not prove that it can be stored.",
  ],
  [
    "// @cached backend=main\nexport async function f(text: string) { return JSON.parse(text); }",
    "result-unproved: The result is `any`, which does not prove that it can be stored.",
  ],
  // A store can contain all of these.
  [
    fn(
      "backend=main",
      "{ a: string[]; at: Date; m?: Map<string, Set<bigint>>; u: URL; r: RegExp; b: Uint8Array }",
    ),
  ],
  [fn("serializer=json", "Tree[]", "interface Tree { kids: Tree[]; name: string | null }")],
  [fn("serializer=string", "string | null")],
  [fn("serializer=string", "`x-${string}` & { __brand: 1 }")],
  // Memory stores results by reference.
  [fn("ttl=10", "() => void")],
  [fn("backend=main serializer=none", "User", USER)],
  ["class User {}\n// @cached backend=local\nexport function f(id: number): User { throw id; }"],
  // A custom serializer may support the class.
  [fn("serializer=mine", "User", USER)],
  [fn("serializer=mine", "unknown")],
];

describe("a result that must be stored", () => {
  const analyses = analyzeTexts(ROWS.map(([text]) => text));

  test.each(ROWS.map(([text, ...said], index) => [text.replaceAll("\n", " "), said, index] as const))(
    "%s",
    (_, said, index) => {
      expect(analyses[index]!.problems.map(({ name, message }) => `${name}: ${message}`)).toEqual(said);
    },
  );

  test("is reported at the written type, else at the name", () => {
    const texts = [
      fn("backend=main", "User", USER),
      "// @cached backend=main\nexport const load = async (id: number) => [() => id];",
    ];
    const shown = analyzeTexts(texts).map(({ problems }, index) => {
      const { start, end } = problems[0]!.span;
      return texts[index]!.slice(start, end);
    });
    expect(shown).toEqual(["Promise<User>", "async"]);
  });
});

const sync = (type: string, before = "", options = "ttl=10"): string =>
  `${before}\n// @cached ${options}\nexport function f(id: number): ${type} { throw id; }`;
const once = (type: string, path = ""): string =>
  `result-once: ${path ? `\`result${path}\`` : "The result"} is \`${type}\`, which can be read only once, so no second caller could use it.`;
const thenable = (type: string): string =>
  `result-thenable: The result is \`${type}\`, which has a \`then\` but is not a plain promise, so no promise can stand for it.`;
const unproved = (type: string, path = ""): string =>
  `result-unproved: ${path ? `\`result${path}\`` : "The result"} is \`${type}\`, which does not prove that it can be stored.`;

const QUERY =
  "class Query { where(w: string): Query { throw w; } then<T>(next: (rows: string[]) => T): Promise<T> { throw next; } }";
const NODE_STREAM =
  "interface Readable { readable: boolean; read(): unknown; pipe<T>(to: T): T; on(event: string, call: () => void): this }";

/** The diagnostics of results that cannot be given to a second caller. */
const UNSHAREABLE: readonly (readonly [text: string, ...said: string[]])[] = [
  [fn("ttl=10", "Response"), once("Response")],
  [fn("backend=main", "Response"), once("Response")],
  [fn("serializer=none", "Request | null"), once("Request")],
  [fn("ttl=10", "ReadableStream<string> | undefined"), once("ReadableStream<string>")],
  [fn("ttl=10", "ReadableStreamDefaultReader<string>"), once("ReadableStreamDefaultReader<string>")],
  [fn("ttl=10", "TransformStream<string, string>"), once("TransformStream<string, string>")],
  [fn("ttl=10", "DecompressionStream"), once("DecompressionStream")],
  [fn("ttl=10", "Readable", NODE_STREAM), once("Readable")],
  [
    fn(
      "ttl=10",
      "File & { size: number }",
      `${NODE_STREAM} class File implements Partial<Readable> { readable = true; pipe<T>(to: T): T { return to; } }`,
    ),
    once("File & { size: number; }"),
  ],
  [fn("ttl=10", "Page", "interface Page extends Response { page: number }"), once("Page")],
  [sync("Iterator<string>"), once("Iterator<string, any, any>")],
  [sync("IterableIterator<string>"), once("IterableIterator<string>")],
  [sync("MapIterator<string>"), once("MapIterator<string>")],
  [sync("Generator<string>"), once("Generator<string, any, any>")],
  [fn("ttl=10", "AsyncGenerator<string>"), once("AsyncGenerator<string, any, any>")],
  [sync("AsyncIterableIterator<string>"), once("AsyncIterableIterator<string>")],
  [
    sync(
      "Rows",
      "class Rows { next() { return { done: false, value: 1 }; } [Symbol.iterator]() { return this; } }",
    ),
    once("Rows"),
  ],
  [
    "// @cached ttl=10\nexport const f = (text: string) => text.matchAll(/a/g);",
    once("RegExpStringIterator<RegExpExecArray>"),
  ],
  ["// @cached ttl=10\nexport const f = async (url: string) => fetch(url);", once("Response")],
  ["// @cached ttl=10\nexport const f = (url: string) => fetch(url);", once("Response")],
  // At any depth.
  [fn("ttl=10", "{ status: number; body: ReadableStream<string> }"), once("ReadableStream<string>", ".body")],
  [fn("ttl=10", "{ body?: ReadableStream<string> | null }[]"), once("ReadableStream<string>", "[].body")],
  [fn("ttl=10", "Map<string, Response>"), once("Response", "[value]")],
  [fn("ttl=10", "Record<string, [number, Response]>"), once("Response", "[][1]")],
  [sync("{ res: Promise<Response> }"), once("Response", ".res")],
  [fn("ttl=10", "{ a: Response } | { b: { c: Response } }"), once("Response", ".a")],
  [fn("ttl=10", "Tree", "interface Tree { kids: Tree[]; body: Response }"), once("Response", ".body")],
  // Only some values have it: the value decides.
  [fn("ttl=10", "string | ReadableStream<string>"), unproved("ReadableStream<string>")],
  [fn("ttl=10", "{ text: string } | { body: Response }"), unproved("Response", ".body")],
  [sync("Query | string", QUERY), unproved("Query")],
  [fn("ttl=10 allow=result-unproved", "string | ReadableStream<string>"), unproved("ReadableStream<string>")],
  // Any number of callers can read these.
  [fn("ttl=10", "Blob | FormData | Headers | URLSearchParams")],
  [sync("Iterable<string>")],
  [sync("AsyncIterable<string>")],
  [sync("Set<string> | Map<string, number[]>")],
  [fn("ttl=10", "Page", "interface Page { items: string[]; next(): Promise<Page> }")],
  [fn("ttl=10", "Rows", "class Rows { *[Symbol.iterator]() { yield 1; } }")],
  [fn("ttl=10", "Client", "class Client { last?: Response; stream: ReadableStream<string> | undefined }")],
  [fn("ttl=10", "WritableStream<string> | HTMLElement | Document")],
  [sync("Observable", "interface Observable { pipe(): Observable; subscribe(next: () => void): void }")],

  [sync("Query", QUERY), thenable("Query")],
  [sync("Query | null", QUERY), thenable("Query | null")],
  [sync("Lazy", "class Lazy { then(next: (n: number) => void): void { next(1); } }"), thenable("Lazy")],
  [sync("Promise<number> & { cancel(): void }"), thenable("Promise<number> & { cancel(): void; }")],
  [sync("Job", "interface Job extends Promise<number> { readonly id: number }"), thenable("Job")],
  [sync("Job", "class Job extends Promise<number> { readonly id = 1 }"), thenable("Job")],
  [
    sync("Late", "class Late extends Promise<number> { override then<A, B>(): Promise<A | B> { throw 1; } }"),
    thenable("Late"),
  ],
  [
    sync(
      "Rows",
      'interface Rows extends Promise<string[]> { readonly [Symbol.toStringTag]: "PrismaPromise" }',
    ),
    thenable("Rows"),
  ],
  [
    `${QUERY}\n// @cached ttl=10\nexport const f = (table: string) => new Query().where(table);`,
    thenable("Query"),
  ],
  // A promise can stand for these.
  [sync("Promise<number>")],
  [sync("PromiseLike<number>")],
  [sync("Promise<number> | PromiseLike<string>")],
  [sync('Promise<number> & { readonly __brand: "n" }')],
  [sync("Numbers", "interface Numbers extends Promise<number> {}")],
  [sync("Numbers", "class Numbers extends Promise<number> { #private = 1; private own = 2 }")],
  [sync("Numbers", "interface Numbers { then(next: (n: number) => void): void }")],
  [`${QUERY}\n// @cached ttl=10\nexport const f = async (table: string) => new Query().where(table);`],

  [
    sync("number | Promise<number>", "", "backend=main"),
    "result-mixed: The result is `Promise<number> | number`: some calls return it at once, which they cannot do with `backend=main`.",
  ],
  [
    sync("Promise<{ id: number }> | null", "", "serializer=json"),
    "result-mixed: The result is `Promise<{ id: number; }> | null`: some calls return it at once, which they cannot do with `serializer=json`.",
  ],
  [
    "// @cached backend=main\nexport const f = (id: number) => id > 0 ? Promise.resolve(id) : undefined;",
    "result-mixed: The result is `Promise<number> | undefined`: some calls return it at once, which they cannot do with `backend=main`.",
  ],
  [sync("number | Promise<number>")],
  [sync("number | Promise<number>", "", "backend=main serializer=none")],
  [sync("Promise<number> | Promise<null>", "", "backend=main")],
  [sync("any", "", "backend=main allow=result-unproved"), unproved("any")],
];

describe("a result that cannot be given to a second caller", () => {
  const analyses = analyzeTexts(UNSHAREABLE.map(([text]) => text));

  test.each(UNSHAREABLE.map(([text, ...said], index) => [text.replaceAll("\n", " "), said, index] as const))(
    "%s",
    (_, said, index) => {
      expect(analyses[index]!.problems.map(({ name, message }) => `${name}: ${message}`)).toEqual(said);
    },
  );

  test("is found in types of any size", () => {
    const wide = Array.from({ length: 40 }, (_, i) => `p${i}: Wide`).join("; ");
    const said = analyzeTexts([fn("ttl=10", "Wide", `interface Wide { ${wide}; body: Response }`)]);
    expect(said[0]!.problems.map(({ name }) => name)).toEqual(["result-once"]);
  });
});
