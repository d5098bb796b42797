import { describe, expect, test } from "vitest";
import { analyzeAll, sources } from "./support/analyzed.ts";

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
export interface User { id: number; name?: string; address: Address; kind: "a" | "b" }
export interface Unrelated { anything: string }
`,
  "types/filter.ts": `export type Filter = { ids: Id[]; order?: Order };
type Id = number;
enum Order { Up = 1, Down = 2 }
`,
  "address.ts": `export interface Address { city: string; zip: Zip }
export type Zip = string;
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
  row("lines end otherwise", "users.ts", "\n", "\r\n"),
  row("something stands above it", "users.ts", "const limit", "export const other = 1;\nconst limit"),
  row("its ttl changes", "users.ts", "ttl=10", "ttl=1h"),
  row("it is no longer exported", "users.ts", "export async", "async"),
  row(
    "the result is asserted to be what it is",
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
  row("an alias is replaced by what it is", "address.ts", "zip: Zip", "zip: string"),
  row("properties change places", "address.ts", "city: string; zip: Zip", "zip: Zip; city: string"),
  row("members of a union change places", "types/user.ts", '"a" | "b"', '"b" | "a"'),
  row("members of an enum change places", "types/filter.ts", "Up = 1, Down = 2", "Down = 2, Up = 1"),
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
