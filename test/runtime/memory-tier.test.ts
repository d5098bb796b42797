import { beforeAll, describe, expect, it } from "vitest";
import { extensions } from "../../runtime/memory/extensions.ts";
import { enableLargeMemory } from "../../runtime/memory/large.ts";
import { Tier } from "../../runtime/memory/tier.ts";
import { keyPlaceOf } from "../../runtime/memory/trie.ts";

const FOREVER = Infinity;

function keep(tier: Tier, key: unknown, { expires = FOREVER, now = 0 } = {}): void {
  tier.store(keyPlaceOf([key]), { value: key, expires, promised: false }, now);
}

/** Reads a key; true if it is stored. */
function read(tier: Tier, key: unknown): boolean {
  const entry = tier.get1(key);
  return entry >= 0 && tier.serve(entry).value === key;
}

const keysOf = (tier: Tier, keys: readonly unknown[]): unknown[] => keys.filter((key) => tier.get1(key) >= 0);

const drop = (tier: Tier, key: unknown): void => tier.drop(tier.get1(key));

describe.each([
  ["", enableLargeMemory],
  [", in a bundle for browsers", () => void delete extensions.policyFor],
])("memory%s", (_, prepare) => {
  beforeAll(prepare);

  describe("a memory tier stores at most `max` entries", () => {
    it("and reports each eviction", () => {
      const tier = new Tier(1, 3);
      const evicted: unknown[] = [];
      tier.onEvict = ({ a }) => evicted.push(a);
      for (let key = 0; key < 10; key++) keep(tier, key);
      expect(tier.size).toBe(3);
      const left = keysOf(tier, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect([...evicted, ...left].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    it("and evicts none to replace one", () => {
      const tier = new Tier(1, 2);
      tier.onEvict = () => expect.unreachable("nothing was evicted");
      for (const key of [1, 2, 1, 2, 1]) keep(tier, key);
      expect(tier.size).toBe(2);
    });

    it("with a max of one, the newest", () => {
      const tier = new Tier(1, 1);
      keep(tier, "a");
      for (let times = 0; times < 20; times++) read(tier, "a");
      keep(tier, "b");
      expect(keysOf(tier, ["a", "b"])).toEqual(["b"]);
    });

    it.each([1, 2, 3, 10, 100])("with a max of %i, always including the newest", (max) => {
      const tier = new Tier(1, max);
      for (let key = 0; key < 20 * max; key++) {
        for (let older = key - max; older < key; older++) read(tier, older);
        keep(tier, key);
        expect(read(tier, key)).toBe(true);
      }
    });

    it("when an eviction callback stores the same key", () => {
      const tier = new Tier(1, 2);
      keep(tier, 1);
      keep(tier, 2);
      tier.onEvict = () => {
        tier.onEvict = undefined;
        keep(tier, 3);
      };
      keep(tier, 3);
      expect(tier.size).toBe(2);
      for (let key = 4; key < 20; key++) keep(tier, key);
      expect(tier.size).toBe(2);
      expect(read(tier, 19)).toBe(true);
    });

    it("and holds no reference to a removed value", () => {
      const tier = new Tier(2, 2);
      const value = { large: true };
      const put = (key: string): unknown =>
        tier.store(keyPlaceOf([key, key]), { value, expires: FOREVER, promised: false }, 0);
      for (const key of ["a", "b", "c"]) put(key);
      expect(tier.values.filter((each) => each === value)).toHaveLength(2);
      tier.drop(tier.get2("c", "c"));
      expect(tier.values.filter((each) => each === value)).toHaveLength(1);
      tier.clear();
      expect(tier.values).not.toContain(value);
    });
  });

  describe("expired entries are evicted first", () => {
    it("with or without hits", () => {
      const tier = new Tier(1, 10);
      for (let key = 0; key < 10; key++) keep(tier, key, { expires: key % 2 ? 10 : FOREVER });
      for (let key = 0; key < 10; key++) read(tier, key);
      for (const key of ["a", "b", "c", "d", "e"]) keep(tier, key, { now: 10 });
      expect(keysOf(tier, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])).toEqual([0, 2, 4, 6, 8]);
    });

    it("also with an expiry that was set later, and not with a previous one", () => {
      const tier = new Tier(1, 3);
      keep(tier, "a");
      keep(tier, "b", { expires: 5 });
      keep(tier, "c");
      tier.expire(tier.get1("a"), 5);
      tier.expire(tier.get1("b"), FOREVER);
      keep(tier, "d", { now: 5 });
      expect(keysOf(tier, ["a", "b", "c", "d"])).toEqual(["b", "c", "d"]);
    });

    it("not while they may still be returned as stale", () => {
      const tier = new Tier(1, 2);
      tier.grace = 10;
      keep(tier, "a", { expires: 5 });
      read(tier, "a");
      keep(tier, "b");
      keep(tier, "c", { now: 14 });
      expect(keysOf(tier, ["a", "b"])).toEqual(["a"]);
      keep(tier, "d", { now: 15 });
      expect(keysOf(tier, ["a", "c", "d"])).toEqual(["c", "d"]);
    });

    it("however many there are, before live entries", () => {
      const max = 1000;
      const tier = new Tier(1, max);
      for (let key = 0; key < max; key++) keep(tier, key, { expires: key < 500 ? 10 : FOREVER });
      let [lost, next] = [0, max];
      tier.onEvict = ({ a }) => (lost += (a as number) >= 500 && (a as number) < max ? 1 : 0);
      for (; next < max + 500; next++) keep(tier, next, { now: 10 });
      expect(lost).toBe(0);
    });
  });

  describe("a memory tier is empty", () => {
    it("after it was cleared", () => {
      const tier = new Tier(1, 3);
      for (const key of ["a", "b", "c", "d"]) keep(tier, key);
      drop(tier, "d");
      tier.clear();
      expect(tier.size).toBe(0);
      expect(tier.generation).toBe(1);
      expect(tier.evict(0)).toBeUndefined();
      for (const key of ["x", "y", "z"]) keep(tier, key);
      expect(keysOf(tier, ["a", "b", "c", "x", "y", "z"])).toEqual(["x", "y", "z"]);
    });
  });
});
