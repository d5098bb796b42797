/** The option `classes`: classes that `configure({ classes })` names at run time have a key, and can be stored. */
import { describe, expect, test } from "vitest";
import type { CompilerOptions } from "../../src/options/compiler.ts";
import { buildCacheProject, type Files } from "../support/build-cache-project.ts";

const VALUE =
  "#digits: string; constructor(text: string); plus(other: this): this; toJSON(): string; abs: () => this;";

/** Packages that declare their classes in the ways that packages do. */
const PACKAGES: Files = {
  "node_modules/decimal.js/package.json": JSON.stringify({
    name: "decimal.js",
    exports: { ".": { import: { types: "./index.d.mts" }, require: { types: "./index.d.cts" } } },
  }),
  "node_modules/decimal.js/index.d.mts": `export default Decimal;
export declare class Decimal { ${VALUE} }
export declare namespace Decimal { type Value = string }`,
  "node_modules/decimal.js/index.d.cts": `declare class Decimal { ${VALUE} }
declare namespace Decimal { export { Decimal } }
export = Decimal;`,
  "node_modules/@types/big.js/package.json": '{ "name": "@types/big.js", "types": "index.d.ts" }',
  "node_modules/@types/big.js/index.d.ts": `export interface Big { plus(other: Big): Big; toJSON(): string }
export interface BigConstructor { new (text: string): Big }
export declare const Big: BigConstructor;
export default Big;`,
  "node_modules/big.js/package.json": '{ "name": "big.js", "main": "big.js" }',
  "node_modules/big.js/big.js": "",
  "node_modules/@polyfill/time/package.json": '{ "name": "@polyfill/time", "types": "index.d.ts" }',
  "node_modules/@polyfill/time/index.d.ts": `export namespace Temporal {
  class Instant<Zone = string> { private readonly ms: number; equals(other: Instant): boolean; zone: Zone }
}`,
  "node_modules/db/package.json": '{ "name": "db", "types": "index.d.ts" }',
  "node_modules/db/index.d.ts": "export declare class Client { query(text: string): Promise<string[]> }",
  "tsconfig.json": `{ "compilerOptions": { "strict": true, "target": "es2022", "lib": ["es2022"], "types": [],
    "module": "esnext", "moduleResolution": "bundler" }, "include": ["src"] }`,
  "src/money.ts":
    "export class Money { constructor(private amount: bigint) {} plus(other: Money) { return this; } }",
  "src/index.ts": 'export * from "./money";\nexport { Money as default } from "./money";\n',
};

const problemsOf = (text: string, options: CompilerOptions, files: Files = {}): readonly string[] => {
  const project = buildCacheProject({ ...PACKAGES, ...files, "src/a.ts": text });
  return project.fresh("src/a.ts", options).diagnostics.map(({ name, message }) => `${name}: ${message}`);
};

