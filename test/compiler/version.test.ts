import { format, type Options } from "prettier";
import { ts } from "ts-morph";
import { describe, expect, test } from "vitest";
import { canonicalCode } from "../../src/analyze/canonical-code.ts";
import type { MarkedFunction } from "../../src/syntax/nodes.ts";
import { analyzeAll, analyzeTexts, sources } from "../support/analyzed.ts";
import { fixtures } from "../support/fixtures.ts";

/** A project of four files: the cached function, a barrel, and types two imports away. */
const PROJECT: Readonly<Record<string, string>> = {
  "users.ts": `import type { User, Filter } from "./types/index.ts";
import { load } from "./load.ts";
const limit = 10;
// @cached ttl=10
export async function getUsers(filter: Filter, locale = "en"): Promise<User[]> {
  const users = await load(filter, locale);
  return users.slice(0, limit);
}
`,
  "types/index.ts": `export * from "./user.ts";
export { Filter } from "./filter.ts";
`,
  "types/user.ts": `import type { Address } from "../address.ts";
export interface User { id: number; name?: string; address: Address; kind: "a" | "b"; tags: Box<string> }
interface Box<T> { value: T; more?: Box<T> }
export interface Unrelated { anything: string }
`,
  "types/filter.ts": `import type { Range } from "ranges";
export type Filter = { ids: Id[]; order?: Order; range?: Range };
type Id = number;
enum Order { Up = 1, Down = 2 }
`,
  "address.ts": `export interface Address { city: string; zip: Zip }
export type Zip = string;
`,
  "node_modules/ranges/index.d.ts": `/** From a package. */
export interface Range<T = Date> { from: T; to: T }
export interface Other { from: number }
`,
  "load.ts": `import type { Filter, User } from "./types/index.ts";
export declare function load(filter: Filter, locale: string): Promise<User[]>;
`,
};

interface EditRow {
  readonly edit: string;
  readonly in: string;
  readonly from: string;
  readonly to: string;
}

const row = (edit: string, file: string, from: string, to: string): EditRow => ({ edit, in: file, from, to });

const SAME: readonly EditRow[] = [
  row("a comment is added in the body", "users.ts", "  return", "  // the first ones\n  return"),
  row("the layout changes", "users.ts", "users.slice(0, limit)", "users\n    .slice(0,\n limit)"),
  row("the line breaks change", "users.ts", "\n", "\r\n"),
  row("a sibling appears", "users.ts", "const limit", "export function other() { return 1; }\nconst limit"),
  row("the body of a called function changes", "load.ts", "locale: string", "language: string"),
  row("a constant of the module changes", "users.ts", "limit = 10", "limit = 20"),
  row("a warning is silenced", "users.ts", "ttl=10", "ttl=10 allow=ambient-read"),
  row("JSDoc is added", "users.ts", "// @cached ttl=10", "/**\n * Loads.\n * @cached ttl=10\n */"),
  row("a type is documented", "address.ts", "zip: Zip", "/** The code. */ zip: Zip"),
  row(
    "an interface becomes an alias",
    "address.ts",
    "interface Address { city: string; zip: Zip }",
    "type Address = { city: string; zip: Zip };",
  ),
  row(
    "an interface is split in two",
    "address.ts",
    "interface Address { city: string; zip: Zip }",
    "interface Address extends Place { zip: Zip } interface Place { city: string }",
  ),
  row("a mapped type is equivalent", "address.ts", "zip: Zip }", 'zip: Record<"a", Zip>["a"] }'),
  row(
    "a type is imported inline",
    "types/user.ts",
    "address: Address",
    'address: import("../address.ts").Address',
  ),
  row(
    "a type parameter is renamed",
    "types/user.ts",
    "Box<T> { value: T; more?: Box<T> }",
    "Box<V> { value: V; more?: Box<V> }",
  ),
  row("an enum becomes const", "types/filter.ts", "enum Order", "const enum Order"),
  row("a member of an enum is renamed", "types/filter.ts", "Up = 1", "Above = 1"),
  row("a package's other types change", "node_modules/ranges/index.d.ts", "from: number", "from: string"),
  row(
    "a type parameter's default is written out",
    "types/filter.ts",
    "range?: Range ",
    "range?: Range<Date> ",
  ),
  row("code is inserted above it", "users.ts", "const limit", "export const other = 1;\nconst limit"),
  row("its ttl changes", "users.ts", "ttl=10", "ttl=1h"),
  row("it is no longer exported", "users.ts", "export async", "async"),
  row(
    "the result is asserted to have its own type",
    "users.ts",
    "return users.slice(0, limit)",
    "return users.slice(0, limit) as User[]",
  ),
  row("a variable gets a type", "users.ts", "const users =", "const users: User[] ="),
  row("an array is written the long way", "users.ts", "Promise<User[]>", "Promise<Array<User>>"),
  row("an unrelated type changes", "types/user.ts", "anything: string", "anything: number"),
  row(
    "a declaration moves",
    "address.ts",
    "export interface Address { city: string; zip: Zip }\nexport type Zip = string;",
    "export type Zip = string;\nexport interface Address { city: string; zip: Zip }",
  ),
  row("an alias is renamed", "types/filter.ts", "Id", "Key"),
  row("an alias is replaced by its type", "address.ts", "zip: Zip", "zip: string"),
  row("properties are reordered", "address.ts", "city: string; zip: Zip", "zip: Zip; city: string"),
  row("members of a union are reordered", "types/user.ts", '"a" | "b"', '"b" | "a"'),
  row("members of an enum are reordered", "types/filter.ts", "Up = 1, Down = 2", "Down = 2, Up = 1"),
  row("a property becomes readonly", "address.ts", "city: string", "readonly city: string"),
  row(
    "a barrel is written out",
    "types/index.ts",
    'export * from "./user.ts"',
    'export { User } from "./user.ts"',
  ),
];

