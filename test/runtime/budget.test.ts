/** The limit of a cache in bytes, and its default. */
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Account, Budget } from "../../runtime/memory/budget.ts";
import { Tier } from "../../runtime/memory/tier.ts";
import { keyPlaceOf } from "../../runtime/memory/trie.ts";
import { bundleWorker, type BundledWorker } from "../support/bundled-worker.ts";

function tierOn(budget: Budget): Tier {
  const tier = new Tier(1, 1000);
  tier.account = new Account(budget, tier);
  return tier;
}

function store(tier: Tier, key: number, value: unknown, took?: number): void {
  tier.store(keyPlaceOf([key]), { value, expires: Infinity, promised: false, took }, 0);
}

describe("a limit in bytes", () => {
  it("evicts from tiers that use more than the average only, however many others there are", () => {
    const budget = new Budget(100_000);
    const small = Array.from({ length: 20 }, () => tierOn(budget));
    for (const tier of small) store(tier, 1, "small");
    const large = [tierOn(budget), tierOn(budget)];
    for (let n = 0; n < 200; n++) for (const tier of large) store(tier, n, `${n}`.padEnd(1000));
    expect(small.map(({ size }) => size)).toEqual(small.map(() => 1));
    for (const { size } of large) expect(Math.abs(size - 42)).toBeLessThan(4);
    expect(budget.used).toBeLessThanOrEqual(budget.max);
  });

  it("counts nothing twice, whatever is replaced, removed, evicted or refused", () => {
    const budget = new Budget(10_000);
    const tier = tierOn(budget);
    tier.onEvict = () => (tier.size < 3 ? store(tier, 7, "again") : undefined);
    for (let n = 0; n < 500; n++) store(tier, n % 13, n % 3 === 0 ? n : "x".repeat((n * 37) % 12_000));
    for (let entry = 0; tier.size > 0; entry++) {
      const at = tier.get1(entry % 13);
      if (at >= 0) tier.drop(at);
    }
    expect(budget.used).toBe(0);
  });

  it("measures the first objects of a function, every eighth, and those that took a run of 20 µs", () => {
    const budget = new Budget(1e9);
    const tier = tierOn(budget);
    const bytesOf = (key: number, length: number, took: number): number => {
      const before = budget.used;
      store(tier, key, { text: "x".repeat(length) }, took);
      return Math.round((budget.used - before) / 1000);
    };
    const first = Array.from({ length: 8 }, (_, n) => bytesOf(n, n * 1000, 0));
    expect(first).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(bytesOf(8, 50_000, 0)).toBe(50);
    expect(Array.from({ length: 7 }, (_, n) => bytesOf(9 + n, 1, 0))).toEqual(Array(7).fill(50));
    expect([bytesOf(16, 1000, 0), bytesOf(17, 9000, 0), bytesOf(18, 9000, 0.021)]).toEqual([1, 1, 9]);
  });
});

describe("the limit in bytes without a configuration", () => {
  let worker: BundledWorker;
  beforeAll(async () => void (worker = await bundleWorker("test/support/fill-heap.ts")));
  afterAll(() => worker.remove());

  it("is an eighth of the heap, for all functions on the built-in cache and for each cache of one's own", async () => {
    const heap = 128;
    const thread = new Worker(worker.file, {
      workerData: { results: 300, kilobytes: 1000 },
      resourceLimits: { maxOldGenerationSizeMb: heap, maxYoungGenerationSizeMb: 16 },
    });
    const { builtIn, own } = await new Promise<{ builtIn: number[]; own: number }>((resolve, reject) => {
      thread.on("message", resolve).on("error", reject);
    });
    // The limit of the heap includes the young generation, and an entry takes 1 MB.
    const most = (heap + 4 * 16) / 8;
    for (const entries of [builtIn[0]! + builtIn[1]!, own]) {
      expect(entries).toBeGreaterThan(heap / 8 / 2);
      expect(entries).toBeLessThan(2 * most);
    }
    expect(Math.min(...builtIn)).toBeGreaterThan(1);
  });

  it("is 64 MiB where the limit of the heap is not known, as in browsers", () => {
    vi.stubGlobal("process", undefined);
    try {
      expect(new Budget().max).toBe(64 * 2 ** 20);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});
