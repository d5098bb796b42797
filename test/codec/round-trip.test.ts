import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CacheError } from "../../runtime/contract/errors.ts";
import { MISS, codecNamed, open, seal } from "../../runtime/codec/codec.ts";
import { encode as keyOf } from "../../runtime/key/index.ts";
import { build, recipes, type Recipe } from "../support/values.ts";

/**
 * The same values in each run. `CODEC_RUNS=1000000 npx vitest run test/codec/round-trip` tries more, random
 * ones.
 */
const RUNS = process.env["CODEC_RUNS"];
const numRuns = Number(RUNS ?? 20_000);
const check = <T>(property: fc.IProperty<T>, runs = numRuns): void => {
  fc.assert(property, { numRuns: runs, ...(RUNS === undefined && { seed: 20_240_229 }) });
};

const [generic, json, msgpack, v8] = await Promise.all(
  ["generic", "json", "msgpack", "v8"].map(async (name) => codecNamed(name)),
);

/** What a store may return: the data as it was given, as bytes, or as bytes that are not a Buffer. */
const stored = (data: string | Uint8Array, way: number): string | Uint8Array => {
  if (way === 0) return data;
  const bytes = typeof data === "string" ? Buffer.from(data) : data;
  return way === 1 ? Buffer.from(bytes) : new Uint8Array(bytes);
};

/** Two invalid dates differ on Node 20. Their key texts, which follow the same rules, do not. */
function sameAs(value: unknown, other: unknown): boolean {
  const key = keyOf(value);
  if (key !== undefined && key !== keyOf(other)) return false;
  return key?.includes("Date(NaN)") === true || isDeepStrictEqual(value, other);
}

const ways = fc.nat(2);

describe("a value of any kind is restored", () => {
  for (const codec of [generic!, msgpack!, v8!]) {
    test(`from ${codec.name}`, () => {
      const property = fc.property(recipes, ways, (recipe, way) => {
        const value = build(recipe);
        const back = open(codec, stored(seal(codec, value), way));
        if (!sameAs(value, back)) throw new Error(`${String(keyOf(value))} became ${String(keyOf(back))}`);
      });
      check(property, codec === generic ? numRuns : numRuns / 4);
    });
  }

  test("in the order of its parts", () => {
    const property = fc.property(recipes, (recipe) => {
      const back = open(generic!, seal(generic!, build(recipe)));
      expect(orderOf(back)).toEqual(orderOf(build(recipe)));
    });
    check(property, numRuns / 10);
  });

  test("and is not changed by encoding", () => {
    const property = fc.property(recipes, (recipe) => {
      const value = build(recipe);
      const before = keyOf(value);
      for (const codec of [generic!, msgpack!, v8!]) seal(codec, value);
      expect(keyOf(value)).toBe(before);
    });
    check(property, numRuns / 10);
  });
});

test("json restores a value or rejects it", () => {
  let kept = 0;
  const property = fc.property(fc.oneof(recipes, plain), ways, (recipe, way) => {
    const value = build(recipe);
    const data = sealed(json!, value);
    if (data === undefined) return;
    kept++;
    expect(isDeepStrictEqual(open(json!, stored(data, way)), value)).toBe(true);
  });
  check(property);
  expect(kept / numRuns).toBeGreaterThan(0.3);
  expect(kept / numRuns).toBeLessThan(0.9);
});

const anything = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
});

test("any value is restored or rejected", () => {
  let kept = 0;
  const property = fc.property(anything, fc.constantFrom(generic!, json!, msgpack!, v8!), (value, codec) => {
    const data = sealed(codec, value);
    if (data === undefined) return;
    kept++;
    expect(sameAs(value, open(codec, data))).toBe(true);
  });
  check(property, numRuns / 2);
  expect(kept / (numRuns / 2)).toBeGreaterThan(0.3);
});

/** The stored data; undefined for a value that is rejected with the right error. */
function sealed(codec: typeof generic, value: unknown): string | Uint8Array | undefined {
  try {
    return seal(codec!, value);
  } catch (error) {
    if (error instanceof CacheError && error.code === "unstorable") return undefined;
    throw error;
  }
}

const plainLeaf: fc.Arbitrary<Recipe> = fc
  .oneof(fc.string({ unit: "binary", maxLength: 4 }), fc.integer(), fc.boolean(), fc.constant(null))
  .map((value) => ({ kind: "leaf", value }));
/** Recipes of values that JSON represents. */
const plain: fc.Arbitrary<Recipe> = fc.letrec<{ any: Recipe }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    plainLeaf,
    fc.record({ kind: fc.constant("array" as const), items: fc.array(tie("any"), { maxLength: 4 }) }),
    fc.record({
      kind: fc.constant("object" as const),
      bare: fc.constant(false),
      entries: fc.uniqueArray(fc.tuple(fc.string({ unit: "binary" }), tie("any")), {
        maxLength: 4,
        selector: ([name]) => name,
      }),
    }),
  ),
})).any;

/** The names and keys in a value, in the order of a traversal. */
function orderOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return typeof value;
  if (value instanceof Map) return ["Map", ...[...value].flat().map(orderOf)];
  if (value instanceof Set) return ["Set", ...[...value].map(orderOf)];
  return ArrayBuffer.isView(value)
    ? "view"
    : Object.entries(value).map(([name, item]) => [name, orderOf(item)]);
}

test("MISS is not a value", () => {
  expect(() => seal(generic!, MISS)).toThrow(/is a symbol/);
});
