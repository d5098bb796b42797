/**
 * What is emitted for a parameter of known type agrees with the generic encoder, and both with
 * `isDeepStrictEqual`, on values of the type, on near misses, and on what has nothing to do with it.
 */
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cacheOf, type CacheHandle } from "aotcache";
import { encode } from "../../runtime/key/index.ts";
import { nudge } from "../support/near-values.ts";
import { build, leaf, randomFrom, recipes, type Recipe } from "../support/values.ts";

type Marked = Record<string, (p: never) => number>;
const marked = (await import("../support/marked.ts?compiled" as string)) as Marked;

/** The same runs each time; other and more ones for a hunt: `KEY_RUNS=100000 npx vitest run test/keys/specialised`. */
const hunt = process.env["KEY_RUNS"];
const numRuns = Number(hunt ?? 1500);

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
/** Recipes near to each type; `nudge` takes them out of it. */
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
      // A default takes the place of `undefined`.
      if (name === "defaulted" && (a === undefined || b === undefined)) return;
      const equal = isDeepStrictEqual(a, b);
      const shared = call(a) === call(b);
      if (shared !== equal)
        throw new Error(`equal: ${equal}, shared: ${shared}: ${encode(a)!} and ${encode(b)!}`);
      seen[equal ? "equal" : "different"]++;
    });
    fc.assert(property, { numRuns, ...(hunt === undefined && { seed: 20_261_122 }) });
    expect(seen.equal).toBeGreaterThan(numRuns / 20);
    expect(seen.different).toBeGreaterThan(numRuns / 20);
  });

  test("the key's text is the generic encoder's", () => {
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

describe("a value that lies about itself", () => {
  const { required } = marked;
  const call = (value: unknown): number => required!(value as never);
  const honest = call({ a: 1, b: "x" });

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
    ["a hidden property in place of one", () => Object.defineProperty({ a: 1 }, "b", { value: "x" })],
    ["an inherited property in place of one", () => Object.setPrototypeOf({ a: 1 }, { b: "x" }) as object],
    ["an array with properties", () => Object.assign([], { a: 1, b: "x" })],
    [
      "an array in disguise",
      () => Object.setPrototypeOf(Object.assign([], { a: 1, b: "x" }), Object.prototype) as object,
    ],
    [
      "a date in disguise",
      () => Object.setPrototypeOf(Object.assign(new Date(0), { a: 1, b: "x" }), Object.prototype) as object,
    ],
    [
      "a tag of another kind",
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
    ["a property that is a number in a text", () => ({ a: "1", b: "x" })],
    ["an order that is another, and a value", () => ({ b: 1, a: "x" })],
  ])("%s never gets the answer of the honest one", (_, make) => {
    expect(call(make())).not.toBe(honest);
    expect(call({ a: 1, b: "x" })).toBe(honest);
  });

  test("a getter that calls the function meanwhile disturbs neither call", () => {
    let inner = 0;
    const value = {
      get a(): number {
        inner = call({ a: 2, b: "y" });
        return 1;
      },
      b: "x",
    };
    expect(call(value)).toBe(honest);
    expect(call({ a: 2, b: "y" })).toBe(inner);
    expect(inner).not.toBe(honest);
  });

  test("a getter that changes gets an entry for each value that it gave", () => {
    const value = changing();
    expect(call(value)).not.toBe(call(value));
  });

  test("properties in another order are the same object", () => {
    expect(call({ b: "x", a: 1 })).toBe(honest);
  });
});
