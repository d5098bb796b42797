import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { cacheKey } from "../../runtime/key/index.ts";
import { encode } from "../support/encode.ts";
import { Money, bare, disguised, hidden, nested } from "../support/odd-values.ts";

class Point {
  x = 1;
}

const cyclic: unknown[] = [];
cyclic.push([cyclic]);

const throwing = (): never => {
  throw new Error("read");
};

const UNKEYABLE: Readonly<Record<string, unknown>> = {
  "a function": () => 1,
  "a class": Money,
  "a symbol": Symbol("x"),
  "a registered symbol": Symbol.for("x"),
  "a promise": Promise.resolve(1),
  "a WeakMap": new WeakMap(),
  "a WeakSet": new WeakSet(),
  "a WeakRef": new WeakRef({}),
  "an iterator": [1][Symbol.iterator](),
  "an error": new Error("x"),
  "an AbortSignal": AbortSignal.abort(),
  URLSearchParams: new URLSearchParams("a=1"),
  "a boxed number": Object(1),
  "a boxed string": Object("a"),
  "a boxed bigint": Object(1n),
  "the arguments of a call": (function (..._: number[]) {
    return arguments;
  })(1),
  "a module namespace": await import("../support/values.ts"),
  "the global object": globalThis,
  "an instance of a class": new Point(),
  "an empty array with a property": Object.assign([], { a: 1 }),
  "an empty array with a property that is called __proto__": Object.defineProperty([], "__proto__", {
    value: 5,
    enumerable: true,
  }),
  "an instance of a class that extends Array": new (class extends Array {})(),
  "an instance of a class that extends Map": new (class extends Map {})(),
  "an instance of a class that extends Date": new (class extends Date {})(0),
  "an instance of a class that extends Uint8Array": new (class extends Uint8Array {})(1),
  "an instance whose [cacheKey]() has no key": new Money(() => 1),
  "an instance whose [cacheKey]() throws": { [cacheKey]: throwing },
  "an instance whose [cacheKey]() gives the instance": {
    [cacheKey](): unknown {
      return this;
    },
  },
  "an instance whose [cacheKey]() is always a new one": new (class Loop {
    [cacheKey](): unknown {
      return new Loop();
    }
  })(),
  "a cyclic array": cyclic,
  "a cyclic object": (() => {
    const a = {};
    return Object.assign(a, { b: { a } });
  })(),
  "a Map in itself": (() => {
    const map = new Map();
    return map.set(1, map);
  })(),
  "a value 100,000 levels deep": nested(100_000),
  "an object with a symbol": { [Symbol("x")]: 1 },
  "an array with a property": Object.assign([1], { x: 1 }),
  "an array with a property instead of an item": Object.assign([1, 2].fill(1, 0, 1), { "0.5": 1, "01": 1 }),
  "an array with a hole and a property": Object.assign(new Array(1), { x: 1 }),
  "an array with a hole and a property that reads as an index": Object.assign(new Array(2), {
    "1.0": 1,
    0: 1,
  }),
  "an array with a hidden item and a hole": hidden(new Array(2), 0, 1),
  "an array with a property between two indices": Object.assign(new Array(3), { "0.5": 1 }),
  "an array with a property that is nearly an index": Object.assign(new Array(3), { "01": 1 }),
  "an array with a property above every index": Object.assign(new Array(1), { 4294967295: 1 }),
  "an array with a tag of its own": hidden([1], Symbol.toStringTag, "Tuple"),
  "a Buffer with a tag of its own": hidden(Buffer.of(1), Symbol.toStringTag, "Bytes"),
  "a bare object with a tag of its own": hidden(bare({}), Symbol.toStringTag, "Map"),
  "a Map that is tagged as a Date": hidden(disguised(new Map(), Date.prototype), Symbol.toStringTag, "Map"),
  "an array with a symbol": Object.assign([1], { [Symbol("x")]: 1 }),
  "a Date with a property": Object.assign(new Date(0), { x: 1 }),
  "a Map with a property": Object.assign(new Map(), { x: 1 }),
  "a RegExp with a property": Object.assign(/x/, { x: 1 }),
  "a RegExp with an odd lastIndex": Object.assign(/x/, { lastIndex: "1" }),
  "a typed array with a property": Object.assign(new Uint8Array(1), { x: 1 }),
  "an ArrayBuffer with a property": Object.assign(new ArrayBuffer(1), { x: 1 }),
  "a Date of another realm": runInNewContext("new Date(0)"),
  "an object of another realm": runInNewContext("({})"),
  "an array of another realm": runInNewContext("[]"),
  "bytes of another realm": runInNewContext("new Uint8Array(1)"),
  "a getter that throws": {
    get a() {
      return throwing();
    },
  },
  "an array item that throws": Object.defineProperty([1], 0, { get: throwing, enumerable: true }),
  "a proxy that throws": new Proxy({}, { ownKeys: throwing }),
  "a proxy that throws when its type is read": new Proxy({}, { getPrototypeOf: throwing, get: throwing }),
  "a revoked proxy": (() => {
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    return proxy;
  })(),
  "a proxy of a Map": new Proxy(new Map(), {}),
  "a proxy of a Date": new Proxy(new Date(0), {}),
  "a proxy of a URL": new Proxy(new URL("http://a"), {}),
  "a proxy of bytes": new Proxy(new Uint8Array(1), {}),
  "a proxy of an ArrayBuffer": new Proxy(new ArrayBuffer(1), {}),
  "a proxy that has every property": new Proxy(() => 1, { get: (target) => target }),
  "a proxy that lists items out of order": new Proxy([1, 2], { ownKeys: () => ["1", "0", "length"] }),
  "a proxy that lists a property as an item": new Proxy(Object.assign(new Array(2), { 1: 1, x: 2 }), {
    ownKeys: () => ["x", "1", "length"],
  }),
  "an object with the prototype of Map": Object.create(Map.prototype),
  "an object with the prototype of Set": Object.create(Set.prototype),
  "an object with the prototype of Date": hidden(
    Object.create(Date.prototype) as object,
    Symbol.toStringTag,
    "Date",
  ),
  "an object with the prototype of RegExp": hidden(
    Object.create(RegExp.prototype) as object,
    Symbol.toStringTag,
    "RegExp",
  ),
  "an object with the prototype of URL": Object.create(URL.prototype),
  "an object with the prototype of Array": hidden(
    Object.create(Array.prototype) as object,
    Symbol.toStringTag,
    "Array",
  ),
  "an object with the prototype of ArrayBuffer": Object.create(ArrayBuffer.prototype),
  "an object with the prototype of bytes": hidden(
    Object.create(Uint8Array.prototype) as object,
    Symbol.toStringTag,
    "Uint8Array",
  ),
  "a Map that is tagged as a Set": disguised(new Map(), Set.prototype),
  "a Date that is tagged as an object": disguised(new Date(0), Object.prototype),
  "an array that is tagged as an object": hidden(
    disguised([1], Object.prototype),
    Symbol.toStringTag,
    "Object",
  ),
  "an error that is tagged as an object": disguised(new Error("x"), Object.prototype),
  "an ArrayBuffer that is tagged as bytes": hidden(
    disguised(new ArrayBuffer(1), Uint8Array.prototype),
    Symbol.toStringTag,
    "Uint8Array",
  ),
  "bytes that are tagged as a DataView": hidden(
    disguised(new Uint8Array(0), DataView.prototype),
    Symbol.toStringTag,
    "DataView",
  ),
  "a DataView that is tagged as a Map": disguised(new DataView(new ArrayBuffer(1)), Map.prototype),
  "a Map with a tag of its own": hidden(new Map(), Symbol.toStringTag, "Set"),
  "an object with a tag of its own": hidden({}, Symbol.toStringTag, "Map"),
  "a RegExp that lies about its flags": hidden(hidden(/x/, "global", true), "flags", "g"),
};

