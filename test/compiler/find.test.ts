/** The facts of a mark: the path of its function, its options, and how it is linked. */
import { describe, expect, test } from "vitest";
import { importPlace } from "../../src/find/import-place.ts";
import { edited, fileOf, foundIn, onlyMark, sliceOf } from "../support/found.ts";

const IMPORT = `import { cached } from "aotcache";\n`;

describe("a call is recognised by the binding of its name", () => {
  test.each([
    ["a named import", `import { cached } from "aotcache"; const f = cached((a: 1) => a);`],
    ["an alias", `import { cached as memo } from "aotcache"; const f = memo((a: 1) => a);`],
    ["a string alias", `import { "cached" as memo } from "aotcache"; const f = memo((a: 1) => a);`],
    ["a namespace import", `import * as aot from "aotcache"; const f = aot.cached((a: 1) => a);`],
    ["an element of a namespace", `import * as aot from "aotcache"; const f = aot["cached"]((a: 1) => a);`],
    ["a required namespace", `import aot = require("aotcache"); const f = aot.cached((a: 1) => a);`],
    ["require", `const { cached } = require("aotcache"); const f = cached((a: 1) => a);`],
    ["require with an alias", `const { cached: memo } = require("aotcache"); const f = memo((a: 1) => a);`],
    ["a member of require", `const aot = require("aotcache"); const f = aot.cached((a: 1) => a);`],
    ["a dynamic import", `const { cached } = await import("aotcache"); const f = cached((a: 1) => a);`],
    ["parentheses", `import { cached } from "aotcache"; const f = ((cached))((a: 1) => a);`],
    ["an import below", `const f = cached((a: 1) => a); import { cached } from "aotcache";`],
    [
      "a function with that parameter beside it",
      `${IMPORT}function g(cached: 1) { return cached; } const f = cached((a: 1) => a);`,
    ],
  ])("%s", (_what, text) => {
    expect(onlyMark(text)).toMatchObject({ form: "call", path: ["f"] });
  });

  test.each([
    ["another package", `import { cached } from "other"; const f = cached((a: 1) => a);`],
    ["another export", `import { memory } from "aotcache"; const f = memory((a: 1) => a);`],
    ["a default import", `import cached from "aotcache"; const f = cached((a: 1) => a);`],
    ["a type import", `import type { cached } from "aotcache"; const f = cached((a: 1) => a);`],
    ["a local name", `function cached(f: unknown) { return f; } const f = cached((a: 1) => a);`],
    ["a parameter with that name", `${IMPORT}const g = (cached: any) => cached((a: 1) => a);`],
    [
      "a const with that name in a block",
      `${IMPORT}{ const cached = (f: unknown) => f; cached((a: 1) => a); }`,
    ],
    [
      "a later var in the function",
      `${IMPORT}function g() { cached((a: 1) => a); if (1) { var cached = (f: unknown) => f; } }`,
    ],
    ["a pattern with that name", `${IMPORT}function g({ a: [cached] }: any) { return cached((a: 1) => a); }`],
    ["a catch clause with that name", `${IMPORT}try { g(); } catch (cached: any) { cached((a: 1) => a); }`],
    [
      "a function expression with that name",
      `${IMPORT}const g = function cached(): any { return cached((a: 1) => a); };`,
    ],
    ["a loop variable with that name", `${IMPORT}for (const cached of all) cached((a: 1) => a);`],
    ["a property with that name", `${IMPORT}const f = other.cached((a: 1) => a);`],
    ["an optional call", `${IMPORT}const f = cached?.((a: 1) => a);`],
    ["no argument", `${IMPORT}const f = cached();`],
    ["options in a variable", `${IMPORT}const minutes = cached({ ttl: "10m" });`],
  ])("not %s", (_what, text) => {
    expect(foundIn(text)).toMatchObject({ marks: [], references: [], problems: [] });
  });
});

