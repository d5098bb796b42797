import { describe, expect, test } from "vitest";
import {
  type DiagnosticName,
  DIAGNOSTIC_NAMES,
  WARNING_NAMES,
  catalogue,
  problem,
} from "../../src/diagnostics/catalogue.ts";
import type { Details } from "../../src/diagnostics/details.ts";
import { locate, positionAt } from "../../src/diagnostics/position.ts";

/** One example of each; the type requires all of them. */
const examples: { readonly [N in DiagnosticName]: Details[N] } = {
  "pragma-unattached": { found: "a `let`" },
  "pragma-misspelt": { word: "@cache" },
  "pragma-syntax": { fault: "words", text: "are nice" },
  "option-unknown": { name: "tll", nearest: "ttl" },
  "option-duplicate": { name: "ttl" },
  "option-value": { problem: "`ttl` cannot be `0`.", help: "Write `10`." },
  "option-conflict": { problem: "`swr` has no effect without `ttl`.", help: "Add `ttl`." },
  "key-path-unknown": { path: "opts.local", nearest: "opts.locale" },
  "tag-path-unknown": { path: "opts.local", nearest: "opts.locale" },
  "tag-unkeyed": { path: "locale", why: "which `key` leaves out", help: "Add it." },
  "ignore-unknown": { path: "sigal", known: ["id", "signal"] },
  "this-path-unknown": { path: "tenan" },
  "parameter-unkeyable": { path: "opts.filter.test", type: "(x: string) => boolean" },
  "parameter-unresolved": { path: "user", type: "User" },
  "capture-unkeyable": { name: "db", type: "Client" },
  "capture-reassigned": { name: "page" },
  "receiver-unkeyed": { reads: "this", instance: true },
  "uses-arguments": {},
  "uses-new-target": {},
  "recursion-same-key": { call: "load(id)" },
  "invalidates-unknown": { callee: "getUser" },
  "multi-parameter": { name: "ids", fault: "unread" },
  "multi-result": { name: "users", type: "string" },
  "one-unknown": { callee: "users", isFunction: false, nearest: undefined },
  "one-parameter": { problem: "`id` does not fit.", help: "Write another." },
  "invalidates-arguments": { fault: "form", text: "id + 1" },
  "function-generator": { name: "items" },
  "function-void": { name: "save", type: "Promise<void>" },
  "function-accessor": { name: "total" },
  "function-constructor": {},
  "result-unstorable": { type: "Price", by: "`backend=main`", shareable: true },
  "result-once": { path: "result.body", type: "ReadableStream" },
  "result-thenable": { type: "Query" },
  "result-mixed": { type: "User | Promise<User>", by: "`backend=main`" },
  "id-duplicate": { id: "x:getUser", other: "src/users.ts:12" },
  "parameter-unproved": { path: "filter", type: "any" },
  "result-unproved": { type: "unknown" },
  "module-state": { name: "locale" },
  "receiver-state": { member: "this.tenant" },
  "ambient-read": { read: "Date.now()" },
  "ignored-read": {
    by: "ignore=req",
    reads: ["`req.url`"],
    places: ["line 4"],
    offer: "key=req.url",
    instead: true,
  },
  "ttl-milliseconds": { option: "ttl", seconds: 60_000, isDefault: false },
  "parameter-mutated": { change: "rows.sort", parameter: "rows" },
  "result-shared": { change: "rows.sort", place: "src/page.ts:12", copyable: true },
  "result-aliases": { shared: ["...options"], parameters: ["options"], type: "string[]", copyable: true },
  cheap: { name: "double", form: "pragma" },
  "name-missing": {},
  "decorator-legacy": { options: " ttl=10" },
  "script-global": {},
  "too-deep": { name: "long" },
  "reexport-renamed": { as: "memo" },
  "cached-unresolved": {},
};

