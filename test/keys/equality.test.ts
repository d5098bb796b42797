import { isDeepStrictEqual } from "node:util";
import { afterEach, describe, expect, test, vi } from "vitest";
import { enableObjectHashes } from "../../runtime/key/hash-objects.ts";
import { hashSlots } from "../../runtime/key/hash.ts";
import { configure } from "aotcache";
import { cacheKey, encode as encodeText } from "../../runtime/key/index.ts";
import { encode } from "../support/encode.ts";
import { ALL, Decimal, OtherDecimal, Price } from "../support/foreign-classes.ts";
import { Money, bare, hidden } from "../support/odd-values.ts";

configure({ classes: ALL });

/** All values of a row are equal. Values of different rows in a group are not. */
const NEAR: Readonly<Record<string, readonly (readonly unknown[])[]>> = {
  "empty values": [
    [undefined],
    [null],
    [NaN],
    [0],
    [-0],
    [0n],
    [""],
    [false],
    ["undefined"],
    ["null"],
    ["NaN"],
    [[]],
    [{}],
    [bare({})],
    [[undefined]],
    [[null]],
    [new Array(1)],
    [{ a: undefined }],
    [new Map()],
    [new Set()],
    [new Set([undefined])],
  ],
  "values of one": [
    [1, 1.0],
    [1n],
    ["1"],
    ["1n"],
    [true],
    [[1]],
    [{ 0: 1 }],
    [{ 0: 1, length: 1 }],
    [new Set([1])],
    [new Map([[0, 1]])],
    [Uint8Array.of(1)],
    [Buffer.of(1)],
    [Uint8ClampedArray.of(1)],
    [Int8Array.of(1)],
    [Uint8Array.of(1).buffer],
    [new DataView(Uint8Array.of(1).buffer)],
  ],
  "numbers that print alike": [
    [0.1 + 0.2],
    [0.3],
    [2 ** 53],
    [BigInt(2 ** 53)],
    [2 ** 53 + 2],
    ["9007199254740992"],
  ],
  "a date and its texts": [
    [new Date(0), new Date("1970-01-01T00:00:00Z")],
    [0],
    ["1970-01-01T00:00:00.000Z"],
    [String(new Date(0))],
    ["Date(1970-01-01T00:00:00.000Z)"],
    [new Date(1)],
    [[new Date(0)]],
  ],
  "strings that look like other values": [
    [["a", "b"]],
    [["a,b"]],
    [['a","b']],
    [["a", "b", ""]],
    [['"a"', "b"]],
    [["a\\", "b"]],
    ["a,b"],
    [{ a: "b" }],
    [{ 'a:"b"': 1 }],
    [{ a: 'b",c:"d' }],
    [{ a: "b", c: "d" }],
    ["[]"],
    ["{}"],
  ],
  "strings that look alike": [
    ["é"],
    ["e\u0301"],
    ["\ud800"],
    ["\udc00"],
    ["\\ud800"],
    ["\ufffd"],
    ["\u0000"],
    ["\\u0000"],
    ["a"],
    ["a "],
    ["A"],
  ],
  "the order of properties and members": [
    [
      { a: 1, b: [2] },
      { b: [2], a: 1 },
    ],
    [bare({ a: 1, b: 2 }), bare({ b: 2, a: 1 })],
    [new Set([1, { a: 1 }, "1"]), new Set(["1", 1, { a: 1 }])],
    [
      new Map([
        [[1], 2],
        [[3], 4],
      ]),
      new Map([
        [[3], 4],
        [[1], 2],
      ]),
    ],
    [
      new Map([
        [[1], 4],
        [[3], 2],
      ]),
    ],
    [[1, { a: 1 }, "1"]],
  ],
  "the number of equal members": [
    [new Set([[1]])],
    [new Set([[1], [1]])],
    [new Set([[1], [2]])],
    [
      new Map([
        [[1], 1],
        [[1], 2],
      ]),
      new Map([
        [[1], 2],
        [[1], 1],
      ]),
    ],
    [
      new Map([
        [[1], 1],
        [[1], 1],
      ]),
    ],
  ],
  holes: [
    [new Array(2)],
    [[undefined, undefined]],
    [Object.assign(new Array(2), { 0: undefined })],
    [Object.assign(new Array(2), { 1: undefined })],
    [["empty*2"]],
    [new Array(3)],
  ],
  "regular expressions": [
    [/x/, new RegExp("x")],
    [/x/g],
    [/x/gi, /x/gi],
    [Object.assign(/x/g, { lastIndex: 1 })],
    [/x\/g/],
    [/[/]x/],
    ["/x/"],
    [/\ud800/],
    [new RegExp("\ud800")],
    [[/a/, /b/]],
    [[/a,\/b/]],
    [new RegExp("")],
  ],
  URLs: [
    [new URL("http://a"), new URL("http://a/"), new URL("HTTP://A:80/")],
    ["http://a/"],
    [new URL("http://a/?")],
    [{ href: "http://a/" }],
    [new URL("http://b/")],
  ],
  "NaN and zero as bytes": [
    [Float64Array.of(NaN), Float64Array.of(NaN)],
    [new Float64Array(BigUint64Array.of(0x7ff8000000000001n).buffer)],
    [Float64Array.of(0)],
    [Float64Array.of(-0)],
    [new BigInt64Array(1)],
    [new Float32Array(2)],
    [new ArrayBuffer(8)],
    [new SharedArrayBuffer(8)],
  ],
  "instances of configured classes": [
    [new Decimal("1"), new Decimal("1")],
    [new Decimal("1.0")],
    [new OtherDecimal("1"), new OtherDecimal("1")],
    ["1"],
    [["1"]],
    [new Set([new Decimal("1")]), new Set([new Decimal("1")])],
    [[new Decimal("1")]],
    ['@@Decimal("1")'],
    [new Price("1", "EUR"), new Price("1", "EUR")],
    [[new Decimal("1"), "EUR"]],
    [{ amount: new Decimal("1"), currency: "EUR" }],
  ],
  prototypes: [
    [{ a: 1 }],
    [bare({ a: 1 })],
    [JSON.parse('{"a":1,"__proto__":null}')],
    [bare({ a: 1, null: null })],
  ],
};

