/** Whether a function pays: the figures of `stats()`, and the warning in development. */
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { cached, cacheKey, configure } from "aotcache";
import { keyv } from "aotcache/keyv";
import { observe } from "../../runtime/call/observers.ts";

let time = 0;
let warnings: string[] = [];
beforeEach(() => {
  warnings = [];
  vi.spyOn(console, "warn").mockImplementation((text: string) => void warnings.push(text));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  configure({});
});

/** From now on, time passes only where a test says so. */
function stopClock(): void {
  vi.spyOn(performance, "now").mockImplementation(() => time);
}

/** An argument whose key takes a number of milliseconds. */
class Slow {
  readonly id: number;
  readonly ms: number;
  constructor(id: number, ms: number) {
    this.id = id;
    this.ms = ms;
  }
  [cacheKey](): number {
    time += this.ms;
    return this.id;
  }
}

const taking = (ms: number) => (_: unknown) => {
  time += ms;
  return 1;
};

/** Calls a function on 20 sets of arguments in turn. */
function call<T>(fn: (argument: T) => unknown, argument: (n: number) => T, calls = 10_000): void {
  for (let n = 0; n < calls; n++) fn(argument(n % 20));
}

describe("stats()", () => {
  it("are 0 before the first call", () => {
    const { averageRun, averageHit, averageKey, saved } = cached(taking(1), { name: "fn" }).cache.stats();
    expect([averageRun, averageHit, averageKey, saved]).toEqual([0, 0, 0, 0]);
  });

  it("tell what runs, hits and keys take, and what the cache saves", () => {
    stopClock();
    const fn = cached(taking(200), { name: "fn" });
    call(fn, (n) => new Slow(n, 3), 1000);
    const { averageRun, averageHit, averageKey, saved, hits, misses } = fn.cache.stats();
    expect(averageRun).toBeCloseTo(0.2);
    expect(averageHit).toBeCloseTo(0.003);
    expect(averageKey).toBeCloseTo(0.003);
    expect(saved).toBeCloseTo(hits * 0.197 - misses * 0.003, 2);
  });

  it("are negative if keys take longer than runs, also without a hit", () => {
    stopClock();
    const losing = cached(taking(2), { name: "losing" });
    call(losing, (n) => new Slow(n, 5), 1000);
    expect(losing.cache.stats().saved).toBeCloseTo(-3 * 0.979 - 0.005 * 20, 0);
    const useless = cached(taking(2), { name: "useless" });
    for (let n = 0; n < 1000; n++) useless(new Slow(n, 5));
    expect(useless.cache.stats().saved).toBeCloseTo(-5, 0);
  });

  it("have no time of keys that are primitive", () => {
    stopClock();
    const fn = cached(taking(200), { name: "fn" });
    call(fn, (n) => n, 1000);
    expect(fn.cache.stats()).toMatchObject({ averageKey: 0, averageHit: 0 });
  });

  it("have no time of observers in hits: a program that nobody looks at has none", () => {
    stopClock();
    onTestFinished(observe(() => void (time += 50), { hits: "all" }));
    const fn = cached(taking(200), { name: "fn" });
    call(fn, (n) => new Slow(n, 3), 1000);
    expect(fn.cache.stats().averageHit).toBeCloseTo(0.003);
  });

  it("tell what hits on a store take until they are answered", async () => {
    stopClock();
    const items = new Map<string, unknown>();
    const store = keyv({
      get: async (key: string) => ((time += 7), items.get(key)),
      set: async (key: string, value: unknown) => void items.set(key, value),
      delete: async (key: string) => items.delete(key),
    });
    const fn = cached(async (n: number) => ((time += 100), n), { name: "fn", backend: store });
    for (let n = 0; n < 200; n++) await fn(1);
    const { averageHit, averageRun } = fn.cache.stats();
    expect((averageHit / 0.007) % 1).toBeCloseTo(0);
    expect(averageHit).toBeGreaterThan(0);
    expect(averageRun).toBeCloseTo(0.1);
  });
});

