import { describe, expect, test } from "vitest";
import { CacheError } from "../../runtime/contract/errors.ts";
import { MISS, open, seal, type Codec } from "../../runtime/codec/codec.ts";
import { thrown } from "../support/caught.ts";

const own = (changes: Partial<Codec>): Codec => ({
  name: "mine",
  encode: (value) => String(value),
  decode: (data) => data,
  ...changes,
});

describe("a custom serializer", () => {
  test("reads the text that it wrote, whatever the store made of it", () => {
    const sealed = seal(own({}), "é \u{1f600}");
    expect(sealed).toBe('"mine" 4:é \u{1f600}');
    expect(open(own({}), sealed)).toBe("é \u{1f600}");
    expect(open(own({}), Buffer.from(sealed))).toBe("é \u{1f600}");
  });

  test("reads the bytes that it wrote, as separate bytes", () => {
    for (const bytes of [new Uint8Array([0, 255, 10]), Buffer.from([0, 255, 10]), new Uint8Array()]) {
      const codec = own({ encode: () => bytes, decode: (data) => new Uint8Array(data as Uint8Array) });
      const sealed = seal(codec, new Uint8Array(bytes)) as Uint8Array;
      const back = open(codec, sealed) as Uint8Array;
      expect([...back]).toEqual([...bytes]);
      expect(back.buffer).not.toBe(sealed.buffer);
    }
  });

  test("may decode to any value, including undefined", () => {
    const codec = own({ decode: () => undefined });
    expect(open(codec, seal(codec, undefined))).toBeUndefined();
  });

  test("may have any name, and is never confused with a built-in one", () => {
    for (const name of ["json", "", "a b", 'q"', "é\ud800", "json/1 2:"]) {
      const sealed = seal(own({ name }), "{}");
      expect(open(own({ name }), Buffer.from(sealed))).toBe("{}");
      expect(open(own({ name: `${name}x` }), sealed)).toBe(MISS);
    }
  });

  test("rejects a value by throwing", () => {
    const cause = new Error("too big");
    const encode = (): never => {
      throw cause;
    };
    const error = thrown(() => seal(own({ encode }), 1)) as CacheError;
    expect(error).toMatchObject({ code: "unstorable", cause });
    expect(error.message).toContain("too big");
  });

  test.each<[what: string, give: () => unknown, says: string]>([
    ["a promise", () => Promise.resolve("x"), "a promise"],
    ["a promise that rejects", () => Promise.reject(new Error("x")), "a promise"],
    ["nothing", () => undefined, "neither text nor bytes (undefined)"],
    ["an object", () => ({}), "neither text nor bytes (object)"],
    ["half a surrogate pair", () => "a\udc00", "surrogate"],
  ])("cannot encode to %s", (_, give, says) => {
    const error = thrown(() => seal(own({ encode: give as () => string }), 1)) as CacheError;
    expect(error).toMatchObject({ code: "unstorable" });
    expect(error.message).toContain(says);
  });

  test.each<[what: string, value: unknown, codec: Partial<Codec>]>([
    [
      "another value",
      new Date(0),
      { encode: (value) => JSON.stringify(value), decode: (data) => JSON.parse(data as string) as unknown },
    ],
    [
      "an object without its prototype",
      new (class Point {
        x = 1;
      })(),
      { encode: (value) => JSON.stringify(value), decode: (data) => JSON.parse(data as string) as unknown },
    ],
    ["a promise", "x", { decode: (data) => Promise.resolve(data) }],
    [
      "nothing, because it throws",
      "x",
      {
        decode: () => {
          throw new Error("no");
        },
      },
    ],
  ])("stores no value of which it reads %s", (_, value, changes) => {
    const error = thrown(() => seal(own(changes), value)) as CacheError;
    expect(error).toMatchObject({ code: "unstorable" });
    expect(error.message).toContain('"mine" reads another value than it wrote');
  });

  test("may store instances of classes", () => {
    class Point {
      readonly x: number;
      constructor(x: number) {
        this.x = x;
      }
    }
    const codec = own({
      encode: (value) => String((value as Point).x),
      decode: (data) => new Point(Number(data)),
    });
    expect(open(codec, seal(codec, new Point(2)))).toEqual(new Point(2));
  });

  test("reports a miss by throwing", () => {
    const decode = (): never => {
      throw new Error("no");
    };
    expect(open(own({ decode }), seal(own({}), "1"))).toBe(MISS);
  });

  test("reports a miss by returning a promise, also one that rejects", async () => {
    for (const decode of [() => Promise.resolve(1), () => Promise.reject(new Error("x"))]) {
      expect(open(own({ decode }), seal(own({}), "1"))).toBe(MISS);
    }
    // An unhandled rejection would fail the test run.
    await new Promise((resolve) => setImmediate(resolve));
  });
});
