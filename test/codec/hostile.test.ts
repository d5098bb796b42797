import { isDeepStrictEqual } from "node:util";
import v8Module from "node:v8";
import fc from "fast-check";
import { pack } from "msgpackr";
import { describe, expect, test } from "vitest";
import { MISS, codecNamed, open, seal, type Codec } from "../../runtime/codec/codec.ts";
import { encode as keyOf } from "../../runtime/key/index.ts";
import { nested } from "../support/odd-values.ts";
import { build, recipes } from "../support/values.ts";

const [generic, json, msgpack, v8, string] = (await Promise.all(
  ["generic", "json", "msgpack", "v8", "string"].map(async (name) => codecNamed(name)),
)) as [Codec, Codec, Codec, Codec, Codec];
const all = [generic, json, msgpack, v8, string];

/** A valid header around a foreign payload. */
const withHeader = ({ name }: Codec, data: string | Uint8Array): string | Uint8Array => {
  const head = `${name}/1 ${data.length}`;
  return typeof data === "string" ? `${head}:${data}` : Buffer.concat([Buffer.from(`${head}|`), data]);
};

const bytes = (...parts: (number | string)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.of(part))));

describe("an entry that this serializer did not write is a miss", () => {
  const value = { id: 7, at: new Date(0), text: "é\u{1f600}" };
  const written: [Codec, string | Uint8Array][] = [
    [generic, seal(generic, value)],
    [generic, seal(generic, 12_345)],
    [json, seal(json, { id: 7 })],
    [json, seal(json, 12_345)],
    [msgpack, seal(msgpack, value)],
    [v8, seal(v8, value)],
    [string, seal(string, "é\u{1f600} and more")],
  ];

  test.each(written)("truncated anywhere: $name", (codec, data) => {
    expect(open(codec, data)).not.toBe(MISS);
    for (let end = 0; end < data.length; end++) expect(open(codec, data.slice(0, end))).toBe(MISS);
    const stored = Buffer.from(data);
    for (let end = 0; end < stored.length; end++) expect(open(codec, stored.subarray(0, end))).toBe(MISS);
  });

  test.each(written)("with trailing data: $name", (codec, data) => {
    for (const more of [" ", "\0", "\n", "0", String(data)]) {
      expect(open(codec, Buffer.concat([Buffer.from(data), Buffer.from(more)]))).toBe(MISS);
      if (typeof data === "string") expect(open(codec, data + more)).toBe(MISS);
    }
  });

  test.each(written)("of another serializer or another version: $name", (codec, data) => {
    for (const other of all) if (other !== codec) expect(open(other, data)).toBe(MISS);
    const other = Buffer.from(data);
    other[other.indexOf("/") + 1]!++;
    expect(open(codec, other)).toBe(MISS);
    const own: Codec = { name: codec.name, encode: () => "", decode: (given) => given };
    expect(open(own, data)).toBe(MISS);
  });

  test.each(all)("of another program: $name", (codec) => {
    const others = [
      ...[
        "",
        "1",
        "null",
        "{}",
        '{"id":7}',
        "OK",
        "\0",
        "generic",
        "generic/1",
        "json/1 ",
        "json/1 :",
        "json/1 2",
      ],
      ...["json/1 02:{}", "json/1 +2:{}", "json/1 2.0:{}", "json/1 2:{]", "json/1 99999999999999999999:{}"],
      ...[
        "string/1 -1:",
        "generic/1 2:{}",
        "generic/1 0:",
        "generic/1 1:=",
        "generic/1 3:+{}",
        "generic/1 3:=\ufeff1",
      ],
      bytes("msgpack/1 0|"),
      bytes("v8/1 0|"),
      bytes("string/1 1:", 0xff),
      bytes("json/1 3:", '"', 0xc3, '"'),
      bytes("generic/1 4:=", '"', 0xed, 0xa0, 0x80, '"'),
      bytes("json/1 2|{}"),
      "msgpack/1 1:\u0001",
    ];
    for (const data of others) {
      expect(open(codec, data)).toBe(MISS);
      if (typeof data === "string") expect(open(codec, Buffer.from(data))).toBe(MISS);
    }
  });
});

