/**
 * No two functions of a project have the same id. The second one is reported, with the place of the first.
 */
import { describe, expect, test } from "vitest";
import { createCompiler, type Compiler, type CompilerOptions } from "aotcache/compiler";
import { root } from "../support/fixtures.ts";

const compilerWith = (options: CompilerOptions = {}): Promise<Compiler> =>
  createCompiler({ root, allow: ["cheap"], ...options });

/** A file that exists only as text. */
const path = (name: string): string => `test/virtual/${name}.ts`;

const marked = (name: string, options: string): string =>
  `// @cached ${options}\nexport function ${name}(id: number): number { return id; }\n`;

const told = (compiler: Compiler, file: string, text: string): readonly string[] =>
  compiler.compile(path(file), text).diagnostics.map(({ name, message }) => `${name}: ${message}`);

const TAKEN = "id-duplicate: `x:find` is the id of this function and of the one at test/virtual/";

describe("two functions with one id", () => {
  test("in one file", async () => {
    const text = marked("find", "namespace=x") + marked("other", "namespace=x name=find");
    expect(told(await compilerWith(), "a", text)).toEqual([`${TAKEN}a.ts:2.`]);
  });

  test("in two files, in either order", async () => {
    for (const [first, second] of ["ab", "ba"]) {
      const compiler = await compilerWith();
      expect(told(compiler, first!, marked("find", "namespace=x"))).toEqual([]);
      expect(told(compiler, second!, marked("find", "namespace=x"))).toEqual([`${TAKEN}${first}.ts:2.`]);
    }
  });

  test("three of them are two problems", async () => {
    const others = marked("b", "namespace=x name=find") + marked("c", "namespace=x name=find");
    const said = told(await compilerWith(), "a", marked("find", "namespace=x") + others);
    expect(said).toEqual([`${TAKEN}a.ts:2.`, `${TAKEN}a.ts:2.`]);
  });

  test("of a call whose function is declared elsewhere", async () => {
    const call = `import { cached } from "aotcache";\nconst load = (id: number): number => id;\n`;
    const compiler = await compilerWith();
    expect(told(compiler, "a", marked("find", "namespace=x"))).toEqual([]);
    const said = told(compiler, "b", `${call}export const find = cached(load, { namespace: "x" });\n`);
    expect(said).toEqual([`${TAKEN}a.ts:2.`]);
  });

  test("whatever their versions, which do not change the id", async () => {
    const text = marked("find", "namespace=x version=1") + marked("b", "namespace=x name=find version=2");
    expect(told(await compilerWith(), "a", text)).toEqual([`${TAKEN}a.ts:2.`]);
  });
});

describe("the id of one function is not a duplicate", () => {
  test("when its file is compiled again", async () => {
    const compiler = await compilerWith();
    for (const line of ["", "\n"]) {
      expect(told(compiler, "a", line + marked("find", "namespace=x"))).toEqual([]);
    }
  });

  test("when the other function was renamed, or lost its mark", async () => {
    for (const now of [marked("other", "namespace=x"), "export {};\n"]) {
      const compiler = await compilerWith();
      told(compiler, "a", marked("find", "namespace=x"));
      told(compiler, "a", now);
      expect(told(compiler, "b", marked("find", "namespace=x"))).toEqual([]);
    }
  });

  test("when names and namespaces are equal only after joining", async () => {
    const compiler = await compilerWith();
    expect(told(compiler, "a", marked("find", "namespace=x:y"))).toEqual([]);
    expect(told(compiler, "b", marked("f", "namespace=x name=y.find"))).toEqual([]);
  });
});

describe("the first part of an id", () => {
  const namespaceOf = async (options: CompilerOptions, text = marked("find", "")): Promise<string> =>
    (await compilerWith(options)).compile(path("a"), text).sites[0]!.id.namespace;

  test.each<[options: CompilerOptions, expected: string]>([
    [{}, "aotcache/test/virtual/a"],
    [{ namespace: "shop" }, "shop/test/virtual/a"],
    [{ defaults: { namespace: "all" } }, "all"],
  ])("with %j is %s", async (options, expected) => {
    expect(await namespaceOf(options)).toBe(expected);
  });

  test("is that of the function, whatever the project's is", async () => {
    const options = { namespace: "shop", defaults: { namespace: "all" } };
    expect(await namespaceOf(options, marked("find", "namespace=x"))).toBe("x");
  });
});