describe("equal values share a text, and others do not", () => {
  test.each(Object.entries(NEAR))("%s", (_, rows) => {
    const all = rows.flatMap((row, i) => row.map((value) => ({ value, i })));
    for (const a of all) {
      expect(encode(a.value)).toBeTypeOf("string");
      for (const b of all) {
        const shared = encode(a.value) === encode(b.value);
        expect([encode(a.value), encode(b.value), shared]).toEqual([
          encode(a.value),
          encode(b.value),
          a.i === b.i,
        ]);
        expect(isDeepStrictEqual(a.value, b.value)).toBe(a.i === b.i);
      }
    }
  });

  test("an array that is referenced twice equals one with copies", () => {
    const shared = [1];
    expect(encode([shared, { shared }])).toBe(encode([[1], { shared: [1] }]));
  });

  test("properties that are not enumerable are ignored", () => {
    expect(encode(hidden({ a: 1 }, "b", 2))).toBe("{a:1}");
    expect(encode(hidden({ a: 1 }, Symbol("b"), 2))).toBe("{a:1}");
    expect(encode(hidden([1], "raw", ["1"]))).toBe("[1]");
    expect(encode(hidden([1], 0, 1))).toBeUndefined();
  });

  test("a date is a date with fake timers and after", () => {
    const before = new Date(0);
    vi.useFakeTimers({ now: 0 });
    expect(encode(new Date())).toBe("Date(1970-01-01T00:00:00.000Z)");
    expect(encode(before)).toBe("Date(1970-01-01T00:00:00.000Z)");
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("a value that misreports its type is treated as what it is", () => {
  test("regardless of its constructor, toJSON or length", () => {
    expect(encode({ constructor: Map, toJSON: 1, length: 2 })).toBeUndefined();
    expect(encode({ constructor: "Map", toJSON: "x", length: 2 })).toBe(
      '{constructor:"Map",length:2,toJSON:"x"}',
    );
    expect(encode(hidden(hidden({ a: 1 }, "constructor", Map), "toJSON", () => 1))).toBe("{a:1}");
    expect(encode(hidden(Uint8Array.of(1), "buffer", new ArrayBuffer(9)))).toBe("Uint8Array(01)");
    expect(encode(hidden(Uint8Array.of(1, 2), "length", 1))).toBe("Uint8Array(0102)");
    expect(encode(hidden(new Map([[1, 2]]), "forEach", () => 1))).toBe("Map{1:2}");
    expect(encode(hidden(new Date(0), "getTime", () => 1))).toBe("Date(1970-01-01T00:00:00.000Z)");
    expect(encode(hidden(new URL("http://a"), "href", "http://b"))).toBe('URL("http://a/")');
  });

  test("also when instanceof agrees with it", () => {
    class Everything {
      static [Symbol.hasInstance](_: unknown): boolean {
        return true;
      }
    }
    expect({} instanceof Everything).toBe(true);
    expect(encode({ a: 1 })).toBe("{a:1}");
  });

  test("also when a method that reveals its type was replaced later", () => {
    vi.spyOn(Date.prototype, "getTime").mockReturnValue(NaN);
    vi.spyOn(Map.prototype, "forEach").mockReturnValue(undefined);
    expect(encode([new Date(0), new Map([[1, 2]])])).toBe("[Date(1970-01-01T00:00:00.000Z),Map{1:2}]");
  });

  test("and an instance shares no text with a value that imitates it", () => {
    class Date2 extends Money {}
    Object.defineProperty(Date2, "name", { value: "Date" });
    expect(encode(new Date2(1))).toBe("@Date(1)");
    Object.defineProperty(Date2, "name", { value: "A(1),@B" });
    expect(encode([new Date2(1)])).toBe("[@A%281),%40B(1)]");
    Object.defineProperty(Date2, "name", { value: "Decimal" });
    expect(encode(new Date2("1"))).not.toBe(encode(new Decimal("1")));
    Object.defineProperty(Date2, "name", { value: "@Decimal" });
    expect(encode(new Date2("1"))).not.toBe(encode(new Decimal("1")));
    expect(encode(new Money(1))).not.toBe(encode(1));
    expect(encode(new Money("1"))).not.toBe(encode(new Money(1)));
  });

  test("instances of two classes of one name have different keys, and those of two copies of one class equal keys", () => {
    const circle = (copy: number): object => {
      class Shape {
        [cacheKey] = (): unknown => 1;
        readonly copy = copy;
      }
      return new Shape();
    };
    const square = (): object => {
      class Shape {
        [cacheKey] = (): unknown => 1;
      }
      return new Shape();
    };
    expect(encode(circle(1))).toBe("@Shape(1)");
    expect(encode(square())).toMatch(/^@Shape~[0-9a-f]+\(1\)$/);
    expect(encode(square())).toBe(encode(square()));
    expect(encode(circle(2))).toBe(encode(circle(1)));
  });
});

describe("a value that changes while it is read", () => {
  /** A proxy whose properties are the number of reads. */
  function counting(): { readonly reads: PropertyKey[]; readonly value: object } {
    const reads: PropertyKey[] = [];
    const get = (target: object, name: PropertyKey): unknown => {
      reads.push(name);
      return typeof name === "string" ? reads.length : Reflect.get(target, name);
    };
    return { reads, value: new Proxy({ a: 1, b: 2 }, { get }) };
  }

  test("is read once, and the key is that of the read contents", () => {
    const { reads, value } = counting();
    expect(encodeText(value)).toBe("{a:3,b:4}");
    expect(reads).toEqual([cacheKey, Symbol.toStringTag, "a", "b"]);
  });

  test("is read once for its hash, too", () => {
    enableObjectHashes();
    const { reads, value } = counting();
    expect(hashSlots([value], false)).toBe(hashSlots([{ a: 2, b: 3 }], false));
    expect(reads).toEqual([Symbol.toStringTag, "a", "b"]);
  });
});
