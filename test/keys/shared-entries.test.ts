/** Which calls share an entry, and what their keys look like: through compiled code, as a user calls it. */
import { describe, expect, test } from "vitest";
import { cacheOf } from "aotcache";
import type * as Bound from "../support/bound.ts";

const { any1, chosen, destructured, getUser, ignoring, Repo, rest, scope, signalled } = (await import(
  "../support/bound.ts?compiled" as string
)) as typeof Bound;

/** The function with whatever it is given: callers are not always typed. */
const loose = (fn: (...args: never[]) => unknown) => fn as unknown as (...args: unknown[]) => unknown;

describe("different values never share", () => {
  const day = new Date("2026-01-02T03:04:05.678Z");
  test.each<[string, unknown, unknown]>([
    ["0 and -0", 0, -0],
    ["1 and its text", 1, "1"],
    ["1 and 1n", 1, 1n],
    ["a property that is undefined and none", { a: undefined }, {}],
    ["NaN and null", NaN, null],
    ["undefined and null", [undefined], [null]],
    ["a hole and undefined", [, 1], [undefined, 1]],
    ["a date and its text", day, day.toISOString()],
    ["a date and its number", day, day.getTime()],
    ["a map and an object", new Map([["a", 1]]), { a: 1 }],
    ["a text that looks like a key", 'a","b', ["a", "b"]],
    ["a null prototype and the usual one", Object.create(null), {}],
  ])("%s", (_, a, b) => {
    expect(loose(any1)(a)).not.toBe(loose(any1)(b));
  });
});

describe("the same values share", () => {
  test.each<[string, unknown, unknown]>([
    ["properties in another order", { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }],
    [
      "members of a map in another order",
      new Map([
        [1, 2],
        [3, 4],
      ]),
      new Map([
        [3, 4],
        [1, 2],
      ]),
    ],
    ["members of a set in another order", new Set(["a", "b"]), new Set(["b", "a"])],
    ["two dates of one time", new Date(5), new Date(5)],
    ["NaN and NaN", NaN, NaN],
  ])("%s", (_, a, b) => {
    expect(loose(any1)(a)).toBe(loose(any1)(b));
  });

  test("an argument left out, one that is undefined, and the default", () => {
    const first = getUser(1);
    expect([getUser(1, undefined), getUser(1, "en"), loose(getUser)(1, "en", "surplus")]).toEqual([
      first,
      first,
      first,
    ]);
    expect(getUser(1, "de")).not.toBe(first);
  });

  test("a rest parameter with the same items, and no other", () => {
    expect(rest(1, 2)).toBe(rest(1, 2));
    expect(rest(1, 2)).not.toBe(rest(1));
    expect(rest()).toBe(rest());
  });

  test("a destructured parameter whose bound values are the same", () => {
    const first = destructured({ a: 1, b: [2] });
    expect(destructured({ b: [2, 4, 9], a: 1, unread: "x" })).toBe(first);
    expect(destructured({ a: 1, b: [2, 5] })).not.toBe(first);
  });

  test("calls with another AbortSignal, as a parameter or a property of one", () => {
    const first = signalled(1, { limit: 2, signal: new AbortController().signal });
    expect(signalled(1, { limit: 2, signal: AbortSignal.abort() }, AbortSignal.abort())).toBe(first);
    expect(signalled(1, { limit: 3 })).not.toBe(first);
  });

  test("calls that differ in what the key leaves out", () => {
    expect(chosen(1, { limit: 1, locale: "en" })).toBe(chosen(1, { limit: 2, locale: "en" }));
    expect(chosen(1, { limit: 1 })).not.toBe(chosen(1, { limit: 1, locale: "en" }));
    expect(ignoring(1, () => undefined)).toBe(ignoring(1, () => undefined));
  });
});

describe("what belongs to the key besides the arguments", () => {
  test("is what this= names of the receiver", () => {
    const [acme, other] = [new Repo("acme"), new Repo("other")];
    expect(acme.find(7)).toBe(new Repo("acme").find(7));
    expect(acme.find(7)).not.toBe(other.find(7));
    expect(cacheOf(acme.find, acme).key(7)).toMatch(
      /^aotcache\/test\/support\/bound:Repo\.find@[\da-f]{8}\(7;this\.tenant="acme"\)$/,
    );
  });

  test("is what a closure captured", () => {
    expect(scope("acme")(7)).toBe(scope("acme")(7));
    expect(scope("acme")(7)).not.toBe(scope("other")(7));
    expect(cacheOf(scope("acme")).key(7)).toMatch(/^bound:scope\.inner@[\da-f]{8}\(7;tenant="acme"\)$/);
  });
});

describe("a key reads like a call", () => {
  test.each<[string, () => string, string]>([
    ["plain arguments", () => cacheOf(getUser).key(42), '(42,"en")'],
    ["a rest parameter", () => cacheOf(rest).key(1, 2), "([1,2])"],
    ["a destructured parameter", () => cacheOf(destructured).key({ a: 1, b: [2] }), "({a:1,c:2,d:4})"],
    ["paths", () => cacheOf(chosen).key(1, { limit: 9, locale: "en" }), '(1,options.locale="en")'],
    [
      "a signal left out",
      () => cacheOf(signalled).key(1, { limit: 2, signal: AbortSignal.abort() }),
      "(1,{limit:2})",
    ],
  ])("with %s", (_, key, expected) => {
    expect(key().replace(/^bound:\w+@[\da-f]{8}/, "")).toBe(expected);
  });
});
