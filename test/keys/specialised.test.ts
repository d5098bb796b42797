/**
 * The emitted code for a parameter of known type agrees with the generic encoder, and both agree with
 * `isDeepStrictEqual`: on values of the type, on nearly equal values, and on unrelated ones.
 */
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cacheOf, type CacheHandle } from "aotcache";
import { encode } from "../support/encode.ts";
import { nudge } from "../support/near-values.ts";
import { build, leaf, randomFrom, recipes, type Recipe } from "../support/values.ts";

type Marked = Record<string, (p: never) => number>;
const marked = (await import("../support/marked.ts?compiled" as string)) as Marked;

/**
 * The same values in each run. `KEY_RUNS=100000 npx vitest run test/keys/specialised` tries more, random
 * ones.
 */
const RUNS = process.env["KEY_RUNS"];
const numRuns = Number(RUNS ?? 1500);

const primitives = fc
  .constantFrom<unknown>(
    0,
    -0,
    1,
    NaN,
    1n,
    "",
    "1",
    "a",
    "undefined",
    null,
    undefined,
    true,
    false,
    "m",
    "ft",
    2,
  )
  .map(leaf);
const objectOf = (names: readonly string[], values: fc.Arbitrary<Recipe>): fc.Arbitrary<Recipe> =>
  fc.record({
    kind: fc.constant("object" as const),
    bare: fc.constant(false),
    entries: fc
      .subarray([...names], { minLength: Math.max(names.length - 1, 0) })
      .chain((kept) => fc.tuple(...kept.map((name) => fc.tuple(fc.constant(name), values)))),
  });
/** Recipes close to each type; `nudge` also leaves the type. */
const NEAR: Record<string, fc.Arbitrary<Recipe>> = {
  primitive: primitives,
  required: objectOf(["a", "b"], primitives),
  optional: objectOf(["country", "prefix"], primitives),
  allOptional: objectOf(["a", "b", "c"], primitives),
  single: objectOf(["a"], primitives),
  narrow: objectOf(["a", "b"], primitives),
  nested: objectOf(["a", "c"], objectOf(["b"], primitives)),
  list: objectOf(["a"], primitives).map((item): Recipe => ({ kind: "array", items: [item, item] })),
  defaulted: objectOf(["a"], primitives),
  unproved: recipes,
};

describe.each(Object.entries(NEAR))("%s", (name, near) => {
  const fn = marked[name]!;
  const handle = cacheOf(fn) as unknown as CacheHandle<(value: unknown) => number>;
  const call = (value: unknown): number => fn(value as never);

  test("two calls share an entry if and only if their arguments are deeply equal", () => {
    const seen = { equal: 0, different: 0 };
    const seeds = fc.integer({ min: 0, max: 0xffffffff });
    const property = fc.property(fc.oneof({ weight: 4, arbitrary: near }, recipes), seeds, (recipe, seed) => {
      const random = randomFrom(seed);
      const a = build(recipe);
      const b = build(random() < 0.3 ? recipe : nudge(recipe, random), random);
      // A default replaces `undefined`.
      if (name === "defaulted" && (a === undefined || b === undefined)) return;
      const equal = isDeepStrictEqual(a, b);
      const shared = call(a) === call(b);
      if (shared !== equal)
        throw new Error(`equal: ${equal}, shared: ${shared}: ${encode(a)!} and ${encode(b)!}`);
      seen[equal ? "equal" : "different"]++;
    });
    fc.assert(property, { numRuns, ...(RUNS === undefined && { seed: 20_261_122 }) });
    expect(seen.equal).toBeGreaterThan(numRuns / 20);
    expect(seen.different).toBeGreaterThan(numRuns / 20);
  });

  test("the text of the key is that of the generic encoder", () => {
    const property = fc.property(near, (recipe) => {
      const value = build(recipe);
      if (value === undefined) return;
      expect(handle.key(value)).toBe(`${handle.key("").replace(/\(.*$/, "")}(${encode(value)!})`);
    });
    fc.assert(property, { numRuns: 200, seed: 20_261_122 });
  });
});

const changing = (): object => {
  let reads = 0;
  return Object.defineProperty({ b: "x" }, "a", { get: () => ++reads, enumerable: true });
};
class Pair {
  a = 1;
  b = "x";
}

describe("a value that differs from its declared type", () => {
  const { required } = marked;
  const call = (value: unknown): number => required!(value as never);
  const typed = call({ a: 1, b: "x" });

  test.each<[string, () => object]>([
    ["an instance of a class", () => new Pair()],
    ["no prototype", () => Object.assign(Object.create(null) as object, { a: 1, b: "x" })],
    ["one property too many", () => ({ a: 1, b: "x", c: undefined })],
    ["one property too many, again", () => ({ a: 1, b: "x", c: 2 })],
    [
      "a property that is called __proto__",
      () => JSON.parse('{ "a": 1, "b": "x", "__proto__": 5 }') as object,
    ],
    ["a symbol", () => ({ a: 1, b: "x", [Symbol("c")]: 1 })],
    ["a hidden property instead of one", () => Object.defineProperty({ a: 1 }, "b", { value: "x" })],
    ["an inherited property instead of one", () => Object.setPrototypeOf({ a: 1 }, { b: "x" }) as object],
    ["an array with properties", () => Object.assign([], { a: 1, b: "x" })],
    [
      "an array with another prototype",
      () => Object.setPrototypeOf(Object.assign([], { a: 1, b: "x" }), Object.prototype) as object,
    ],
    [
      "a date with another prototype",
      () => Object.setPrototypeOf(Object.assign(new Date(0), { a: 1, b: "x" }), Object.prototype) as object,
    ],
    [
      "a tag of another type",
      () => Object.defineProperty({ a: 1, b: "x" }, Symbol.toStringTag, { value: "Map" }),
    ],
    ["a boxed number", () => ({ a: Object(1) as unknown, b: "x" })],
    ["a function", () => Object.assign(() => 1, { a: 1, b: "x" })],
    [
      "a getter that throws",
      () => ({
        b: "x",
        get a(): number {
          throw new Error("no");
        },
      }),
    ],
    [
      "a proxy that throws",
      () =>
        new Proxy(
          { a: 1, b: "x" },
          {
            ownKeys: () => {
              throw new Error("no");
            },
          },
        ),
    ],
    ["a property with a number as text", () => ({ a: "1", b: "x" })],
    ["another order and another value", () => ({ b: 1, a: "x" })],
  ])("%s never shares an entry with a value of the type", (_, make) => {
    expect(call(make())).not.toBe(typed);
    expect(call({ a: 1, b: "x" })).toBe(typed);
  });

  test("a getter that calls the function affects neither call", () => {
    let inner = 0;
    const value = {
      get a(): number {
        inner = call({ a: 2, b: "y" });
        return 1;
      },
      b: "x",
    };
    expect(call(value)).toBe(typed);
    expect(call({ a: 2, b: "y" })).toBe(inner);
    expect(inner).not.toBe(typed);
  });

  test("a getter that changes its value gets an entry for each value", () => {
    const value = changing();
    expect(call(value)).not.toBe(call(value));
  });

  test("properties in another order are the same object", () => {
    expect(call({ b: "x", a: 1 })).toBe(typed);
  });
});