describe("options of a call are read if they are literal", () => {
  const written = (options: string): unknown => {
    const text = `${IMPORT}const f = cached((a: 1) => a, ${options});`;
    const mark = onlyMark(text);
    const values = mark.written.map(({ name, nameSpan, value, valueSpan }) => [
      name,
      sliceOf(text, nameSpan),
      value.kind === "literal" ? value.value : value.kind,
      sliceOf(text, valueSpan),
    ]);
    return [mark.dynamic, ...values];
  };

  test.each<[options: string, ...unknown[]]>([
    ["{}", false],
    ["undefined", false],
    ["{ ttl: 10 }", false, ["ttl", "ttl", 10, "10"]],
    ["{ ttl: 1_0 }", false, ["ttl", "ttl", 10, "1_0"]],
    ["{ ttl: -1, max: +2 }", false, ["ttl", "ttl", -1, "-1"], ["max", "max", 2, "+2"]],
    ["{ ttl: Infinity }", false, ["ttl", "ttl", Infinity, "Infinity"]],
    [`{ "ttl": \`5m\` }`, false, ["ttl", `"ttl"`, "5m", "`5m`"]],
    ["{ ['ttl']: '5m' as const }", false, ["ttl", "['ttl']", "5m", "'5m' as const"]],
    [
      "({ skip: null, copy: true } satisfies O)",
      false,
      ["skip", "skip", null, "null"],
      ["copy", "copy", true, "true"],
    ],
    ["{ key: ['a', 'b.c'] }", false, ["key", "key", ["a", "b.c"], "['a', 'b.c']"]],
    ["{ ttl: undefined }", false],
    ["{ ttl: ttl }", true, ["ttl", "ttl", "dynamic", "ttl"]],
    ["{ ttl }", true, ["ttl", "ttl", "dynamic", "ttl"]],
    ["{ ttl: `${n}m` }", true, ["ttl", "ttl", "dynamic", "`${n}m`"]],
    ["{ skip(r) { return r; } }", true, ["skip", "skip", "dynamic", "skip(r) { return r; }"]],
    ["{ key: ['a', b] }", true, ["key", "key", "dynamic", "['a', b]"]],
    ["{ ttl: 1, ...rest, max: 2 }", true, ["ttl", "ttl", "dynamic", "1"], ["max", "max", 2, "2"]],
    ["{ [name]: 1 }", true],
    ["options", true],
    ["{ ...{ ttl: 1, max: 2 }, ttl: 3 }", true, ["max", "max", 2, "2"], ["ttl", "ttl", 3, "3"]],
    ["{ ttl: 3, ...{ ttl: 1 } }", true, ["ttl", "ttl", 1, "1"]],
    ["{ ...{ ttl: 1 }, ttl: undefined }", true],
    ["{ ...{ ttl: 1 }, ...rest }", true, ["ttl", "ttl", "dynamic", "1"]],
  ])("%s", (options, ...expected) => {
    expect(written(options)).toEqual(expected);
  });

  test.each([
    ["a const", "const o = { ttl: 1, key: ['a'] };", "o", ["ttl", "key"]],
    ["a const with a type", "const o = { ttl: 1 } as const satisfies O;", "o", ["ttl"]],
    [
      "a const that is spread",
      "const o = { ttl: 1 }; const p = { ...o, max: 2 };",
      "{ ...p }",
      ["ttl", "max"],
    ],
    ["a const that spreads itself", "const o = { ...o, ttl: 1 };", "o", ["ttl"]],
    ["not a let", "let o = { ttl: 1 };", "o", []],
    ["not a parameter", "", "((o) => o)({ ttl: 1 })", []],
    ["not another const with that name", "const o = { ttl: 1 };", "(({ o }) => o)({ o })", []],
  ])("through %s", (_what, before, options, names) => {
    const mark = onlyMark(`${IMPORT}${before} const f = cached((a: 1) => a, ${options});`);
    expect([mark.dynamic, ...mark.written.map(({ name }) => name)]).toEqual([true, ...names]);
  });

  test("each item of a list has its own span", () => {
    const text = `${IMPORT}const f = cached((a: 1) => a, { key: [ "a", "b.c" ] });`;
    const [option] = onlyMark(text).written;
    expect(option?.itemSpans?.map((span) => sliceOf(text, span))).toEqual([`"a"`, `"b.c"`]);
  });
});

