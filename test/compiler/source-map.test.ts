/** The source map of emitted code: original text maps to its own place, and to no other. */
import { runInThisContext } from "node:vm";
import { originalPositionFor, TraceMap, decodedMappings } from "@jridgewell/trace-mapping";
import { describe, expect, it } from "vitest";
import { createCompiler, type Compiler } from "aotcache/compiler";
import * as internal from "../../runtime/internal.ts";
import { fixtures, root } from "../support/fixtures.ts";

let compiler: Promise<Compiler> | undefined;

async function compile(name: string, text: string): Promise<{ code: string; map: TraceMap }> {
  compiler ??= createCompiler({ root });
  const { code, map } = (await compiler).compile(name, text);
  return { code: code!, map: new TraceMap(map as never) };
}

/** A part of a generated line: original text, or inserted text, which maps to no place. */
interface Piece {
  readonly generated: string;
  /** The text at the mapped place. */
  readonly original: string | undefined;
}

/** The segments of a map with the text on both sides, by line. */
function piecesOf(text: string, code: string, map: TraceMap): Piece[][] {
  const originals = text.split("\n");
  const lines = code.split("\n");
  return decodedMappings(map).map((segments, row) => {
    const pieces = segments.map(([start, , line, column], index): Piece => {
      const generated = lines[row]!.slice(start, segments[index + 1]?.[0]);
      const original =
        line === undefined ? undefined : originals[line]!.slice(column, column! + generated.length);
      return { generated, original };
    });
    const before = lines[row]!.slice(0, segments[0]?.[0]);
    return before === "" ? pieces : [{ generated: before, original: undefined }, ...pieces];
  });
}

/** The part of a piece that was in the original. */
function kept({ generated, original = "" }: Piece): string {
  let length = 0;
  while (length < original.length && generated[length] === original[length]) length++;
  return generated.slice(0, length);
}

const words = (text: string): string[] => text.match(/[\p{ID_Continue}$]+/gu) ?? [];

describe("every word of the original maps to itself, and inserted text to nothing", () => {
  it.each(fixtures().map((each) => [each.name, each] as const))("%s", async (name, { input, text }) => {
    const { code, map } = await compile(input, text);
    const mapped = piecesOf(text, code, map).map((line) =>
      line.filter(({ original }) => original !== undefined),
    );
    // Text inserted at the end of an expression body belongs to the body.
    expect(mapped.flat().filter(({ generated, original }) => generated[0] !== original![0])).toEqual([]);
    const found = mapped.flatMap((line) => words(line.map(kept).join("")));
    // Decorators are removed, and so is an import that only they needed. `export default` can become a variable.
    const gone = name.startsWith("decorator-")
      ? /^(?:import|cached|from|aotcache|ttl|10|this|tenant)$/
      : name === "default-export-is-an-object-with-isolated-declarations"
        ? /^(?:export|default)$/
        : /^$/;
    expect(found.filter((word) => !gone.test(word))).toEqual(words(text).filter((word) => !gone.test(word)));
  });
});

describe("a compiled function, with inserted text as <+>", () => {
  const shown = async (name: string, text: string): Promise<string> => {
    const { code, map } = await compile(name, text);
    const lines = piecesOf(text, code, map).map(
      (pieces, row) =>
        `${row + 1}: ${pieces.map((piece) => (kept(piece) === piece.generated ? kept(piece) : `${kept(piece)}<+>`)).join("")}`,
    );
    return `\n${lines.slice(0, text.split("\n").length).join("\n")}\n`;
  };

  it("as a declaration", async () => {
    const text = [
      `import { db } from "./db.ts";`,
      ``,
      `// @cached ttl=10`,
      `export async function getUser(id: number, locale = "en"): Promise<string> {`,
      `  const user = await db.find(id);`,
      `  return user.name[locale];`,
      `}`,
    ].join("\n");
    expect(await shown("test/virtual/declaration.ts", text)).toMatchInlineSnapshot(`
      "
      1: <+>import { db } from "./db.ts";
      2: 
      3: // @cached ttl=10
      4: export async function getUser(id: number, locale = "en"): Promise<string> {<+>
      5:   const user = await db.find(id);
      6:   return user.name[locale];
      7: <+>}
      "
    `);
  });

  it("as an arrow, a method and a field", async () => {
    const text = [
      `// @cached`,
      `export const double = (n: number) => n * 2;`,
      `export class Repo {`,
      `  // @cached`,
      `  find(id: number) { return id; }`,
      `  // @cached`,
      `  read = (id: number): number => id`,
      `}`,
    ].join("\n");
    expect(await shown("test/virtual/arrow.ts", text)).toMatchInlineSnapshot(`
      "
      1: // @cached
      2: <+>export const double = (n: number) => <+>n * 2<+>;<+>
      3: export class Repo {
      4:   // @cached
      5:   find(id: number) {<+> return id; <+>}
      6:   // @cached
      7:   read = <+>(id: number): number => <+>id<+>
      8: }<+>
      "
    `);
  });
});

it("an error thrown in a compiled body is traced to its own line and column", async () => {
  const text = [
    `// @cached`,
    `function fail(/** @type {string} */ kind) {`,
    `  if (kind === "deep") [1].forEach(() => { throw new RangeError(kind); });`,
    `  if (kind !== "none") throw new TypeError(kind);`,
    `  return kind;`,
    `}`,
    `exports.fail = fail;`,
  ].join("\n");
  const { code, map } = await compile("test/virtual/fail.cjs", text);
  const exports: { fail?: (kind: string) => void } = {};
  const run = runInThisContext(`(function (exports, require) {\n${code}\n})`, {
    filename: "compiled.cjs",
    lineOffset: -1,
  });
  (run as (exports: object, require: () => object) => void)(exports, () => internal);
  const thrownAt = (kind: string): unknown => {
    try {
      exports.fail!(kind);
      return undefined;
    } catch (error) {
      const [, line, column] = /compiled\.cjs:(\d+):(\d+)/.exec((error as Error).stack!)!;
      const { line: row, column: at } = originalPositionFor(map, {
        line: Number(line),
        column: Number(column) - 1,
      });
      return text.split("\n")[row! - 1]!.slice(at!);
    }
  };
  expect(thrownAt("deep")).toBe("new RangeError(kind); });");
  expect(thrownAt("other")).toBe("new TypeError(kind);");
});
