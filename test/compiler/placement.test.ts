/** A pragma binds to the function that follows it: every form of function with every place of a comment. */
import { describe, expect, test } from "vitest";
import { fileOf, foundIn, sliceOf } from "../support/found.ts";
import { find } from "../../src/find/index.ts";

/** A function, split at the comment; `fn` is its text, `path` its name. */
interface Shape {
  readonly before?: string;
  /** The declaration; `@` marks other places for a comment inside its head. */
  readonly declaration: string;
  readonly after?: string;
  readonly fn: string;
  readonly path: string;
  readonly file?: string;
}

const BODY = "{ return String(id); }";
const PLAIN = `(id: number): string ${BODY}`;
const ASYNC = `(id: number): Promise<string> ${BODY}`;

const shapes: Record<string, Shape> = {
  "function declaration": {
    declaration: `@function find${PLAIN}`,
    fn: `function find${PLAIN}`,
    path: "find",
  },
  "async function declaration": {
    declaration: `@async @function find${ASYNC}`,
    fn: `async function find${ASYNC}`,
    path: "find",
  },
  "exported function": {
    declaration: `@export @async function find${ASYNC}`,
    fn: `export async function find${ASYNC}`,
    path: "find",
  },
  "generic function": {
    declaration: `export function find<T extends string>(id: T): T { return id; }`,
    fn: `export function find<T extends string>(id: T): T { return id; }`,
    path: "find",
  },
  "named default export": {
    declaration: `@export @default @async function find${ASYNC}`,
    fn: `export default async function find${ASYNC}`,
    path: "find",
  },
  "anonymous default export": {
    declaration: `@export @default @async @function @${ASYNC}`,
    fn: `export default async function ${ASYNC}`,
    path: "default",
  },
  "default export of an arrow": {
    declaration: `@export default @async ${PLAIN.replace(BODY, `=> ${BODY}`)};`,
    fn: `async (id: number): string => ${BODY}`,
    path: "default",
  },
  "default export of a function in parentheses": {
    declaration: `export default @(@function ${PLAIN});`,
    fn: `function ${PLAIN}`,
    path: "default",
  },
  "const arrow": {
    declaration: `@const @find = @(id: number) => String(id);`,
    fn: `(id: number) => String(id)`,
    path: "find",
  },
  "exported const arrow without a semicolon": {
    declaration: `@export @const find = @async (id: number) => { return String(id); }`,
    fn: `async (id: number) => { return String(id); }`,
    path: "find",
  },
  "const with a written type": {
    declaration: `const find: (id: number) => string = @(id) => String(id);`,
    fn: `(id) => String(id)`,
    path: "find",
  },
  "const function expression": {
    declaration: `const find = @function inner${PLAIN};`,
    fn: `function inner${PLAIN}`,
    path: "find",
  },
  "const with parentheses, as and satisfies": {
    declaration: `const find = @((@(id: number) => String(id)) as Find) satisfies Find;`,
    fn: `(id: number) => String(id)`,
    path: "find",
  },
  "exported const in a namespace": {
    before: "namespace Users { ",
    declaration: `@export const find = (id: number) => String(id);`,
    after: " }",
    fn: `(id: number) => String(id)`,
    path: "Users.find",
  },
  "function in a dotted namespace": {
    before: "export namespace App.Users { ",
    declaration: `@export @function find${PLAIN}`,
    after: " }",
    fn: `export function find${PLAIN}`,
    path: "App.Users.find",
  },
  "class method": {
    before: "class Repo { ",
    declaration: `@async @find${ASYNC}`,
    after: " }",
    fn: `async find${ASYNC}`,
    path: "Repo.find",
  },
  "method with modifiers": {
    before: "export class Repo extends Base { ",
    declaration: `@protected @override @async @find${ASYNC}`,
    after: " }",
    fn: `protected override async find${ASYNC}`,
    path: "Repo.find",
  },
  "static method": {
    before: "export default class Repo { ",
    declaration: `@static @find${PLAIN}`,
    after: " }",
    fn: `static find${PLAIN}`,
    path: "Repo.find",
  },
  "method of an anonymous default class": {
    before: "export default class { ",
    declaration: `@find${PLAIN}`,
    after: " }",
    fn: `find${PLAIN}`,
    path: "default.find",
  },
  "private method": {
    before: "class Repo { ",
    declaration: `@async @#find${ASYNC}`,
    after: " }",
    fn: `async #find${ASYNC}`,
    path: "Repo.#find",
  },
  "method with a literal computed name": {
    before: "class Repo { ",
    declaration: `@["find by id"]${PLAIN}`,
    after: " }",
    fn: `["find by id"]${PLAIN}`,
    path: "Repo.find by id",
  },
  "method of a class expression": {
    before: "const Repo = class Inner { ",
    declaration: `@find${PLAIN}`,
    after: " };",
    fn: `find${PLAIN}`,
    path: "Repo.find",
  },
  "decorated method": {
    before: "class Repo { ",
    declaration: `@\`log("a") @async @find${ASYNC}`,
    after: " }",
    fn: `\`log("a") async find${ASYNC}`,
    path: "Repo.find",
  },
  "field with an arrow": {
    before: "class Repo { ",
    declaration: `@readonly @find = @async (id: number) => String(id);`,
    after: " }",
    fn: `async (id: number) => String(id)`,
    path: "Repo.find",
  },
  "static private field with a function": {
    before: "class Repo { ",
    declaration: `@static #find = @function ${PLAIN};`,
    after: " }",
    fn: `function ${PLAIN}`,
    path: "Repo.#find",
  },
  "object property": {
    before: "const api = { users: { ",
    declaration: `@find: @async (id: number) => String(id),`,
    after: " other: 1 } };",
    fn: `async (id: number) => String(id)`,
    path: "api.users.find",
  },
  "object property with a quoted name": {
    before: "export default { ",
    declaration: `@"find": @(id: number) => String(id)`,
    after: " };",
    fn: `(id: number) => String(id)`,
    path: "default.find",
  },
  "object method": {
    before: "export const api = { ",
    declaration: `@async @find${ASYNC},`,
    after: " };",
    fn: `async find${ASYNC}`,
    path: "api.find",
  },
  "method of a returned object": {
    before: "function make() { return { ",
    declaration: `@find${PLAIN}`,
    after: " }; }",
    fn: `find${PLAIN}`,
    path: "make.find",
  },
  "overloaded function": {
    declaration: `@export function find(id: string): string;\nexport function find(id: number): string;\nexport function find(id: unknown): string ${BODY}`,
    fn: `export function find(id: unknown): string ${BODY}`,
    path: "find",
  },
  "last overload": {
    before: "function find(id: string): string; ",
    declaration: `@function find(id: unknown): string ${BODY}`,
    fn: `function find(id: unknown): string ${BODY}`,
    path: "find",
  },
  "overloaded method": {
    before: "class Repo { ",
    declaration: `@find(id: string): string;\nfind(id: number): string;\nfind(id: unknown): string ${BODY}`,
    after: " find2() {} }",
    fn: `find(id: unknown): string ${BODY}`,
    path: "Repo.find",
  },
  "function in a function": {
    before: `function outer() { "use strict"; `,
    declaration: `@async @function inner${ASYNC}`,
    after: " return inner; }",
    fn: `async function inner${ASYNC}`,
    path: "outer.inner",
  },
  "const in an arrow in a method in a class in a function": {
    before: "const make = () => { class Repo { get() { return () => { ",
    declaration: `@const find = (id: number) => String(id);`,
    after: " return find; }; } } };",
    fn: `(id: number) => String(id)`,
    path: "make.Repo.get.find",
  },
  "function in a callback": {
    before: "export const setup = install(function plugin() { ",
    declaration: `@function find${PLAIN}`,
    after: " });",
    fn: `function find${PLAIN}`,
    path: "setup.plugin.find",
  },
  "const beside JSX": {
    before: "export const page = <p>// @cached</p>; ",
    declaration: `@export const find = (id: number) => <b>{id}</b>;`,
    fn: `(id: number) => <b>{id}</b>`,
    path: "find",
    file: "input.tsx",
  },
  "function in JavaScript": {
    declaration: `@async @function find(id) { return id; }`,
    fn: `async function find(id) { return id; }`,
    path: "find",
    file: "input.js",
  },
};

