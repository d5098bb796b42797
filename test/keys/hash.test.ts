/**
 * The hash by which memory finds keys with objects: that it is the published function, and a good one. Which values share
 * it is tested by all suites of this folder, whose `encode` compares the hash of each value with its text.
 */
import { describe, expect, it, test, vi } from "vitest";
import { halfSipHash } from "../support/half-sip-hash.ts";
import { hashWithSecret, wordsOf } from "../support/hash-words.ts";

const SECRET = [0x01234567, 0x89abcdef, 0x76543210, 0xfedcba98] as const;
const hashSlots = await hashWithSecret(SECRET);
const hash = (value: unknown) => wordsOf(hashSlots([value], false));

describe("HalfSipHash", () => {
  // From `vectors.h` of its authors: the key is 00 01 … 07, the message 00 01 02 ….
  it.each([
    [0, "218d1f59b9b83cc8"],
    [1, "be552412f8387315"],
    [2, "064f39ef7c50eb57"],
    [3, "ce0f1a45f7060679"],
    [4, "d5e78a175be52ea1"],
    [7, "ff202728b07bc684"],
    [8, "edfee820bce4858c"],
    [63, "2ea63c71bf326087"],
  ])("of the tests, for %i bytes, is the published one", (length, expected) => {
    const message = Uint8Array.from({ length }, (_, index) => index);
    const words = halfSipHash(message, [0x03020100, 0x07060504], { c: 2, d: 4 });
    expect(Buffer.from(Uint32Array.from(words).buffer).toString("hex")).toBe(expected);
  });

  /** The bytes of units, each a double or the two words of what is not a number. */
  const bytesOf = (units: readonly (number | readonly [high: number, low: number])[]): Uint8Array => {
    const view = new DataView(new ArrayBuffer(8 * units.length));
    for (const [index, unit] of units.entries()) {
      if (typeof unit === "number") view.setFloat64(8 * index, unit, true);
      else {
        view.setUint32(8 * index, unit[1], true);
        view.setUint32(8 * index + 4, unit[0], true);
      }
    }
    return new Uint8Array(view.buffer);
  };
  const list = (items: readonly number[]) => bytesOf([[0xfff50000, items.length], ...items]);

  it.each([
    { what: "an empty list", value: [], bytes: list([]) },
    { what: "two numbers", value: [1.5, -0], bytes: list([1.5, -0]) },
    {
      what: "a list in a list, and what is no number",
      value: [[], NaN, true, null],
      bytes: bytesOf([
        [0xfff50000, 4],
        [0xfff50000, 0],
        [0xfff10000, 0],
        [0xfff20000, 1],
        [0xfff20000, 2],
      ]),
    },
    {
      what: "a text of five characters",
      value: ["abcd\u1234"],
      bytes: bytesOf([
        [0xfff50000, 1],
        [0xfff30001, 5],
        [0x00640063, 0x00620061],
        [0, 0x1234],
      ]),
    },
    {
      what: "a text of nine characters that are bytes",
      value: ["abcdefgh\xff"],
      bytes: bytesOf([
        [0xfff50000, 1],
        [0xfff30000, 9],
        [0x68676665, 0x64636261],
        [0, 0xff],
      ]),
    },
    {
      what: "many texts",
      value: Array.from({ length: 2000 }, () => "a"),
      bytes: bytesOf([
        [0xfff50000, 2000],
        ...Array.from(
          { length: 2000 },
          () =>
            [
              [0xfff30000, 1],
              [0, 0x61],
            ] as const,
        ).flat(),
      ]),
    },
    ...[2046, 2047, 2048, 2049, 5000].map((length) => {
      const value = Array.from({ length }, (_, index) => index / 8);
      return { what: `${length} numbers`, value, bytes: list(value) };
    }),
  ])("is applied twice, with the halves of the secret, to $what", ({ value, bytes }) => {
    const [one, other] = [0, 2].map((at) =>
      halfSipHash(bytes, [SECRET[at]!, SECRET[at + 1]!], { c: 1, d: 3 }),
    );
    expect(hash(value)).toEqual([one![0], other![0], one![1], other![1]]);
  });
});

