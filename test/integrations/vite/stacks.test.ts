/** Vitest with the plugin: the same places of errors as without it. */
import { expect, it } from "vitest";
import { bin, copyApp } from "../../support/vite-app.ts";

const PRICE = `export const log: string[] = [];

// @cached
export function price(sku: string, quantity = 1): number {
  log.push(sku);
  if (quantity > 10) {
    return quantity * 9;
  }
  return sku === "none" ? 0 : quantity * 10;
}

export class Repo {
  constructor(readonly tenant: string) {}

  // @cached this=tenant
  find(id: number): string {
    return id > 100 ? "far" : this.tenant + id;
  }

  // @cached
  never(id: number): number {
    return id;
  }
}

// @cached
export const up = (text: string): string => text.toUpperCase();

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
  expect(shown).toContainEqual(expect.stringMatching(/❯ (?:\S+ )?src\/lib\/price\.ts:31:62$/));
  // The frame that calls the body is in inserted text.
  const withoutOwnFrames = (lines: readonly string[]): string[] =>
    lines.filter((line) => !/❯ .*(?:(?:node_modules|runtime|dist)\/|price\.ts:(?!31:))/.test(line));
  expect(withoutOwnFrames(shown)).toEqual(withoutOwnFrames(await failure(false)));
});
