import { describe, expect, it } from "vitest";
import { Entry, Tier, type Gate } from "../../runtime/memory.ts";
import { placeOf } from "../../runtime/trie.ts";

const FOREVER = Infinity;

function keep(tier: Tier, key: unknown, { expires = FOREVER, now = 0 } = {}): Entry {
  const entry = new Entry(placeOf([key]), key, expires, false);
  tier.keep(entry, now);
  return entry;
}

const keysOf = (tier: Tier, keys: readonly unknown[]): unknown[] => keys.filter((key) => tier.get1(key));

describe("a memory tier keeps at most `max` entries", () => {
  it("and tells of each that had to go", () => {
    const tier = new Tier(1, 3);
    const gone: unknown[] = [];
    tier.onEvict = ({ value }) => gone.push(value);
    for (let key = 0; key < 10; key++) keep(tier, key);
    expect(tier.size).toBe(3);
    expect(gone).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it("and takes none out to replace one", () => {
    const tier = new Tier(1, 2);
    tier.onEvict = () => expect.unreachable("nothing had to go");
    for (const key of [1, 2, 1, 2, 1]) keep(tier, key);
    expect(tier.size).toBe(2);
  });

  it("of one, the newest", () => {
    const tier = new Tier(1, 1);
    keep(tier, "a").visited = true;
    keep(tier, "b");
    expect(keysOf(tier, ["a", "b"])).toEqual(["b"]);
  });

  it("when who is told of an eviction keeps the same key meanwhile", () => {
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
    expect(keysOf(tier, [3, 18, 19])).toEqual([18, 19]);
  });
});

describe("a memory tier has a gate", () => {
  /** Lets in what it is told to, and notes what it hears. */
  function gated(answer: Gate["admit"]): { tier: Tier; heard: unknown[] } {
    const tier = new Tier(1, 2);
    const heard: unknown[] = [];
    tier.gate = {
      admit: (entry, now) => (heard.push(["admit", entry.a]), answer(entry, now)),
      dropped: (entry) => heard.push(["dropped", entry.a]),
      cleared: () => heard.push("cleared"),
    };
    return { tier, heard };
  }

  it("which hears of all that comes, goes, is replaced or evicted", () => {
    const { tier, heard } = gated(() => () => undefined);
    for (const key of ["a", "b", "b", "c"]) keep(tier, key);
    tier.clear();
    expect(heard).toEqual([
      ["admit", "a"],
      ["admit", "b"],
      ["dropped", "b"],
      ["admit", "b"],
      ["admit", "c"],
      ["dropped", "a"],
      "cleared",
    ]);
  });

  it("which may keep out what comes, and nothing is evicted for that", () => {
    const { tier } = gated(({ a }) => a !== "c" && (() => undefined));
    for (const key of ["a", "b", "c"]) keep(tier, key);
    expect(keysOf(tier, ["a", "b", "c"])).toEqual(["a", "b"]);
  });

  it("which tells of what went when the tier may be used again", () => {
    const sizes: number[] = [];
    const { tier } = gated(() => () => sizes.push(tier.size));
    keep(tier, "a");
    keep(tier, "b");
    expect(sizes).toEqual([1, 2]);
  });
});

describe("a memory tier evicts by SIEVE", () => {
  it("sparing what was hit since the hand last passed", () => {
    const tier = new Tier(1, 3);
    const entries = ["a", "b", "c"].map((key) => keep(tier, key));
    entries[0]!.visited = true;
    keep(tier, "d"); // the hand passes a, takes b
    expect(keysOf(tier, ["a", "b", "c", "d"])).toEqual(["a", "c", "d"]);
    keep(tier, "e"); // and goes on where it stood: c
    expect(keysOf(tier, ["a", "c", "d", "e"])).toEqual(["a", "d", "e"]);
  });

  it("going around when everything was hit", () => {
    const tier = new Tier(1, 3);
    for (const key of ["a", "b", "c"]) keep(tier, key).visited = true;
    keep(tier, "d");
    expect(keysOf(tier, ["a", "b", "c", "d"])).toEqual(["b", "c", "d"]);
  });

  it("so that a scan of keys used once does not push out what is used often", () => {
    const tier = new Tier(1, 100);
    const hot = Array.from({ length: 50 }, (_, index) => keep(tier, `hot ${index}`));
    for (let key = 0; key < 1000; key++) {
      for (const entry of hot) entry.visited = true;
      keep(tier, key);
    }
    expect(hot.every((entry) => tier.find(entry) === entry)).toBe(true);
  });

  it("taking what has expired, hit or not", () => {
    const tier = new Tier(1, 2);
    keep(tier, "a").visited = true;
    keep(tier, "b", { expires: 10 }).visited = true;
    keep(tier, "c", { now: 10 });
    expect(keysOf(tier, ["a", "b", "c"])).toEqual(["a", "c"]);
  });

  it("with the hand on an entry that is dropped, cleared or replaced", () => {
    const tier = new Tier(1, 3);
    const [a, b] = ["a", "b", "c"].map((key) => keep(tier, key));
    a!.visited = true;
    keep(tier, "d"); // takes b, the hand stands on c
    tier.drop(tier.get1("c")!);
    expect(tier.drop(b!)).toBe(false);
    keep(tier, "e");
    keep(tier, "f"); // takes d, the next behind c
    expect(keysOf(tier, ["a", "d", "e", "f"])).toEqual(["a", "e", "f"]);
    keep(tier, "e");
    tier.clear();
    expect(tier.size).toBe(0);
    expect(tier.evict(0)).toBeUndefined();
    for (const key of ["x", "y", "z", "w"]) keep(tier, key);
    expect(keysOf(tier, ["x", "y", "z", "w"])).toEqual(["y", "z", "w"]);
  });
});