/** A comment on the lines before a declaration; `P` is the pragma. */
const above: Record<string, string> = {
  line: "// P\n",
  "line without a space": "//P\n",
  "block on a line of its own": "/* P */\n",
  "block on the same line": "/* P */ ",
  JSDoc: "/** P */\n",
  "a line among others of a JSDoc": "/**\n * Finds it.\n *\n * P\n * @param id of it\n */\n",
  "the last line of a block": "/* Finds it.\n   P */\n",
  "above other comments": "// P\n// plain\n/* block */\n/** JSDoc */\n",
  "below other comments": "/** JSDoc */\n// plain\n// P\n",
  "with blank lines between": "// P\n\n\n",
  "with CRLF": "// P\r\n\r\n/** Finds it. */\r\n",
  "after other tags": "/** @category c @cached no */\n// @company\n// P\n",
};

const PRAGMA = "@cached ttl=10";
const plain = (text: string): string => text.replaceAll("@", "").replaceAll("`", "@");

function expectBound(shape: Shape, text: string): void {
  const found = find(fileOf(text, shape.file));
  expect(found.problems).toEqual([]);
  expect(found.marks.map(({ path }) => path.join("."))).toEqual([shape.path]);
  const [mark] = found.marks;
  expect(mark!.fn.getText().replace(`/* ${PRAGMA} */ `, "")).toBe(plain(shape.fn));
  expect(sliceOf(text, mark!.span)).toBe(PRAGMA);
  expect(mark!.written.map(({ name }) => name)).toEqual(["ttl"]);
}