describe("a value without a key is", () => {
  test.each(Object.entries(UNKEYABLE))("%s", (_, value) => {
    expect(encode(value)).toBeUndefined();
  });

  test("a value that contains such a value at any place", () => {
    const inside = [() => 1];
    const holders = [
      inside,
      { a: inside },
      new Map([[inside, 1]]),
      new Map([[1, inside]]),
      new Set(inside),
      new Money(inside),
    ];
    expect(holders.map(encode)).toEqual(holders.map(() => undefined));
  });
});

describe("a value of unusual size", () => {
  test("has a key up to 1000 levels", () => {
    expect(encode(nested(1000))).toMatch(/^\[\{value:.*\}\]$/);
    expect(encode(nested(1001))).toBeUndefined();
  });

  test("has none when it contains more objects than the limit", () => {
    let bomb: unknown = [1];
    for (let i = 0; i < 60; i++) bomb = [bomb, bomb];
    expect(encode(bomb)).toBeUndefined();
  });

  test("has none at the end of the stack, and throws nothing", () => {
    const results = new Set<string | undefined>();
    const descend = (): void => {
      try {
        descend();
      } catch {
        // The stack is full; each frame on the way back has a little more space.
      }
      results.add(encode([{ a: [1] }]));
    };
    try {
      descend();
    } catch {
      // The stack had no space for the call itself.
    }
    expect([...results].filter((text) => text !== undefined)).toEqual(["[{a:[1]}]"]);
  });

  test("is read in linear time", () => {
    const many = Array.from({ length: 100_000 }, (_, i) => ({ id: i }));
    expect(encode(many)).toHaveLength(1_088_891);
    expect(encode(new Uint8Array(100_000))).toHaveLength(77);
    expect(encode(Object.assign(new Array(2 ** 32 - 1), { [2 ** 31]: 1 }))).toBe(
      "[empty*2147483648,1,empty*2147483646]",
    );
  });
});
