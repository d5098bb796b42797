/** The prefilter accepts every file for which `find` reports anything, and few others. */
import * as swc from "@swc/core";
import * as esbuild from "esbuild";
import { ts } from "ts-morph";
import { describe, expect, test } from "vitest";
import { parsePragmas } from "../../src/pragma/parse.ts";
import { MARK, mayContainMark } from "../../src/prefilter.ts";
import { fixtures } from "../support/fixtures.ts";

describe("accepts", () => {
  test.each([
    "// @cached",
    "/** @cached ttl=10 */",
    " * @cached",
    "// @Cached",
    "// @CACHED ttl=1",
    "// @cache ttl=10",
    "// @cachd",
    "// @chached",
    "// @cahced",
    "// @cachéd",
    "// @câched",
    "// @cached(ttl)",
    "// @invalidates getUser(id)",
    "// @invalidate getUser(id)",
    `import { cached } from "./cache.ts";`,
    `import { cached as memo } from "./cache.ts";`,
    `import * as anything from "aotcache";`,
    `import {\n  memory } from 'aotcache'`,
    `const { cached } = require("aotcache")`,
    `export * from "aotcache"`,
    "aot.cached(fn)",
    "@aot.cached() find() {}",
  ])("%j", (text) => {
    expect(mayContainMark(`const before = 1;\n${text}\nconst after = 1;`)).toBe(true);
  });

  test("every word that the pragma parser considers misspelled", () => {
    const missed = [...twoSlips("cached")].filter((word) => {
      const reported = parsePragmas(`// @${word} ttl=10`, 0).length > 0;
      return reported && !mayContainMark(`// @${word} ttl=10`);
    });
    expect(missed).toEqual([]);
  });
});

describe("rejects", () => {
  test.each([
    "const cachedValue = isCached(1);",
    "/** @const @class @callback @category Cells @constructor @copyright me */",
    "@Component({}) @Controller() @Column() class A {}",
    "the cache is cold; caches are cleared",
    "const aot = 1;",
    "",
  ])("%j", (text) => {
    expect(mayContainMark(text)).toBe(false);
  });
});

describe("rejects what the compiler wrote, which still has its pragmas", () => {
  const tree = fixtures();
  const { NodeNext, CommonJS } = ts.ModuleKind;

  test.each(tree.map((fixture) => [fixture.name, fixture] as const))("%s", (_, fixture) => {
    expect(mayContainMark(fixture.expected())).toBe(false);
  });

  test.each<[string, (text: string) => string]>([
    ["TypeScript to ES modules", (text) => ts.transpile(text, { module: NodeNext })],
    ["TypeScript to CommonJS", (text) => ts.transpile(text, { module: CommonJS, esModuleInterop: true })],
    ["esbuild to CommonJS", (text) => esbuild.transformSync(text, { format: "cjs", loader: "ts" }).code],
    [
      "esbuild without white space",
      (text) => esbuild.transformSync(text, { minifyWhitespace: true, loader: "ts" }).code,
    ],
    [
      "swc to CommonJS",
      (text) =>
        swc.transformSync(text, { jsc: { parser: { syntax: "typescript" } }, module: { type: "commonjs" } })
          .code,
    ],
  ])("after %s", (_, transpile) => {
    const text = tree.find(({ name }) => name === "call-with-options")!.expected();
    // A transpiler may drop comments.
    expect(mayContainMark(`// @cached\n${transpile(text)}`)).toBe(false);
  });
});

test("returns the same result every time", () => {
  expect([1, 2, 3].map(() => mayContainMark("// @cached"))).toEqual([true, true, true]);
});

test("is a plain pattern for any engine: no flags, no look-around, no back-reference", () => {
  expect(MARK.flags).toBe("");
  expect(MARK.source).not.toMatch(/\(\?[=!<]|\\[1-9kpP]|[^\\][*+]/);
});

test("takes linear time for adversarial text", () => {
  const steps = (size: number): number => {
    let count = 0;
    // The pattern bounds the cost of one attempt, wherever it starts.
    for (const bait of ["@caaaacaaaa", "@cccccccc", "@chhhheeee", "cache", "aotcach", "@c"]) {
      const text = bait.repeat(Math.ceil(size / bait.length));
      if (!mayContainMark(text.replace(/[hHeEdD]/g, "x"))) count++;
    }
    return count;
  };
  expect(steps(5_000_000)).toBe(6);
});

/** All words within two mistakes: a letter omitted, doubled, replaced, added, or swapped. */
function twoSlips(word: string): Set<string> {
  const letters = "acdehxé";
  const once = (from: string): string[] => {
    const words: string[] = [];
    for (let at = 0; at <= from.length; at++) {
      const [head, tail] = [from.slice(0, at), from.slice(at)];
      if (tail !== "") words.push(head + tail.slice(1));
      if (tail.length > 1) words.push(head + tail[1]! + tail[0]! + tail.slice(2));
      for (const letter of letters) words.push(head + letter + tail, head + letter + tail.slice(1));
    }
    return words;
  };
  const first = once(word);
  return new Set([...first, ...first.flatMap(once)].flatMap((each) => [each, each.toUpperCase()]));
}
