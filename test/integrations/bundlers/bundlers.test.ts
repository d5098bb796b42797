import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { describe, expect, it } from "vitest";
import { createCompiler } from "../../../src/index.ts";
import { build, copyProject, INTEGRATIONS, run, type TestProject } from "../../support/bundlers.ts";

interface Printed {
  readonly answers: readonly unknown[];
  readonly runs: unknown;
  readonly keys: readonly string[];
}

/** `namespace:name@version` of each function, from the compiler. */
async function compiledIds(shop: TestProject): Promise<string[]> {
  const compiler = await createCompiler({ root: shop.root });
  const { sites } = compiler.compile("src/prices.ts", shop.read("src/prices.ts"));
  return sites.map(({ id }) => `${id.namespace}:${id.name}@${id.version}`);
}

const ARGUMENTS = [
  '({items:[{count:2,price:4,sku:"tea"},{count:1,price:7,sku:"cup"}],currency:"EUR"})',
  '("USD","EUR")',
  '("tea",undefined;this.shop="north")',
];

describe.each(INTEGRATIONS)("the project of %s", (integration) => {
  it("is built, hits, and has the keys that every other integration makes", async () => {
    const shop = copyProject(integration);
    const { code, stdout, stderr } = await build(shop, integration);
    expect(code, stdout + stderr).toBe(0);

    const ids = await compiledIds(shop);
    expect(ids).toEqual([
      expect.stringMatching(/^shop\/src\/prices:total@[0-9a-f]{8}$/),
      expect.stringMatching(/^shop\/src\/prices:rate@[0-9a-f]{8}$/),
      expect.stringMatching(/^shop\/src\/prices:Labels\.of@[0-9a-f]{8}$/),
    ]);
    expect((await run(shop)) as Printed).toEqual({
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

    const built = shop.texts("dist");
    expect(Object.keys(built).filter((path) => /ts-morph|createSourceFile/.test(built[path]!))).toEqual([]);
    expectMap(shop, built);
  });
});

/** The map leads from the counter in the built text to the counter in the source. */
function expectMap(shop: TestProject, built: Readonly<Record<string, string>>): void {
  const [path, text] = Object.entries(built).find(
    ([file, text]) => file.endsWith(".js") && /\.total\+\+|total\s*\+\s*1/.test(text),
  )!;
  const [line, column] = positionOf(text, /\.total\+\+/);
  const map = new TraceMap(built[`${path}.map`]!);
  const [sourceLine] = positionOf(shop.read("src/prices.ts"), /\.total\+\+/);
  expect(originalPositionFor(map, { line, column })).toMatchObject({
    source: expect.stringMatching(/src\/prices\.ts$/),
    line: sourceLine,
  });
}

/** 1-based line, 0-based column. */
function positionOf(text: string, part: RegExp): [line: number, column: number] {
  const lines = text.slice(0, text.search(part)).split("\n");
  return [lines.length, lines.at(-1)!.length];
}
