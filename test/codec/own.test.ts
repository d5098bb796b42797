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
      const codec = own({ encode: () => bytes });
      const sealed = seal(codec, 1) as Uint8Array;
      const back = open(codec, sealed) as Uint8Array;
      expect([...back]).toEqual([...bytes]);
      expect(back.buffer).not.toBe(sealed.buffer);
    }
  });

  test("may decode to any value, including undefined", () => {
    const codec = own({ decode: () => undefined });
    expect(open(codec, seal(codec, 1))).toBeUndefined();
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

  test("reports a miss by throwing", () => {
    const decode = (): never => {
      throw new Error("no");
    };
    expect(open(own({ decode }), seal(own({}), 1))).toBe(MISS);
  });

  test("reports a miss by returning a promise, also one that rejects", async () => {
    for (const decode of [() => Promise.resolve(1), () => Promise.reject(new Error("x"))]) {
      expect(open(own({ decode }), seal(own({}), 1))).toBe(MISS);
    }
    // An unhandled rejection would fail the test run.
    await new Promise((resolve) => setImmediate(resolve));
  });
});