const CHANGED: readonly EditRow[] = [
  row("a number in the body changes", "users.ts", "slice(0,", "slice(1,"),
  row("a statement goes", "users.ts", ".slice(0, limit)", ""),
  row("a string's spaces change", "users.ts", '"en"', '"e n"'),
  row("a default changes", "users.ts", '"en"', '"de"'),
  row("a parameter is renamed", "users.ts", "locale", "language"),
  row("a parameter is added", "users.ts", 'locale = "en"', 'locale = "en", page = 1'),
  row("a parameter leaves the key", "users.ts", "ttl=10", "ttl=10 ignore=locale"),
  row("a path makes the key", "users.ts", "ttl=10", "ttl=10 key=filter.ids"),
  row("another path makes the key", "users.ts", "ttl=10", "ttl=10 key=filter.order"),
  row("the result's type changes", "users.ts", "Promise<User[]>", "Promise<readonly (User | null)[]>"),
  row("a property changes its type three files away", "address.ts", "city: string", "city: number"),
  row("an alias changes three files away", "address.ts", "Zip = string", "Zip = number"),
  row("a property becomes optional three files away", "address.ts", "city: string", "city?: string"),
  row("a property appears three files away", "address.ts", "city: string", "city: string; street: string"),
  row("a property is no longer optional", "types/user.ts", "name?: string", "name: string"),
  row("a literal changes", "types/user.ts", '"b"', '"c"'),
  row("a package's type changes", "node_modules/ranges/index.d.ts", "T = Date", "T = number"),
  row("a property of a package's type appears", "node_modules/ranges/index.d.ts", "to: T", "to: T; step: T"),
  row("a type argument changes", "types/user.ts", "Box<string>", "Box<number>"),
  row(
    "a barrel shows another type of the name",
    "types/index.ts",
    '{ Filter } from "./filter.ts"',
    '{ Unrelated as Filter } from "./user.ts"',
  ),
  row("it is no longer async", "users.ts", "async function", "function"),
  row("a parameter becomes optional", "users.ts", "filter: Filter", "filter: Filter | undefined"),
  row(
    "a string's quotes become a template's",
    "users.ts",
    "load(filter, locale)",
    "load(filter, `${locale}`)",
  ),
  row("an enum's value changes", "types/filter.ts", "Up = 1", "Up = 3"),
];