describe("a valid header around an invalid JSON form is a miss", () => {
  const texts = [
    ...[
      "~constructor:",
      "~__proto__:",
      "~toString:x",
      "~Function:alert(1)",
      "~Error:x",
      "~",
      "~:",
      "~Promise:",
    ],
    ...[
      "~undefined:x",
      "~number:1",
      "~number:constructor",
      "~bigint:",
      "~bigint:0x10",
      "~bigint: 1",
      "~bigint:1n",
    ],
    ...[
      "~bigint:-0",
      "~bigint:01",
      "~Date:x",
      "~Date:1.5",
      "~Date:Infinity",
      "~URL:nowhere",
      "~URL:HTTP://A",
    ],
    ...[
      "~Buffer:a",
      "~Buffer:a===",
      "~Buffer:!!!!",
      "~Float64Array:AAAA",
      "~Uint8Array",
      "~Map:",
      "~string:{}",
    ],
  ];
  const lists = [
    ["~constructor"],
    ["~__proto__", {}],
    ["~Map", 1],
    ["~Object", "a"],
    ["~Object", 1, 2],
    ["~Array"],
    ["~Array", -1],
    ["~Array", 1.5],
    ["~Array", 4294967296],
    ["~Array", 1, 1, "x"],
    ["~Array", 1, "0", "x"],
    ["~Array", 1, "length", 5],
    ["~Array", "3"],
    ["~null"],
    ["~null", []],
    ["~null", ["~Map"]],
    ["~null", "~Date:0"],
    ["~RegExp", "("],
    ["~RegExp", "a", "q", 0],
    ["~RegExp", "a", "", "0"],
    ["~Date", 0],
  ];
  test.each([...texts, ...lists])("%j", (jsonForm) => {
    for (const each of [jsonForm, [jsonForm], { a: jsonForm }, ["~Map", 1, jsonForm], ["~Set", jsonForm]]) {
      expect(open(generic, withHeader(generic, `~${JSON.stringify(each)}`))).toBe(MISS);
      expect(open(msgpack, withHeader(msgpack, pack(each)))).toBe(MISS);
      expect(open(v8, withHeader(v8, v8Module.serialize(each)))).toBe(MISS);
    }
  });

  test("an object that only the packer can make", () => {
    const packedValues = [
      new Error("x"),
      new Map(),
      new Set(),
      new Date(),
      /x/,
      1n,
      undefined,
      [undefined],
      [, 1],
    ];
    for (const packedValue of packedValues) {
      expect(open(v8, withHeader(v8, v8Module.serialize(packedValue)))).toBe(MISS);
      expect(open(v8, withHeader(v8, v8Module.serialize([packedValue])))).toBe(MISS);
    }
    const buffers = [
      Buffer.of(1),
      new Uint8Array([1]),
      new Float64Array(1),
      ["~Buffer", new Float64Array(1)],
    ];
    for (const packedValue of buffers)
      expect(open(v8, withHeader(v8, v8Module.serialize(packedValue)))).toBe(MISS);
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(open(v8, withHeader(v8, v8Module.serialize(cycle)))).toBe(MISS);
  });
});

describe("decoding changes no prototype", () => {
  const attacks = [
    '={"__proto__":{"hit":1}}',
    '~{"__proto__":{"hit":1},"a":"~Date:0"}',
    '~{"__proto__":["~Map","hit",1]}',
    '~["~Object","__proto__",{"hit":1}]',
    '~["~null",{"__proto__":{"hit":1}}]',
    '={"constructor":{"prototype":{"hit":1}}}',
    '~{"constructor":{"prototype":{"hit":"~bigint:1"}},"toString":"~undefined:"}',
    '={"__proto__":1,"__proto__":{"hit":1},"__proto__":{"hit":2}}',
  ];
  test.each(attacks)("%s", (payload) => {
    const value = open(generic, withHeader(generic, payload)) as object;
    expect(({} as { hit?: unknown }).hit).toBeUndefined();
    expect([null, Object.prototype]).toContain(Object.getPrototypeOf(value));
    expect((value as { hit?: unknown }).hit).toBeUndefined();
  });

  test("nor with a packer", () => {
    // { "__proto__": { "hit": 1 } } by hand, because packers do not write it.
    const data = bytes(0x81, 0xa9, "__proto__", 0x81, 0xa3, "hit", 1);
    const value = open(msgpack, withHeader(msgpack, data));
    expect((value as { hit?: unknown }).hit).toBeUndefined();
    const own = JSON.parse('{"__proto__":{"hit":1}}') as object;
    expect(open(v8, withHeader(v8, v8Module.serialize(own)))).toBe(MISS);
  });

  test("of two properties with one name the last one is used, like in JSON", () => {
    expect(open(generic, withHeader(generic, '={"a":1,"a":2}'))).toEqual({ a: 2 });
  });
});

