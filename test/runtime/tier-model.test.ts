import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { encodeArguments } from "../../runtime/key/index.ts";
import { extensions } from "../../runtime/memory/extensions.ts";
import { enableLargeMemory } from "../../runtime/memory/large.ts";
import { Tier } from "../../runtime/memory/tier.ts";
import { keyPlaceOf, keyPlaceOfText, slotsOf, type KeyPlace } from "../../runtime/memory/trie.ts";

// Values that a Map, `===` or a text could confuse. Many keys share their first slots.
const SLOTS = [0, -0, NaN, undefined, null, "", "0", "NaN", 0n, 1, "1", 1.5, true, "true"];

const stepOf = (depth: number) =>
  fc.record({
    op: fc.constantFrom(
      "keep",
      "keep",
      "keep",
      "keep",
      "ask",
      "ask",
      "drop",
      "expire",
      "evict",
      "wait",
      "clear",
    ),
    slots: fc.array(fc.constantFrom<unknown>(...SLOTS), { minLength: depth, maxLength: depth }),
    text: fc.nat(9).map((nat) => nat === 0),
    ttl: fc.constantFrom(1, 3, 10, Infinity),
    rare: fc.nat(30),
  });

type Step = ReturnType<typeof stepOf> extends fc.Arbitrary<infer T> ? T : never;

const textOf = (slots: readonly unknown[]): string =>
  encodeArguments(
    slots.map((_, index) => ({ name: String(index) })),
    slots,
  ) as string;

/** The label of a key in the model. */
function labelOf(place: KeyPlace, depth: number): string {
  const slots = slotsOf(place, depth);
  return typeof slots === "string" ? `text ${slots}` : `slots ${textOf(slots!)}`;
}

function find(tier: Tier, depth: number, slots: readonly unknown[]): number {
  if (depth === 1) return tier.get1(slots[0]);
  if (depth === 2) return tier.get2(slots[0], slots[1]);
  return depth === 3 ? tier.get3(slots[0], slots[1], slots[2]) : tier.get(slots);
}

describe.each([
  ["", enableLargeMemory],
  [", in a bundle for browsers", () => void delete extensions.policyFor],
])("a tier equals a Map with the same keys, except for reported evictions%s", (_, prepare) => {
  beforeAll(prepare);

  const depths = [1, 2, 3, 4];
  const rooms = [1, 2, 7, 40];
  it.each(depths.flatMap((depth) => rooms.map((max) => [depth, max] as const)))(
    "with %i slots and a max of %i",
    (depth, max) => {
      const check = (steps: readonly Step[]): void => {
        const tier = new Tier(depth, max);
        const model = new Map<string, { value: unknown; expires: number }>();
        let now = 0;
        const lost = (place: KeyPlace): void => {
          // Nothing is evicted twice, and nothing that was not stored.
          expect(model.delete(labelOf(place, depth))).toBe(true);
        };
        tier.onEvict = lost;
        for (const { op, slots, text, ttl, rare } of steps) {
          const place = text ? keyPlaceOfText(textOf(slots)) : keyPlaceOf(slots);
          const label = labelOf(place, depth);
          const entry = tier.find(place);
          if (op === "keep") {
            const value = { label };
            const full = model.size >= max && !model.has(label);
            tier.store(place, { value, expires: now + ttl, promised: rare % 2 === 0 }, now);
            if (full) expect(model.size).toBe(max - 1);
            model.set(label, { value, expires: now + ttl });
            expect(tier.promised[tier.find(place)]).toBe(rare % 2 === 0 ? 1 : 0);
          } else if (op === "ask" && entry >= 0) tier.serve(entry);
          else if (op === "drop" && entry >= 0) {
            tier.drop(entry);
            model.delete(label);
          } else if (op === "expire" && entry >= 0) {
            tier.expire(entry, now + ttl);
            model.get(label)!.expires = now + ttl;
          } else if (op === "evict" && rare < 5) {
            const dead = [...model.values()].some(({ expires }) => expires <= now);
            const gone = tier.evict(now);
            expect(gone === undefined).toBe(model.size === 0);
            // Few enough that all of them are checked.
            if (dead && max <= 7) expect(model.get(labelOf(gone!, depth))!.expires).toBeLessThanOrEqual(now);
            if (gone) lost(gone);
          } else if (op === "wait") now += 1;
          else if (op === "clear" && rare === 0) {
            tier.clear();
            model.clear();
          }
          expect(tier.size).toBe(model.size);
          const kept = model.get(label);
          const at = tier.find(place);
          expect(at >= 0).toBe(kept !== undefined);
          if (!text) expect(find(tier, depth, slots)).toBe(at);
          if (!kept) continue;
          expect(tier.values[at]).toBe(kept.value);
          expect(tier.expires[at]).toBe(kept.expires);
          expect(labelOf(tier.placeAt(at), depth)).toBe(label);
        }
      };
      fc.assert(fc.property(fc.array(stepOf(depth), { maxLength: 200, size: "max" }), check), {
        numRuns: 25,
      });
    },
  );
});