describe("the version of a function", () => {
  const rows = [...SAME, ...CHANGED];
  const projects = [PROJECT, ...rows.map(edited)];
  const whole = sources(
    Object.fromEntries(
      projects.flatMap((project, index) =>
        Object.entries(project).map(([path, text]) => [`/app${index}/${path}`, text] as const),
      ),
    ),
  );
  const versionIn = (project: number): string | undefined =>
    analyzeAll(whole.file(`/app${project}/users.ts`))[0]?.site?.id.version;
  const original = versionIn(0);

  function edited({ in: file, from, to }: EditRow): Readonly<Record<string, string>> {
    const text = PROJECT[file]!;
    if (!text.includes(from)) throw new Error(`${file} does not contain ${from}`);
    return { ...PROJECT, [file]: text.replaceAll(from, to) };
  }

  test("is eight hexadecimal digits", () => {
    expect(original).toMatch(/^[0-9a-f]{8}$/);
  });

  test.each(SAME.map(({ edit }, index) => [edit, index + 1] as const))("stays when %s", (_, project) => {
    expect(versionIn(project)).toBe(original);
  });

  test.each(CHANGED.map(({ edit }, index) => [edit, index + 1 + SAME.length] as const))(
    "changes when %s",
    (_, project) => {
      expect(versionIn(project)).toBeDefined();
      expect(versionIn(project)).not.toBe(original);
    },
  );
});

describe("the version under other compiler options", () => {
  const text = `interface User { id: number; name: string | null; on?: Date }
// @cached
export async function f(id: User["id"] | undefined, user?: User): Promise<User | null> { throw [id, user]; }`;
  const versionUnder = (options: ts.CompilerOptions): string | undefined =>
    analyzeAll(sources({ "/app/src/a.ts": text }, options).file("/app/src/a.ts"))[0]?.site?.id.version;

  test.each([
    ["target", { target: ts.ScriptTarget.ES2020 }],
    ["lib", { lib: ["lib.esnext.d.ts"] }],
    ["module", { module: ts.ModuleKind.CommonJS, moduleResolution: ts.ModuleResolutionKind.Node10 }],
    ["exactOptionalPropertyTypes", { exactOptionalPropertyTypes: true }],
    ["noUncheckedIndexedAccess", { noUncheckedIndexedAccess: true }],
    ["isolatedModules", { isolatedModules: true, verbatimModuleSyntax: true }],
  ] as const)("stays with another %s", (_, options) => {
    expect(
      versionUnder({ ...options, ...("lib" in options && { lib: [...options.lib] }) } as ts.CompilerOptions),
    ).toBe(versionUnder({}));
  });

  test("changes with strictNullChecks, without which `null` is not a separate type", () => {
    expect(versionUnder({ strict: false })).not.toBe(versionUnder({}));
  });
});

describe("the version of an overloaded function", () => {
  const write = (first: string, second: string): string =>
    `interface User { id: 1 }\n// @cached\nexport function f(${first}): User;\nexport function f(a: number, b?: Date): ${second};\nexport function f(a: any, b?: any): any { return [a, b]; }`;
  const versions = (...texts: readonly string[]): readonly (string | undefined)[] =>
    analyzeTexts(texts).map(({ site }) => site?.id.version);

  test("includes the types that callers see", () => {
    const [original, renamed, other, result] = versions(
      write("a: string", "User"),
      write("text: string", "{ id: 1 }"),
      write("a: boolean", "User"),
      write("a: string", "User[]"),
    );
    expect(renamed).toBe(original);
    expect(new Set([original, other, result]).size).toBe(3);
  });
});

