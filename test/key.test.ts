import { isDeepStrictEqual } from "node:util";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, test, vi } from "vitest";
import { cacheKey, encode, encodeArguments, encodeHead, isPrimitive } from "../runtime/key.ts";

class Money {
  readonly amount: unknown;
  constructor(amount: unknown) {
    this.amount = amount;
  }
  [cacheKey](): unknown {
    return this.amount;
  }
}

class Point {
  x = 1;
}

const bare = (properties: object): object => Object.assign(Object.create(null) as object, properties);
const hidden = <T extends object>(target: T, name: PropertyKey, value: unknown): T =>
  Object.defineProperty(target, name, { value, enumerable: false });
const disguised = (target: object, prototype: object): object =>
  Object.setPrototypeOf(target, prototype) as object;
const bytes = Uint8Array.of(0, 1, 127, 128, 255, 16, 32, 64);

/** Each row is a promise to every cache that is filled: a key that changes is a value that is lost. */
const GOLDEN: readonly (readonly [value: unknown, text: string])[] = [
  [undefined, "undefined"],
  [null, "null"],
  [true, "true"],
  [false, "false"],
  [0, "0"],
  [-0, "-0"],
  [42, "42"],
  [-1.5, "-1.5"],
  [1e21, "1e+21"],
  [5e-324, "5e-324"],
  [NaN, "NaN"],
  [Infinity, "Infinity"],
  [-Infinity, "-Infinity"],
  [0n, "0n"],
  [-42n, "-42n"],
  ["", '""'],
  ["en", '"en"'],
  ['"quoted" \\', '"\\"quoted\\" \\\\"'],
  ["\n\u0000\u007f", '"\\n\\u0000\u007f"'],
  ["žluťoučký 🐎", '"žluťoučký 🐎"'],
  ["\ud800", '"\\ud800"'],
  [[], "[]"],
  [[1, "a", [null]], '[1,"a",[null]]'],
  [[undefined], "[undefined]"],
  // eslint-disable-next-line no-sparse-arrays -- holes are what these rows are about
  [[, 1, , ,], "[empty*1,1,empty*2]"],
  [new Array(1e9), "[empty*1000000000]"],
  [{}, "{}"],
  [{ b: 1, a: { c: undefined } }, "{a:{c:undefined},b:1}"],
  [{ 10: "x", 9: "y", "b c": 1, "": 2, é: 3, $_: 4 }, '{"":2,$_:4,10:"x",9:"y","b c":1,"é":3}'],
  [JSON.parse('{"__proto__":null}'), "{__proto__:null}"],
  [bare({}), "null{}"],
  [bare({ a: 1 }), "null{a:1}"],
  [new Date(0), "Date(1970-01-01T00:00:00.000Z)"],
  [new Date(8.64e15), "Date(+275760-09-13T00:00:00.000Z)"],
  [new Date(NaN), "Date(NaN)"],
  [/x/, "/x/"],
  [/a\d+"\//gi, '/a\\\\d+\\"\\\\//gi'],
  [new RegExp("\n"), "/\\\\n/"],
  [Object.assign(/x/y, { lastIndex: 3 }), "/x/y@3"],
  [new URL("HTTPS://user@Example.com:443/a b?q=1#h"), 'URL("https://user@example.com/a%20b?q=1#h")'],
  [new Map(), "Map{}"],
  [
    new Map<unknown, unknown>([
      ["b", 1],
      [{ a: 1 }, new Map([[1, 2]])],
    ]),
    'Map{"b":1,{a:1}:Map{1:2}}',
  ],
  [new Set(), "Set{}"],
  [new Set([2, "1", [1], [1], 1]), 'Set{"1",1,2,[1],[1]}'],
  [bytes.buffer, "ArrayBuffer(00017f80ff102040)"],
  [new SharedArrayBuffer(2), "SharedArrayBuffer(0000)"],
  [new DataView(bytes.buffer, 1, 2), "DataView(017f)"],
  [Buffer.from([222, 173]), "Buffer(dead)"],
  [Buffer.alloc(0), "Buffer()"],
  [bytes.subarray(3, 5), "Uint8Array(80ff)"],
  [Uint8ClampedArray.of(300), "Uint8ClampedArray(ff)"],
  [Int8Array.of(-1), "Int8Array(ff)"],
  [Int16Array.of(-2), "Int16Array(feff)"],
  [Uint16Array.of(1), "Uint16Array(0100)"],
  [Int32Array.of(1), "Int32Array(01000000)"],
  [Uint32Array.of(1), "Uint32Array(01000000)"],
  [BigInt64Array.of(-1n), "BigInt64Array(ffffffffffffffff)"],
  [BigUint64Array.of(1n), "BigUint64Array(0100000000000000)"],
  [Float32Array.of(1), "Float32Array(0000803f)"],
  [Float64Array.of(-0), "Float64Array(0000000000000080)"],
  [new Money(42n), "@Money(42n)"],
  [new Money(new Money([1, "EUR"])), '@Money(@Money([1,"EUR"]))'],
  [{ [cacheKey]: () => 7 }, "@Object(7)"],
];

describe("the text of a value", () => {
  test.each(GOLDEN.map(([value, text]) => ({ value, text })))("is $text", ({ value, text }) => {
    expect(encode(value)).toBe(text);
  });
});

/** Within a row all are equal; between the rows of a group nothing is. */
const NEAR: Readonly<Record<string, readonly (readonly unknown[])[]>> = {
  "nothing, in its many forms": [
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
  "one, in its many forms": [
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
  "strings that look like more": [
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
  "how often an equal member is there": [
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
  prototypes: [
    [{ a: 1 }],
    [bare({ a: 1 })],
    [JSON.parse('{"a":1,"__proto__":null}')],
    [bare({ a: 1, null: null })],
  ],
};

describe("equal values and no others share a text", () => {
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

  test("an array that is referred to twice counts as its copy", () => {
    const shared = [1];
    expect(encode([shared, { shared }])).toBe(encode([[1], { shared: [1] }]));
  });

  test("what is not enumerable makes no difference", () => {
    expect(encode(hidden({ a: 1 }, "b", 2))).toBe("{a:1}");
    expect(encode(hidden({ a: 1 }, Symbol("b"), 2))).toBe("{a:1}");
    expect(encode(hidden([1], "raw", ["1"]))).toBe("[1]");
    expect(encode(hidden([1], 0, 1))).toBeUndefined();
  });

  test("a date is a date under fake timers and after", () => {
    const before = new Date(0);
    vi.useFakeTimers({ now: 0 });
    expect(encode(new Date())).toBe("Date(1970-01-01T00:00:00.000Z)");
    expect(encode(before)).toBe("Date(1970-01-01T00:00:00.000Z)");
  });
});

afterEach(() => {
  vi.useRealTimers();
});

const cyclic: unknown[] = [];
cyclic.push([cyclic]);

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = i % 2 ? [value] : { value };
  return value;
}

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
  "a module namespace": await import("./support/values.ts"),
  "the global object": globalThis,
  "an instance of a class": new Point(),
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
  "an array with a property in place of an item": Object.assign([1, 2].fill(1, 0, 1), { "0.5": 1, "01": 1 }),
  "an array with a hole and a property": Object.assign(new Array(1), { x: 1 }),
  "an array with a hole and a property that reads as an index": Object.assign(new Array(2), {
    "1.0": 1,
    0: 1,
  }),
  "an array with a hidden item and a hole": hidden(new Array(2), 0, 1),
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
  "a proxy that throws when it is asked what it is": new Proxy(
    {},
    { getPrototypeOf: throwing, get: throwing },
  ),
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
  "a proxy that answers everything": new Proxy(() => 1, { get: (target) => target }),
  "a proxy that lists items out of order": new Proxy([1, 2], { ownKeys: () => ["1", "0", "length"] }),
  "a proxy that passes a property off as an item": new Proxy(Object.assign(new Array(2), { 1: 1, x: 2 }), {
    ownKeys: () => ["x", "1", "length"],
  }),
  "what has only a Map's prototype": Object.create(Map.prototype),
  "what has only a Set's prototype": Object.create(Set.prototype),
  "what has only a Date's prototype": hidden(
    Object.create(Date.prototype) as object,
    Symbol.toStringTag,
    "Date",
  ),
  "what has only a RegExp's prototype": hidden(
    Object.create(RegExp.prototype) as object,
    Symbol.toStringTag,
    "RegExp",
  ),
  "what has only a URL's prototype": Object.create(URL.prototype),
  "what has only an Array's prototype": hidden(
    Object.create(Array.prototype) as object,
    Symbol.toStringTag,
    "Array",
  ),
  "what has only an ArrayBuffer's prototype": Object.create(ArrayBuffer.prototype),
  "what has only bytes' prototype": hidden(
    Object.create(Uint8Array.prototype) as object,
    Symbol.toStringTag,
    "Uint8Array",
  ),
  "a Map that says it is a Set": disguised(new Map(), Set.prototype),
  "a Date that says it is an object": disguised(new Date(0), Object.prototype),
  "an array that says it is an object": hidden(
    disguised([1], Object.prototype),
    Symbol.toStringTag,
    "Object",
  ),
  "an error that says it is an object": disguised(new Error("x"), Object.prototype),
  "an ArrayBuffer that says it is bytes": hidden(
    disguised(new ArrayBuffer(1), Uint8Array.prototype),
    Symbol.toStringTag,
    "Uint8Array",
  ),
  "bytes that say they are a DataView": hidden(
    disguised(new Uint8Array(0), DataView.prototype),
    Symbol.toStringTag,
    "DataView",
  ),
  "a DataView that says it is a Map": disguised(new DataView(new ArrayBuffer(1)), Map.prototype),
  "a Map with a tag of its own": hidden(new Map(), Symbol.toStringTag, "Set"),
  "an object with a tag of its own": hidden({}, Symbol.toStringTag, "Map"),
  "a RegExp that lies about its flags": hidden(hidden(/x/, "global", true), "flags", "g"),
};

describe("a value without a key is", () => {
  test.each(Object.entries(UNKEYABLE))("%s", (_, value) => {
    expect(encode(value)).toBeUndefined();
  });

  test("one that holds such a value, at any place", () => {
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

describe("a value that lies is taken for what it is", () => {
  test("whatever its constructor, its toJSON or its length say", () => {
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

  test("even when instanceof agrees with the lie", () => {
    class Everything {
      static [Symbol.hasInstance](_: unknown): boolean {
        return true;
      }
    }
    expect({} instanceof Everything).toBe(true);
    expect(encode({ a: 1 })).toBe("{a:1}");
  });

  test("and an instance shares no text with a value that imitates it", () => {
    class Date2 extends Money {}
    Object.defineProperty(Date2, "name", { value: "Date" });
    expect(encode(new Date2(1))).toBe("@Date(1)");
    Object.defineProperty(Date2, "name", { value: "A(1),@B" });
    expect(encode([new Date2(1)])).toBe("[@A%281),%40B(1)]");
    expect(encode(new Money(1))).not.toBe(encode(1));
    expect(encode(new Money("1"))).not.toBe(encode(new Money(1)));
  });
});

describe("what changes while it is read", () => {
  test("is read once, and the key is that of what was read", () => {
    const reads: PropertyKey[] = [];
    const counting = new Proxy(
      { a: 1, b: 2 },
      {
        get(target, name) {
          reads.push(name);
          return typeof name === "string" ? reads.length : Reflect.get(target, name);
        },
      },
    );
    expect(encode(counting)).toBe("{a:3,b:4}");
    expect(reads).toEqual([cacheKey, Symbol.toStringTag, "a", "b"]);
  });
});

describe("a value of unusual size", () => {
  test("has a key up to 1000 levels", () => {
    expect(encode(nested(1000))).toMatch(/^\[\{value:.*\}\]$/);
    expect(encode(nested(1001))).toBeUndefined();
  });

  test("has none when it stands for more objects than can be read", () => {
    let bomb: unknown = [1];
    for (let i = 0; i < 60; i++) bomb = [bomb, bomb];
    expect(encode(bomb)).toBeUndefined();
  });

  test("has none at the end of the stack, rather than an exception", () => {
    const results = new Set<string | undefined>();
    const descend = (): void => {
      try {
        descend();
      } catch {
        // The stack is full; each frame on the way back tries with a little more of it.
      }
      results.add(encode([{ a: [1] }]));
    };
    try {
      descend();
    } catch {
      // The outermost frames that have no room for the call itself.
    }
    expect([...results].filter((text) => text !== undefined)).toEqual(["[{a:[1]}]"]);
  });

  test("is read in the order of its size", () => {
    const many = Array.from({ length: 100_000 }, (_, i) => ({ id: i }));
    expect(encode(many)).toHaveLength(1_088_891);
    expect(encode(new Uint8Array(100_000))).toHaveLength(200_012);
    expect(encode(Object.assign(new Array(2 ** 32 - 1), { [2 ** 31]: 1 }))).toBe(
      "[empty*2147483648,1,empty*2147483646]",
    );
  });
});

describe("the arguments of a key", () => {
  test("stand one behind another in the order of the parts", () => {
    expect(encodeArguments([{ name: "id" }, { name: "locale" }], [42, "en"])).toBe('42,"en"');
    expect(encodeArguments([], [])).toBe("");
    expect(encodeArguments([{ name: "id" }], [undefined])).toBe("undefined");
  });

  test("carry a name where the part is a label or an extra; extras come last", () => {
    const parts = [
      { name: "this.tenant", as: "extra" as const },
      { name: "id" },
      { name: "opts.locale", as: "label" as const },
      { name: "region", as: "extra" as const },
    ];
    expect(encodeArguments(parts, ["acme", 7, "en", 1])).toBe(
      '7,opts.locale="en";this.tenant="acme",region=1',
    );
    expect(encodeArguments(parts.slice(0, 1), ["acme"])).toBe(';this.tenant="acme"');
  });

  test("take a slot for each field of a destructured parameter", () => {
    const parts = [{ name: "{ a, b }", fields: ["a", "b"] }, { name: "{}", fields: [] }, { name: "c" }];
    expect(encodeArguments(parts, [1, "x", 3])).toBe('{a:1,b:"x"},{},3');
  });

  test("take all slots that are left for the part `...`", () => {
    expect(encodeArguments([{ name: "..." }], [])).toBe("");
    expect(encodeArguments([{ name: "..." }], [undefined])).toBe("undefined");
    expect(encodeArguments([{ name: "..." }], [1, [2], "3"])).toBe('1,[2],"3"');
    expect(encodeArguments([{ name: "id" }, { name: "..." }], [1])).toBe("1");
    expect(encodeArguments([{ name: "id" }, { name: "..." }], [1, 2, 3])).toBe("1,2,3");
  });

  test("name the part or the field that has no key", () => {
    const parts = [
      { name: "id" },
      { name: "{ a, b }", fields: ["a", "b"] },
      { name: "this.x", as: "extra" as const },
    ];
    const none = Symbol("none");
    expect(encodeArguments(parts, [none, 1, 2, 3])).toEqual({ unkeyable: "id" });
    expect(encodeArguments(parts, [0, 1, none, 3])).toEqual({ unkeyable: "b" });
    expect(encodeArguments(parts, [0, 1, 2, none])).toEqual({ unkeyable: "this.x" });
    expect(encodeArguments([{ name: "..." }], [0, none])).toEqual({ unkeyable: "arguments[1]" });
  });
});

describe("the head of a key", () => {
  test.each([
    [["x", "getUser", "3f9a2c1d"], "x:getUser@3f9a2c1d("],
    [["my-app/src/repo", "Repo.find", "9b01aa42"], "my-app/src/repo:Repo.find@9b01aa42("],
    [["@acme/app/src/repo", "žluť", "1"], "@acme/app/src/repo:žluť@1("],
    [["a:b", "c", "1"], "a%3ab:c@1("],
    [["a", "b:c", "1"], "a:b%3ac@1("],
    [["a", "b@c", "d@(e"], "a:b%40c@d%40%28e("],
    [["100% (a b)\t\n", "#secret", ""], "100%25%20%28a%20b)%09%0a:#secret@("],
    [["\u0085\u2028\ud800", "28", "1"], "%85%u2028%ud800:28@1("],
    [["%40", "%3a", "1"], "%2540:%253a@1("],
  ] as const)("of %j is %s", (id, head) => {
    expect(encodeHead(id)).toBe(head);
  });
});

test("what a Map can find by itself is primitive: no object, function or symbol", () => {
  expect(["", "a", 0, -0, NaN, 1n, true, null, undefined].map(isPrimitive)).not.toContain(false);
  expect([{}, [], () => 1, Symbol("x"), new Date(0), Object("a")].map(isPrimitive)).not.toContain(true);
});

test("the symbol is the same one in every copy of the package", () => {
  expect(cacheKey).toBe(Symbol.for("aotcache.cacheKey"));
});
