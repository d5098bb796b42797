import { ts } from "ts-morph";
import { describe, expect, test } from "vitest";
import { plainParameterTexts, plainTypeText } from "../../src/analyze/types/type-syntax.ts";
import { typeText } from "../../src/analyze/types/type-text.ts";
import { sources, type Sources } from "../support/analyzed.ts";

/** The types of the aliases in a file, by name. */
function aliasesOf({ file }: Sources, path: string): ReadonlyMap<string, ts.TypeAliasDeclaration> {
  return new Map(
    file(path)
      .source.statements.filter(ts.isTypeAliasDeclaration)
      .map((statement) => [statement.name.text, statement]),
  );
}

/** Pairs of types. Their declarations are in `PRELUDE`. */
const PRELUDE = `
declare const one: unique symbol;
declare const other: unique symbol;
interface User { id: number; name?: string; tags: string[] }
interface Account { tags: Array<string>; name?: string; id: number }
interface Guest { id: number; name: string; tags: string[] }
interface Node1 { value: number; next?: Node1; kids: Node1[] }
interface Vertex { kids: Vertex[]; next?: Vertex; value: number }
interface Leaf { value: string; next?: Leaf; kids: Leaf[] }
interface Ping { pong: Pong; at: number } interface Pong { ping: Ping }
interface Tick { tock: Tock; at: number } interface Tock { tick: Tick }
interface Left { pong: Right; at: number } interface Right { ping: Left }
interface Wrong { pong: Skewed; at: number } interface Skewed { ping: Wrong; extra: 1 }
enum Color { Red, Green } enum Shade { Green = 1, Red = 0 } enum Word { Red = "red" } enum Words { Red = "Red" }
class Point { constructor(public x: number, private secret: string) { void this.secret; } area(): number { return 1; } }
namespace Inner { export class Point { constructor(public x: number, private other: number) { void this.other; } area(): number { return 2; } } }
namespace Deep { export class Point { x = 1; y = 2; area(): number { return 2; } } }
type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type Value = { [name: string]: Value } | null | Value[] | boolean | number | string;
type Nest<T> = { value: T; deeper?: Nest<T[]> };
type Id<T> = T extends string ? number : boolean;
type Big = { a: Part; b: Part; c: Part }; type Part = { a: Small; b: Small; c: Small };
type Small = { a: Tiny; b: Tiny; c: Tiny }; type Tiny = { first: string; second: number; third: boolean };
type Larger = { c: Bits; b: Bits; a: Bits }; type Bits = { c: Crumbs; b: Crumbs; a: Crumbs };
type Crumbs = { c: Dust; b: Dust; a: Dust }; type Dust = { third: boolean; second: number; first: string };
type Odd = { a: Bits; b: Bits; c: Bits & { more: 1 } };
`;

const SAME: readonly (readonly [why: string, one: string, other: string])[] = [
  ["an interface with another name, its properties in another order", "User", "Account"],
  ["an interface and a literal", "User", "{ id: number; name?: string; tags: string[] }"],
  ["members of a union in another order", "string | number | null", "null | number | string"],
  ["a union with a member that contains another", 'string | "a" | 1', "1 | string"],
  ["boolean and its literals", "boolean | 1", "true | 1 | false"],
  ["readonly and not", "readonly string[]", "string[]"],
  ["readonly properties", "{ readonly a: 1 }", "{ a: 1 }"],
  ["readonly maps and sets", "ReadonlyMap<string, ReadonlySet<1>>", "Map<string, Set<1>>"],
  ["array and its short form", "Array<string | 1>", "(1 | string)[]"],
  ["labels of tuples", "[from: number, to?: string]", "[number, string?]"],
  [
    "utility types and their results",
    'Pick<User, "id"> & { b: Partial<{ c: 1 }> }',
    "{ id: number; b: { c?: 1 } }",
  ],
  ["a record and its index signature", "Record<string, number>", "{ [name: string]: number }"],
  ["an intersection and one object", "{ a: 1 } & { b: 2 }", "{ b: 2; a: 1 }"],
  ["enums with the same values", "Color", "Shade"],
  ["an enum and its values", "Color", "0 | 1"],
  ["recursive interfaces with other names", "Node1", "Vertex"],
  ["a recursive type with another entry point in the same order", "Ping", "Left"],
  ["recursive unions in another order", "Json", "Value"],
  ["classes with equal names and shapes, except for private members", "Point", "Inner.Point"],
  ["a conditional type and its result", 'Id<"a">', "number"],
  ["large types that share parts", "Big", "Larger"],
  ["byte arrays over other buffers", "Uint8Array<ArrayBuffer>", "Uint8Array<ArrayBufferLike>"],
  ["template texts", "`a${string}b`", "`a${string}b`"],
];

const DIFFERENT: readonly (readonly [why: string, one: string, other: string])[] = [
  ["an optional property", "User", "Guest"],
  ["a property's type", "{ a: 1 }", "{ a: 2 }"],
  ["a property's name", "{ a: 1 }", "{ b: 1 }"],
  ["an additional property", "{ a: 1 }", "{ a: 1; b: 1 }"],
  ["a literal and its text", '"1"', "1"],
  ["a bigint and a number", "1n", "1"],
  ["null and undefined", "null", "undefined"],
  ["any and unknown", "any", "unknown"],
  ["a property of recursive types", "Node1", "Leaf"],
  ["a property deep in a cycle", "Ping", "Wrong"],
  ["names of properties in a cycle", "Ping", "Tick"],
  ["enums with other values", "Word", "Words"],
  ["a class and its shape", "Point", "{ x: number; area(): number }"],
  ["a class's public property", "Point", "Deep.Point"],
  ["Date and string", "Date", "string"],
  ["the values of a map", "Map<string, 1>", "Map<string, 2>"],
  ["tuples and arrays", "[string, string]", "string[]"],
  ["optional and required elements", "[string, number?]", "[string, number]"],
  ["rest elements", "[string, ...number[]]", "[string, number]"],
  ["the parameters of a function", "(a: string) => void", "(a: number) => void"],
  ["the result of a function", "() => string", "() => number"],
  ["large types that differ at one leaf", "Big", "Odd"],
  ["template texts", "`a${string}`", "`b${string}`"],
  ["an infinite type and its first level", "Nest<string>", "Nest<number>"],
  ["a quoted text that looks like a union", '"a|b"', '"a" | "b"'],
];

