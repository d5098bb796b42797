import { describe, expect, test } from "vitest";
import { cacheKey, encode, encodeArguments, encodeHead, isPrimitive } from "../../runtime/key/index.ts";
import { unreadable } from "../../runtime/key/unreadable.ts";
import { Money, bare } from "../support/odd-values.ts";

const bytes = Uint8Array.of(0, 1, 127, 128, 255, 16, 32, 64);

/** Each row must never change: a changed key loses the value that is stored under it. */
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

describe("the arguments of a key", () => {
  test("are joined in the order of the parts", () => {
    expect(encodeArguments([{ name: "id" }, { name: "locale" }], [42, "en"])).toBe('42,"en"');
    expect(encodeArguments([], [])).toBe("");
    expect(encodeArguments([{ name: "id" }], [undefined])).toBe("undefined");
  });

  test("have a name if the part is a label or an extra; extras come last", () => {
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

  test("use one slot for each field of a destructured parameter", () => {
    const parts = [{ name: "{ a, b }", fields: ["a", "b"] }, { name: "{}", fields: [] }, { name: "c" }];
    expect(encodeArguments(parts, [1, "x", 3])).toBe('{a:1,b:"x"},{},3');
  });

  test("use all remaining slots for the part `...`", () => {
    expect(encodeArguments([{ name: "..." }], [])).toBe("");
    expect(encodeArguments([{ name: "..." }], [undefined])).toBe("undefined");
    expect(encodeArguments([{ name: "..." }], [1, [2], "3"])).toBe('1,[2],"3"');
    expect(encodeArguments([{ name: "id" }, { name: "..." }], [1])).toBe("1");
    expect(encodeArguments([{ name: "id" }, { name: "..." }], [1, 2, 3])).toBe("1,2,3");
  });

  test("report the part or the field that has no key", () => {
    const parts = [
      { name: "id" },
      { name: "{ a, b }", fields: ["a", "b"] },
      { name: "this.x", as: "extra" as const },
    ];
    const none = Symbol("none");
    expect(encodeArguments(parts, [none, 1, 2, 3])).toHaveProperty("unkeyable", "id");
    expect(encodeArguments(parts, [0, 1, none, 3])).toHaveProperty("unkeyable", "b");
    expect(encodeArguments(parts, [0, 1, 2, none])).toHaveProperty("unkeyable", "this.x");
    expect(encodeArguments([{ name: "..." }], [0, none])).toHaveProperty("unkeyable", "arguments[1]");
  });

  test("say whether the value has no key, or could not be read", () => {
    const throwing = {
      get x(): never {
        throw new Error("read");
      },
    };
    const whyNot = (value: unknown) => encodeArguments([{ name: "o" }], [value]);
    expect(whyNot({ x: Symbol("none") })).toHaveProperty("why", "has a value that no key can be made of");
    expect(whyNot(throwing)).toHaveProperty("why", "threw an error when it was read");
    expect(whyNot(unreadable)).toHaveProperty("why", "threw an error when it was read");
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

test("values that a Map can find are primitive: no object, function or symbol", () => {
  expect(["", "a", 0, -0, NaN, 1n, true, null, undefined].map(isPrimitive)).not.toContain(false);
  expect([{}, [], () => 1, Symbol("x"), new Date(0), Object("a")].map(isPrimitive)).not.toContain(true);
});

test("the symbol is the same in every copy of the package", () => {
  expect(cacheKey).toBe(Symbol.for("aotcache.cacheKey"));
});