/** Expressions with parameters `a` and `b` that differ only in what a formatter may change. */
const FORMATTED: readonly (readonly [what: string, one: string, other: string])[] = [
  ["semicolons", "(a) => { a; return b; }", "(a) => { a\n return b }"],
  ["empty statements", "(a) => { ;;a; { } ; }", "(a) => { a; {} }"],
  ["quotes", `(a) => a + 'it\\'s "x"'`, `(a) => a + "it's \\"x\\""`],
  ["parentheses", "(a) => ((a) + (b * (a))) && !(a)", "a => a + b * a && !a"],
  ["parentheses of a body", "(a) => (a ? b : { a })", "(a) => (a ? (b) : ({ a }))"],
  ["parentheses that group logical operators", "(a) => a && (b && (a && b))", "(a) => a && b && a && b"],
  ["trailing commas", "(a, b,) => f([a, b,], { a, b, },)", "(a, b) => f([a, b], { a, b })"],
  ["quoted properties", '(a) => ({ "a": 1, "b-c": { \'d\': a } })', '(a) => ({ a: 1, "b-c": { d: a } })'],
  ["quoted names in patterns", '({ "a": a, "x-y": [b] }) => a', "({ a: a, 'x-y': [b] }) => a"],
  [
    "quoted names in classes",
    '(a) => class { "x" = a; \'y\'() {} "constructor"() {} }',
    "(a) => class { x = a; y() {} constructor() {} }",
  ],
  [
    "numbers",
    "(a) => [0XAB, 1.50, .5, 1E5, 5., 1_000, 0XFFn]",
    "(a) => [0xab, 1.5, 0.5, 1e5, 5.0, 1000, 0xffn]",
  ],
  ["numbers as names", "(a) => ({ 1: a, 0x10: b })", '(a) => ({ "1": a, 16: b })'],
  ["flags of regular expressions", "(a) => /x/ygi.test(a)", "(a) => /x/giy.test(a)"],
  ["arguments of new", "(a) => new a.b", "(a) => new a.b()"],
  [
    "braces around one statement",
    "(a) => { if (a) { b; } else { while (a) { b; } } }",
    "(a) => { if (a) b\n else while (a) b }",
  ],
  [
    "braces of an if that has no else",
    "(a) => { if (a) { if (b) f() } else f() }",
    "(a) => { if (a) { if (b) { f() } } else { f() } }",
  ],
  ["directives", "(a) => { 'use strict'; return a }", '(a) => { "use strict"\n return a }'],
  ["layout", "(a) => a\n  ?.b\n  .c(\n a\n)", "(a) => a?.b.c(a)"],
  ["comments", "(a) => /* x */ { // y\n return a /* z */ }", "(a) => { return a }"],
  [
    "line ends in templates",
    "(a) => `x\n${a}\ny` + f`x\n${a}\ny`",
    "(a) => `x\r\n${a}\r\ny` + f`x\r\n${a}\r\ny`",
  ],
  [
    "types",
    "(a: number, b?: string): number[] => [a as number, a!, f<number>(a) satisfies number]",
    "(a: number, b?: string): number[] => [a, a, f(a)]",
  ],
  [
    "types of nested functions",
    "(a) => { function g(this: void, x?: 1): 1; function g<T>(x: T) { return x } let y!: 1; return g<1> }",
    "(a) => { function g(x) { return x } let y; return g }",
  ],
  [
    "types of classes",
    "(a) => class<T> extends f<T> implements X { declare x: 1; y?: T; [k: string]: 1; m?(): 1 }",
    "(a) => class extends f { y }",
  ],
  ["lines of JSX", "(a) => <b>\n  x\n  <i>{a}</i>\n</b>", "(a) => <b>x<i>{a}</i></b>"],
  ["spaces at line ends in JSX", '(a) => <b>x{" "}\n  {a} y</b>', "(a) => <b>x {a} y</b>"],
  ["words in JSX", "(a) => <b>one two {a}</b>", "(a) => <b>\n one\n  two {a}\n</b>"],
  ["attributes in JSX", "(a) => <b c='d' e={'f'} g=\"&quot;\"></b>", `(a) => <b\n c="d"\n e="f" g='"' />`],
  ["comments in JSX", "(a) => <b>x{/* y */}</b>", "(a) => <b>x</b>"],
];