describe("an import that is unused without the decorators is removed, line by line", () => {
  const use = "\nexport class R { @cached() f(a: 1) { return a; } }";
  test.each([
    [`import { cached } from "aotcache";${use}`, use],
    [`import {\r\n  cached,\r\n} from "aotcache";${use}`, `\r\n\r\n${use}`],
    [`import { cached, memory } from "aotcache";${use}`, `import { memory } from "aotcache";${use}`],
    [`import { memory, cached } from "aotcache";${use}`, `import { memory } from "aotcache";${use}`],
    [
      `import {\n  a,\n  cached,\n  b,\n} from "aotcache";${use}`,
      `import {\n  a,\n  \nb,\n} from "aotcache";${use}`,
    ],
    [`import { type Cache, cached } from "aotcache";${use}`, `import { type Cache } from "aotcache";${use}`],
    [`import d, { cached } from "aotcache";${use}`, `import d from "aotcache";${use}`],
    [`import * as aot from "aotcache";${use.replace("@", "@aot.")}`, use.replace("@", "@aot.")],
  ])("%j", (text, expected) => {
    expect(edited(text, foundIn(text).imports)).toBe(expected);
  });

  test.each([
    ["a call", `${IMPORT}${use} export const g = cached((a: 1) => a);`],
    ["a value", `${IMPORT}${use} export const g = [cached];`],
    ["a shorthand", `${IMPORT}${use} export const g = { cached };`],
    ["a type", `${IMPORT}${use} export type C = typeof cached;`],
    ["an export", `${IMPORT}${use} export { cached };`],
    ["another member", `import * as aot from "aotcache";${use.replace("@", "@aot.")} aot.configure({});`],
    ["no mark at all", IMPORT],
  ])("but not with %s", (_what, text) => {
    expect(foundIn(text).imports).toEqual([]);
  });
});

describe("the path of a call is that of its holder, else the function's own name", () => {
  test.each<[path: string, text: string]>([
    ["f", "export const f = cached((a: 1) => a);"],
    ["f", "export const f = cached(function g(a: 1) { return a; });"],
    ["f", "const f = (cached((a: 1) => a) as F)!;"],
    ["f", "const f = on ? cached((a: 1) => a) : x;"],
    ["f", "const f = given ?? (other || cached((a: 1) => a));"],
    ["R.f", "class R { f = cached((a: 1) => a); }"],
    ["R.#f", "class R { static #f = cached((a: 1) => a); }"],
    ["api.users.f", "const api = { users: { f: cached((a: 1) => a) } };"],
    ["default", "export default cached((a: 1) => a);"],
    ["default", "module.exports = cached((a: 1) => a);"],
    ["f", "module.exports.f = cached((a: 1) => a);"],
    ["f", "exports.f = cached((a: 1) => a);"],
    ["R.constructor.f", "class R { constructor() { this.f = cached((a: 1) => a); } }"],
    ["outer.f", "function outer() { const f = cached((a: 1) => a); }"],
    [
      "f",
      "function g({ f = cached((a: 1) => a) }) {}".replace("function g(", "(").replace(") {}", ") => {};"),
    ],
    ["g", "app.use(cached(function g(a: 1) { return a; }));"],
    ["app.g", "const app = make(cached(function g(a: 1) { return a; }));"],
  ])("%s: %s", (path, text) => {
    expect(onlyMark(IMPORT + text).path.join(".")).toBe(path);
  });

  test.each([
    ["app.get('/', cached((a: 1) => a));"],
    ["function setup() { app.get('/', cached((a: 1) => a)); }"],
    ["const app = make(cached((a: 1) => a, { ttl: 10 }));"],
    ["app.get('/', cached((a: 1) => a, options));"],
  ])("without either, a name is required: %s", (text) => {
    const { marks, problems } = foundIn(IMPORT + text);
    expect(marks).toEqual([]);
    expect(problems.map(({ name, span }) => [name, sliceOf(IMPORT + text, span)])).toEqual([
      ["name-missing", "cached"],
    ]);
  });

  test("a name in the options is the path", () => {
    expect(onlyMark(`${IMPORT}app.get('/', cached((a: 1) => a, { name: "home" }));`).path).toEqual([]);
  });
});