describe("a class is found", () => {
  test.each<[entry: string, from: string, type?: string]>([
    ["decimal.js#Decimal", 'import { Decimal } from "decimal.js"'],
    ["decimal.js#default", 'import { Decimal } from "decimal.js"'],
    ["decimal.js#Decimal", 'import Dec, { Decimal as Other } from "decimal.js"', "Other"],
    ["decimal.js#Decimal", 'import type * as all from "decimal.js"', "all.Decimal"],
    ["decimal.js#Decimal", 'import { Decimal } from "./again"'],
    ["big.js#default", 'import Big from "big.js"', "Big"],
    ["big.js#Big", 'import { Big } from "big.js"', "Big"],
    [
      "@polyfill/time#Temporal.Instant",
      'import { Temporal } from "@polyfill/time"',
      "Temporal.Instant<number>",
    ],
    ["./src/money.ts#Money", 'import { Money } from "./money"', "Money"],
    ["./src/money#Money", 'import { Money } from "./money"', "Money"],
    ["./src/index.ts#default", 'import { Money } from "./index"', "Money"],
    ["./src/index.ts#Money", 'import { Money } from "./money"', "Money"],
    ["./src#default", 'import { Money } from "./money"', "Money"],
    ["./src/named.ts#Cash", 'import { Money } from "./money"', "Money"],
    ["ambient#Ambient", 'import { Ambient } from "ambient"', "Ambient"],
  ])("as %s where it is used by %s", (entry, from, type = "Decimal") => {
    const files = {
      "src/again.ts": 'export { Decimal } from "decimal.js";',
      "src/named.ts": 'import { Money as Own } from "./index";\nexport { Own as Cash };',
      "src/ambient.d.ts":
        'declare module "ambient" { export class Ambient { plus(other: Ambient): Ambient } }',
    };
    const text = `${from};
interface Line { readonly price: ${type}; readonly count: number }
class Shop {
  constructor(readonly rate: ${type}) {}
  // @cached ttl=60 this=rate
  total(lines: Line[], extra?: ${type} | null): number { return lines.length + Number(this.rate) + Number(extra); }
}
export const shopOf = (rate: ${type}) => new Shop(rate);
export function withRate(rate: ${type}) {
  // @cached ttl=60 backend=shared
  async function net(gross: ${type}): Promise<{ net: ${type}; by: Map<string, ${type}> }> {
    return { net: gross, by: new Map([["rate", rate]]) };
  }
  return net;
}
`;
    expect(problemsOf(text, { classes: [entry] }, files)).toEqual([]);
    expect(problemsOf(text, {}, files).filter((each) => !each.startsWith("parameter-unproved"))).not.toEqual(
      [],
    );
  });

  test("in a CommonJS module, for which its package has other declarations", () => {
    const text = `import Decimal = require("decimal.js");
// @cached
export function twice(value: Decimal): Decimal { return value.plus(value); }
`;
    const project = buildCacheProject({
      ...PACKAGES,
      "tsconfig.json": '{ "compilerOptions": { "strict": true, "module": "nodenext", "types": [] } }',
      "src/a.cts": text,
    });
    const diagnostics = (entry: string) => project.fresh("src/a.cts", { classes: [entry] }).diagnostics;
    expect(diagnostics("decimal.js#default")).toEqual([]);
    expect(diagnostics("decimal.js#Decimal")).toEqual([]);
  });

  test("and others are still reported: a subclass, its constructor, a function beside it", () => {
    const text = `import { Decimal } from "decimal.js";
class Rate extends Decimal { name = "rate"; }
// @cached
export function one(rate: Rate, make: typeof Decimal, rows: { value: Decimal; map: () => void }[]): number {
  return Number(rate) + Number(make) + rows.length;
}
`;
    const found = problemsOf(text, { classes: ["decimal.js#Decimal"] });
    expect(found.map((each) => /`[^`]+`/.exec(each)?.[0])).toEqual([
      "`rate: Rate`",
      "`make: typeof Decimal`",
      "`rows[].map: () => void`",
    ]);
  });
});

describe("an entry", () => {
  const text = `import { Decimal } from "decimal.js";
// @cached
export function twice(value: Decimal): Decimal { return value.plus(value); }
`;

  test.each([
    [
      "decimal.js#Decimel",
      "`classes`: `decimal.js` has no export `Decimel`, as `src/a.ts` sees it. Write `decimal.js#Decimal`.",
    ],
    ["decimal.js#Decimal.Inner", "has no export `Decimal.Inner`, as"],
  ])("that names a missing export is an error: %s", (entry, message) => {
    expect(() => problemsOf(text, { classes: [entry] })).toThrow(message);
  });

  test.each(["decimal.js", "#Decimal", "decimal.js#", "decimal.js#a b", " "])(
    "that is not a module and an export is an error: %j",
    (entry) => {
      expect(() => problemsOf(text, { classes: [entry] })).toThrow(/aotcache: `classes`/);
    },
  );

  test("leads to a module whose imports need endings", () => {
    const files = {
      "tsconfig.json": PACKAGES["tsconfig.json"]!.replace(
        '"moduleResolution": "bundler"',
        '"moduleResolution": "nodenext"',
      ).replace('"module": "esnext"', '"module": "nodenext"'),
      "package.json": '{ "name": "app", "type": "module" }',
      "src/index.ts": 'export * from "./money.js";\n',
    };
    const uses = text.replaceAll("Decimal", "Money").replace("decimal.js", "./money.js");
    for (const entry of ["./src/money", "./src", "./src/index", "./src/index.ts"])
      expect(problemsOf(uses, { classes: [`${entry}#Money`] }, files)).toEqual([]);
  });

  test("of a module that does not resolve does nothing", () => {
    expect(problemsOf(text, { classes: ["./src/absent#Decimal"] })).toMatchObject([/^parameter-unkeyable/]);
    expect(problemsOf(text, { classes: ["absent#Decimal"] })).toMatchObject([/^parameter-unkeyable/]);
    expect(problemsOf(text, { classes: ["absent#Decimal", "decimal.js#Decimal"] })).toEqual([]);
  });

  test("is part of what a stored result depends on, as is the module that it names", () => {
    const project = buildCacheProject({
      ...PACKAGES,
      "src/a.ts": text.replaceAll("Decimal", "Money").replace("decimal.js", "./index"),
    });
    const names = (options: CompilerOptions): readonly string[] => {
      const session = project.session(options);
      const { diagnostics } = session.compile("src/a.ts");
      session.flush();
      return diagnostics.map(({ name }) => name);
    };
    const named = { classes: ["./src/index.ts#default"] };
    expect([names({}), names(named), names({}), names(named)].map((each) => each.length)).toEqual([
      1, 0, 1, 0,
    ]);
    project.write("src/index.ts", 'export * from "./money";\n');
    expect(() => names(named)).toThrow("`classes`: `./src/index.ts` has no export `default`, as");
  });
});

