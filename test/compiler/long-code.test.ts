/** Generated code may be long and deeply nested. */
import { describe, expect, test } from "vitest";
import { buildCacheProject } from "../support/build-cache-project.ts";

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

test("a function is compiled whose type is behind a long row of modules, each of which it depends on", () => {
  const row = Array.from({ length: 2000 }, (_, i) => [`src/row/m${i}.ts`, `export * from "./m${i + 1}";\n`]);
  const project = buildCacheProject({
    ...Object.fromEntries(row),
    "src/row/m2000.ts": "export interface Deep { id: number }\n",
  });
  const text =
    'import type { Deep } from "./row/m0";\n// @cached\nexport function f(deep: Deep) { return [deep.id]; }\n';
  const { sites, diagnostics, dependencies } = project.compiler().compile("src/alone.ts", text);
  expect(diagnostics).toEqual([]);
  expect(sites).toHaveLength(1);
  expect(dependencies).toHaveLength(2001);
});

describe("the stack of TypeScript does not suffice for", () => {
  const FLOW = Array.from(
    { length: 20_000 },
    (_, i) => `if (a > ${i}) { const x${i} = s + a; s = x${i}; }`,
  ).join("\n");
  const NESTED = `export const deep = [\n${"[".repeat(20_000)}${"]".repeat(20_000)}];\n`;
  const next = "// @cached\nexport function next(a: number): number { return a; }\n";

  /** The errors of a text, with what their spans contain. Another file compiles afterwards. */
  function errorsOf(text: string, files: Readonly<Record<string, string>> = {}): readonly string[] {
    const isInFile = "src/deep.ts" in files;
    const compiler = buildCacheProject(files).compiler();
    const { diagnostics, code, dependencies } = compiler.compile("src/alone.ts", text);
    expect(code).toBeUndefined();
    expect(dependencies.map((path) => /src\/.*/.exec(path)?.[0])).toEqual(isInFile ? ["src/deep.ts"] : []);
    expect(compiler.compile("src/plain.ts", next).sites).toHaveLength(1);
    return diagnostics.map(
      ({ name, message, span }) => `${name} under ${text.slice(span.start, span.end)}: ${message}`,
    );
  }

  test("a long body without a result type: the error is at the function", () => {
    const text = `\n// @cached\nexport function long(a: number) { let s = "";\n${FLOW}\nreturn s; }\n`;
    expect(errorsOf(text)).toEqual([
      "too-deep under long: `long`, or code that its types come from, is too long or nested too deeply for TypeScript.",
    ]);
  });

  test("deeply nested code: the error is there", () => {
    expect(errorsOf(NESTED + next)).toEqual([
      expect.stringMatching(/^too-deep under \[: \S*src\/alone\.ts:2 is nested too deeply for TypeScript\.$/),
    ]);
  });

  test("deeply nested code in an imported file: the error names that file, at the function", () => {
    const text =
      'import type { Deep } from "./deep";\n// @cached\nexport function f(deep: Deep) { return deep.id; }\n';
    const files = { "src/deep.ts": `${NESTED}export interface Deep { id: number }\n` };
    expect(errorsOf(text, files)).toEqual([
      expect.stringMatching(/^too-deep under f: \S*src\/deep\.ts:2 is nested too deeply for TypeScript\.$/),
    ]);
  });

  test("the error is not stored: a larger stack may suffice", () => {
    const project = buildCacheProject();
    for (const session of [project.session(), project.session()]) {
      expect(session.compile("src/alone.ts", NESTED + next).diagnostics).toHaveLength(1);
      session.flush();
      expect(session.compiled).toEqual(["src/alone.ts"]);
    }
  });
});
