import { describe, expect, test } from "vitest";
import { codecNamed, open, seal } from "../../runtime/codec/codec.ts";
import { bare } from "../support/odd-values.ts";

// Golden: the next release reads what stores contain. A change of a text here needs a new VERSION.
const codec = await codecNamed("generic");
const holed = [1, , 3];

const TEXTS: [value: unknown, text: string][] = [
  [null, "generic/1 5:=null"],
  [true, "generic/1 5:=true"],
  [42, "generic/1 3:=42"],
  ["héllo", 'generic/1 8:="héllo"'],
  ["", 'generic/1 3:=""'],
  [[], "generic/1 3:=[]"],
  [{ id: 7, tags: ["a"] }, 'generic/1 22:={"id":7,"tags":["a"]}'],
  ["\ud800", 'generic/1 9:="\\ud800"'],
  [undefined, 'generic/1 14:~"~undefined:"'],
  [NaN, 'generic/1 14:~"~number:NaN"'],
  [-0, 'generic/1 13:~"~number:-0"'],
  [-Infinity, 'generic/1 20:~"~number:-Infinity"'],
  [12345678901234567890n, 'generic/1 31:~"~bigint:12345678901234567890"'],
  [new Date(1700000000000), 'generic/1 22:~"~Date:1700000000000"'],
  [new Date(NaN), 'generic/1 12:~"~Date:NaN"'],
  [/a"b/gi, 'generic/1 26:~["~RegExp","a\\"b","gi",0]'],
  [new URL("http://a/b?c#d"), 'generic/1 22:~"~URL:http://a/b?c#d"'],
  [new Map([["a", 1n]]), 'generic/1 25:~["~Map","a","~bigint:1"]'],
  [new Set([1, [2]]), 'generic/1 15:~["~Set",1,[2]]'],
  [holed, 'generic/1 21:~["~Array",3,0,1,2,3]'],
  [bare({ a: 1 }), 'generic/1 18:~["~null",{"a":1}]'],
  [Buffer.from("hi"), 'generic/1 15:~"~Buffer:aGk="'],
  [new Uint8Array([1, 2, 3]), 'generic/1 19:~"~Uint8Array:AQID"'],
  [new Float64Array([1]), 'generic/1 29:~"~Float64Array:AAAAAAAA8D8="'],
  [new ArrayBuffer(1), 'generic/1 20:~"~ArrayBuffer:AA=="'],
  [new DataView(new ArrayBuffer(0)), 'generic/1 13:~"~DataView:"'],
  ["~", 'generic/1 5:~"~~"'],
  [["~Map", "a"], 'generic/1 14:~["~~Map","a"]'],
  [{ "~Map": [undefined] }, 'generic/1 25:~{"~Map":["~undefined:"]}'],
  [JSON.parse('{"__proto__":1}'), 'generic/1 26:~["~Object","__proto__",1]'],
];

describe("the generic text of a value never changes", () => {
  test.each(TEXTS)("%o", (value, text) => {
    expect(seal(codec, value)).toBe(text);
    expect(open(codec, text)).toStrictEqual(value);
  });
});

describe("the header that names the serializer never changes", () => {
  test.each([
    ["json", { id: 7 }, 'json/1 8:{"id":7}'],
    ["string", "a\nb", "string/1 3:a\nb"],
    ["string", "", "string/1 0:"],
    ["msgpack", { id: 7 }, "msgpack/1 5|\x81\xa2id\x07"],
    ["msgpack", new Map([[1, undefined]]), "msgpack/1 19|\x93\xa4~Map\x01\xab~undefined:"],
  ])("%s: %o", async (name, value, text) => {
    const named = await codecNamed(name);
    const data = seal(named, value);
    expect(typeof data === "string" ? data : Buffer.from(data).toString("latin1")).toBe(text);
    expect(open(named, data)).toStrictEqual(value);
  });

  test("v8: the header has the version of V8's own format", async () => {
    const data = Buffer.from(seal(await codecNamed("v8"), "a") as Uint8Array).toString("latin1");
    expect(data).toMatch(/^v8\/1 5\|\xff.*a$/s);
  });
});
