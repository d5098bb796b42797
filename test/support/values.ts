/**
 * Values of every kind that can be in a key, as recipes: plain data from which a value can be built again, in
 * another order (equal) or with one small change (nearly equal, see near-values.ts).
 */
import fc from "fast-check";
import { isDeepStrictEqual } from "node:util";

export type Recipe =
  | { readonly kind: "leaf"; readonly value: unknown }
  | { readonly kind: "array"; readonly items: readonly (Recipe | undefined)[] }
  | {
      readonly kind: "object";
      readonly bare: boolean;
      readonly entries: readonly (readonly [string, Recipe])[];
    }
  | { readonly kind: "map"; readonly entries: readonly (readonly [Recipe, Recipe])[] }
  | { readonly kind: "set"; readonly items: readonly Recipe[] }
  | { readonly kind: "date"; readonly time: number }
  | { readonly kind: "regexp"; readonly source: string; readonly flags: string; readonly lastIndex: number }
  | { readonly kind: "url"; readonly href: string }
  | { readonly kind: "bytes"; readonly type: BytesType; readonly bytes: readonly number[] };

/** Returns the next number from 0 (inclusive) to 1. */
export type Random = () => number;

const BYTES = {
  ArrayBuffer: (buffer: ArrayBuffer) => buffer,
  SharedArrayBuffer: (buffer: ArrayBuffer) => {
    const shared = new SharedArrayBuffer(buffer.byteLength);
    new Uint8Array(shared).set(new Uint8Array(buffer));
    return shared;
  },
  DataView: (buffer: ArrayBuffer) => new DataView(buffer),
  Buffer: (buffer: ArrayBuffer) => Buffer.from(buffer),
  Int8Array: (buffer: ArrayBuffer) => new Int8Array(buffer),
  Uint8Array: (buffer: ArrayBuffer) => new Uint8Array(buffer),
  Uint8ClampedArray: (buffer: ArrayBuffer) => new Uint8ClampedArray(buffer),
  Int16Array: (buffer: ArrayBuffer) => new Int16Array(buffer),
  Uint16Array: (buffer: ArrayBuffer) => new Uint16Array(buffer),
  Int32Array: (buffer: ArrayBuffer) => new Int32Array(buffer),
  Uint32Array: (buffer: ArrayBuffer) => new Uint32Array(buffer),
  BigInt64Array: (buffer: ArrayBuffer) => new BigInt64Array(buffer),
  BigUint64Array: (buffer: ArrayBuffer) => new BigUint64Array(buffer),
  Float32Array: (buffer: ArrayBuffer) => new Float32Array(buffer),
  Float64Array: (buffer: ArrayBuffer) => new Float64Array(buffer),
} as const;

export type BytesType = keyof typeof BYTES;
export const BYTES_TYPES: readonly BytesType[] = Object.keys(BYTES) as BytesType[];

/**
 * The one invalid date. Two of them differ on Node 20 and are equal on Node 24, but on both an object equals
 * itself. On Node 22 it does not as a key of a `Map`, so a valid date replaces it there.
 */
const INVALID_DATE = equalsItself(new Date(NaN)) ? new Date(NaN) : new Date(8.64e15);

function equalsItself(date: Date): boolean {
  const ways = [
    [date, 1],
    [1, date],
  ].map((keys) => new Map(keys.map((key) => [key, 1])));
  return isDeepStrictEqual(ways[0], ways[1]);
}

/** Builds the value. With `random`, properties and members are added in another order. */
export function build(recipe: Recipe, random?: Random): unknown {
  switch (recipe.kind) {
    case "leaf":
      return recipe.value;
    case "array": {
      const array: unknown[] = new Array<unknown>(recipe.items.length);
      recipe.items.forEach((item, i) => {
        if (item) array[i] = build(item, random);
      });
      return array;
    }
    case "object": {
      const object = recipe.bare ? (Object.create(null) as object) : {};
      for (const [name, item] of shuffled(recipe.entries, random)) {
        // Assigning to `__proto__` would set the prototype.
        const value = build(item, random);
        Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
      }
      return object;
    }
    case "map":
      return new Map(
        shuffled(recipe.entries, random).map(([key, item]) => [build(key, random), build(item, random)]),
      );
    case "set":
      return new Set(shuffled(recipe.items, random).map((item) => build(item, random)));
    case "date":
      return Number.isNaN(recipe.time) ? INVALID_DATE : new Date(recipe.time);
    case "regexp":
      return Object.assign(new RegExp(recipe.source, recipe.flags), { lastIndex: recipe.lastIndex });
    case "url":
      return new URL(recipe.href);
    case "bytes":
      return BYTES[recipe.type](Uint8Array.from(recipe.bytes).buffer);
  }
}

