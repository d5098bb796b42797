/** Background refreshes on platforms that forget what a request started once it has its response. */
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
  const load = async () => {
    const { cached, configure, memory } = await import("aotcache");
    const { keyv } = await import("aotcache/keyv");
    const work: Promise<void>[] = [];
    const backend = store === "memory" ? memory() : keyv(new Map());
    configure({ waitUntil: (promise) => void work.push(promise) });
    let n = 0;
    const fn = cached(async (_: number) => ++n, { ttl: 10, swr: "1h", name: "fn", backend });
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
});