describe.each(Object.entries(shapes))("above a %s", (_name, shape) => {
  test.each(Object.entries(above))("a pragma binds: %s", (_place, comment) => {
    const { before = "", declaration, after = "" } = shape;
    const shown = comment.replace("P", PRAGMA);
    const apart = comment.includes("\r") ? "\r\n" : "\n";
    expectBound(shape, before + apart + shown + plain(declaration) + after);
  });

  test("a pragma binds if it is the first text of its block on the same line", () => {
    const { before = "", declaration, after = "" } = shape;
    expectBound(shape, `${before}/* ${PRAGMA} */ ${plain(declaration)}${after}`);
  });

  test("a pragma binds from every place before its name or its function", () => {
    const { before = "", declaration, after = "" } = shape;
    const pieces = declaration.split("@");
    pieces.slice(1).forEach((_piece, index) => {
      const head = plain(pieces.slice(0, index + 1).join(""));
      const tail = plain(pieces.slice(index + 1).join(""));
      const text = `${before}\n${head}/* ${PRAGMA} */ ${tail}${after}`;
      // The place after the `@` of a decorator is not among them.
      expectBound(shape, text);
    });
  });
});

describe("a pragma that binds to nothing is one error that underlines it", () => {
  const line = `// ${PRAGMA}\n`;
  test.each<[found: string, text: string]>([
    ["the end of the file", `export const a = 1;\n${line}`],
    ["the end of the file", `// ${PRAGMA}`],
    ["the code before it on its line", `export const a = 1; // ${PRAGMA}`],
    ["the end of a block", `class Repo { find() { return 1; }\n${line}}`],
    ["the end of a block", `function f() { return 1;\n${line}}`],
    ["the end of a block", `const api = { a: 1,\n${line}};`],
    ["the code before it on its line", `foo(); ${line}function f() { return 1; }`],
    ["the code before it on its line", `foo(); /* ${PRAGMA} */\nfunction f() { return 1; }`],
    ["the code before it on its line", `class Repo { ${line}find() { return 1; } }`],
    ["a statement that does not declare a function", `${line}foo();\nfunction f() { return 1; }`],
    ["a statement that does not declare a function", `${line}(() => 1)();`],
    ["a statement that does not declare a function", `${line}module.exports.find = () => 1;`],
    ["a `const` with more than one variable", `${line}const a = () => 1, b = () => 2;`],
    ["a `let`", `${line}let f = () => 1;`],
    ["a `var`", `${line}var f = () => 1;`],
    ["a `using`", `${line}using f = () => 1;`],
    ["a `const` that holds a value that is not a function", `${line}const f = 1;`],
    ["a `const` that holds the result of a call", `${line}const f = wrap(() => 1);`],
    ["a `const` that holds a class", `${line}const f = class { find() {} };`],
    ["a `const` that holds an object", `${line}const f = { find() {} };`],
    ["a `const` without a value", `${line}declare const f: () => void;`],
    ["a function that is only declared", `${line}declare function f(): number;`],
    ["a function without a body", `${line}function f(): number;\nconst a = 1;`],
    [
      "a function without a body",
      `class R { ${line.trimEnd()}\n a; \n${line}f(): number; g() { return 1; } }`.replace(
        line.trimEnd(),
        "",
      ),
    ],
    ["a function without a body", `declare namespace N {\n${line}function f(): number; }`],
    ["an abstract method", `abstract class R {\n${line}abstract f(): number; }`],
    ["a class", `${line}class R { find() { return 1; } }`],
    ["a type", `${line}interface R { find(): number }`],
    ["a type", `${line}type R = () => number;`],
    ["a member of a type", `interface R {\n${line}find(): number }`],
    ["a parameter", `function f(\n${line}a: () => number) { return a; }`],
    ["an enum", `${line}enum E { A }`],
    ["an enum", `enum E {\n${line}A }`],
    ["a namespace", `${line}namespace N { export const f = () => 1; }`],
    ["an import", `${line}import "a";`],
    ["a re-export", `${line}export { f } from "a";`],
    ["a field without a value", `class R {\n${line}find?: () => number; }`],
    ["a field that holds a value that is not a function", `class R {\n${line}find = 1; }`],
    ["a property that holds a value that is not a function", `const o = {\n${line}find: 1 };`],
    ["a shorthand property", `const o = {\n${line}find };`],
    ["a spread", `const o = {\n${line}...other };`],
    ["a method whose name is computed", `class R {\n${line}[name]() { return 1; } }`],
    ["a property whose name is computed", `const o = {\n${line}[name]: () => 1 };`],
    [
      "a place inside other code",
      `const f = (/* ${PRAGMA} */ id: number) => id;`.replace("(/", "(\n/").replace(" id: number", "\n"),
    ],
    ["a place inside other code", `const f = (id: number) => /* ${PRAGMA} */ id;`],
    ["a place inside other code", `function f /* ${PRAGMA} */ (id: number) { return id; }`],
    ["a place inside other code", `function f(id: number) /* ${PRAGMA} */ { return id; }`],
    ["a place inside other code", `const o = /* ${PRAGMA} */ { find() { return 1; } };`],
    ["a function that has no name here", `foo(/* ${PRAGMA} */ async () => 1);`],
    ["a place inside a decorator", `class R { @log(/* ${PRAGMA} */ 1) find() { return 1; } }`],
    ["a statement that does not declare a function", `switch (a) { case 1:\n${line}foo(); }`],
  ])("%s", (foundThere, text) => {
    const { marks, problems } = foundIn(text);
    expect(marks).toEqual([]);
    expect(problems.map(({ name, span }) => [name, sliceOf(text, span)])).toEqual([
      ["pragma-unattached", PRAGMA],
    ]);
    expect(problems[0]!.message).toContain(foundThere);
  });
});

