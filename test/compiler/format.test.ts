import { describe, expect, test } from "vitest";
import { problem } from "../../src/diagnostics/catalogue.ts";
import { locate } from "../../src/diagnostics/position.ts";
import { formatDiagnostic, frame } from "../../src/diagnostics/format.ts";

/** The frame for the first occurrence of `part` in `text`. */
function frameOf(text: string, part: string): string {
  const start = text.indexOf(part);
  return `\n${frame(text, { start, end: start + part.length })}\n`;
}

const source = `import { db } from "./db";

// @cached tll=10
export async function getUser(id: number) {
  return db.find(id);
}
`;
const start = source.indexOf("tll");
const unknown = problem("option-unknown", { start, end: start + 3 }, { name: "tll", nearest: "ttl" });

test("a diagnostic has the place, the problem, the code and the fix", () => {
  expect(`\n${formatDiagnostic(locate(unknown, "src/users.ts", source), source)}\n`).toBe(`
src/users.ts:3:12 error option-unknown
\`tll\` is not an option.

  1 | import { db } from "./db";
  2 |
> 3 | // @cached tll=10
    |            ^^^
  4 | export async function getUser(id: number) {
  5 |   return db.find(id);

Write \`ttl\`.
`);
});

test("colour changes nothing but colour, and only if it is enabled", () => {
  const escapes = /\u001b\[\d+m/g;
  const diagnostic = locate(unknown, "src/users.ts", source);
  const plain = formatDiagnostic(diagnostic, source);
  const error = formatDiagnostic(diagnostic, source, { color: true });
  const warning = formatDiagnostic({ ...diagnostic, severity: "warning" }, source, { color: true });
  expect(plain).not.toMatch(escapes);
  expect(error).toContain("\u001b[31m^^^");
  expect(warning).toContain("\u001b[33m^^^");
  expect(error.replace(escapes, "")).toBe(plain);
});

describe("the span is underlined exactly", () => {
  test("at the start and the end of a file", () => {
    expect(frameOf("ab", "a")).toBe("\n> 1 | ab\n    | ^\n");
    expect(frame("", { start: 0, end: 0 })).toBe("> 1 |\n    | ^");
    expect(frame("ab\n", { start: 3, end: 3 })).toBe("  1 | ab\n> 2 |\n    | ^");
    expect(frame("ab", { start: 2, end: 99 })).toBe("> 1 | ab\n    |   ^");
  });

  test("an empty span with one caret", () => {
    expect(frame("ab\ncd", { start: 2, end: 2 })).toBe("> 1 | ab\n    |   ^\n  2 | cd");
  });

  test("after tabs", () => {
    expect(frameOf("\ta\tb;", "b")).toBe("\n> 1 |   a  b;\n    |      ^\n");
  });

  test("after and under wide characters, emoji and combining marks", () => {
    expect(frameOf("名前 = x;", "x")).toBe("\n> 1 | 名前 = x;\n    |        ^\n");
    expect(frameOf("const 名前 = x;", "名前")).toBe("\n> 1 | const 名前 = x;\n    |       ^^^^\n");
    expect(frameOf('"👨‍👩‍👧" + x', "x")).toBe('\n> 1 | "👨‍👩‍👧" + x\n    |        ^\n');
    expect(frameOf('"e\u0301" + x', "x")).toBe('\n> 1 | "e\u0301" + x\n    |       ^\n');
  });

  test("with CRLF, which is not shown", () => {
    expect(frameOf("a;\r\nb;\r\nc;", "b")).toBe("\n  1 | a;\n> 2 | b;\n    | ^\n  3 | c;\n");
  });

  test("over several lines, without indentation and empty lines", () => {
    expect(frameOf("x = foo(\n  a,\n\n  b);\ny", "foo(\n  a,\n\n  b)")).toBe(`
> 1 | x = foo(
    |     ^^^^
> 2 |   a,
    |   ^^
> 3 |
> 4 |   b);
    |   ^^
  5 | y
`);
  });

  test("but not on the line before which a span ends", () => {
    expect(frameOf("a;\nb;\n", "a;\n")).toBe("\n> 1 | a;\n    | ^^\n  2 | b;\n");
  });
});

test("many lines are shortened to the first ones and the last", () => {
  const text = Array.from({ length: 12 }, (_, index) => `f${String(index)}(`).join("\n");
  expect(frameOf(text, text.slice(4, -5))).toBe(
    `
   1 | f0(
>  2 | f1(
     | ^^^
>  3 | f2(
     | ^^^
>  4 | f3(
     | ^^^
>  5 | f4(
     | ^^^
   … |
> 11 | f10(
     | ^^^^
  12 | f11(
`,
  );
});

test("long lines are cut around the span, all at the same column", () => {
  const text = `short\n${"x".repeat(300)}HERE${"y".repeat(300)}\n${" ".repeat(300)}z`;
  expect(frameOf(text, "HERE")).toBe(`
  1 | …
> 2 | …${"x".repeat(30)}HERE${"y".repeat(66)}…
    |  ${" ".repeat(30)}^^^^
  3 | …${" ".repeat(30)}z
`);
});

test("a line of megabytes is formatted quickly", () => {
  const text = `${"🙂".repeat(2_000_000)}HERE${"y".repeat(2_000_000)}`;
  const [line, carets] = frame(text, { start: 4_000_000, end: 4_000_004 }).split("\n");
  expect(line).toBe(`> 1 | …${"🙂".repeat(15)}HERE${"y".repeat(66)}…`);
  expect(carets).toBe(`    |  ${" ".repeat(30)}^^^^`);
});

test("control characters and text direction marks are escaped", () => {
  const shown = frameOf("a\u001b[31m\u202e\u0007b\u009b\ud800;", "b");
  expect(shown).toBe("\n> 1 | a␛[31m\ufffd␇b\ufffd\ufffd;\n    |         ^\n");
  const named = problem("option-duplicate", { start: 0, end: 1 }, { name: "\u001b[2J" });
  expect(formatDiagnostic(locate(named, "a.ts", "a"), "a")).not.toContain("\u001b");
});
