/** A `ttl` that is a function of the result. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { cached, memory, type CachedOptions } from "aotcache";
import { random } from "../../runtime/platform/random.ts";

vi.mock(import("../../runtime/platform/random.ts"), () => ({ random: vi.fn() }));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const SECOND = 1000;

/** A function whose results are the `ttl`s of its arguments, with its errors. */
function timed(options: CachedOptions = {}, ttlOfCache?: number) {
  const backend = memory(ttlOfCache === undefined ? {} : { ttl: ttlOfCache });
  const onError = vi.fn();
  backend.on("error", onError);
  const run = vi.fn();
  const fn = cached(
    async (ttl: unknown) => {
      run(ttl);
      return { ttl };
    },
    { backend, name: "timed", ttl: ({ ttl }) => ttl as never, ...options },
  );
  return { fn, run, onError };
}

describe("the result of the function", () => {
  it.each([10, "10s", "10000ms"])("%s is how long the result is fresh", async (ttl) => {
    const { fn, run } = timed();
    await fn(ttl);
    vi.advanceTimersByTime(10 * SECOND - 1);
    await fn(ttl);
    expect(run).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1);
    await fn(ttl);
    expect(run).toHaveBeenCalledTimes(2);
  });

  it("undefined leaves it to the cache", async () => {
    const { fn, run } = timed({}, 5);
    await fn(undefined);
    vi.advanceTimersByTime(5 * SECOND - 1);
    await fn(undefined);
    expect(run).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1);
    await fn(undefined);
    expect(run).toHaveBeenCalledTimes(2);
  });

  it.each(["forever", Infinity])("%s has no end", async (ttl) => {
    const { fn, run } = timed({}, 5);
    await fn(ttl);
    vi.advanceTimersByTime(1e12);
    await fn(ttl);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it.each([0, -0, -5])("%s is returned and not stored", async (ttl) => {
    const { fn, onError } = timed({ swr: "1h", sie: "1h" });
    expect(await fn(ttl)).toEqual({ ttl });
    expect(fn.cache.stats()).toMatchObject({ entries: 0, sets: 0, errors: 0 });
    expect(onError).not.toHaveBeenCalled();
  });

  it.each([NaN, -Infinity, null, "soon", "", {}, true])(
    "%s is an error event, and the result is returned and not stored",
    async (ttl) => {
      const { fn, onError } = timed();
      expect(await fn(ttl)).toEqual({ ttl });
      expect(fn.cache.stats()).toMatchObject({ entries: 0, errors: 1 });
      expect(onError.mock.calls[0]![0]).toMatchObject({
        error: { name: "CacheError", code: "ttl-invalid" },
        reason: "the result is not stored: its ttl is not valid",
        key: fn.cache.key(ttl),
      });
    },
  );
});

it("a function that throws is an error event, and the result is returned and not stored", () => {
  const backend = memory();
  const onError = vi.fn();
  backend.on("error", onError);
  const cause = new Error("no such claim");
  const fn = cached((n: number) => n, {
    backend,
    name: "throws",
    ttl: () => {
      throw cause;
    },
  });
  expect(fn(1)).toBe(1);
  expect(onError.mock.calls[0]![0]).toMatchObject({ error: { code: "ttl-invalid", cause } });
  expect(fn.cache.stats().entries).toBe(0);
});

it("the function gets the awaited result and the arguments, with their types", async () => {
  const seen: (number | string)[] = [];
  const fn = cached(async (id: number, unit: string) => ({ age: id, unit }), {
    name: "typed",
    ttl: ({ age, unit: own }, id, unit) => {
      seen.push(age.toFixed(1), own.length, id.toFixed(1), unit.length);
      return "1m";
    },
    skip: ({ age }, id) => age !== id,
  });
  await fn(2, "ms");
  expect(seen).toEqual(["2.0", 2, "2.0", 2]);
});

it("jitter shortens what it returns", async () => {
  vi.mocked(random).mockReturnValue(0.5);
  const { fn, run } = timed({ jitter: "50%" });
  await fn(100);
  vi.advanceTimersByTime(75 * SECOND - 1);
  await fn(100);
  expect(run).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1);
  await fn(100);
  expect(run).toHaveBeenCalledTimes(2);
});

it("swr counts from the end of what it returned, and the refresh has a ttl of its own", async () => {
  const ttls = [10, 100];
  const fn = cached(async () => ttls.shift()!, {
    backend: memory(),
    name: "stale",
    ttl: (seconds) => seconds,
    swr: 10,
  });
  await fn();
  vi.advanceTimersByTime(19 * SECOND);
  expect(await fn()).toBe(10);
  await vi.waitUntil(() => fn.cache.stats().runs === 2);
  vi.advanceTimersByTime(99 * SECOND);
  expect(await fn()).toBe(100);
  expect(fn.cache.stats()).toMatchObject({ stale: 1, runs: 2 });
});

it("refresh() and prime() ask it, and a value that has expired removes the entry", async () => {
  const ttls = [100, 0];
  const fn = cached(async () => ttls.shift()!, { backend: memory(), name: "asked", ttl: (ttl) => ttl });
  await fn();
  expect(await fn.cache.refresh()).toBe(0);
  expect(await fn.cache.peek()).toBeUndefined();
  await fn.cache.prime([], 10);
  vi.advanceTimersByTime(10 * SECOND - 1);
  expect(await fn.cache.peek()).toBe(10);
  await fn.cache.prime([], 0);
  expect(await fn.cache.peek()).toBeUndefined();
  await expect(fn.cache.prime([], NaN)).rejects.toMatchObject({ code: "ttl-invalid" });
});

it("explain() says that the ttl depends on the result", async () => {
  const { fn } = timed();
  expect(await fn.cache.explain(1)).toMatchObject({ ttl: undefined, state: "absent" });
});