const errors =
  "pragma-unattached pragma-misspelt pragma-syntax option-unknown option-duplicate option-value option-conflict " +
  "key-path-unknown ignore-unknown this-path-unknown parameter-unkeyable parameter-unresolved capture-unkeyable " +
  "capture-reassigned receiver-unkeyed uses-arguments uses-new-target invalidates-unknown invalidates-arguments multi-parameter multi-result one-unknown one-parameter function-generator function-void " +
  "function-accessor function-constructor result-unstorable too-deep id-duplicate recursion-same-key result-once result-thenable " +
  "result-mixed tag-path-unknown tag-unkeyed";
const warnings =
  "parameter-unproved result-unproved ignored-read ttl-milliseconds module-state ambient-read result-shared " +
  "result-aliases parameter-mutated receiver-state cheap";

const span = { start: 3, end: 5 };
const say = <N extends DiagnosticName>(name: N) =>
  (problem as (name: N, at: typeof span, details: Details[N]) => ReturnType<typeof problem>)(
    name,
    span,
    examples[name],
  );

describe("the catalogue", () => {
  test("has every documented name, with its severity", () => {
    for (const name of errors.split(" ")) expect(catalogue).toHaveProperty([name, "severity"], "error");
    for (const name of warnings.split(" ")) expect(catalogue).toHaveProperty([name, "severity"], "warning");
    expect(WARNING_NAMES).toEqual(expect.arrayContaining(warnings.split(" ")));
  });

  test.each(DIAGNOSTIC_NAMES)("%s: one sentence for the problem, one for the fix", (name) => {
    const said = say(name);
    expect(said).toMatchObject({ name, severity: catalogue[name].severity, span });
    expect(said.message).toMatch(/^[A-Z`].*[^.]\.$/);
    expect(said.help).toMatch(/^[A-Z].*[^.]\.$/);
    expect(said.help).not.toBe(said.message);
    expect(said.message + said.help).not.toMatch(/undefined|\[object/);
    expect(catalogue[name].when).toMatch(/[^.]$/);
  });

  test("includes the details of the place", () => {
    expect(say("option-unknown").help).toBe("Write `ttl`.");
    expect(say("parameter-unkeyable").message).toBe("`opts.filter.test: (x: string) => boolean` has no key.");
    expect(say("parameter-unkeyable").help).toContain("in place of `opts.filter.test`");
    expect(say("ignored-read").message).toContain("`ignore=req` leaves out `req.url`");
    expect(say("ignore-unknown").help).toBe("Write one of `id`, `signal`, or leave it out.");
    expect(say("function-void").message).toContain("`save` returns `Promise<void>`");
  });

  test("puts each sentence on one line, whatever it names", () => {
    const { message } = problem("parameter-unproved", span, { path: "a", type: "{\n  b: any;\r\n}" });
    expect(message).toBe("`a: { b: any; }` does not prove that its values have a key.");
  });
});

describe("positions are 1-based, in UTF-16 units", () => {
  test.each([
    ["", 0, 1, 1],
    ["ab", 2, 1, 3],
    ["a\nb", 1, 1, 2],
    ["a\nb", 2, 2, 1],
    ["a\r\nb", 2, 1, 3],
    ["a\r\nb", 3, 2, 1],
    ["a\rb", 2, 2, 1],
    ["a\u2028b", 2, 2, 1],
    ["🙂\n🙂b", 5, 2, 3],
    ["ab", 99, 1, 3],
  ])("%j at %i is %i:%i", (text, offset, line, column) => {
    expect(positionAt(text, offset)).toEqual({ line, column });
  });

  test("a diagnostic has both ends and its file", () => {
    const text = "a;\r\n// @cache\r\n";
    const misspelt = problem("pragma-misspelt", { start: 7, end: 13 }, { word: "@cache" });
    const { name, severity, span, message, help } = misspelt;
    expect(locate(misspelt, "src/a.ts", text)).toEqual({
      name,
      severity,
      span,
      message,
      help,
      file: "src/a.ts",
      line: 2,
      column: 4,
      endLine: 2,
      endColumn: 10,
    });
  });
});