describe("the canonical text of a type", () => {
  const rows = [...SAME, ...DIFFERENT];
  const text = rows
    .map(([, one, other], row) => `type One${row} = ${one};\ntype Other${row} = ${other};`)
    .join("\n");
  const whole = sources({ "/app/types.ts": `${PRELUDE}\n${text}\nexport {};` });
  const aliases = aliasesOf(whole, "/app/types.ts");
  const textOf = (name: string): string =>
    typeText(whole.program.getTypeChecker().getTypeAtLocation(aliases.get(name)!.type), whole.program);

  test.each(SAME.map((row, index) => [...row, index] as const))(
    "is the same for %s",
    (_, one, other, row) => {
      expect(textOf(`One${row}`), `${one} and ${other}`).toBe(textOf(`Other${row}`));
    },
  );

  test.each(DIFFERENT.map((row, index) => [...row, index + SAME.length] as const))(
    "differs for %s",
    (_, one, other, row) => {
      expect(textOf(`One${row}`), `${one} and ${other}`).not.toBe(textOf(`Other${row}`));
    },
  );

  test("contains no number that the checker assigned to a symbol", () => {
    const { program, file } = sources({
      "/app/a.ts": "declare const tag: unique symbol; type A = { [tag]: 1; b: typeof tag };",
    });
    const [alias] = file("/app/a.ts").source.statements.filter(ts.isTypeAliasDeclaration);
    const type = program.getTypeChecker().getTypeAtLocation(alias!.type);
    expect(typeText(type, program)).toBe('{"[tag]":1;"b":symbol;}');
  });
});

/** Types of parameters that are read without a checker. */
const PLAIN = [
  "a: number",
  "a?: number",
  "a: number | undefined",
  "a: number = 1",
  "a: string | null = null",
  'a = "en"',
  "a = -1",
  "a = 1n",
  "a = false",
  "a = `text`",
  "...a: string[]",
  'a: "x" | "y" | (1 | (true | false))',
  'a: string | "x"',
  "a: 0x10 | 1e3",
  "a: readonly (string | undefined)[]",
  "a: [string, number[]]",
  "a: { b: string; a?: number; readonly c: { d: null } }",
  'a: { "x y": 1, b: 2 }',
  "a: Date",
  "a: ReadonlyMap<string, Set<number>>",
  "a: Array<ReadonlyArray<bigint>>",
  "a: RegExp | string",
  "{ a, b }: { a: string; b?: number }",
  "{ a: x, b: y = 10 }: { a: string; b?: number }",
  "{ a = 10 }: { a?: number } = {}",
  'a: { aliases: ("a" | "b")[] } | null',
] as const;

/** Types that only a checker can resolve. */
const ASKED = [
  "a: User",
  "a: any",
  "a: {}",
  "a: RegExp | Promise<string>",
  "a = [1]",
  "a = null",
  "a: Shadow",
  "a: { [key: string]: number }",
  "a: { m(): void }",
  "a: typeof value",
  "a: keyof { b: 1 }",
  "{ a }: User",
  "{ ...a }: { a: string }",
  "a: T",
] as const;

describe("types that need no checker", () => {
  const declarations = "interface User { a: string } type Shadow = 1; declare const value: 1;";
  const write = (parameters: string): string =>
    `${declarations} export function f<T>(${parameters}) { return a; }`;
  const rows: readonly string[] = [...PLAIN, ...ASKED];
  const { file, program } = sources(
    Object.fromEntries(rows.map((row, index) => [`/app/row${index}.ts`, write(row)])),
  );
  const parameterOf = (row: string): ts.ParameterDeclaration =>
    file(`/app/row${rows.indexOf(row)}.ts`).source.statements.find(ts.isFunctionDeclaration)!.parameters[0]!;
  const namesIn = (name: ts.BindingName): readonly ts.Identifier[] =>
    ts.isIdentifier(name)
      ? [name]
      : name.elements.flatMap((element) => (ts.isBindingElement(element) ? namesIn(element.name) : []));

  test.each(PLAIN)("`%s` is read like the checker reads it", (row) => {
    const parameter = parameterOf(row);
    const checker = program.getTypeChecker();
    const asked = namesIn(parameter.name).map((name) => typeText(checker.getTypeAtLocation(name), program));
    expect(plainParameterTexts(parameter)).toEqual(asked);
  });

  test.each(ASKED)("`%s` is left to the checker", (row) => {
    expect(plainParameterTexts(parameterOf(row))).toBeUndefined();
  });

  test.each(["type Promise<T> = T;", 'import { Promise } from "x";', "class Promise<T> { a?: T }"])(
    "a global is left to the checker if the file has %s",
    (declaration) => {
      const path = "/app/shadow.ts";
      const shadow = sources({ [path]: `${declaration} export function f(): Promise<string> { throw 1; }` });
      const fn = shadow.file(path).source.statements.find(ts.isFunctionDeclaration)!;
      expect(plainTypeText(fn.type!)).toBeUndefined();
    },
  );
});
