/** Which calls of compiled functions share an entry, and the texts of their keys. */
import { describe, expect, test } from "vitest";
import { cacheOf } from "aotcache";
import type * as Bound from "../support/bound.ts";

const { any1, chosen, destructured, getUser, ignoring, Repo, rest, scope, signalled } = (await import(
  "../support/bound.ts?compiled" as string
)) as typeof Bound;

/** The function without its types, because callers are not always typed. */
const loose = (fn: (...args: never[]) => unknown) => fn as unknown as (...args: unknown[]) => unknown;

describe("different values have separate entries", () => {
  const day = new Date("2026-01-02T03:04:05.678Z");
  test.each<[string, unknown, unknown]>([
    ["0 and -0", 0, -0],
    ["1 and its text", 1, "1"],
    ["1 and 1n", 1, 1n],
    ["an undefined property and a missing one", { a: undefined }, {}],
    ["NaN and null", NaN, null],
    ["undefined and null", [undefined], [null]],
    ["a hole and undefined", [, 1], [undefined, 1]],
    ["a date and its text", day, day.toISOString()],
    ["a date and its number", day, day.getTime()],
    ["a map and an object", new Map([["a", 1]]), { a: 1 }],
    ["a text that looks like a key", 'a","b', ["a", "b"]],
    ["a null prototype and Object.prototype", Object.create(null), {}],
  ])("%s", (_, a, b) => {
    expect(loose(any1)(a)).not.toBe(loose(any1)(b));
  });
});

describe("equal values share an entry", () => {
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
    ["two dates with the same time", new Date(5), new Date(5)],
    ["NaN and NaN", NaN, NaN],
  ])("%s", (_, a, b) => {
    expect(loose(any1)(a)).toBe(loose(any1)(b));
  });

  test("an omitted argument, an undefined one, and the default share an entry", () => {
    const first = getUser(1);
    expect([getUser(1, undefined), getUser(1, "en"), loose(getUser)(1, "en", "surplus")]).toEqual([
      first,
      first,
      first,
    ]);
    expect(getUser(1, "de")).not.toBe(first);
  });

  test("rest parameters with the same items share an entry", () => {
    expect(rest(1, 2)).toBe(rest(1, 2));
    expect(rest(1, 2)).not.toBe(rest(1));
    expect(rest()).toBe(rest());
  });

  test("destructured parameters with the same bound values share an entry", () => {
    const first = destructured({ a: 1, b: [2] });
    expect(destructured({ b: [2, 4, 9], a: 1, unread: "x" })).toBe(first);
    expect(destructured({ a: 1, b: [2, 5] })).not.toBe(first);
  });

  test("calls with different AbortSignals share an entry, as a parameter or a property", () => {
    const first = signalled(1, { limit: 2, signal: new AbortController().signal });
    expect(signalled(1, { limit: 2, signal: AbortSignal.abort() }, AbortSignal.abort())).toBe(first);
    expect(signalled(1, { limit: 3 })).not.toBe(first);
  });

  test("calls that differ in ignored parts share an entry", () => {
    expect(chosen(1, { limit: 1, locale: "en" })).toBe(chosen(1, { limit: 2, locale: "en" }));
    expect(chosen(1, { limit: 1 })).not.toBe(chosen(1, { limit: 1, locale: "en" }));
    expect(ignoring(1, () => undefined)).toBe(ignoring(1, () => undefined));
  });
});

describe("the key also contains", () => {
  test("the parts of the receiver that this= names", () => {
    const [acme, other] = [new Repo("acme"), new Repo("other")];
    expect(acme.find(7)).toBe(new Repo("acme").find(7));
    expect(acme.find(7)).not.toBe(other.find(7));
    expect(cacheOf(acme.find, acme).key(7)).toMatch(
      /^aotcache\/test\/support\/bound:Repo\.find@[\da-f]{8}\(7;this\.tenant="acme"\)$/,
    );
  });

  test("captured variables of a closure", () => {
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
      "an omitted signal",
      () => cacheOf(signalled).key(1, { limit: 2, signal: AbortSignal.abort() }),
      "(1,{limit:2})",
    ],
  ])("with %s", (_, key, expected) => {
    expect(key().replace(/^bound:\w+@[\da-f]{8}/, "")).toBe(expected);
  });
});
