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
    fn("backend=main", "Response"),
    "result-unstorable: The result is `Response`, which `backend=main` cannot restore.",
  ],
  [
    fn("backend=main", "ReadableStream | null"),
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
    fn("serializer=v8", "Generator<string>"),
    "result-unstorable: The result is `Generator<string, any, any>`, which `serializer=v8` cannot restore.",
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
      fn("backend=main", "Response"),
      "// @cached backend=main\nexport const load = async (id: number) => [() => id];",
    ];
    const shown = analyzeTexts(texts).map(({ problems }, index) => {
      const { start, end } = problems[0]!.span;
      return texts[index]!.slice(start, end);
    });
    expect(shown).toEqual(["Promise<Response>", "async"]);
  });
});