describe("decoding costs no more than the length of the entry", () => {
  test("a declared length without data", () => {
    const array = open(generic, withHeader(generic, '~["~Array",4294967295]')) as unknown[];
    expect(array.length).toBe(4294967295);
    expect(Object.keys(array)).toEqual([]);
    const long = [
      bytes(0xdd, 0xff, 0xff, 0xff, 0xff, 1),
      bytes(0xdf, 0xff, 0xff, 0xff, 0xff, 1),
      bytes(0xdb, 0xff, 0xff, 0xff, 0xff, "a"),
      bytes(0xc6, 0xff, 0xff, 0xff, 0xff, "a"),
      bytes(0xc9, 0xff, 0xff, 0xff, 0xff, 1, "a"),
    ];
    for (const data of long) expect(open(msgpack, withHeader(msgpack, data))).toBe(MISS);
    const sparse: unknown[] = [];
    sparse.length = 4294967295;
    expect(open(v8, withHeader(v8, v8Module.serialize(sparse)))).toBe(MISS);
    expect(open(v8, withHeader(v8, bytes(0xff, 0x0f, "A", 0xff, 0xff, 0xff, 0xff, 0x0f)))).toBe(MISS);
  });

  test("declared lengths of lists in lists", () => {
    for (const list of [
      bytes("a", 0xff, 0xff, 0xff, 0x0f),
      bytes("A", 0xff, 0xff, 0xff, 0x0f),
      bytes("a", 100),
      bytes("A", 100),
      bytes("o", '"', 1, "a", "a", 0xff, 0xff, 0xff, 0x0f),
    ]) {
      const data = Buffer.concat([bytes(0xff, 0x0f), ...Array<Buffer>(40).fill(list)]);
      expect(open(v8, withHeader(v8, data))).toBe(MISS);
    }
    for (const list of [bytes(0xdd, 1, 0, 0, 0), bytes(0xdf, 1, 0, 0, 0, 0xa1, "a")])
      expect(open(msgpack, withHeader(msgpack, Buffer.concat(Array<Buffer>(200).fill(list))))).toBe(MISS);
  });

  test("an object that contains itself many times", () => {
    let tree: unknown = 1;
    for (let i = 0; i < 60; i++) tree = [tree, tree];
    expect(open(v8, withHeader(v8, v8Module.serialize(tree)))).toBe(MISS);
  });

  test("unlimited nesting", () => {
    for (const open1 of ["[", '{"a":', '["~Set",', '["~Map",1,']) {
      const close = open1.startsWith("{") ? "}" : "]";
      const text = `~${open1.repeat(100_000)}1${close.repeat(100_000)}`;
      expect(open(generic, withHeader(generic, text))).toBe(MISS);
    }
    expect(open(msgpack, withHeader(msgpack, Buffer.alloc(1_000_000, 0x91)))).toBe(MISS);
    expect(open(v8, withHeader(v8, bytes(0xff, 0x0f, "A\x01".repeat(100_000))))).toBe(MISS);
    expect(open(generic, seal(generic, nested(1000)))).toEqual(nested(1000));
  });

  test("records, for which a packer would evaluate code", () => {
    const record = bytes(0xd4, 0x72, 0x40, 0x91, 0xa1, "a", 1);
    const many = Buffer.concat([bytes(0x95), record, bytes(0x40, 1, 0x40, 1, 0x40, 1, 0x40, 1)]);
    expect(open(msgpack, withHeader(msgpack, record))).toBe(MISS);
    expect(open(msgpack, withHeader(msgpack, many))).toBe(MISS);
    // The next one is decoded normally.
    expect(open(msgpack, seal(msgpack, [{ a: 1 }]))).toEqual([{ a: 1 }]);
  });
});

test("randomly changed bytes are a miss, the value, or another harmless value", () => {
  const seen = { miss: 0, same: 0, other: 0 };
  const change = fc.tuple(fc.nat(), fc.nat(255));
  const property = fc.property(
    recipes,
    fc.constantFrom(generic, msgpack, v8),
    fc.array(change, { minLength: 1, maxLength: 4 }),
    (recipe, codec, changes) => {
      const value = build(recipe);
      const data = new Uint8Array(Buffer.from(seal(codec, value)));
      for (const [at, byte] of changes) data[at % data.length] = byte;
      const back = open(codec, data);
      if (back === MISS) seen.miss++;
      else seen[keyOf(back) === keyOf(value) || isDeepStrictEqual(back, value) ? "same" : "other"]++;
      expect(keyOf(back) ?? back).not.toBeUndefined();
    },
  );
  fc.assert(property, { numRuns: 10_000, seed: 7 });
  expect(seen.miss).toBeGreaterThan(seen.other);
  expect(Object.keys({}.constructor.prototype)).toEqual([]);
});
