import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { cached, memory, type CachedOptions } from "aotcache";
import { deferred, type Deferred } from "../support/deferred.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A function whose runs end when the test ends them, and the signals of its runs. */
function paused(options: CachedOptions) {
  const ends: Deferred<string>[] = [];
  const signals: (AbortSignal | undefined)[] = [];
  const fn = cached(
    async (_: number, signal?: AbortSignal) => {
      ends.push(deferred<string>());
      signals.push(signal);
      return ends.at(-1)!.promise;
    },
    { backend: memory(), name: "load", deadline: "1s", ...options },
  );
  return { fn, ends, signals };
}

const late = {
  name: "CacheError",
  code: "deadline",
  message: expect.stringContaining("longer than 1 s") as string,
};

test("callers of a run that takes too long are rejected, and the next call runs", async () => {
  const { fn, ends } = paused({});
  const waiting = [fn(1), fn(1)].map((call) => expect(call).rejects.toMatchObject(late));
  await vi.advanceTimersByTimeAsync(999);
  expect(fn.cache.stats().inFlight).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  await Promise.all(waiting);
  expect(fn.cache.stats()).toMatchObject({ inFlight: 0, errors: 1 });
  const next = fn(1);
  ends[1]!.resolve("new");
  expect(await next).toBe("new");
  expect(ends).toHaveLength(2);
});

test("a result in time is returned, and leaves no timer", async () => {
  const { fn, ends } = paused({});
  const call = fn(1);
  ends[0]!.resolve("value");
  expect(await call).toBe("value");
  expect(vi.getTimerCount()).toBe(0);
});

test("a result that comes late is stored", async () => {
  const { fn, ends } = paused({});
  const call = expect(fn(1)).rejects.toMatchObject(late);
  await vi.advanceTimersByTimeAsync(1000);
  await call;
  ends[0]!.resolve("late");
  await vi.advanceTimersByTimeAsync(0);
  expect(await fn(1)).toBe("late");
});

test.each<[string, (fn: ReturnType<typeof paused>["fn"]) => Promise<unknown>, string | undefined]>([
  ["a newer result", (fn) => fn.cache.prime([1], "newer"), "newer"],
  ["a removal of its key", (fn) => fn.cache.invalidate(1), undefined],
  ["a clear", (fn) => fn.cache.clear(), undefined],
])("a late result does not replace %s", async (_, change, kept) => {
  const { fn, ends } = paused({});
  const call = expect(fn(1)).rejects.toMatchObject(late);
  await vi.advanceTimersByTimeAsync(1000);
  await call;
  await change(fn);
  ends[0]!.resolve("late");
  await vi.advanceTimersByTimeAsync(0);
  expect(await fn.cache.peek(1)).toBe(kept);
});

test("with sie, callers get the old value", async () => {
  const { fn } = paused({ ttl: "1s", sie: "1h" });
  await fn.cache.prime([1], "old");
  await vi.advanceTimersByTimeAsync(1500);
  const call = fn(1);
  await vi.advanceTimersByTimeAsync(1000);
  expect(await call).toBe("old");
});

test("the signal of the run is aborted with the error", async () => {
  const { fn, ends, signals } = paused({});
  const first = fn(0);
  ends[0]!.resolve("known to be async");
  await first;
  const call = expect(fn(1, new AbortController().signal)).rejects.toMatchObject(late);
  await vi.advanceTimersByTimeAsync(1000);
  await call;
  expect(signals[1]!.reason).toMatchObject(late);
});

test("an error of a late run reaches nobody", async () => {
  const { fn, ends } = paused({});
  const call = expect(fn(1)).rejects.toMatchObject(late);
  await vi.advanceTimersByTimeAsync(1000);
  await call;
  ends[0]!.reject(new Error("nobody waits"));
  await vi.advanceTimersByTimeAsync(0);
  expect(fn.cache.stats()).toMatchObject({ inFlight: 0, errors: 1 });
});