describe("one bit that differs", () => {
  const view = new DataView(new ArrayBuffer(8));
  /** The number with each of its 64 bits flipped, except if that is NaN, of which there is one only. */
  const nearNumbers = (value: number): number[] =>
    Array.from({ length: 64 }, (_, bit) => {
      view.setFloat64(0, value);
      view.setUint8(bit >> 3, view.getUint8(bit >> 3) ^ (1 << (bit & 7)));
      return view.getFloat64(0);
    }).filter((near) => !Number.isNaN(near));
  const nearTexts = (text: string): string[] =>
    Array.from({ length: 16 * text.length }, (_, bit) => {
      const codes = Array.from(text, (_, index) => text.charCodeAt(index));
      codes[bit >> 4]! ^= 1 << (bit & 15);
      return String.fromCharCode(...codes);
    });

  it.each<[what: string, make: (part: never) => unknown, part: unknown]>([
    ["the only number", (part) => [part], 1],
    ["the first of many numbers", (part) => [part, ...new Array<number>(100).fill(0)], 0],
    ["the last of many numbers", (part) => [...new Array<number>(100).fill(1), part], 0.1],
    ["a number in a record", (part) => ({ id: 7, at: { x: part, y: 2 } }), -3.25],
    ["a text in a record", (part) => ({ name: part, tags: ["a", "b"] }), "Ada Lovelace"],
    ["a text before another", (part) => [part, "after", 1], "before"],
  ])("in %s changes each bit of the hash half the time", (_, make, part) => {
    const near = typeof part === "number" ? nearNumbers(part) : nearTexts(part as string);
    const before = hash(make(part as never));
    const flips = new Array<number>(128).fill(0);
    for (const each of near) {
      for (const [word, after] of hash(make(each as never)).entries())
        for (let bit = 0; bit < 32; bit++) flips[32 * word + bit]! += ((before[word]! ^ after) >>> bit) & 1;
    }
    const shares = flips.map((count) => count / near.length);
    const mean = shares.reduce((sum, share) => sum + share) / shares.length;
    expect(mean).toBeGreaterThan(0.47);
    expect(mean).toBeLessThan(0.53);
    // With 60 changes or more, a share has a standard deviation of 0.065 at most.
    expect(Math.min(...shares)).toBeGreaterThan(0.2);
    expect(Math.max(...shares)).toBeLessThan(0.8);
  });
});

/** The slots of calls that differ little. No two numbers give equal slots, also not of two rows. */
const FAMILIES: readonly ((index: number) => readonly unknown[])[] = [
  // Small integers in all orders.
  (index) => [Array.from(index.toString(3), Number)],
  // Lists of lists, and records of records.
  (index) => [
    Array.from(index.toString(2)).reduce<unknown>((inner, bit) => (bit === "1" ? [inner] : [inner, ""]), ""),
  ],
  (index) => [
    Array.from(index.toString(2)).reduce<object>(
      (inner, bit) => (bit === "1" ? { inner } : { inner, a: 0 }),
      {},
    ),
  ],
  // Records with the same names.
  (index) => [{ x: index & 7, y: (index >> 3) & 7, z: index >> 6 }],
  (index) => {
    const [b, c] = [index & 255, index >> 8];
    return [b & 1 ? { a: { b }, c } : { a: { b, c } }];
  },
  // One character differs.
  (index) => [[index.toString(36).padStart(10, "0")]],
  (index) => [{ [index.toString(4).padStart(14, "a")]: 0 }],
  // One bit of a number differs: the last ones of a fraction, or of a number that is almost 0.
  (index) => [["bit", (index & 1 ? 1 : 0) + (index >> 1) * (index & 1 ? Number.EPSILON : Number.MIN_VALUE)]],
  // Points of a grid.
  (index) => [[[index & 4095, index >> 12]]],
  (index) => [{ points: [{ x: (index & 4095) / 10, y: (index >> 12) / 10 }] }],
  // Two arguments.
  (index) => [index & 63, [index >> 6]],
  (index) => [[index & 63], { id: index >> 6 }],
];

/** `KEY_RUNS=100000000 npx vitest run keys/hash` tries more, which takes 16 bytes of memory for each. */
const RUNS = Number(process.env["KEY_RUNS"] ?? 300_000);

test(`no two of ${RUNS} calls that differ little share a half of the hash`, () => {
  const halves = [new BigUint64Array(RUNS), new BigUint64Array(RUNS)];
  const [one, other] = halves.map(({ buffer }) => new Uint32Array(buffer)) as [Uint32Array, Uint32Array];
  for (let run = 0; run < RUNS; run++) {
    const slots = FAMILIES[run % FAMILIES.length]!(Math.floor(run / FAMILIES.length));
    const words = wordsOf(hashSlots(slots, false));
    [one[2 * run], other[2 * run], one[2 * run + 1], other[2 * run + 1]] = words;
  }
  for (const half of halves) half.sort();
  let collisions = 0;
  for (const words of [one, other])
    for (let at = 2; at < words.length; at += 2)
      if (words[at] === words[at - 2] && words[at + 1] === words[at - 1]) collisions++;
  // Of 10 ** 8 calls, two share 64 bits with a probability of 0.0003.
  expect(collisions).toBe(0);
}, 86_400_000);

test("zeros in a long text are not those that fill up a buffer in front of a character that does not fit", () => {
  // One text has the zeros where the other is cut, two bytes before the end of a buffer of 16 kB.
  for (let first = 16_340; first < 16_370; first++)
    for (let second = 16_365; second < 16_385; second++) {
      const [a, b] = ["a".repeat(first), "a".repeat(second)];
      expect(hashSlots([`${a}€${b}\0\0€`], false)).not.toBe(hashSlots([`${a}\0\0€${b}€`], false));
    }
});

test("a long text is read once in a tick, however many calls it is an argument of", async () => {
  const text = "é".repeat(5000);
  const encode = vi.spyOn(TextEncoder.prototype, "encodeInto");
  const hashes = new Set(Array.from({ length: 100 }, (_, at) => hashSlots([text, at], false)));
  expect([hashes.size, hashes.has(hashSlots([text, 7], false)), encode.mock.calls.length]).toEqual([
    100,
    true,
    1,
  ]);
  await new Promise((resolve) => process.nextTick(resolve));
  expect(hashes).toContain(hashSlots([text, 1], false));
  expect(encode.mock.calls.length).toBe(2);
  encode.mockRestore();
});