/** Pairs of which each has another meaning than the other. */
const CHANGED_CODE: readonly (readonly [what: string, one: string, other: string])[] = [
  ["a line break after return", "(a) => { return a }", "(a) => { return\n a }"],
  ["a line break before a parenthesis", "(a) => { let x = a\n;(b) }", "(a) => { let x = a\n(b) }"],
  ["a line break before ++", "(a) => { a\n++b }", "(a) => { a++\nb }"],
  ["grouping", "(a) => a * (b + 1)", "(a) => a * b + 1"],
  ["grouping of one operator", "(a) => a - (b - 1)", "(a) => a - b - 1"],
  ["grouping of additions", '(a) => a + (b + "")', '(a) => a + b + ""'],
  ["grouping of powers", "(a) => (a ** b) ** 2", "(a) => a ** b ** 2"],
  ["the end of an optional chain", "(a) => (a?.b).c", "(a) => a?.b.c"],
  ["the end of an optional chain with types", "(a) => (a?.b)!.c", "(a) => a?.b!.c"],
  ["a call that loses its receiver", "(a) => (0, a.b)()", "(a) => a.b()"],
  ["a call of new", "(a) => new (a())()", "(a) => new a()()"],
  ["a sequence", "(a) => f((a, b))", "(a) => f(a, b)"],
  ["an object and a block", "(a) => ({ })", "(a) => { }"],
  ["an object with a property and a block", "(a) => ({ a })", "(a) => { a }"],
  ["a directive and a statement", "(a) => { 'use strict'; return a }", "(a) => { ('use strict'); return a }"],
  ["a directive further down", "(a) => { 'use strict'; a }", "(a) => { ; 'use strict'; a }"],
  ["a dangling else", "(a) => { if (a) { if (b) f() } else g() }", "(a) => { if (a) if (b) f(); else g() }"],
  [
    "a declaration in a block",
    "(a) => { if (a) { var x = 1 } return x }",
    "(a) => { if (a) { let x = 1 } return x }",
  ],
  ["an empty loop", "(a) => { while (a); b }", "(a) => { while (a) b }"],
  ["a part of for", "(a) => { for (a;;) b }", "(a) => { for (;a;) b }"],
  ["the kind of a loop", "(a) => { for (const x of a) x }", "(a) => { for (const x in a) x }"],
  ["await in a loop", "async (a) => { for await (const x of a) x }", "async (a) => { for (const x of a) x }"],
  ["a hole in an array", "(a) => [a, , b]", "(a) => [a, b]"],
  ["a hole at the end of an array", "(a) => [a, ,]", "(a) => [a, ]"],
  ["a name and a default", "({ a: b }) => b", "({ a = b }) => b"],
  ["a computed name", "(a) => ({ [a]: 1 })", "(a) => ({ a: 1 })"],
  ["__proto__ as a name", "(a) => ({ __proto__: a })", '(a) => ({ ["__proto__"]: a })'],
  ["an escape in a tagged template", "(a) => f`\\n${a}`", "(a) => f`\n${a}`"],
  ["a text and a name", '(a) => "b"', "(a) => b"],
  ["a text and a number", '(a) => "1"', "(a) => 1"],
  ["a number and a bigint", "(a) => 1", "(a) => 1n"],
  ["a text and a template", "(a) => 'b'", "(a) => `b`"],
  ["a regular expression", "(a: string) => /a b/.test(a)", "(a: string) => /a  b/.test(a)"],
  ["flags", "(a) => /a/g", "(a) => /a/gi"],
  ["a comment in a text", '(a) => a + "// x"', '(a) => a + "//"'],
  ["spaces in templates", "(a) => `x ${a}`", "(a) => `x  ${a}`"],
  ["spaces in JSX text", "(a) => <b>x {a}</b>", "(a) => <b>x{a}</b>"],
  ["an element of JSX", "(a) => <b>{a}</b>", "(a) => <i>{a}</i>"],
  ["an attribute of JSX", "(a) => <b c={a} />", "(a) => <b d={a} />"],
  ["an operator", "(a, b) => a < b", "(a, b) => a > b"],
  ["a prefix", "(a) => +a", "(a) => -a"],
  ["prefix and postfix", "(a) => ++a", "(a) => a++"],
  ["const and let", "(a) => { const x = a; return x }", "(a) => { let x = a; return x }"],
  ["async", "async (a) => a", "(a) => a"],
  ["async inside", "(a) => async () => a", "(a) => () => a"],
  ["a generator inside", "(a) => function* () {}", "(a) => function () {}"],
  ["yield*", "(a) => function* () { yield* a }", "(a) => function* () { yield a }"],
  ["static", "(a) => class { static x = a }", "(a) => class { x = a }"],
  ["a getter", "(a) => class { get x() { return a } }", "(a) => class { x() { return a } }"],
  ["a spread", "(a) => f(...a)", "(a) => f(a)"],
  ["a conditional and a sequence", "(a: number) => (a ? 1 : 2)", "(a: number) => (a, 1, 2)"],
  ["the order of members", "(a) => class { x = f(1); y = f(2) }", "(a) => class { y = f(2); x = f(1) }"],
  ["optional catch", "(a) => { try { a } catch { b } }", "(a) => { try { a } catch (e) { b } }"],
  [
    "the place of a case",
    "(a) => { switch (a) { case 1: f(); case 2: } }",
    "(a) => { switch (a) { case 1: case 2: f() } }",
  ],
];

