/** Serializers store instances of configured classes, and give them back equal or not at all. */
import { isDeepStrictEqual } from "node:util";
import { beforeEach, describe, expect, it } from "vitest";
import { configure } from "aotcache";
import { codecNamed, MISS, open, seal } from "../../runtime/codec/codec.ts";
import { ALL, DECIMAL, Decimal, Instant, OtherDecimal, Price } from "../support/foreign-classes.ts";

beforeEach(() => configure({ classes: ALL }));

const value = () => ({
  total: new Decimal("1.50"),
  twin: new OtherDecimal("1.50"),
  prices: [new Price("1", "EUR"), new Price("~2", "constructor")],
  byRate: new Map([[new Decimal("2"), new Set([new Decimal("3")])]]),
});

describe.each(["generic", "msgpack", "v8"])("%s", (name) => {
  it("restores them at any depth", async () => {
    const codec = await codecNamed(name);
    const read = open(codec, seal(codec, value()));
    expect(isDeepStrictEqual(read, value())).toBe(true);
    expect((open(codec, seal(codec, new Instant(7))) as Instant).ms).toBe(7);
  });

  it("stores bytes that a class is encoded as", async () => {
    class Id {
      readonly bytes: Uint8Array;
      constructor(bytes: Uint8Array) {
        this.bytes = bytes;
      }
    }
    configure({
      classes: [
        { class: Id, encode: ({ bytes }: Id) => bytes, decode: (bytes: Uint8Array) => new Id(bytes) },
      ],
    });
    const codec = await codecNamed(name);
    const id = new Id(Uint8Array.of(1, 2, 255));
    expect(isDeepStrictEqual(open(codec, seal(codec, [id])), [id])).toBe(true);
  });

  it.each([
    ["`decode` makes another one", { decode: () => new Decimal("0") }, "and `decode` of its class does not"],
    ["`encode` returns a function", { encode: () => () => 1 }, "and `encode` of its class returns a value"],
    ["`encode` returns it", { encode: (it: Decimal) => it }, "and `encode` of its class returns a value"],
  ])("refuses one if %s, and says where", async (_, wrong, message) => {
    configure({ classes: [{ ...DECIMAL, ...wrong }] });
    const codec = await codecNamed(name);
    expect(() => seal(codec, { rows: [new Decimal("1")] })).toThrow(
      `The value cannot be stored: \`value.rows["0"]\` is an instance of Decimal, ${message}`.replace(
        '["0"]',
        "[0]",
      ),
    );
  });

  it("refuses one of a class that is not configured, and says what to configure", async () => {
    configure({ classes: [] });
    const codec = await codecNamed(name);
    expect(() => seal(codec, { total: new Decimal("1") })).toThrow(
      "`value.total` is an instance of Decimal. Add its class to configure({ classes }), or use plain data.",
    );
  });

  it.each([
    ["is not configured", []],
    ["cannot be read", [{ ...DECIMAL, decode: () => new Error("other") }]],
  ])("an entry with a class that %s is a miss", async (_, classes) => {
    const codec = await codecNamed(name);
    const sealed = seal(codec, new Decimal("1"));
    configure({ classes });
    expect(open(codec, sealed)).toBe(MISS);
  });
});

it.each(["json", "string"])("%s refuses them, like other values that it does not support", async (name) => {
  const codec = await codecNamed(name);
  expect(() => seal(codec, new Decimal("1"))).toThrow(/cannot be stored by the serializer/);
});

it.each(['["~@Decimal"]', '["~@Decimal","1",2]', '["~@constructor","1"]', '"~@Decimal"', '["~@","1"]'])(
  "text that no instance is written as is a miss: %s",
  async (form) => {
    const codec = await codecNamed("generic");
    const text = `~${form}`;
    expect(open(codec, `generic/1 ${text.length}:${text}`)).toBe(MISS);
  },
);
