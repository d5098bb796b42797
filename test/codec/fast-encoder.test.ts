import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { codecNamed, open, seal, type Codec } from "../../runtime/codec/codec.ts";
import { encodeFast } from "../../runtime/codec/fast-encoder.ts";
import { jsonFormOf } from "../../runtime/codec/encode.ts";
import { nested } from "../support/odd-values.ts";
import { build, recipes } from "../support/values.ts";

const generic = (await codecNamed("generic")) as Codec;

/** The text of the regular encoder; `undefined` if it rejects the value. */
function regularText(value: unknown, isGeneric: boolean): string | undefined {
  try {
    const twin = jsonFormOf(value, isGeneric ? "text" : "json");
    const mark = isGeneric ? (twin === value ? "=" : "~") : "";
    return `${mark}${JSON.stringify(twin)}`;
  } catch {
    return undefined;
  }
}

/**
 * Counts the values that the fast encoder writes, and expects each text to equal that of the regular encoder.
 */
function countFast<T>(values: fc.Arbitrary<T>, build: (from: T) => unknown, numRuns: number): number {
  let fast = 0;
  const property = fc.property(values, fc.boolean(), (from, isGeneric) => {
    const value = build(from);
    const text = encodeFast(value, isGeneric);
    if (text === undefined) return;
    fast++;
    expect(text).toBe(regularText(value, isGeneric));
  });
  fc.assert(property, { numRuns, seed: 20_240_229 });
  return fast / numRuns;
}

const character = fc.oneof(
  fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 1 }),
  fc.constantFrom(
    '"',
    "\\",
    "\n",
    "\u0001",
    "\x7f",
    "\xff",
    "\u0100",
    "\u2028",
    "\ud83d\ude00",
    "\ud83d",
    "\ude00",
    "~",
  ),
);
const text = fc.array(character, { maxLength: 20 }).map((characters) => characters.join(""));
const number = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.integer({ min: -1e9, max: 1e9 }).map((hundredths) => hundredths / 100),
  fc.integer({ min: -400, max: 400 }).map((exponent) => 10 ** (exponent / 10)),
  fc.constantFrom(1e9 - 1, 1e9, 1e15, 1e15 + 2, 1e16, -1e15, 1e21, 1e7, 0.01, 0.005, 1e-7, -0.1, 2 ** 53),
);

describe("the fast encoder", () => {
  test("writes the text of the regular encoder, or gives up", () => {
    expect(countFast(recipes, (recipe) => [build(recipe)], 5000)).toBeGreaterThan(0.3);
  });

  test("writes every string like JSON", () => {
    expect(countFast(text, (one) => ({ [one]: [one, `a${one}`] }), 3000)).toBeGreaterThan(0.9);
  });

  test("writes every number and every date like JSON", () => {
    expect(countFast(number, (one) => [one, -one, new Date(one)], 10_000)).toBeGreaterThan(0.4);
    expect(countFast(number, (one) => [one], 10_000)).toBeGreaterThan(0.9);
  });

  test.each<[string, unknown]>([
    [
      "texts",
      ["a".repeat(499), "a".repeat(501), "é\n".repeat(200), "\u0001".repeat(500), "本".repeat(40_000)],
    ],
    [
      "names",
      { [`${"é".repeat(700)}`]: 1, ["\u0001".repeat(499)]: { ["\u0001".repeat(500)]: ["本".repeat(500)] } },
    ],
    ["lists", Array.from({ length: 20_000 }, (_, i) => (i % 100 === 0 ? `本${i}` : i))],
    ["rows", Array.from({ length: 3000 }, (_, i) => ({ id: i, at: new Date(i * 1e9), é: `${i}é` }))],
    [
      "maps",
      new Map(Array.from({ length: 5000 }, (_, i) => [`key ${i}`, new Set([i, "\u0001".repeat(i % 500)])])),
    ],
    ["what nests", nested(998)],
    [
      "a nested value after much other data",
      ["\u0001".repeat(499).repeat(11), nested(990), "\u0001".repeat(500)],
    ],
  ])("writes long %s in parts", (_, value) => {
    expect(encodeFast({ value }, true)).toBe(regularText({ value }, true));
    expect(encodeFast({ value }, true)).toBeDefined();
  });

  test("handles the most common results", () => {
    const value = {
      at: new Date(0),
      tags: new Set(["a"]),
      rows: [{ price: new Map([["EUR", 1.5]]), none: undefined, big: 1n, odd: [NaN, -0] }],
    };
    expect(encodeFast(value, true)).toBe(regularText(value, true));
    expect(encodeFast({ plain: [1, "~", null] }, false)).toBe('{"plain":[1,"~",null]}');
  });

  test("is not disturbed by a value that is written during another one", () => {
    const within = { at: new Date(7), text: "b".repeat(300) };
    const value = {
      before: "a".repeat(300),
      get text() {
        return seal(generic, within);
      },
      after: [new Date(1)],
    };
    const expected = { before: value.before, text: seal(generic, within), after: [new Date(1)] };
    expect(open(generic, seal(generic, value))).toStrictEqual(expected);
  });

  test("works again after a value that it gave up on", () => {
    const throwing = {
      text: "本",
      get more(): never {
        throw new Error("no");
      },
    };
    expect(encodeFast(throwing, true)).toBeUndefined();
    expect(encodeFast(["本".repeat(501), Symbol("no")], true)).toBeUndefined();
    expect(encodeFast({ a: "b" }, true)).toBe('={"a":"b"}');
  });

  test.each<[string, unknown]>([
    [
      "a __proto__ of a date's own",
      Object.defineProperty(new Date(0), "__proto__", { value: 1, enumerable: true }),
    ],
    ["a tag of a map's own", Object.defineProperty(new Map(), Symbol.toStringTag, { value: "Set" })],
    ["a symbol on a date", Object.assign(new Date(0), { [Symbol("x")]: 1 })],
    ["a property of a map", Object.assign(new Map(), { extra: 1 })],
    ["a property of an array", Object.assign([1], { extra: 1 })],
    ["a hole and a property", Object.assign([1, , 3], { extra: 1 })],
    ["an object with the prototype of an array", Object.create(Array.prototype)],
    ["an object with the prototype of a map", Object.create(Map.prototype)],
    ["an object with the prototype of a date", Object.create(Date.prototype)],
    ["a date that is tagged as an object", Object.setPrototypeOf(new Date(0), Object.prototype)],
    ["an own __proto__", JSON.parse('{"__proto__":{"a":"~"}}')],
    ["an own toJSON", { toJSON: 1 }],
    ["bytes", new Uint8Array(3)],
  ])("gives up on unusual values: %s", (_, value) => {
    for (const isGeneric of [true, false]) expect(encodeFast({ value }, isGeneric)).toBeUndefined();
  });

  test("gives up on a marker where none is allowed", () => {
    for (const value of [undefined, 1n, NaN, -0, new Date(0), new Map(), new Set()]) {
      expect(encodeFast([value], false)).toBeUndefined();
    }
  });
});

test("properties added to Object.prototype are neither stored nor read", () => {
  const prototype = Object.prototype as { extra?: unknown };
  onTestFinished(() => {
    delete prototype.extra;
  });
  const value = { at: new Date(0), rows: [{ at: new Date(1) }] };
  const text = seal(generic, value);
  prototype.extra = { at: "~Date:0" };
  expect(seal(generic, value)).toBe(text);
  const back = open(generic, text) as object;
  expect(Object.keys(back)).toEqual(["at", "rows"]);
  expect(prototype.extra).toEqual({ at: "~Date:0" });
});
