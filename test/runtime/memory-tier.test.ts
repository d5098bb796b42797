import { describe, expect, it } from "vitest";
import { Tier, type TierGate } from "../../runtime/memory/tier.ts";
import { keyPlaceOf } from "../../runtime/memory/trie.ts";

const FOREVER = Infinity;

function keep(tier: Tier, key: unknown, { expires = FOREVER, now = 0 } = {}): void {
  tier.store(keyPlaceOf([key]), { value: key, expires, promised: false }, now);
}

/** Asks for a key; true if it is there. */
function ask(tier: Tier, key: unknown): boolean {
  const entry = tier.get1(key);
  return entry >= 0 && tier.serve(entry).value === key;
}

const keysOf = (tier: Tier, keys: readonly unknown[]): unknown[] => keys.filter((key) => tier.get1(key) >= 0);

const drop = (tier: Tier, key: unknown): void => tier.drop(tier.get1(key));

describe("a memory tier keeps at most `max` entries", () => {
  it("and tells of each that had to go", () => {
    const tier = new Tier(1, 3);
    const gone: unknown[] = [];
    tier.onEvict = ({ a }) => gone.push(a);
    for (let key = 0; key < 10; key++) keep(tier, key);
    expect(tier.size).toBe(3);
    const left = keysOf(tier, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([...gone, ...left].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("and takes none out to replace one", () => {
    const tier = new Tier(1, 2);
    tier.onEvict = () => expect.unreachable("nothing had to go");
    for (const key of [1, 2, 1, 2, 1]) keep(tier, key);
    expect(tier.size).toBe(2);
  });

  it("of one, the newest", () => {
    const tier = new Tier(1, 1);
    keep(tier, "a");
    for (let times = 0; times < 20; times++) ask(tier, "a");
    keep(tier, "b");
    expect(keysOf(tier, ["a", "b"])).toEqual(["b"]);
  });

  it.each([1, 2, 3, 10, 100])("of %i, always with the one that came last", (max) => {
    const tier = new Tier(1, max);
    for (let key = 0; key < 20 * max; key++) {
      for (let older = key - max; older < key; older++) ask(tier, older);
      keep(tier, key);
      expect(ask(tier, key)).toBe(true);
    }
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
    expect(ask(tier, 19)).toBe(true);
  });

  it("and holds on to no value that is gone", () => {
    const tier = new Tier(2, 2);
    const value = { large: true };
    const put = (key: string): void =>
      tier.store(keyPlaceOf([key, key]), { value, expires: FOREVER, promised: false }, 0);
    for (const key of ["a", "b", "c"]) put(key);
    expect(tier.values.filter((each) => each === value)).toHaveLength(2);
    tier.drop(tier.get2("c", "c"));
    expect(tier.values.filter((each) => each === value)).toHaveLength(1);
    tier.clear();
    expect(tier.values).not.toContain(value);
  });
});

describe("a memory tier has a gate", () => {
  /** Lets in what it is told to, and notes what it hears. */
  function gated(answer: TierGate["admit"]): { tier: Tier; heard: unknown[] } {
    const tier = new Tier(1, 2);
    const heard: unknown[] = [];
    tier.gate = {
      admit: (place, value, now) => (heard.push(["admit", place.a]), answer(place, value, now)),
      stored: (entry) => heard.push(["stored", tier.values[entry]]),
      dropped: (entry) => heard.push(["dropped", tier.values[entry]]),
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
      ["stored", "a"],
      ["admit", "b"],
      ["stored", "b"],
      ["dropped", "b"],
      ["admit", "b"],
      ["stored", "b"],
      ["admit", "c"],
      ["dropped", "b"],
      ["stored", "c"],
      "cleared",
    ]);
  });

  it("which may keep out what comes, and nothing is evicted for that", () => {
    const { tier } = gated(({ a }) => a !== "c" && (() => undefined));
    for (const key of ["a", "b", "c"]) keep(tier, key);
    expect(keysOf(tier, ["a", "b", "c"])).toEqual(["a", "b"]);
  });

  it("which keeps out a new value of a key, and the old one is gone", () => {
    const { tier } = gated((_, value) => value !== "no" && (() => undefined));
    keep(tier, "a");
    tier.store(keyPlaceOf(["a"]), { value: "no", expires: FOREVER, promised: false }, 0);
    expect(tier.size).toBe(0);
  });

  it("which may take out the very entry that is to be replaced", () => {
    const { tier } = gated((_, __, now) => {
      tier.evict(now);
      return () => undefined;
    });
    keep(tier, "a");
    keep(tier, "a");
    expect(keysOf(tier, ["a"])).toEqual(["a"]);
    expect(tier.size).toBe(1);
  });

  it("which tells of what went when the tier may be used again", () => {
    const sizes: number[] = [];
    const { tier } = gated(() => () => sizes.push(tier.size));
    keep(tier, "a");
    keep(tier, "b");
    expect(sizes).toEqual([1, 2]);
  });
});

describe("what has expired goes first", () => {
  it("hit or not", () => {
    const tier = new Tier(1, 10);
    for (let key = 0; key < 10; key++) keep(tier, key, { expires: key % 2 ? 10 : FOREVER });
    for (let key = 0; key < 10; key++) ask(tier, key);
    for (const key of ["a", "b", "c", "d", "e"]) keep(tier, key, { now: 10 });
    expect(keysOf(tier, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])).toEqual([0, 2, 4, 6, 8]);
  });

  it("with an expiry that it was given later, and not with one that it was before", () => {
    const tier = new Tier(1, 3);
    keep(tier, "a");
    keep(tier, "b", { expires: 5 });
    keep(tier, "c");
    tier.expire(tier.get1("a"), 5);
    tier.expire(tier.get1("b"), FOREVER);
    keep(tier, "d", { now: 5 });
    expect(keysOf(tier, ["a", "b", "c", "d"])).toEqual(["b", "c", "d"]);
  });

  it("not while it may still stand in for a fresh one", () => {
    const tier = new Tier(1, 2);
    tier.grace = 10;
    keep(tier, "a", { expires: 5 });
    ask(tier, "a");
    keep(tier, "b");
    keep(tier, "c", { now: 14 });
    expect(keysOf(tier, ["a", "b"])).toEqual(["a"]);
    keep(tier, "d", { now: 15 });
    expect(keysOf(tier, ["a", "c", "d"])).toEqual(["c", "d"]);
  });

  it("however many there are, before a lap of what is new", () => {
    const max = 1000;
    const tier = new Tier(1, max);
    for (let key = 0; key < max; key++) keep(tier, key, { expires: key < 500 ? 10 : FOREVER });
    let [lost, next] = [0, max];
    tier.onEvict = ({ a }) => (lost += (a as number) >= 500 && (a as number) < max ? 1 : 0);
    for (; next < max + 500; next++) keep(tier, next, { now: 10 });
    expect(lost).toBe(0);
  });
});

describe("a memory tier starts anew", () => {
  it("when it is cleared", () => {
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