/** A value without parts. */
export const leaf = (value: unknown): Recipe => ({ kind: "leaf", value });
export const pick = <T>(items: readonly T[], random: Random): T =>
  items[Math.floor(random() * items.length)]!;

export function shuffled<T>(items: readonly T[], random: Random | undefined): readonly T[] {
  if (!random) return items;
  return items
    .map((item) => ({ item, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

/**
 * Without `constructor`: Node 24 reads it instead of the prototype, and considers `{}` and a bare object
 * equal.
 */
export const PROPERTY_NAMES: readonly string[] = [
  "a",
  "b",
  "aa",
  "1",
  "01",
  "",
  "a:1",
  "a,b",
  '"a"',
  "é",
  "__proto__",
  "length",
  "\ud800",
];

const STRINGS = [
  "",
  "a",
  "1",
  '"',
  "\\",
  "\u0000",
  "\ud800",
  "\\ud800",
  "null",
  "a,b",
  "]",
  "}:",
  "empty*1",
  "NaN",
];
const SOURCES = ["x", "[/]", "\\/", "\\d+", "\n", '"', "\ud800", "\\ud800", "a,/b", "@1"];

// Mostly from a small pool, so that equal members are frequent.
const leaves: fc.Arbitrary<Recipe> = fc
  .oneof(
    {
      weight: 5,
      arbitrary: fc.constantFrom<unknown>(
        ...[undefined, null, true, false, 0, -0, 1, -1, 0.1, NaN, Infinity, -Infinity, 0n, 1n, -1n],
      ),
    },
    { weight: 4, arbitrary: fc.constantFrom(...STRINGS) },
    fc.double(),
    fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
    fc.string({ unit: "binary", maxLength: 4 }),
  )
  .map(leaf);

const kinds: fc.Arbitrary<Recipe> = fc.oneof(
  fc.record({
    kind: fc.constant("date" as const),
    time: fc.oneof(fc.constantFrom(0, 1, NaN, 8.64e15, -8.64e15), fc.integer()),
  }),
  fc.record({
    kind: fc.constant("regexp" as const),
    source: fc.constantFrom(...SOURCES),
    flags: fc.constantFrom("", "g", "i", "gi", "d", "u", "y"),
    lastIndex: fc.nat(2),
  }),
  fc.record({
    kind: fc.constant("url" as const),
    href: fc.constantFrom("http://a/", "http://a/?", "http://a/b", "https://a/", "http://a/%22)", "x:a,b"),
  }),
  fc.record({
    kind: fc.constant("bytes" as const),
    type: fc.constantFrom(...BYTES_TYPES),
    // Groups of eight fit every element size.
    bytes: fc
      .array(fc.constantFrom<readonly number[]>([0, 0, 0, 0, 0, 0, 0, 0], [1, 2, 3, 4, 5, 6, 0xf8, 0x7f]), {
        maxLength: 2,
      })
      .map((groups) => groups.flat()),
  }),
);

/** Recipes of nested values of every kind that can be in a key. */
export const recipes: fc.Arbitrary<Recipe> = fc.letrec<{ any: Recipe }>((tie) => {
  const any = tie("any");
  const few = { maxLength: 4, depthIdentifier: "recipe" } as const;
  return {
    any: fc.oneof(
      { depthIdentifier: "recipe", maxDepth: 4, depthSize: "large" },
      { weight: 2, arbitrary: leaves },
      { weight: 1, arbitrary: kinds },
      fc.record({
        kind: fc.constant("array" as const),
        items: fc.array(fc.option(any, { nil: undefined, freq: 5 }), few),
      }),
      fc.record({
        kind: fc.constant("object" as const),
        bare: fc.boolean(),
        entries: fc.uniqueArray(fc.tuple(fc.constantFrom(...PROPERTY_NAMES), any), {
          ...few,
          selector: ([name]) => name,
        }),
      }),
      fc.record({ kind: fc.constant("map" as const), entries: fc.array(fc.tuple(any, any), few) }),
      fc.record({ kind: fc.constant("set" as const), items: fc.array(any, few) }),
    ),
  };
}).any;

/** A generator of numbers from a seed (mulberry32), so that a failing pair can be built again. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