describe("a call of a function declared elsewhere is listed with its target", () => {
  test.each<[text: string, target: string | undefined]>([
    ["function load(a: 1) { return a; } export const f = cached(load);", "function load"],
    ["export const f = cached(load, { ttl: 1 }); const load = (a: 1) => a;", "(a: 1) =>"],
    [
      "function load(a: 1): 1; function load(a: 1) { return a; } const f = cached({ ttl: 1 })(load);",
      "function load(a: 1) {",
    ],
    ["function load(a: 1) { return a; } load = other; export const f = cached(load);", undefined],
    ["import { load } from './load.ts'; export const f = cached(load);", undefined],
    ["export const f = cached(db.load);", undefined],
    ["export const f = cached(make(1));", undefined],
  ])("%s", (text, target) => {
    const { marks, references } = foundIn(IMPORT + text);
    expect(marks).toEqual([]);
    expect(references).toHaveLength(1);
    expect(references[0]!.path).toEqual(["f"]);
    expect(references[0]!.target?.getText().slice(0, target?.length)).toBe(target);
  });

  test("options in a variable are run-time options", () => {
    const mark = onlyMark(`${IMPORT}const options = { ttl: 1 }; const f = cached(options)((a: 1) => a);`);
    expect(mark).toMatchObject({ dynamic: true, written: [{ name: "ttl" }], path: ["f"] });
  });
});

describe("a decorator marks its member", () => {
  test.each<[decorator: string, member: string, kind: string, path: string]>([
    ["@cached", "find(a: 1) { return a; }", "static", "R.find"],
    ["@cached()", "static find(a: 1) { return a; }", "static", "R.find"],
    ["@cached({ ttl: 1 })", "async #find(a: 1) { return a; }", "none", "R.#find"],
    ["@cached({ ttl })", "static find = (a: 1) => a;", "wrap", "R.find"],
    ["@(cached({ ttl: 1 }))", "@log find(a: 1) { return a; }", "static", "R.find"],
  ])("%s %s", (decorator, member, kind, path) => {
    const text = `${IMPORT}export class R { ${decorator} ${member} }`;
    const mark = onlyMark(text);
    expect(sliceOf(text, mark.span)).toBe(decorator);
    expect([mark.form, mark.link.kind, mark.path.join(".")]).toEqual(["decorator", kind, path]);
    const options = mark.optionsText && sliceOf(text, mark.optionsText);
    expect(options).toBe(/\{.*\}/.exec(decorator)?.[0]);
    expect(mark.dynamic).toBe(options === "{ ttl }");
  });

  test.each([
    ["function-generator", "class R { @cached *f() { yield 1; } }", "*"],
    ["function-accessor", "class R { @cached get f() { return 1; } }", "f"],
    ["pragma-unattached", "@cached class R {}", "@cached"],
    ["pragma-unattached", "class R { @cached f = 1; }", "@cached"],
    ["pragma-unattached", "class R { f(@cached a: 1) { return a; } }", "@cached"],
    ["function-generator", "const f = cached(function* () { yield 1; });", "*"],
  ])("%s: %s", (name, text, under) => {
    const { marks, problems } = foundIn(IMPORT + text);
    expect(marks).toEqual([]);
    expect(problems.map((problem) => [problem.name, sliceOf(IMPORT + text, problem.span)])).toEqual([
      [name, under],
    ]);
  });
});

