/** Vitest with the plugin: the same coverage as without it. */
import { describe, expect, it } from "vitest";
import { bin, copyApp, type App } from "../../support/vite-app.ts";

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
export function depth(n: number): number {
  if (n < 0) return 0;
  return n === 0 ? 0 : 1 + depth(n - 1);
}
`;

const TESTS = `import { expect, it } from "vitest";
import { depth, price, Repo, up } from "./price.ts";

it("counts", () => {
  expect([price("a"), price("a"), price("b", 20)]).toEqual([10, 10, 180]);
  expect([new Repo("t").find(1), up("a"), up("a"), depth(3)]).toEqual(["t1", "A", "A", 3]);
});
`;

const configOf = (compiled: boolean, provider = "v8"): string => `import aotcache from "aotcache/vite";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [${compiled ? "aotcache()" : ""}],
  test: {
    coverage: { provider: "${provider}", include: ["src/lib/**"], exclude: ["**/*.test.ts"], reporter: ["json-summary"] },
  },
});
`;

type Counts = Readonly<Record<string, { readonly total: number; readonly covered: number }>>;

/** The covered and all statements, branches, functions and lines of the module. */
async function coverage(app: App, compiled: boolean, provider: string): Promise<unknown> {
  app.write("vitest.config.ts", configOf(compiled, provider));
  const { code, stdout, stderr } = await bin(app, "vitest", "run", "--coverage");
  expect(code, stdout + stderr).toBe(0);
  const summary = JSON.parse(app.read("coverage/coverage-summary.json")) as Record<string, Counts>;
  const [, counts] = Object.entries(summary).find(([path]) => path.endsWith("src/lib/price.ts"))!;
  const kinds = ["statements", "branches", "functions", "lines"];
  return Object.fromEntries(kinds.map((kind) => [kind, [counts[kind]!.covered, counts[kind]!.total]]));
}

describe.each(["v8", "istanbul"])("the coverage that %s counts", (provider) => {
  it("is that without the plugin", async () => {
    const app = copyApp({ "src/lib/price.ts": PRICE, "src/lib/price.test.ts": TESTS });
    const plain = await coverage(app, false, provider);
    expect(plain).toMatchObject({ functions: [5, 6] });
    expect(await coverage(app, true, provider)).toEqual(plain);
  });
});
