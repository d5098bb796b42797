/** Vitest with the plugin: the same places of errors as without it. */
import { expect, it } from "vitest";
import { bin, copyApp } from "../../support/vite-app.ts";

const PRICE = `const price = async (sku: string, quantity: number) => sku.length + 10 * quantity;

// @cached
export async function refuse(sku: string): Promise<number> {
  const amount = await price(sku, 2); if (amount > 10) throw new RangeError("refused " + sku);
  return amount;
}
`;

const FAILING = `import { it } from "vitest";
import { refuse } from "./price.ts";

it("fails", async () => {
  await refuse("a");
});
`;

const configOf = (compiled: boolean): string => `import aotcache from "aotcache/vite";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [${compiled ? "aotcache()" : ""}],
});
`;

it("a failing test shows the place and the code that it shows without the plugin", async () => {
  const app = copyApp({ "src/lib/price.ts": PRICE, "src/lib/price.test.ts": FAILING });
  const failure = async (compiled: boolean): Promise<string[]> => {
    app.write("vitest.config.ts", configOf(compiled));
    const { code, stderr } = await bin(app, "vitest", "run");
    expect(code).toBe(1);
    return stderr.split("\n").filter((line) => /RangeError|^ ❯ |^ +\d+\||^ +\|/.test(line));
  };
  const shown = await failure(true);
  expect(shown).toContainEqual(expect.stringMatching(/❯ (?:\S+ )?src\/lib\/price\.ts:5:62$/));
  // The frame that calls the body is in inserted text.
  const withoutOwnFrames = (lines: readonly string[]): string[] =>
    lines.filter((line) => !/❯ .*(?:(?:node_modules|runtime|dist)\/|price\.ts:(?!5:))/.test(line));
  expect(withoutOwnFrames(shown)).toEqual(withoutOwnFrames(await failure(false)));
});