describe("a function that cannot be cached is one error that underlines the reason", () => {
  const line = `// ${PRAGMA}\n`;
  test.each([
    ["function-generator", "*", `${line}function* f() { yield 1; }`],
    ["function-generator", "*", `${line}export default async function* () { yield 1; }`],
    ["function-generator", "*", `${line}const f = function* () { yield 1; };`],
    ["function-generator", "*", `class R {\n${line}async *f() { yield 1; } }`],
    ["function-generator", "*", `const o = {\n${line}*f() { yield 1; } };`],
    ["function-accessor", "size", `class R {\n${line}get size() { return 1; } }`],
    ["function-accessor", "#size", `class R {\n${line}static set #size(n: number) {} }`],
    ["function-accessor", "size", `const o = {\n${line}get size() { return 1; } };`],
    ["function-constructor", "constructor", `class R {\n${line}private constructor(readonly a: number) {} }`],
  ])("%s: %s", (name, under, text) => {
    const { marks, problems } = foundIn(text);
    expect(marks).toEqual([]);
    expect(problems.map((problem) => [problem.name, sliceOf(text, problem.span)])).toEqual([[name, under]]);
  });
});

describe("text outside of comments is ignored", () => {
  test.each([
    ["a string", `const a = "// @cached ttl=10";\nfunction f() { return 1; }`],
    ["a template", "const a = `\n// @cached ttl=10\n${1}\n// @cached\n`;\nfunction f() { return 1; }"],
    ["a tagged template in a template", "const a = `${b`// @cached`}`;\nfunction f() { return 1; }"],
    ["a regular expression", `const a = /\\/\\/ @cached ttl=10/;\nfunction f() { return 1; }`],
    ["JSX text", `const a = <p>\n// @cached ttl=10\n</p>;\nfunction f() { return 1; }`],
    ["a JSX attribute", `const a = <p title="// @cached" />;\nfunction f() { return 1; }`],
    ["prose after other words", `// see @cached ttl=10\nfunction f() { return 1; }`],
  ])("%s", (_what, text) => {
    expect(foundIn(text, "input.tsx")).toMatchObject({ marks: [], problems: [] });
  });
});

