import { afterEach, describe, expect, it, vi } from "vitest";
import { cached } from "aotcache";

afterEach(() => void vi.unstubAllEnvs());

describe("AOTCACHE_DISABLE=1", () => {
  it("makes every cached function run at each call", async () => {
    vi.stubEnv("AOTCACHE_DISABLE", "1");
    const run = vi.fn();
    const sync = cached((n: number) => (run(), n));
    const async = cached(async (n: number) => (run(), n));
    expect([sync(1), sync(1)]).toEqual([1, 1]);
    expect(await Promise.all([async(1), async(1)])).toEqual([1, 1]);
    expect(run).toHaveBeenCalledTimes(4);
    expect(sync.cache.stats()).toMatchObject({ hits: 0, misses: 0, entries: 0 });
  });

  it("uses no backend, and emits no warning", () => {
    const warn = vi.spyOn(console, "warn");
    vi.stubEnv("AOTCACHE_DISABLE", "1");
    const fn = cached((_: unknown) => 1, { backend: "nowhere" });
    expect(fn(() => 1)).toBe(1);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it("handles still work, and the function remains disabled after they were used", async () => {
    vi.stubEnv("AOTCACHE_DISABLE", "1");
    const run = vi.fn((n: number) => n);
    const fn = cached((n: number) => run(n), { name: "fn" });
    expect(fn.cache.key(1)).toBe("uncompiled:fn@0(1)");
    expect(await fn.cache.peek(1)).toBeUndefined();
    await fn.cache.prime([1], 5);
    expect(await fn.cache.bypass(1)).toBe(1);
    expect(fn(1)).toBe(1);
    expect(fn(1)).toBe(1);
    expect(run).toHaveBeenCalledTimes(3);
  });

  it("has no effect with any other value", () => {
    vi.stubEnv("AOTCACHE_DISABLE", "0");
    const run = vi.fn();
    const fn = cached((_: number) => run());
    fn(1);
    fn(1);
    expect(run).toHaveBeenCalledTimes(1);
  });
});
