import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { codecNamed, open, seal, type Codec } from "../../runtime/codec.ts";
import { GIVE_UP, quickTwinOf } from "../../runtime/codec-quick.ts";
import { twinOf } from "../../runtime/codec-twin.ts";
import { build, recipes } from "../support/values.ts";

const generic = (await codecNamed("generic")) as Codec;

/** What a walk gives, as text; `undefined` if it gives up or refuses. */
function textOf(walk: () => unknown): string | undefined {
  try {
    const twin = walk();
    return twin === GIVE_UP ? undefined : JSON.stringify(twin);
  } catch {
    return undefined;
  }
}

describe("the quick walk over a value", () => {
  test("gives what the careful one gives, or gives up", () => {
    let quick = 0;
    const runs = 5000;
    const property = fc.property(recipes, fc.boolean(), (recipe, isMarked) => {
      const value = build(recipe);
      const text = textOf(() => quickTwinOf(value, isMarked));
      if (text === undefined) return;
      quick++;
      expect(text).toBe(textOf(() => twinOf(value, isMarked ? "text" : "json")));
    });
    fc.assert(property, { numRuns: runs, seed: 20_240_229 });
    expect(quick / runs).toBeGreaterThan(0.3);
  });

  test("does what most results are made of", () => {
    const value = {
      at: new Date(0),
      tags: new Set(["a"]),
      rows: [{ price: new Map([["EUR", 1.5]]), none: undefined, big: 1n, odd: [NaN, -0] }],
    };
    expect(quickTwinOf(value, true)).toEqual(twinOf(value, "text"));
    expect(quickTwinOf({ plain: [1, "~", null] }, false)).toEqual({ plain: [1, "~", null] });
  });

  test("copies nothing of a value that JSON can say", () => {
    const value = { rows: [{ id: 1, name: "a", parent: null, done: false }], count: 0 };
    expect(quickTwinOf(value, true)).toBe(value);
  });

  test.each<[string, unknown]>([
    ["a symbol on a date", Object.assign(new Date(0), { [Symbol("x")]: 1 })],
    ["a property of a map", Object.assign(new Map(), { extra: 1 })],
    ["a property of an array", Object.assign([1], { extra: 1 })],
    ["a hole and a property", Object.assign([1, , 3], { extra: 1 })],
    ["what only has the prototype of an array", Object.create(Array.prototype)],
    ["what only has the prototype of a map", Object.create(Map.prototype)],
    ["what only has the prototype of a date", Object.create(Date.prototype)],
    ["a date that says it is an object", Object.setPrototypeOf(new Date(0), Object.prototype)],
    ["an own __proto__", JSON.parse('{"__proto__":{"a":"~"}}')],
    ["an own toJSON", { toJSON: 1 }],
    ["bytes", new Uint8Array(3)],
  ])("gives up at what is odd: %s", (_, value) => {
    for (const isMarked of [true, false]) expect(quickTwinOf({ value }, isMarked)).toBe(GIVE_UP);
  });

  test("gives up at marks where there may be none", () => {
    for (const value of [undefined, 1n, NaN, -0, new Date(0), new Map(), new Set()]) {
      expect(quickTwinOf([value], false)).toBe(GIVE_UP);
    }
  });
});

test("what somebody has put on Object.prototype is not stored with a value, nor read into one", () => {
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