describe("the code of a function", () => {
  const codeOf = (text: string): readonly string[] => codesIn("x.tsx", `const g = ${text};`)[0]!;

  test.each(FORMATTED)("stays with other %s", (_, one, other) => {
    expect(codeOf(one)).toEqual(codeOf(other));
  });

  test.each(CHANGED_CODE)("changes with %s", (_, one, other) => {
    expect(codeOf(one)).not.toEqual(codeOf(other));
  });

  test("is found in long sums and long conditions", () => {
    const long = (operator: string): string => `(a) => ${"a ".concat(operator, " ").repeat(20_000)} a`;
    expect(codeOf(long("+"))).not.toEqual(codeOf(long("&&")));
  });
});

/** Options that together change everything that Prettier can change. */
const PRETTIER: readonly Options[] = [
  {
    semi: false,
    singleQuote: true,
    jsxSingleQuote: true,
    quoteProps: "consistent",
    trailingComma: "none",
    arrowParens: "avoid",
    bracketSpacing: false,
    objectWrap: "collapse",
    printWidth: 40,
  },
  {
    printWidth: 200,
    useTabs: true,
    quoteProps: "preserve",
    trailingComma: "all",
    experimentalTernaries: true,
    experimentalOperatorPosition: "start",
    bracketSameLine: true,
    singleAttributePerLine: true,
    endOfLine: "crlf",
  },
];

describe("Prettier does not change", () => {
  test.each(fixtures().map((fixture) => [fixture.name, fixture] as const))(
    "the code of functions in %s",
    async (_, { input, text }) => {
      const codes = codesIn(input, text);
      for (const options of PRETTIER)
        expect(codesIn(input, await format(text, { ...options, filepath: input }))).toEqual(codes);
    },
  );

  test("the versions of functions", async () => {
    const text = `
type Pick1<T> = T extends 'a' ? { "x": 'b' } : [T, "c"];
// @cached
export function f<T>({ "id": id, 'x-y': [z], }: { 'id': number; "x-y": string[] }, t: Pick1<T>, u: 'a' | "b",): Pick1<T> { return [id, z, t, u] as any }
export class R { "tenant" = 1
  // @cached this=tenant key=opts.locale
  async 'find'(opts: { 'locale': string }) { return (this.tenant) + opts['locale'] } }
`;
    const texts = [
      text,
      ...(await Promise.all(PRETTIER.map((options) => format(text, { ...options, parser: "typescript" })))),
    ];
    const whole = sources(Object.fromEntries(texts.map((each, index) => [`/app${index}/x.ts`, each])));
    const [versions, ...others] = texts.map((_, index) =>
      analyzeAll(whole.file(`/app${index}/x.ts`)).map(({ site }) => site?.id.version),
    );
    expect(versions).toEqual([expect.any(String), expect.any(String)]);
    for (const each of others) expect(each).toEqual(versions);
  });
});

/** The code of every function in a file. */
function codesIn(path: string, text: string): readonly (readonly string[])[] {
  const codes: (readonly string[])[] = [];
  const stack: ts.Node[] = [ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (isFunction(node) && node.body) codes.push(canonicalCode(node));
    ts.forEachChild(node, (child) => void stack.push(child));
  }
  return codes;
}

function isFunction(node: ts.Node): node is MarkedFunction {
  return (
    ts.isFunctionDeclaration(node) ||
    ts.isFunctionExpression(node) ||
    ts.isArrowFunction(node) ||
    ts.isMethodDeclaration(node)
  );
}
