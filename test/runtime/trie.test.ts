import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { extensions } from "../../runtime/memory/extensions.ts";
import { enableLargeMemory } from "../../runtime/memory/large.ts";
import { encodeArguments } from "../../runtime/key/index.ts";
import { keyPlaceOf, keyPlaceOfText, slotsOf, Trie } from "../../runtime/memory/trie.ts";

// Values that a Map, `===` or a text could confuse.
const SLOTS = [
  0,
  -0,
  NaN,
  undefined,
  null,
  "",
  "0",
  "NaN",
  "undefined",
  0n,
  1n,
  1,
  "1",
  true,
  false,
  "a",
  "á",
];

const slot = fc.constantFrom<unknown>(...SLOTS);
const step = (depth: number) =>
  fc.record({
    op: fc.constantFrom("put", "put", "find", "remove"),
    slots: fc.array(slot, { minLength: depth, maxLength: depth }),
    text: fc.boolean(),
  });

const nameOf = (slots: readonly unknown[]): string =>
  encodeArguments(
    slots.map((_, index) => ({ name: String(index) })),
    slots,
  ) as string;

describe("a trie equals a Map from the text of a key", () => {
  it.each([1, 2, 3, 4, 5])("at a depth of %i", (depth) => {
    fc.assert(
      fc.property(fc.array(step(depth), { maxLength: 120 }), (steps) => {
        const trie = new Trie(depth);
        const map = new Map<string, number>();
        const places = new Map<number, readonly unknown[] | string>();
        let next = 0;
        for (const { op, slots, text } of steps) {
          const label = `${text ? "text" : "slots"} ${nameOf(slots)}`;
          const place = text ? keyPlaceOfText(nameOf(slots)) : keyPlaceOf(slots);
          const there = map.get(label) ?? -1;
          expect(trie.find(place)).toBe(there);
          if (op === "put" && there < 0) {
            trie.put(place, next);
            places.set(next, text ? nameOf(slots) : slots);
            map.set(label, next++);
          } else if (op === "remove" && there >= 0) {
            trie.remove(there);
            map.delete(label);
          }
          expect(trie.find(place)).toBe(map.get(label) ?? -1);
          if (!text) expect(shortcut(trie, slots)).toBe(map.get(label) ?? -1);
          expect(trie.size).toBe(map.size);
        }
        for (const thing of map.values()) {
          expect(slotsOf(trie.placeAt(thing), depth)).toStrictEqual(places.get(thing));
          expect(trie.find(trie.placeAt(thing))).toBe(thing);
        }
        const left = [...map.values()].map((thing) => trie.placeAt(thing));
        trie.clear();
        expect(trie.size).toBe(0);
        for (const place of left) expect(trie.find(place)).toBe(-1);
      }),
      { numRuns: 150 },
    );
  });
});

describe.each([
  ["split", enableLargeMemory],
  ["left as it is, as in a bundle for browsers", () => void delete extensions.split],
])("a trie of many keys, %s", (_, prepare) => {
  beforeAll(prepare);

  const keys: readonly unknown[] = [
    ...SLOTS,
    ...Array.from({ length: 20_000 }, (_, n) => n + 2),
    ...Array.from({ length: 20_000 }, (_, n) => `key ${n}`),
    ...Array.from({ length: 100 }, (_, n) => n / 128 - 0.99),
  ];

  it.each([1, 2])("finds all of them, and nothing else, with %i slots", (depth) => {
    const trie = new Trie(depth);
    const slots = (key: unknown): unknown[] => (depth === 1 ? [key] : [key, "second"]);
    for (const [thing, key] of keys.entries()) trie.put(keyPlaceOf(slots(key)), thing);
    expect(trie.size).toBe(keys.length);
    expect(keys.map((key) => shortcut(trie, slots(key)))).toEqual([...keys.keys()]);
    for (const thing of keys.keys()) if (thing % 2 === 0) trie.remove(thing);
    expect(keys.every((key, thing) => shortcut(trie, slots(key)) === (thing % 2 === 0 ? -1 : thing))).toBe(
      true,
    );
    trie.clear();
    expect(keys.every((key) => trie.find(keyPlaceOf(slots(key))) === -1)).toBe(true);
  });
});

/** The lookup that a compiled function with this many slots uses. */
function shortcut(trie: Trie, slots: readonly unknown[]): number {
  if (slots.length === 1) return trie.get1(slots[0]);
  if (slots.length === 2) return trie.get2(slots[0], slots[1]);
  if (slots.length === 3) return trie.get3(slots[0], slots[1], slots[2]);
  return trie.get(slots);
}

describe("a place returns the slots that it was made of", () => {
  it.each([1, 2, 3, 4])("with %i slots", (depth) => {
    fc.assert(
      fc.property(fc.array(slot, { minLength: depth, maxLength: depth }), (slots) => {
        expect(slotsOf(keyPlaceOf(slots), depth)).toStrictEqual(slots);
      }),
      { numRuns: 100 },
    );
  });

  it("or a text if it is found by text", () => {
    expect(slotsOf(keyPlaceOfText("{a:1}"), 2)).toBe("{a:1}");
  });
});
