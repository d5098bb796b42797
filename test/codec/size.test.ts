import { describe, expect, test } from "vitest";
import { codecNamed, open, seal, type Codec } from "../../runtime/codec/codec.ts";

const codecs = await Promise.all(["generic", "msgpack", "v8"].map(async (name) => codecNamed(name)));

describe("values of 50 MB are stored and restored", () => {
  const values: [what: string, make: () => unknown, check: (back: unknown) => unknown][] = [
    ["a text", () => "x".repeat(50_000_000), (back) => (back as string).length],
    ["bytes", () => new Uint8Array(50_000_000).fill(7), (back) => (back as Uint8Array).at(-1)],
    [
      "a list",
      () => Array.from({ length: 1_000_000 }, (_, i) => (i % 1000 ? i : new Date(i))),
      (back) => String((back as unknown[])[999_000]),
    ],
    [
      "a map",
      () => new Map(Array.from({ length: 200_000 }, (_, i) => [i, i])),
      (back) => (back as Map<number, number>).get(199_999),
    ],
  ];

  test.each(values)("%s", (_, make, check) => {
    const value = make();
    for (const codec of codecs as Codec[]) {
      expect(check(open(codec, seal(codec, value)))).toEqual(check(value));
    }
  });
});

test("an array of a billion holes takes a few bytes", () => {
  const array: unknown[] = [];
  array[999_999_999] = 1;
  for (const codec of codecs) {
    const data = seal(codec, array);
    expect(data.length).toBeLessThan(60);
    expect(Object.entries(open(codec, data) as unknown[])).toEqual([["999999999", 1]]);
  }
});
