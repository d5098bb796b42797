/** `aotcache/jest` in front of the transformer that a project has. */
import { expect, it } from "vitest";
import { JEST_OPTIONS, jestProject } from "../../support/jest-project.ts";

const PRICE = `import { cached } from "aotcache";
import type { Sku } from "./sku";

// @cached allow=cheap
export function price(sku: Sku, quantity = 1): number {
  if (quantity > 10) {
    return quantity * 9;
  }
  return sku === "none" ? 0 : quantity * 10;
}

export class Repo {
  constructor(readonly tenant: string) {}

  // @cached this=tenant allow=cheap
  find(id: number): string {
    return id > 100 ? "far" : this.tenant + id;
  }

  // @cached allow=cheap
  async never(id: number): Promise<number> {
    return id;
  }
}

// @cached allow=cheap
export const up = (text: string): string => text.toUpperCase();

export const half = cached((n: number) => (n > 0 ? n / 2 : 0), { ttl: "5m" });

// @cached
export function depth(n: number): number {
  if (n < 0) return 0;
  return n === 0 ? 0 : 1 + depth(n - 1);
}
`;

const PRICE_TEST = `import { depth, half, price, Repo, up } from "./price";

it("counts", () => {
  expect([price("a"), price("a"), price("b", 20)]).toEqual([10, 10, 180]);
  expect([new Repo("t").find(1), up("a"), up("a"), half(4), depth(3)]).toEqual(["t1", "A", "A", 2, 3]);
});
`;

const COMPILED_TEST = `import { cacheOf } from "aotcache";
import { price } from "./price";

it("is compiled", () => {
  expect([price("a"), price("a"), cacheOf(price).stats().hits]).toEqual([10, 10, 1]);
  console.log("key " + cacheOf(price).key("a"));
});
`;

const SWC = { jsc: { parser: { syntax: "typescript" } } };
const BABEL = {
  presets: ["@babel/preset-typescript"],
  plugins: ["@babel/plugin-transform-modules-commonjs"],
};

/** The transformers, with the package that a project has installed for each. Jest itself brings babel-jest. */
const TRANSFORMERS = { "ts-jest": "ts-jest", "@swc/jest": "@swc", "babel-jest": undefined };

type Counts = Readonly<Record<string, { readonly total: number; readonly covered: number }>>;

it("compiles for the transformer that is installed, also ES modules, and coverage is that without it", async () => {
  const project = await jestProject({ ".swcrc": JSON.stringify(SWC) });
  const addProject = (folder: string, transformer: unknown, more?: object): object => {
    project.write(`${folder}/price.ts`, PRICE);
    project.write(`${folder}/price.test.ts`, PRICE_TEST);
    project.write(`${folder}/sku.ts`, "export type Sku = string;");
    project.write(`${folder}/babel.config.json`, JSON.stringify(BABEL));
    return { ...JEST_OPTIONS, rootDir: folder, transform: { "\\.ts$": transformer }, ...more };
  };
  const projects = Object.entries(TRANSFORMERS).flatMap(([name, installed], index) => {
    const folders = [`plain${index}`, `cached${index}`] as const;
    if (installed) for (const folder of folders) project.link(installed, folder);
    project.write(`${folders[1]}/compiled.test.ts`, COMPILED_TEST);
    return [addProject(folders[0], name), addProject(folders[1], "aotcache/jest")];
  });
  projects.push(
    addProject("modules", ["aotcache/jest", { transformer: ["@swc/jest", SWC] }], {
      extensionsToTreatAsEsm: [".ts"],
    }),
  );
  project.link("@swc", "modules");
  project.write("modules/compiled.test.ts", `import.meta.url;\n${COMPILED_TEST}`);
  const config = { projects, coverageReporters: ["json-summary"], collectCoverageFrom: ["**/price.ts"] };
  project.write("jest.config.json", JSON.stringify(config));

  const { code, stderr, stdout } = await project.run("-i", "--coverage");
  expect(code, stderr).toBe(0);
  expect((stdout + stderr).match(/key shop\/.*$/gm)).toHaveLength(4);
  const summary = JSON.parse(project.read("coverage/coverage-summary.json")) as Record<string, Counts>;
  const countsOf = (folder: string): unknown =>
    Object.entries(summary).find(([path]) => path.includes(`/${folder}/`))![1];
  for (const [index, name] of Object.keys(TRANSFORMERS).entries()) {
    expect(countsOf(`plain${index}`)).toMatchObject({ functions: { covered: 6, total: 7 } });
    expect(countsOf(`cached${index}`), name).toEqual(countsOf(`plain${index}`));
  }
}, 180_000);

it("compiles again when a type elsewhere changes, and fails the test file of a wrong pragma", async () => {
  const project = await jestProject({
    "price.ts": PRICE,
    "sku.ts": "export type Sku = string;",
    "price.test.ts": COMPILED_TEST,
    "jest.config.json": JSON.stringify({ ...JEST_OPTIONS, transform: { "\\.ts$": "aotcache/jest" } }),
    ".swcrc": JSON.stringify(SWC),
  });
  project.link("@swc");
  const watch = project.watch();
  const keyIn = (output: string): string => /key (shop.*)$/m.exec(output)?.[1] ?? output;
  const first = keyIn(await watch.next());
  expect(first).toMatch(/^shop\/price:price@[0-9a-f]{8}\("a",1\)$/);

  project.write("price.ts", PRICE.replace("@cached allow=cheap", "@cached tll=10"));
  const failed = await watch.next();
  expect(failed).toMatch(/^FAIL .*price\.test\.ts/m);
  expect(failed).toMatch(/price\.ts:4:12 error option-unknown/);

  // In one process, Jest itself reads only changed files again. The comment changes no key.
  project.write("sku.ts", 'export type Sku = "a" | "none";');
  await watch.next();
  project.write("price.ts", `// Prices.\n${PRICE}`);
  const second = keyIn(await watch.next());
  expect(second).toMatch(/^shop\/price:price@/);
  expect(second).not.toBe(first);

  project.write("sku.ts", "export type Sku = string;");
  const { stderr, stdout } = await project.run();
  expect(keyIn(stdout + stderr)).toBe(first);
}, 180_000);