/** `|` marks the position of the link; `[` … `]` the wrapped text. */
describe("a function is linked where it is accessible", () => {
  const P = "/* @cached */ ";
  test.each<[kind: string, access: string | undefined, marked: string]>([
    ["hoisted", "f", `${P}|function f() { return 1; }`],
    [
      "hoisted",
      "f",
      `"use client"; const a = 1; ${P}export async function f() { return 1; }`.replace("const", "|const"),
    ],
    ["hoisted", "$default", `${P}|export default function () { return 1; }`],
    ["hoisted", "g", `function f() { "use strict";| const a = 1; ${P}function g() { return 1; } }`],
    ["hoisted", "g", `function f() { "use strict"\n|const a = 1; ${P}function g() { return 1; } }`],
    ["hoisted", "g", `const f = () => {| if (1) {} ${P}function g() { return 1; } };`],
    ["hoisted", "g", `if (1) {| ${P}function g() { return 1; } }`],
    ["hoisted", "g", `namespace N {| ${P}export function g() { return 1; } }`],
    ["hoisted", "g", `class A { static {| ${P}function g() { return 1; } } }`],
    ["none", "g", `switch (1) { case 1: ${P}function g() { return 1; } }`],
    ["after", "f", `${P}export const f = () => 1;|`],
    ["after", "f", `${P}const f = (() => 1) as F|\nfoo();`],
    ["after", "f", `function g() { ${P}const f = () => 1;| }`],
    ["after", "api.users.find", `export const api = { users: { ${P}find: () => 1 } } as const;|`],
    ["after", `api["a b"].find`, `const api = ({ "a b": { ${P}find() { return 1; } } }) satisfies A;|`],
    ["after", `api["1"]`, `let api = { ${P}1() { return 1; } };|`],
    ["after", "Repo.prototype.find", `export default class Repo { ${P}find() { return 1; } }|`],
    ["after", "Repo.find", `class Repo { ${P}static find() { return 1; } }|`],
    ["after", `Repo.prototype["find"]`, `class Repo { ${P}private find() { return 1; } }|`],
    ["after", `Repo["a b"]`, `class Repo { ${P}static ["a b"]() { return 1; } }|`],
    ["static", "this.prototype.find", `function f() { class Repo { ${P}find() { return 1; }| } }`],
    ["static", "this.find", `const Repo = class { ${P}static find() { return 1; }| }`],
    ["static", "this.prototype.find", `export default class { ${P}find() { return 1; }| }`],
    ["static", "this.prototype.find", `namespace N { export class Repo { ${P}find() { return 1; }| } }`],
    ["none", "this.#find", `class Repo { ${P}#find() { return 1; } }`],
    ["none", "this.#find", `class Repo { ${P}static #find() { return 1; } }`],
    ["wrap", undefined, `class Repo { ${P}find = [async () => 1]; }`],
    ["wrap", undefined, `export default ${P}([() => 1]);`],
    ["wrap", undefined, `const api: Api = { ${P}find: [() => 1] };`],
    ["wrap", undefined, `const api = { ${P}find: [() => 1] } as Api;`],
    ["wrap", undefined, `const api = { ${P}find: [() => 1], ...other };`],
    ["wrap", undefined, `const api = { ${P}find: [() => 1], find() { return 2; } };`],
    ["wrap", undefined, `const { api } = { ${P}api: [() => 1] };`],
    ["wrap", undefined, `for (const api = { ${P}f: [() => 1] }; ; ) {}`],
    ["wrap", undefined, `foo({ ${P}find: [() => 1] });`],
    ["object", "find", `export default [{ ${P}find() { return 1; } }];`],
    ["object", "find", `const api: Api = [{ ${P}find() { return 1; } }];`],
    ["object", "find", `const api = make({ users: [{ ${P}find() { return 1; } }] });`],
    ["object", "find", `const api = { users: [{ ${P}find() { return 1; } } as Users] };`],
  ])("%s %s: %s", (kind, access, marked) => {
    const text = marked.replace(/[|[\]](?!")/g, (sign, at: number) => (isPlace(marked, at) ? "" : sign));
    const { link } = onlyMark(text);
    const shown = { ...("at" in link && { at: link.at }), ...("span" in link && { span: link.span }) };
    expect([link.kind, "access" in link ? [link.access].flat().join(".") : undefined]).toEqual([
      kind,
      access,
    ]);
    const bar = marked.indexOf("|");
    if (bar >= 0) expect(shown).toEqual({ at: bar });
    if (kind === "wrap" || kind === "object") {
      const open = [...marked].findIndex((_sign, at) => isPlace(marked, at));
      expect(sliceOf(text, shown.span!)).toBe(marked.slice(open + 1, marked.lastIndexOf("]")));
    }
  });

  test("an anonymous default export gets a name after `function`", () => {
    const text = "/* @cached */ export default async function () { return 1; }";
    const { link } = onlyMark(text);
    expect(link).toMatchObject({ rename: { at: text.indexOf(" ()"), name: "$default" } });
  });
});

/** Square brackets are markers of the table only around a function or an object with a marked method. */
function isPlace(marked: string, at: number): boolean {
  if (marked[at] === "|") return true;
  if (marked[at] === "[") return /^\[(?:async \(|\(\)|\{ \/\*)/.test(marked.slice(at));
  return marked[at] === "]" && at === marked.lastIndexOf("]") && /\[(?:async \(|\(\)|\{ \/\*)/.test(marked);
}

describe("a function keeps the name that the language assigns", () => {
  test.each([
    ["f", "/* @cached */ const f = () => 1;"],
    ["g", "/* @cached */ const f = function g() { return 1; };"],
    ["default", "/* @cached */ export default () => 1;"],
    ["default", "/* @cached */ export default function () { return 1; }"],
    ["#f", "class R { /* @cached */ #f = () => 1; }"],
    ["a b", "const o = { /* @cached */ ['a b']() { return 1; } };"],
    ["f", `${IMPORT}const f = cached(() => 1);`],
    ["g", `${IMPORT}const f = cached(function g() { return 1; });`],
  ])("%s: %s", (name, text) => {
    expect(onlyMark(text).runtimeName).toBe(name);
  });
});

describe("the import of emitted code precedes every other statement", () => {
  test.each([
    ["|const a = 1;"],
    ["// comment\n|const a = 1;"],
    ["#!/usr/bin/env node\n|const a = 1;"],
    [`"use client";\n"use strict"\n|const a = 1;`],
    [`"use client"; |const a = 1;`],
    ["// @ts-check\n|const a = 1;"],
    [`/// <reference types="node" />\n|import "a";`],
    ["/**/ |const a = 1;"],
    ["/** Says. */\n|exports.a = 1;"],
  ])("%j", (marked) => {
    const file = fileOf(marked.replace("|", ""), marked.includes("exports.") ? "input.js" : "input.ts");
    const { at, after } = importPlace(file.source, file.compilerOptions);
    expect([at, after]).toEqual([marked.indexOf("|"), false]);
  });
});

describe("the import follows a first statement with a comment of its own, which the import would take", () => {
  test.each([
    ["/*! License. */\nimport 'a';|"],
    ["/** Says what the module is. */\nexport * from 'a';|"],
    ["/* @__NO_SIDE_EFFECTS__ */\n// @cached\nexport function f() {}|"],
    ["/* #__PURE__ */ f();|"],
    ["// v8 ignore next\nconst a = 1;|"],
    ["/* istanbul ignore next */\nconst a = 1;|"],
    ["/** Says what a is. */\nconst a = 1;|"],
    ["// head\n/** Says what a is. */\n// @cached\nconst a = () => 1|\n"],
    ["/** Head. */\n// @ts-nocheck\n/** Says. */ const a = 1;|"],
    ["/** @jsx h */\nconst a = 1;|"],
    ["/*! License. */\nexport function f() {}| // f"],
    ["/** Says. */\nimport type { A } from 'a';|"],
    ["'use strict'\n/** Says. */\nclass A {}|"],
  ])("%j", (marked) => {
    const file = fileOf(marked.replace("|", ""));
    const { at, after } = importPlace(file.source, file.compilerOptions);
    expect([at, after]).toEqual([marked.indexOf("|"), true]);
  });
});

describe("the import has the module's own form", () => {
  const verbatim = { verbatimModuleSyntax: true, module: 1 };
  test.each([
    ["import", "input.ts", "import 'a';", {}],
    ["import", "input.ts", "const a = 1;", {}],
    ["import", "input.cts", "const a = 1;", {}],
    ["import-require", "input.cts", "import type { A } from 'a';", { verbatimModuleSyntax: true }],
    ["import-require", "input.ts", "import a = require('a'); export = a;", verbatim],
    ["import", "input.ts", "export const a = 1;", verbatim],
    ["import", "input.mts", "const a = 1;", verbatim],
    ["import", "input.js", "export const a = 1;", {}],
    ["import", "input.mjs", "require('a');", {}],
    ["require", "input.cjs", "const a = 1;", {}],
    ["require", "input.js", "const a = require('a');", {}],
    ["require", "input.js", "function f() {} module.exports = { f };", {}],
    ["require", "input.js", "exports.f = () => 1;", {}],
    ["import", "input.js", "const a = 1;", {}],
  ])("%s: %s %s", (syntax, name, text, options) => {
    expect(importPlace(fileOf(text, name).source, options).syntax).toBe(syntax);
  });
});

test("a large file with only similar names is read in one pass", () => {
  const text = `export const all = [\n${'  "@cached in a string",\n'.repeat(30_000)}];\n// @cached\nexport const f = () => all;\n`;
  expect(onlyMark(text).path).toEqual(["f"]);
});

test("positions count UTF-16 units, after any character", () => {
  const text = `const a = "👩‍👩‍👧 é\u2028";\r\n// ✓ 漢字\r\n/* 🙂 */ // @cached namespace=é🙂\r\nexport const ünï = () => "🙂";`;
  const mark = onlyMark(text);
  expect(sliceOf(text, mark.span)).toBe("@cached namespace=é🙂");
  expect([mark.path, sliceOf(text, mark.name), mark.link]).toEqual([
    ["ünï"],
    "(",
    { kind: "after", at: text.length, module: true, access: "ünï" },
  ]);
});
