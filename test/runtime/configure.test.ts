import { afterEach, describe, expect, it, vi } from "vitest";
import { CacheError, cached, configure, memory } from "aotcache";
import { thrown } from "../support/caught.ts";

afterEach(() => configure({ default: undefined as never, backends: {} }));

describe("configure", () => {
  it("may be called after the definition, and repeatedly: the next call sees it", () => {
    const run = vi.fn();
    const fn = cached((_: number) => run());
    fn(1);
    for (const cache of [memory(), memory()]) {
      configure({ default: cache });
      run.mockReset();
      fn(1);
      fn(1);
      expect(run).toHaveBeenCalledTimes(1);
      expect(cache.stats()).toMatchObject({ entries: 1, hits: 1, misses: 1 });
    }
    expect(fn.cache.stats()).toMatchObject({ hits: 2, misses: 3 });
  });

  it("does not change what is not passed", () => {
    const cache = memory();
    configure({ default: cache });
    configure({ backends: { other: memory() } });
    cached((n: number) => n)(1);
    expect(cache.stats().entries).toBe(1);
  });

  it("gives functions their backend by its alias, in either order", () => {
    const fn = cached((n: number) => n, { backend: "small" });
    const small = memory({ max: 1 });
    configure({ backends: { small } });
    fn(1);
    fn(2);
    expect(small.stats()).toMatchObject({ entries: 1, evictions: 1 });
    const other = memory();
    configure({ backends: { small: other } });
    fn(3);
    expect(other.stats().entries).toBe(1);
  });

  it("does not affect a function with its own cache", () => {
    const own = memory();
    configure({ default: memory() });
    const fn = cached((n: number) => n, { backend: own });
    fn(1);
    expect(own.stats().entries).toBe(1);
  });

  it("functions without their own ttl and bound use those of their cache", async () => {
    vi.useFakeTimers({ now: 0 });
    configure({ default: memory({ ttl: 10, max: 2 }) });
    const fn = cached((n: number) => ({ n }));
    const own = cached((n: number) => ({ n }), { ttl: 20, max: 5 });
    const [first, kept] = [fn(1), own(1)];
    expect((await fn.cache.explain(1)).ttl).toBe(10);
    vi.setSystemTime(10_000);
    expect(fn(1)).not.toBe(first);
    expect(own(1)).toBe(kept);
    for (let n = 0; n < 10; n++) {
      fn(n);
      own(n);
    }
    expect([fn.cache.stats().entries, own.cache.stats().entries]).toEqual([2, 5]);
    vi.useRealTimers();
  });

  it("during a run: waiting callers get the result, and the next call uses the new cache", async () => {
    const fn = cached(async (n: number) => ({ n }));
    const call = fn(1);
    const cache = memory();
    configure({ default: cache });
    expect(await call).toEqual({ n: 1 });
    await fn(1);
    expect(cache.stats()).toMatchObject({ misses: 1, entries: 1 });
  });
});

describe("an unknown alias", () => {
  it("throws at the call, and lists the known ones", () => {
    configure({ backends: { small: memory(), large: memory() } });
    const fn = cached((n: number) => n, { backend: "smal" });
    for (const run of [() => fn(1), () => fn(1), () => fn.cache.key(1)]) {
      const error = thrown(run);
      expect(error).toBeInstanceOf(CacheError);
      expect(error).toMatchObject({ code: "backend-unknown" });
      expect((error as Error).message).toMatch(/"smal".*"small", "large"/);
    }
  });

  it("rejects if the function returns promises", async () => {
    const fn = cached(async (n: number) => n, { backend: "nope" });
    await expect(fn(1)).rejects.toMatchObject({ code: "backend-unknown" });
    await expect(fn.cache.peek(1)).rejects.toMatchObject({ code: "backend-unknown" });
    configure({ backends: { nope: memory() } });
    expect(await fn(1)).toBe(1);
  });

  it("does not match a name that every object has", () => {
    const fn = cached((n: number) => n, { backend: "toString" });
    expect(thrown(() => fn(1))).toMatchObject({ code: "backend-unknown" });
  });
});
