/** Generated code may be long and deeply nested. */
import { describe, expect, it, test } from "vitest";
import { isInputError } from "../../src/diagnostics/input-error.ts";
import { buildCacheProject } from "../support/build-cache-project.ts";
import { thrown } from "../support/caught.ts";

const sumOf = (length: number): string => Array.from({ length }, (_, index) => `"${index}"`).join(" + ");
const LONGEST = sumOf(10_000);
const SUM = sumOf(4000);
const CHAIN = '""' + '.concat("")'.repeat(200);
const BLOCKS = "{".repeat(500) + "}".repeat(500);
const ELSE_IF = Array.from({ length: 1000 }, (_, index) => `if (a === "${index}") return a;`).join(" else ");
const ALTERNATIVES = Array.from({ length: 300 }, (_, index) => `a === "${index}" ? a`).join(" : ");

describe("a function is compiled", () => {
  test.each([
    [
      "beside a long sum",
      `export const sum = ${LONGEST};\n// @cached\nexport function f(a: string): string { return a; }`,
    ],
    [
      "beside a long sum, in a call",
      `import { cached } from "aotcache";\nconst sum = ${LONGEST};\nexport const f = cached((a: string): string => a + sum);`,
    ],
    ["with a long sum in its body", `// @cached\nexport function f(a: string) { return a + ${SUM}; }`],
    ["with a long sum as a default", `// @cached\nexport function f(a = ${SUM}): string { return a; }`],
    [
      "with a long sum in its options",
      `import { cached } from "aotcache";\nexport const f = cached((a: string): string => a, { skip: (b) => b === ${LONGEST} });`,
    ],
    [
      "with a long sum in a decorator",
      `import { cached } from "aotcache";\nclass A { @cached({ skip: (b) => b === ${LONGEST} }) f(a: string): string { return a; } }\nexport { A };`,
    ],
    [
      "with a comment inside a long sum",
      `// @cached\nexport function f(a: string): string { return a + /* @cat */ ${SUM}; }`,
    ],
    ["with a long chain of calls", `// @cached\nexport function f(a: string) { return a + ${CHAIN}; }`],
    ["with nested blocks", `// @cached\nexport function f(a: string): string { ${BLOCKS} return a; }`],
    ["with many branches", `// @cached\nexport function f(a: string): string { ${ELSE_IF} return ""; }`],
    ["with many alternatives", `// @cached\nexport function f(a: string) { return ${ALTERNATIVES} : ""; }`],
  ])("%s", (_what, text) => {
    const { code, sites, diagnostics } = buildCacheProject().compiler().compile("src/alone.ts", text);
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(sites).toHaveLength(1);
    expect(code).toContain("aotcache/internal");
  });
});

test("a function is compiled in a script of JavaScript with a long sum", () => {
  const text = `// @cached\nfunction f(a) { return a; }\nf(${LONGEST});\nexports.f = f;\n`;
  const { code, sites } = buildCacheProject().compiler().compile("src/alone.js", text);
  expect(sites).toHaveLength(1);
  expect(code).toContain('require("aotcache/internal")');
});

test("a call of an unknown `cached` is reported beside a long sum", () => {
  const project = buildCacheProject({
    "node_modules/aotcache/package.json": '{ "name": "aotcache", "types": "index.d.ts" }',
    "node_modules/aotcache/index.d.ts": "export {};\n",
  });
  const text = `export const sum = ${LONGEST};\nexport const f = cached((a: string): string => a);\n`;
  const { diagnostics } = project.compiler().compile("src/alone.ts", text);
  expect(diagnostics.map(({ name }) => name)).toEqual(["cached-unresolved"]);
});

describe("the stack of TypeScript does not suffice for", () => {
  const FLOW = Array.from(
    { length: 20_000 },
    (_, i) => `if (a > ${i}) { const x${i} = s + a; s = x${i}; }`,
  ).join("\n");
  const NESTED = `export const deep = [\n${"[".repeat(20_000)}${"]".repeat(20_000)}];\n`;
  const next = "// @cached\nexport function next(a: number): number { return a; }\n";

  it("a long body without a result type: the error names the function, and the next file compiles", () => {
    const compiler = buildCacheProject().compiler();
    const text = `\n// @cached\nexport function long(a: number) { let s = "";\n${FLOW}\nreturn s; }\n`;
    const error = thrown(() => compiler.compile("src/alone.ts", text));
    expect(isInputError(error)).toBe(true);
    expect((error as Error).message).toBe(
      "aotcache: src/alone.ts:3: `long`, or code that its types come from, is too long or nested too deeply for TypeScript. Write out its result type, or split it into smaller functions.",
    );
    expect(compiler.compile("src/plain.ts", next).sites).toHaveLength(1);
  });

  it("deeply nested code: the error names the place, and the next file compiles", () => {
    const compiler = buildCacheProject().compiler();
    const error = thrown(() => compiler.compile("src/alone.ts", NESTED + next));
    expect(isInputError(error)).toBe(true);
    expect((error as Error).message).toMatch(
      /src\/alone\.ts:2 is nested too deeply for TypeScript\. Move inner expressions into variables of their own\.$/,
    );
    expect(compiler.compile("src/plain.ts", next).sites).toHaveLength(1);
  });

  it("deeply nested code in an imported file: the error names that file", () => {
    const project = buildCacheProject({ "src/deep.ts": `${NESTED}export interface Deep { id: number }\n` });
    const text =
      'import type { Deep } from "./deep";\n// @cached\nexport function f(deep: Deep) { return deep.id; }\n';
    const error = thrown(() => project.compiler().compile("src/alone.ts", text));
    expect((error as Error).message).toContain("src/deep.ts:2 is nested too deeply");
  });
});
