/** The path of the first difference of two values. */
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, it } from "vitest";
import { differenceOf } from "../../runtime/call/difference.ts";

class Point {
  readonly x: number;
  constructor(x: number) {
    this.x = x;
  }
}
const cyclic = (value: number): unknown => {
  const object: Record<string, unknown> = { a: 1 };
  object["self"] = object;
  object["value"] = value;
  return object;
};

it.each<[what: string, a: unknown, b: unknown, path: string | undefined]>([
  ["equal values", { a: [1] }, { a: [1] }, undefined],
  ["values as a whole", 1, 2, ""],
  ["zeros", 0, -0, ""],
  ["a property", { user: { roles: [1, 2, 3] } }, { user: { roles: [1, 2, 4] } }, "user.roles[2]"],
  ["a list first", [{ a: 1 }], [{ a: 2 }], "[0].a"],
  ["a longer list", [1], [1, 2], "[1]"],
  ["a property that is missing", { a: undefined }, {}, "a"],
  ["an odd name", { "a-b": { "": 1 } }, { "a-b": { "": 2 } }, '["a-b"][""]'],
  ["a Map", { m: new Map([["k", [1]]]) }, { m: new Map([["k", [2]]]) }, 'm.get("k")[0]'],
  ["a Set", { s: new Set([1]) }, { s: new Set([2]) }, "s"],
  ["dates", { at: new Date(1) }, { at: new Date(2) }, "at"],
  ["binary data", new Uint8Array([1, 2]), new Uint8Array([1, 3]), "[1]"],
  ["classes", { p: new Point(1) }, { p: { x: 1 } }, "p"],
  ["instances", { p: new Point(1) }, { p: new Point(2) }, "p.x"],
  ["cycles", cyclic(1), cyclic(2), "value"],
  ["a list and an object", [1], { 0: 1 }, ""],
])("of %s", (_, a, b, path) => {
  expect(differenceOf(a, b)).toBe(path);
});

it("is there if and only if isDeepStrictEqual is false", () => {
  const values = fc.anything({ withMap: true, withSet: true, withDate: true, withTypedArray: true });
  fc.assert(
    fc.property(values, values, (a, b) => {
      expect(differenceOf(a, b) === undefined).toBe(isDeepStrictEqual(a, b));
    }),
  );
});