describe("in development, a function that is slower with its cache", () => {
  beforeEach(() => vi.stubEnv("NODE_ENV", "development"));

  it("is named once, with both figures and what to do", () => {
    stopClock();
    call(cached(taking(0.01), { name: "losing" }), (n) => new Slow(n, 0.05), 20_000);
    expect(warnings).toEqual([
      "aotcache: losing is slower with its cache: a run takes 10 µs, and a cached call 50 µs; remove the mark, or give `key` an id instead of objects.",
    ]);
  });

  it.each<[string, run: number, key: number, calls: number, env: string]>([
    ["does it pay", 0.5, 0.05, 10_000, "development"],
    ["are the calls few", 0.01, 0.05, 900, "development"],
    ["is it production", 0.01, 0.05, 10_000, "production"],
  ])("is not named: %s", (_, run, key, calls, env) => {
    vi.stubEnv("NODE_ENV", env);
    stopClock();
    call(cached(taking(run), { name: "fn" }), (n) => new Slow(n, key), calls);
    expect(warnings).toEqual([]);
  });

  it("is also named if it is async", async () => {
    stopClock();
    const fn = cached(async (n: Slow) => taking(0.01)(n), { name: "away" });
    for (let n = 0; n < 2000; n++) await fn(new Slow(n % 20, 0.05));
    expect(warnings.join()).toMatch(/away is slower with its cache: a run takes 10 µs/);
  });

  it("runs at misses only", () => {
    const run = vi.fn((list: number[]) => list.length);
    call(cached(run, { name: "fn" }), (n) => [n, n], 5000);
    expect(run).toHaveBeenCalledTimes(20);
  });
});

describe("by the real clock, of functions whose runs and keys differ five times at least", () => {
  interface Item {
    id: number;
    name: string;
    tags: string[];
  }
  const item = (n: number): Item => ({ id: n, name: `name ${n}`, tags: ["a", "b", "c"] });
  const points = (n: number, count: number): [number, number][] =>
    Array.from({ length: count }, (_, i) => [Math.cos(i) * n, Math.sin(i) * n]);
  const json = (n: number): string => JSON.stringify(Array.from({ length: 200 }, (_, i) => item(n + i)));
  const busy = (rounds: number) => (n: number) => {
    let sum = n;
    for (let round = 0; round < rounds; round++) sum = (sum * 31 + round) % 1_000_003;
    return sum;
  };
  const test = <T>(name: string, loses: boolean, run: (argument: T) => unknown, argument: (n: number) => T) =>
    [name, loses, run, argument] as [string, boolean, (argument: unknown) => unknown, (n: number) => unknown];

  it.each([
    test("the id of a record", true, ({ id }: Item) => id, item),
    test(
      "a property of a list",
      true,
      (list: Item[]) => list.length,
      (n) => [item(n), item(n + 1)],
    ),
    test(
      "a comparison of records",
      true,
      ([a, b]: Item[]) => a!.id - b!.id,
      (n) => [item(n), item(20 - n)],
    ),
    test(
      "the first of many points",
      true,
      (list: [number, number][]) => list[0],
      (n) => points(n, 300),
    ),
    test(
      "a sum of 20 points",
      true,
      (list: [number, number][]) => list.reduce((s, [x]) => s + x, 0),
      (n) => points(n, 20),
    ),
    test("a test of a text in a record", true, ({ name }: Item) => name.startsWith("n"), item),
    test(
      "a parse of 10 kB",
      false,
      (text: string) => JSON.parse(text) as unknown,
      (n) => json(n),
    ),
    test("work of a millisecond", false, busy(100_000), (n) => n),
    test("work of 20 µs", false, busy(4000), (n) => n),
    test("work of 200 µs on a record", false, ({ id }: Item) => busy(40_000)(id), item),
    test(
      "a sort of many numbers",
      false,
      (n: number) => Array.from({ length: 3000 }, (_, i) => (i * 7919 * n) % 1009).sort(),
      (n) => n,
    ),
    test(
      "a long text",
      false,
      (n: number) => Array.from({ length: 1000 }, (_, i) => `${i * n}`).join(),
      (n) => n,
    ),
  ])("%s: named %s", (name, loses, run, argument) => {
    vi.stubEnv("NODE_ENV", "development");
    // The first runs are of code that the engine has not optimized: they say nothing about later ones.
    const count = loses ? 1000 : 20;
    const given = Array.from({ length: count }, (_, n) => argument(n));
    const fn = cached(run, { name: "fn" });
    for (let n = 0; n < 10_000; n++) fn(given[n % count]);
    expect(warnings.length, `${name}: ${warnings.join()}`).toBe(loses ? 1 : 0);
  });
});
