/** `tspc` with the transformer: the output of tsc, with compiled functions. */
import { existsSync, readdirSync } from "node:fs";
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { describe, expect, it, vi } from "vitest";
import type { TestProject } from "../../support/bundlers.ts";
import { copyApp, idsIn, idsOf, run, setOptions, tsc, tspc, type TypeScript } from "../../support/tsc-app.ts";

// Real compilers, several in each test.
vi.setConfig({ testTimeout: 240_000 });

const RELEASES: readonly TypeScript[] = ["typescript5.4", "typescript5.9", "typescript"];

/** The release to test where releases do not differ. */
const ANY: TypeScript = "typescript5.9";

const SUCCESS = { code: 0, stdout: "", stderr: expect.any(String) as string };

const ARGUMENTS = [
  '({items:[{count:2,price:4,sku:"tea"},{count:1,price:7,sku:"cup"}],currency:"EUR"})',
  '("USD","EUR")',
  '("tea",undefined;this.shop="north")',
];

const expected = (ids: readonly string[]): object => ({
  answers: [
    [
      { amount: 15, currency: "EUR" },
      { amount: 15, currency: "EUR" },
    ],
    [0.5, 0.5],
    ["north/tea/en", "north/tea/en"],
  ],
  runs: { total: 1, rate: 1, label: 1 },
  keys: ids.map((id, index) => id + ARGUMENTS[index]!),
});

/** The output of plain tsc. */
async function plain(shop: TestProject, typescript: TypeScript): Promise<ReadonlyMap<string, string>> {
  await tsc(shop, typescript, "-p", ".", "--outDir", "plain", "--skipLibCheck");
  return new Map(readdirSync(shop.at("plain")).map((name) => [name, shop.read(`plain/${name}`)]));
}

