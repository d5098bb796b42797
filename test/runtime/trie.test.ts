import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeArguments } from "../../runtime/key.ts";
import { Place, placeOf, placeOfText, slotsOf, Trie } from "../../runtime/trie.ts";

class Thing extends Place {
  constructor(
    place: Place,
    // What it was put under, as the plain Map of the test names it.
    label: string,
  ) {
    super(place.a, place.b, place.more);
    this.label = label;
  }
  readonly label: string;
}

// Values that a Map, `===` or a text could take for one another.
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

describe("a trie answers like a Map from the text of a key", () => {
  it.each([1, 2, 3, 4, 5])("at a depth of %i", (depth) => {
    fc.assert(
      fc.property(fc.array(step(depth), { maxLength: 120 }), (steps) => {
        const trie = new Trie<Thing>(depth);
        const map = new Map<string, Thing>();
        for (const { op, slots, text } of steps) {
          const label = `${text ? "text" : "slots"} ${nameOf(slots)}`;
          const place = text ? placeOfText(nameOf(slots)) : placeOf(slots);
          if (op === "put") {
            const thing = new Thing(place, label);
            expect(trie.put(thing)).toBe(map.get(label));
            map.set(label, thing);
          } else if (op === "remove") {
            expect(trie.remove(place)).toBe(map.get(label));
            map.delete(label);
          }
          expect(trie.find(place)).toBe(map.get(label));
          if (!text) expect(shortcut(trie, slots)).toBe(map.get(label));
          expect(trie.size).toBe(map.size);
        }
        for (const thing of map.values()) expect(trie.find(thing)).toBe(thing);
        trie.clear();
        expect(trie.size).toBe(0);
        for (const thing of map.values()) expect(trie.find(thing)).toBeUndefined();
      }),
      { numRuns: 150 },
    );
  });
});

/** The look-up that a compiled function of so many slots uses. */
function shortcut(trie: Trie<Thing>, slots: readonly unknown[]): Thing | undefined {
  if (slots.length === 1) return trie.get1(slots[0]);
  if (slots.length === 2) return trie.get2(slots[0], slots[1]);
  if (slots.length === 3) return trie.get3(slots[0], slots[1], slots[2]);
  return trie.get(slots);
}

describe("a place gives back what it was made of", () => {
  it.each([1, 2, 3, 4])("with %i slots", (depth) => {
    fc.assert(
      fc.property(fc.array(slot, { minLength: depth, maxLength: depth }), (slots) => {
        expect(slotsOf(placeOf(slots), depth)).toStrictEqual(slots);
      }),
      { numRuns: 100 },
    );
  });

  it("as a text where it is found by text", () => {
    expect(slotsOf(placeOfText("{a:1}"), 2)).toBe("{a:1}");
  });
});
