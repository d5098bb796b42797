/** Background refreshes on platforms that forget what a request started once it has its response. */
import { deferred } from "../support/deferred.ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const START = 1_000_000;
let later: (() => void)[] = [];

beforeEach(() => {
  later = [];
  // The timers of the platform, which runs them or forgets them.
  vi.stubGlobal("setImmediate", (run: () => void) => void later.push(run));
  vi.resetModules();
  vi.useFakeTimers({ now: START, toFake: ["Date"] });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const at = (seconds: number): void => void vi.setSystemTime(START + seconds * 1000);

describe.each(["memory", "keyv"])("a refresh of a stale value in %s", (store) => {
  const load = async (run = async (n: number): Promise<number> => n) => {
    const { cached, configure, memory } = await import("aotcache");
    const { keyv } = await import("aotcache/keyv");
    const work: Promise<void>[] = [];
    const backend = store === "memory" ? memory() : keyv(new Map());
    configure({ waitUntil: (promise) => void work.push(promise) });
    let n = 0;
    const fn = cached(async (_: number) => run(++n), { ttl: 10, swr: "1h", name: "fn", backend });
    expect(await fn(1)).toBe(1);
    await vi.waitUntil(async () => (await fn.cache.peek(1)) === 1);
    await Promise.all(work.splice(0));
    return { fn, work };
  };

  it("is handed to waitUntil before the caller has its answer", async () => {
    const { fn, work } = await load();
    at(20);
    expect(await fn(1)).toBe(1);
    expect(work.length).toBe(1);
    for (const run of later.splice(0)) run();
    await Promise.all(work);
    expect(await fn(1)).toBe(2);
  });

  it("that was forgotten is started again by a later call", async () => {
    const { fn } = await load();
    at(20);
    expect(await fn(1)).toBe(1);
    at(20.5);
    expect(await fn(1)).toBe(1);
    expect(later.splice(0).length).toBe(1);
    at(22);
    expect(await fn(1)).toBe(1);
    expect(later.length).toBe(1);
    for (const run of later.splice(0)) run();
    await vi.waitUntil(async () => (await fn.cache.peek(1)) === 2);
  });

  it("that takes long is not started again, and longer the second time", async () => {
    const ends = new Map<number, ReturnType<typeof deferred<number>>>();
    const { fn } = await load((n) => {
      if (n === 1) return Promise.resolve(1);
      ends.set(n, deferred());
      return ends.get(n)!.promise;
    });
    const callAt = async (seconds: number, runs: number): Promise<void> => {
      at(seconds);
      expect(await fn(1)).toBe(1);
      const started = ends.size + later.length;
      for (const run of later.splice(0)) run();
      await vi.waitUntil(() => ends.size === started);
      expect(ends.size).toBe(runs);
    };
    await callAt(20, 1);
    for (const seconds of [21.5, 30, 49]) await callAt(seconds, 1);
    await callAt(51, 2);
    for (const seconds of [53, 82, 110]) await callAt(seconds, 2);
    ends.get(2)!.resolve(2);
    ends.get(3)!.resolve(3);
    await vi.waitUntil(async () => (await fn.cache.peek(1)) !== 1);
    expect(await fn(1)).toBe(3);
  });
});