describe.each(RELEASES)("a project with %s", (typescript) => {
  it("builds, hits, has the keys that the compiler computes, and maps to the source", async () => {
    const shop = copyApp("tsc", typescript);
    setOptions(shop, { types: ["node"], skipLibCheck: false });
    expect(await tspc(shop, typescript, "-p", ".")).toEqual(SUCCESS);

    const ids = await idsOf(shop, "src/prices.ts");
    expect(ids).toEqual([
      expect.stringMatching(/^shop\/src\/prices:total@[0-9a-f]{8}$/),
      expect.stringMatching(/^shop\/src\/prices:rate@[0-9a-f]{8}$/),
      expect.stringMatching(/^shop\/src\/prices:Labels\.of@[0-9a-f]{8}$/),
    ]);
    expect(await run(shop)).toEqual(expected(ids));
    expectMap(shop, shop.read("dist/prices.js.map"));
    expect(shop.read("dist/prices.js")).toMatch(/\n\/\/# sourceMappingURL=prices\.js\.map$/);

    // Declarations and files without a mark are those of tsc.
    const made = await plain(shop, typescript);
    const same = [...made.keys()].filter((name) => !/^prices\.js/.test(name));
    expect(same.length).toBe(10);
    for (const name of same) expect(shop.read(`dist/${name}`), name).toBe(made.get(name));
  });

  it("keeps the text and the place of every type error, also on lines with inserted text", async () => {
    const shop = copyApp("tsc", typescript, { "src/wrong.ts": WRONG });
    const own = await tsc(shop, typescript, "-p", ".", "--outDir", "plain");
    const { code, stdout } = await tspc(shop, typescript, "-p", ".");
    expect(stdout).toBe(own.stdout);
    expect(stdout.match(/error TS/g)).toHaveLength(3);
    expect(code).toBe(2);
    expect(idsIn(shop.read("dist/wrong.js"))).toHaveLength(1);
  });

  it("fails with errors of the compiler as diagnostics of tsc, and writes nothing", async () => {
    const shop = copyApp("tsc", typescript, { "src/wrong.ts": WRONG.replace("ttl=10", "ttl=0") });
    const { code, stdout } = await tspc(shop, typescript, "-p", ".");
    expect(code).toBe(1);
    expect(stdout.split("\n")[0]).toBe(
      "src/wrong.ts(1,16): error TS990001: [option-value] `ttl` cannot be `0`. Write a number of seconds above zero, or `500ms`, `10s`, `5m`, `2h`, `7d`, or `forever`.",
    );
    expect(stdout.match(/error TS2\d+/g)).toHaveLength(3);
    expect(existsSync(shop.at("dist"))).toBe(false);
  });
});

/** Three type errors, two of them on lines with inserted text. */
const WRONG = `// @cached ttl=10
export function wrong(n: number, text: string = 1): number[] { const m: string = n; return [m.length + n];
}
export const other: string = 2;
`;

/** The counter in the built text maps to the counter in the source. */
function expectMap(shop: TestProject, map: string): void {
  const source = shop.read("src/prices.ts");
  for (const token of ["total++", "label++", '"1m"', '"en"']) {
    const trace = new TraceMap(map);
    const built = shop.read("dist/prices.js");
    const [line, column] = positionOf(built, token);
    const [originalLine, originalColumn] = positionOf(source, token);
    expect(originalPositionFor(trace, { line, column }), token).toMatchObject({
      source: expect.stringMatching(/src\/prices\.ts$/),
      line: originalLine,
      column: originalColumn,
    });
  }
}

/** 1-based line, 0-based column. */
function positionOf(text: string, part: string): [line: number, column: number] {
  const lines = text.slice(0, text.indexOf(part)).split("\n");
  return [lines.length, lines.at(-1)!.length];
}

describe("CommonJS", () => {
  it("is built, hits, has the keys of ES modules, and inline maps to the source", async () => {
    const shop = copyApp("tsc-commonjs", ANY);
    expect(await tspc(shop, ANY, "-p", ".")).toEqual(SUCCESS);
    expect(shop.read("dist/prices.js")).toContain('require("aotcache/internal")');
    expect(await run(shop)).toEqual(expected(await idsOf(shop, "src/prices.ts")));
    expect(await idsOf(shop, "src/prices.ts")).toEqual(await idsOf(copyApp("tsc", ANY), "src/prices.ts"));
    const [, data] = /sourceMappingURL=data:application\/json;base64,(.+)$/.exec(
      shop.read("dist/prices.js"),
    )!;
    const map = Buffer.from(data!, "base64").toString("utf8");
    expectMap(shop, map);
    expect((JSON.parse(map) as { sourcesContent: string[] }).sourcesContent).toEqual([
      shop.read("src/prices.ts"),
    ]);
  });

  it("works for decorators with metadata, which Nest needs", async () => {
    const shop = copyApp("nest", ANY);
    expect(await tspc(shop, ANY, "-p", "tsconfig.build.json")).toEqual(SUCCESS);
    const ids = [
      ...(await idsOf(shop, "src/prices.service.ts")),
      ...(await idsOf(shop, "src/prices.controller.ts")),
    ];
    const order = '{items:[{count:2,price:4,sku:"tea"}]';
    expect(await run(shop)).toEqual({
      answers: [
        { amount: 4, currency: "EUR" },
        { amount: 4, currency: "EUR" },
      ],
      runs: [1, 1],
      keys: [
        `${ids[0]}("USD","EUR")`,
        `${ids[1]}(${order},currency:"EUR"})`,
        `${ids[2]}(${order},placed:Date(2026-01-01T00:00:00.000Z)})`,
      ],
    });
  });
});

describe("warnings", () => {
  const CLOCK = "// @cached ttl=10\nexport const late = (n: number): number => n + Date.now();\n";
  const TEXT =
    "[ambient-read] `Date.now()` is not part of the key: one caller's answer could be served to another. Pass its value as a parameter, or silence this with `allow=ambient-read`.\n";

  it("are printed, and do not fail the build", async () => {
    const shop = copyApp("tsc", ANY, { "src/clock.ts": CLOCK });
    const { code, stdout } = await tspc(shop, ANY, "-p", ".");
    expect(stdout).toBe(`src/clock.ts(2,48): warning TS990001: ${TEXT}`);
    expect(code).toBe(0);
  });

  it("name a caller in another file that changes a result", async () => {
    const shop = copyApp("tsc", ANY, {
      "src/words.ts":
        '// @cached ttl=10\nexport const words = (text: string): string[] => text.split(" ").filter(Boolean);\n',
      "src/sorts.ts":
        'import { words } from "./words.js";\nexport const sorted = (text: string): string[] => words(text).sort();\n',
    });
    const { code, stdout } = await tspc(shop, ANY, "-p", ".");
    expect(stdout).toContain(
      "src/words.ts(2,22): warning TS990001: [result-shared] `words(text).sort` in src/sorts.ts:2 ",
    );
    expect(code).toBe(0);
    setOptions(shop, { plugins: [{ transform: "aotcache/tsc", transformProgram: true, strict: true }] });
    expect((await tspc(shop, ANY, "-p", ".")).code).toBe(1);
  });

  it("are errors if the plugin is strict, and silent if they are allowed", async () => {
    const shop = copyApp("tsc", ANY, { "src/clock.ts": CLOCK });
    const transform = { transform: "aotcache/tsc", transformProgram: true };
    setOptions(shop, { plugins: [{ ...transform, strict: true }] });
    const { code, stdout } = await tspc(shop, ANY, "-p", ".");
    expect(stdout).toBe(`src/clock.ts(2,48): error TS990001: ${TEXT}`);
    expect(code).toBe(1);
    setOptions(shop, { plugins: [{ ...transform, strict: true, allow: ["ambient-read"] }] });
    expect(await tspc(shop, ANY, "-p", ".")).toEqual(SUCCESS);
  });
});

describe("the plugin's options", () => {
  it("are rejected in one line if they are unknown", async () => {
    const shop = copyApp("tsc", ANY);
    setOptions(shop, {
      plugins: [{ transform: "aotcache/tsc", transformProgram: true, namspace: "x" }],
    });
    const { code, stdout } = await tspc(shop, ANY, "-p", ".");
    expect(stdout).toBe("error TS990001: aotcache: `namspace` is not an option. Write `namespace`.\n");
    expect(code).toBe(1);
    expect(existsSync(shop.at("dist"))).toBe(false);
  });

  it("select the files to compile", async () => {
    const shop = copyApp("tsc", ANY);
    const plugin = { transform: "aotcache/tsc", transformProgram: true, exclude: "src/prices.ts" };
    setOptions(shop, { plugins: [plugin], verbatimModuleSyntax: false, target: "es2021" });
    expect(await tspc(shop, ANY, "-p", ".")).toEqual(SUCCESS);
    expect(idsIn(shop.read("dist/prices.js"))).toEqual([]);
  });
});

describe("options of tsc", () => {
  it("noEmitOnError writes nothing if there is a type error", async () => {
    const shop = copyApp("tsc", ANY, { "src/wrong.ts": WRONG });
    const { code } = await tspc(shop, ANY, "-p", ".", "--noEmitOnError");
    expect(code).toBe(1);
    expect(existsSync(shop.at("dist"))).toBe(false);
  });

  it("noEmit only checks", async () => {
    const shop = copyApp("tsc", ANY);
    expect(await tspc(shop, ANY, "-p", ".", "--noEmit")).toEqual(SUCCESS);
    expect(existsSync(shop.at("dist"))).toBe(false);
  });

  it("emitDeclarationOnly writes tsc's own declarations", async () => {
    const shop = copyApp("tsc", ANY);
    expect(await tspc(shop, ANY, "-p", ".", "--emitDeclarationOnly")).toEqual(SUCCESS);
    expect(readdirSync(shop.at("dist")).filter((name) => !name.includes(".d.ts"))).toEqual([]);
    const made = await plain(shop, ANY);
    expect(shop.read("dist/prices.d.ts")).toBe(made.get("prices.d.ts"));
  });

  it("outFile bundles compiled modules", async () => {
    const shop = copyApp("tsc", ANY);
    setOptions(shop, {
      module: "amd",
      moduleResolution: "node10",
      verbatimModuleSyntax: false,
      outFile: "out.js",
    });
    shop.write("src/main.ts", 'import { total } from "./prices.js";\nexport default total;\n');
    expect(await tspc(shop, ANY, "-p", ".")).toEqual(SUCCESS);
    expect(idsIn(shop.read("out.js"))).toEqual(await idsOf(shop, "src/prices.ts"));
    const trace = new TraceMap(shop.read("out.js.map"));
    const [line, column] = positionOf(shop.read("out.js"), "runs.total++");
    const [originalLine] = positionOf(shop.read("src/prices.ts"), "runs.total++");
    expect(originalPositionFor(trace, { line, column: column + "runs.".length })).toMatchObject({
      source: "src/prices.ts",
      line: originalLine,
    });
  });
});

describe("another transformer", () => {
  it("gets the nodes of the program that it is passed", async () => {
    const shop = copyApp("tsc", ANY);
    shop.write("types-as-text.cjs", TYPES_AS_TEXT);
    setOptions(shop, {
      plugins: [{ transform: "aotcache/tsc", transformProgram: true }, { transform: "./types-as-text.cjs" }],
    });
    shop.write(
      "src/main.ts",
      `declare function textOfType(value: unknown): string;
declare const console: { log(text: string): void };
const unmarked = { a: 1 };
// @cached ttl=10
function marked(n: number): string {
  const local = { n, text: "x" };
  return textOfType(local);
}
console.log(JSON.stringify([marked(1), textOfType(unmarked)]));
`,
    );
    expect(await tspc(shop, ANY, "-p", ".")).toEqual(SUCCESS);
    expect(await run(shop)).toEqual(["{ n: number; text: string; }", "{ a: number; }"]);
  });
});

/** Replaces `textOfType(x)` by the text of the type of `x`. */
const TYPES_AS_TEXT = `exports.default = (program, config, { ts }) => (context) => (file) => {
  const checker = program.getTypeChecker();
  const visit = (node) =>
    ts.isCallExpression(node) && node.expression.getText(file) === "textOfType"
      ? context.factory.createStringLiteral(checker.typeToString(checker.getTypeAtLocation(node.arguments[0])))
      : ts.visitEachChild(node, visit, context);
  return ts.visitNode(file, visit);
};
`;
