import { ts } from "ts-morph";
import { describe, expect, test } from "vitest";
import { analyzeAll, analyzeTexts, sources } from "../support/analyzed.ts";

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

describe("the tokens of a function", () => {
  const pairs: readonly (readonly [what: string, same: boolean, one: string, other: string])[] = [
    [
      "types in the body are erased",
      true,
      "(a: number): number[] => [a as number, a!, f<number>(a)]",
      "(a: number): number[] => [a, a, f(a)]",
    ],
    [
      "a comparison is not taken for types",
      false,
      "(a: number, b: number) => a < b",
      "(a: number, b: number) => a > b",
    ],
    [
      "a regular expression is one token",
      false,
      "(a: string) => /a b/.test(a)",
      "(a: string) => /a  b/.test(a)",
    ],
    ["a comment in a string is text", false, '(a: string) => a + "// x"', '(a: string) => a + "//"'],
    ["spaces in templates count", false, "(a: string) => `x ${a}`", "(a: string) => `x  ${a}`"],
    ["line ends in templates do not", true, "(a: string) => `x\n${a}\ny`", "(a: string) => `x\r\n${a}\r\ny`"],
    ["spaces in JSX text count", false, "(a: string) => <b>x {a}</b>", "(a: string) => <b>x{a}</b>"],
    [
      "the layout of JSX does not",
      true,
      "(a: string) => <b>\n  x\n  <i>{a}</i>\n</b>",
      "(a: string) => <b>x<i>{a}</i></b>",
    ],
    ["async counts", false, "async (a: number) => a", "(a: number) => a"],
    [
      "a conditional is not taken for an optional parameter",
      false,
      "(a: number) => (a ? 1 : 2)",
      "(a: number) => (a, 1, 2)",
    ],
  ];
  const texts = pairs.flatMap(([, , one, other]) => [one, other]);
  const whole = sources(
    Object.fromEntries(
      texts.map((text, index) => [
        `/app/${index}/x.tsx`,
        `declare function f<T>(value: T): T;\n// @cached namespace=x\nexport const g = ${text};\nf;`,
      ]),
    ),
  );
  const versionOf = (index: number): string => {
    const [analysis] = analyzeAll(whole.file(`/app/${index}/x.tsx`));
    return `${analysis?.site?.id.version} of ${analysis?.site?.parts.map(({ name }) => name).join()}`;
  };

  test.each(pairs.map(([what, same], index) => [what, same, index * 2] as const))("%s", (_, same, index) => {
    expect(versionOf(index)).toMatch(/^[0-9a-f]{8} of a/);
    expect(versionOf(index) === versionOf(index + 1)).toBe(same);
  });
});
