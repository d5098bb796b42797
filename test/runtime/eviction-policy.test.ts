import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { extensions } from "../../runtime/memory/extensions.ts";
import { enableLargeMemory } from "../../runtime/memory/large.ts";
import { Tier } from "../../runtime/memory/tier.ts";
import { keyPlaceOf } from "../../runtime/memory/trie.ts";

/** Pseudorandom numbers that are the same in every run (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const times = <T>(count: number, next: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => next(index));

/** The hits in a hundred reads. */
function ratio(keys: readonly unknown[], max: number): number {
  const tier = new Tier(1, max);
  let hits = 0;
  for (const key of keys) {
    const entry = tier.get1(key);
    if (entry < 0) tier.store(keyPlaceOf([key]), { value: key, expires: Infinity, promised: false }, 0);
    else {
      tier.serve(entry);
      hits++;
    }
  }
  return (100 * hits) / keys.length;
}

function lru(keys: readonly unknown[], max: number): number {
  const kept = new Set<unknown>();
  let hits = 0;
  for (const key of keys) {
    if (kept.delete(key)) hits++;
    else if (kept.size >= max) kept.delete(kept.values().next().value);
    kept.add(key);
  }
  return (100 * hits) / keys.length;
}

/** Popular keys, which are others after half of the reads. */
function popularKeys(): number[] {
  const next = random(3);
  const popular = (from: number) => () => from + Math.floor(next() ** 4 * 1000);
  return [...times(50_000, popular(0)), ...times(50_000, popular(10_000))];
}

/** Each key is read three times within about 300 reads, and never again. */
function brieflyReadKeys(): number[] {
  const next = random(2);
  return times(60_000, (index) => Math.floor((index + next() * 300) / 3));
}

describe("the eviction policy", () => {
  beforeAll(enableLargeMemory);

  it("keeps half of a loop over twice as many keys as fit", () => {
    const loop = times(20_000, (index) => index % 200);
    expect(lru(loop, 100)).toBe(0);
    expect(ratio(loop, 100)).toBeGreaterThan(40);
  });

  it("keeps frequent keys during a scan of all keys", () => {
    const next = random(1);
    const keys = times(50_000, (index) => (index % 2 === 0 ? Math.floor(next() * 50) : 1000 + index));
    expect(ratio(keys, 100)).toBeGreaterThan(49);
  });

  it("keeps new keys if only those are read again", () => {
    const keys = brieflyReadKeys();
    expect(ratio(keys, 200)).toBeGreaterThan(lru(keys, 200) - 2);
  });

  it("keeps keys that are popular now, whatever was popular before", () => {
    const keys = popularKeys();
    expect(ratio(keys, 100)).toBeGreaterThan(lru(keys, 100));
  });

  it.each<[string, (n: number) => unknown]>([
    ["texts", (n: number) => `customer-${n}-profile`],
    ["fractions", (n: number) => n / 1024],
    ["large integers", (n: number) => BigInt(n) << 64n],
  ])("has about the same hit ratio for %s as for numbers", (_, keyOf) => {
    const next = random(4);
    const numbers = times(30_000, () => Math.floor(next() ** 3 * 2000));
    expect(Math.abs(ratio(numbers.map(keyOf), 100) - ratio(numbers, 100))).toBeLessThan(1);
  });
});

describe("without that policy, as in a bundle for browsers", () => {
  beforeAll(() => void delete extensions.policyFor);
  afterAll(enableLargeMemory);

  it("popular keys stay as long as with LRU, or longer", () => {
    const keys = popularKeys();
    expect(ratio(keys, 100)).toBeGreaterThan(lru(keys, 100));
  });

  it("keys that are read again soon stay as with LRU", () => {
    const keys = brieflyReadKeys();
    expect(ratio(keys, 200)).toBeGreaterThan(lru(keys, 200) - 1);
  });
});