describe("a near miss is one error", () => {
  test("a misspelled pragma does not bind", () => {
    const text = "// @cahced ttl=10\nfunction f() { return 1; }";
    const { marks, problems } = foundIn(text);
    expect(marks).toEqual([]);
    expect(problems.map(({ name, span }) => [name, sliceOf(text, span)])).toEqual([
      ["pragma-misspelt", "@cahced"],
    ]);
  });

  test("two pragmas on one function: the second one", () => {
    const text = "// @cached ttl=1\n/** @cached ttl=2 */\nfunction f() { return 1; }";
    const { marks, problems } = foundIn(text);
    expect(marks).toHaveLength(1);
    expect(problems.map(({ name, span }) => [name, sliceOf(text, span)])).toEqual([
      ["option-conflict", "@cached ttl=2"],
    ]);
  });

  test("pragmas above two overloads: the second one", () => {
    const text = "// @cached ttl=1\nfunction f(a: 1): 1;\n// @cached ttl=2\nfunction f(a: 1) { return a; }";
    const { marks, problems } = foundIn(text);
    expect(marks).toHaveLength(1);
    expect(problems.map(({ span }) => sliceOf(text, span))).toEqual(["@cached ttl=2"]);
  });

  test.each([
    [
      "a call",
      `import { cached } from "aotcache";\n// @cached\nexport const f = cached((a: number) => a, { ttl: 1 });`,
    ],
    [
      "a curried call",
      `import { cached } from "aotcache";\n// @cached\nexport const f = cached({ ttl: 1 })((a: number) => a);`,
    ],
    [
      "a call, from inside",
      `import { cached } from "aotcache";\nexport const f = /* @cached */ cached((a: number) => a);`,
    ],
    [
      "a call around it",
      `import { cached } from "aotcache";\nclass R {\n// @cached\nf = cached((a: number) => a); }`,
    ],
    [
      "a decorator",
      `import { cached } from "aotcache";\nclass R {\n// @cached\n@cached() f(a: number) { return a; } }`,
    ],
  ])("a pragma next to %s", (_what, text) => {
    const { marks, problems } = foundIn(text);
    expect(marks.map(({ form }) => form)).not.toContain("pragma");
    expect(problems.map(({ name, span }) => [name, sliceOf(text, span)])).toEqual([
      ["option-conflict", "@cached"],
    ]);
  });
});
