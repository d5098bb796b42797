import { describe, expect, test } from "vitest";
import { CacheError } from "../../runtime/contract/errors.ts";
import { codecNamed, open, seal, type Codec } from "../../runtime/codec/codec.ts";
import { hidden, nested } from "../support/odd-values.ts";
import { thrown } from "../support/caught.ts";

const names = ["generic", "json", "msgpack", "v8", "string"];
const [generic, json, msgpack, v8, string] = (await Promise.all(
  names.map(async (name) => codecNamed(name)),
)) as [Codec, Codec, Codec, Codec, Codec];

/** The message of the error that rejects a value. */
function refusal(codec: Codec, value: unknown): string {
  const error = thrown(() => seal(codec, value));
  expect(error).toBeInstanceOf(CacheError);
  expect((error as CacheError).code).toBe("unstorable");
  return (error as CacheError).message;
}

class User {
  name = "Ada";
  save(): void {}
}
class Tags extends Map {}
const match = /b(?<c>c)/.exec("abc");
const cycle: { name: string; children: unknown[] } = { name: "a", children: [] };
cycle.children.push({ parent: cycle });
const mapCycle = new Map<string, unknown>();
mapCycle.set("self", mapCycle);

describe("a value that cannot be restored is rejected, with its path", () => {
  test.each<[value: unknown, says: string]>([
    [() => 1, "`value` is a function"],
    [{ user: { save() {} } }, "`value.user.save` is a function"],
    [[1, [Symbol("x")]], "`value[1][0]` is a symbol"],
    [{ "a b": { ünï: Promise.resolve() } }, '`value["a b"].ünï` is an instance of Promise'],
    [new User(), "`value` is an instance of User"],
    [{ tags: new Tags() }, "`value.tags` is an instance of Tags"],
    [new (class {})(), "`value` is an instance of a class"],
    [new Map([["k", { f: new WeakMap() }]]), '`value.get("k").f` is an instance of WeakMap'],
    [new Map([[{ a: new Error("x") }, 1]]), "`[...value.keys()][0].a` is an instance of Error"],
    [{ set: new Set([1, new User()]) }, "`[...value.set][1]` is an instance of User"],
    [Object.assign([], { 5: () => 1 }), "`value[5]` is a function"],
    [match, "`value` is an array with properties besides its items"],
    [Object.assign([1], { [Symbol("x")]: 1 }), "`value` is an array with properties besides its items"],
    [{ a: { [Symbol("x")]: 1 } }, "`value.a` is an object with symbols for keys"],
    [{ [Symbol.toStringTag]: "Map" }, "`value` is an object with symbols for keys"],
    [hidden({}, Symbol.toStringTag, "Odd"), "`value` is an object that calls itself Odd"],
    [hidden({ a: 1 }, "toJSON", () => 2), "`value` is an object with a method toJSON"],
    [{ a: Object(1) as unknown }, "`value.a` is an instance of Number"],
    [Object.assign(new Date(0), { zone: "CET" }), "`value` is a Date with properties of its own"],
    [Object.assign(new Map(), { extra: 1 }), "`value` is a Map with properties of its own"],
    [Object.assign(/x/, { extra: 1 }), "`value` is a RegExp with properties of its own"],
    [Object.create(Map.prototype), "`value` is an instance of Map"],
    [Object.create(Date.prototype), "`value` is an instance of Date"],
    [
      (function (..._: unknown[]) {
        return arguments;
      })(1),
      "`value` is an object that calls itself Arguments",
    ],
    [cycle, "`value.children[0].parent` refers back to an object that contains it"],
    [mapCycle, '`value.get("self")` refers back to an object that contains it'],
    [nested(100_000), "it nests deeper than 1000 levels"],
    [nested(1001), "it nests deeper than 1000 levels"],
    [
      {
        get a() {
          throw new Error("no");
        },
      },
      'failed with "no"',
    ],
  ])("%#", (value, says) => {
    for (const codec of [generic, msgpack, v8]) expect(refusal(codec, value)).toContain(says);
    expect(refusal(json, value)).toMatch(/by the serializer "json"/);
  });

  test("an object that contains itself many times", () => {
    let tree: unknown = 1;
    for (let i = 0; i < 60; i++) tree = { a: tree, b: tree };
    expect(refusal(generic, tree)).toContain("refers to the same objects many times");
  });

  test("an object that occurs twice is restored twice", () => {
    const shared = { at: new Date(0) };
    expect(open(generic, seal(generic, [shared, shared]))).toEqual([shared, shared]);
  });
});

describe("json rejects values that JSON would change", () => {
  test.each<[value: unknown, says: string]>([
    [undefined, "`value` is undefined"],
    [{ a: undefined }, "`value.a` is undefined"],
    [[, 1], "`value` is an array with holes"],
    [[NaN], "`value[0]` is NaN"],
    [[-0], "`value[0]` is -0"],
    [{ a: 1n }, "`value.a` is a bigint"],
    [{ at: new Date(0) }, "`value.at` is a Date"],
    [new Map([[new Date(), 1]]), "`value` is a Map"],
    [{ url: new URL("http://a/") }, "`value.url` is a URL"],
    [Buffer.from("x"), "`value` is a Buffer"],
    [Object.create(null), "`value` is an object without a prototype"],
  ])("%o", (value, says) => {
    const message = refusal(json, value);
    expect(message).toContain(says);
    expect(message).toContain("leave `serializer` out");
    expect(open(generic, seal(generic, value))).toStrictEqual(value);
  });
});

test("string accepts strings only, and only those that UTF-8 represents", () => {
  expect(open(string, seal(string, "\ufeff\0\u{1f600}"))).toBe("\ufeff\0\u{1f600}");
  expect(open(string, Buffer.from(seal(string, "\ufeff\0\u{1f600}")))).toBe("\ufeff\0\u{1f600}");
  for (const value of [1, null, undefined, ["a"], Object("a")]) {
    expect(refusal(string, value)).toContain("it is not a string");
  }
  expect(refusal(string, "a\ud800")).toContain("surrogate");
});

test("none is not a codec: memory stores values by reference without one", () => {
  expect(() => codecNamed("none")).toThrow('There is no serializer "none"');
});

test("the name of an unknown serializer throws and lists the known ones", () => {
  const error = thrown(() => codecNamed("msgpak")) as CacheError;
  expect(error.code).toBe("option-value");
  expect(error.message).toContain('Did you mean "msgpack"?');
  for (const name of names) expect(error.message).toContain(name);
  expect(thrown(() => codecNamed("constructor"))).toBeInstanceOf(CacheError);
});

test("the same serializer is returned each time", async () => {
  for (const name of names) expect(await codecNamed(name)).toBe(codecNamed(name));
});