describe("the version of a function with such a class", () => {
  const text = `import type { Decimal } from "decimal.js";
// @cached
export function twice(value: { price: Decimal }): { price: Decimal } { return value; }
`;
  const versionOf = (files: Files = {}, entry = "decimal.js#Decimal"): string => {
    const project = buildCacheProject({ ...PACKAGES, ...files, "src/a.ts": text });
    return project.fresh("src/a.ts", { classes: [entry] }).sites[0]!.id.version;
  };

  test("is the same in each folder, with each version of the package, and by each of its exports", () => {
    const changed = PACKAGES["node_modules/decimal.js/index.d.mts"]!.replace("plus(", "minus(): this; plus(");
    expect(versionOf({ "node_modules/decimal.js/index.d.mts": changed })).toBe(versionOf());
    expect(versionOf({}, "decimal.js#default")).toBe(versionOf());
    expect(versionOf()).toMatchInlineSnapshot(`"4010be75"`);
  });
});

describe("the help offers the option first", () => {
  test.each([
    [
      "decimal.js",
      "Decimal",
      "// @cached\nexport function f(value: T): number { return Number(value) + value.toJSON().length; }",
    ],
    [
      "decimal.js",
      "Decimal",
      "// @cached backend=far\nexport async function f(id: number): Promise<T> { return id as never; }",
    ],
    [
      "@polyfill/time",
      "Temporal",
      "// @cached\nexport function f({ at }: { at: Temporal.Instant }): boolean { return at.equals(at); }",
    ],
  ])("for a class of values of %s, and it is right", (module, name, code) => {
    const source = `import { ${name} } from "${module}";\n${code.replaceAll("T>", `${name}>`).replaceAll(": T)", `: ${name})`)}\n`;
    const project = buildCacheProject({ ...PACKAGES, "src/a.ts": source });
    const [diagnostic] = project.fresh("src/a.ts").diagnostics;
    const [, entry] =
      /^Name the class in the plugin's option `classes: \["([^"]+)"\]` and in `configure\(\{ classes \}\)`\. Or /.exec(
        diagnostic!.help,
      ) ?? [];
    expect(project.fresh("src/a.ts", { classes: [entry!] }).diagnostics).toEqual([]);
  });

  test.each([
    ["a service of a package", 'import { Client } from "db";', "Client", ""],
    ["a class of the project", 'import { Money } from "./money";', "Money", ""],
    ["what JSON cannot restore", 'import { Decimal } from "decimal.js";', "Decimal", " serializer=json"],
  ])("not for %s", (_, from, type, option) => {
    const code = option
      ? `// @cached${option}\nexport async function f(id: number): Promise<${type}> { return id as never; }`
      : `// @cached\nexport function f(value: ${type}): number { return Number(value); }`;
    const project = buildCacheProject({ ...PACKAGES, "src/a.ts": `${from}\n${code}\n` });
    const { diagnostics } = project.fresh("src/a.ts");
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]!.help).not.toContain("classes");
  });
});
