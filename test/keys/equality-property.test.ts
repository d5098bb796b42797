import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeArguments, encodeHead } from "../../runtime/key/index.ts";
import { encode } from "../support/encode.ts";
import { nudge } from "../support/near-values.ts";
import { build, randomFrom, recipes } from "../support/values.ts";

/**
 * The same values in each run. `KEY_RUNS=1000000 npx vitest run test/keys/equality-property` tries more,
 * random ones.
 */
const RUNS = process.env["KEY_RUNS"];
const numRuns = Number(RUNS ?? 20_000);
const check = <T>(property: fc.IProperty<T>, runs = numRuns): void => {
  // With `exactOptionalPropertyTypes`, a seed is either set or absent.
  fc.assert(property, { numRuns: runs, ...(RUNS === undefined && { seed: 20_240_229 }) });
};

/** How often a property saw equal and unequal pairs. A property that saw only one kind has tested nothing. */
interface Seen {
  equal: number;
  different: number;
}

/**
 * The result of Node. Undefined where Node 24 throws: it reads `null.constructor` of the members of a Set.
 */
function isEqual(a: unknown, b: unknown): boolean | undefined {
  try {
    return isDeepStrictEqual(a, b);
  } catch (error) {
    if (process.version.startsWith("v20.")) throw error;
    return undefined;
  }
}

function compare(a: unknown, b: unknown, seen: Seen): void {
  const equal = isEqual(a, b);
  if (equal === undefined) return;
  const [textA, textB] = [encode(a), encode(b)];
  if (textA === undefined || textB === undefined) throw new Error("no key");
  if (equal !== (textA === textB)) throw new Error(`equal: ${equal}, but ${textA} and ${textB}`);
  seen[equal ? "equal" : "different"]++;
}

const seeds = fc.integer({ min: 0, max: 0xffffffff });

describe("two values share a text if and only if isDeepStrictEqual is true for them", () => {
  test("for a value and one with a single small difference", () => {
    const seen: Seen = { equal: 0, different: 0 };
    const property = fc.property(recipes, seeds, (recipe, seed) => {
      const random = randomFrom(seed);
      compare(build(recipe), build(nudge(recipe, random), random), seen);
    });
    check(property);
    expect(seen.different / numRuns).toBeGreaterThan(0.6);
    expect(seen.equal / numRuns).toBeGreaterThan(0.02);
  });

  test("for a value and the same value in another order", () => {
    const seen: Seen = { equal: 0, different: 0 };
    const property = fc.property(recipes, seeds, (recipe, seed) => {
      compare(build(recipe), build(recipe, randomFrom(seed)), seen);
    });
    check(property);
    // Of two equal keys of a Map the later one wins, so the order matters in that case.
    expect(seen.equal / numRuns).toBeGreaterThan(0.9);
  });

  test("for two small independent values", () => {
    const seen: Seen = { equal: 0, different: 0 };
    const property = fc.property(recipes, recipes, (a, b) => {
      compare(build(a), build(b), seen);
    });
    check(property);
    expect(seen.different / numRuns).toBeGreaterThan(0.9);
  });
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

test("every value has the text of an equal one, or none", () => {
  let keyed = 0;
  const property = fc.property(fc.clone(anything, 2), anything, ([a, twin], b) => {
    const text = encode(a);
    if (text !== undefined) keyed++;
    expect(encode(twin)).toBe(text);
    // Two invalid dates differ on Node 20. Node 24 agrees with the text.
    const told = text !== undefined && !text.includes("Date(NaN)");
    if (told && text === encode(b)) expect(isEqual(a, b)).not.toBe(false);
  });
  check(property, numRuns / 4);
  expect(keyed / (numRuns / 4)).toBeGreaterThan(0.3);
});

test("two lists of arguments share a text if and only if they are equal", () => {
  const seen: Seen = { equal: 0, different: 0 };
  const parts = [{ name: "..." }];
  const lists = fc.array(recipes, { maxLength: 3 });
  const property = fc.property(lists, seeds, fc.boolean(), (list, seed, nudged) => {
    const random = randomFrom(seed);
    const changed = nudged ? nudge({ kind: "array", items: list }, random) : undefined;
    const items = changed?.kind === "array" ? changed.items : list;
    const a = list.map((recipe) => build(recipe));
    const b = items.map((recipe) => recipe && build(recipe, random));
    const equal = isEqual(a, Array.from(b));
    if (equal === undefined) return;
    expect(encodeArguments(parts, a) === encodeArguments(parts, Array.from(b))).toBe(equal);
    seen[equal ? "equal" : "different"]++;
  });
  check(property, numRuns / 4);
  expect(Math.min(seen.equal, seen.different) / (numRuns / 4)).toBeGreaterThan(0.2);
});

describe("a head", () => {
  // The separators of a head, the characters that are encoded, and those that the encoding produces.
  const tricky = fc.constantFrom(..."a2u0%:@(). \n\u0085\u2028\ud800", "%3a", "%20", "%u2028", "28");
  const text = fc.array(tricky, { maxLength: 4 }).map((pieces) => pieces.join(""));
  const heads = fc.tuple(text, text, text);

  test("is shared by two ids only if they are equal", () => {
    const met = new Map<string, string>();
    const property = fc.property(heads, (id) => {
      const head = encodeHead(id);
      const known = JSON.stringify(id);
      expect(met.get(head) ?? known).toBe(known);
      met.set(head, known);
    });
    check(property);
  });

  test("differs when text moves from one part to the next", () => {
    const property = fc.property(text, text, text, fc.constantFrom(":", "@", "("), (a, b, c, mark) => {
      expect(encodeHead([`${a}${mark}${b}`, c, "1"])).not.toBe(encodeHead([a, `${b}${mark}${c}`, "1"]));
      expect(encodeHead(["x", `${a}${mark}${b}`, c])).not.toBe(encodeHead(["x", a, `${b}${mark}${c}`]));
    });
    check(property, numRuns / 4);
  });

  test("has no white space or control characters, and can be written as UTF-8", () => {
    const property = fc.property(heads, (id) => {
      const head = encodeHead(id);
      expect(head).not.toMatch(/[\s\p{Cc}]/u);
      expect(Buffer.from(head).toString()).toBe(head);
    });
    check(property, numRuns / 4);
  });
});
