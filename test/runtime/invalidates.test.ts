/** What emitted code of `@invalidates` calls: entries of other functions go after a function has succeeded. */
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from "vitest";
import { CacheError, cached, configure, memory, type CacheEvent } from "aotcache";
import { invalidating, invalidation } from "aotcache/internal";
import { deferred } from "../support/deferred.ts";

beforeEach(() => void vi.spyOn(console, "warn").mockReturnValue());
afterEach(() => void vi.restoreAllMocks());

/** A cached function with an entry, and the errors of its cache. */
async function withEntry(name: string) {
  const backend = memory();
  const errors: CacheEvent[] = [];
  backend.on("error", (event) => errors.push(event));
  const fn = cached(async (id: number) => ({ id }), { backend, name });
  await fn(1);
  return { fn, errors };
}

const failing = (fn: () => void) => () => {
  fn();
  throw new Error("not there");
};

it("the entries go when the promise is fulfilled, before the caller continues", async () => {
  const { fn } = await withEntry("user");
  const end = deferred<number>();
  const saved = invalidating({ save: async () => end.promise }, (id) => invalidation(fn, undefined, [id]));
  await fn.cache.peek(1);
  expect(fn.cache.stats().entries).toBe(1);
  end.resolve(1);
  expect(await saved.then((id) => [id, fn.cache.stats().entries])).toEqual([1, 0]);
});

it("a function that fails invalidates nothing, and its error is the same", async () => {
  const { fn } = await withEntry("user");
  const error = new Error("not saved");
  const entry = () => invalidation(fn, undefined, [1]);
  await expect(invalidating({ save: async () => Promise.reject(error) }, entry)).rejects.toBe(error);
  expect(() => invalidating({ save: failing(() => undefined) }, entry)).toThrow("not there");
  expect(fn.cache.stats().entries).toBe(1);
});

it("the entries of a sync function go at once", async () => {
  const { fn } = await withEntry("user");
  expect(invalidating({ save: () => 1 }, (id) => invalidation(fn, undefined, [id]))).toBe(1);
  expect(fn.cache.stats().entries).toBe(0);
});

it("runs in flight are not kept", async () => {
  const end = deferred<string>();
  const fn = cached(async (_: number) => end.promise, { backend: memory(), name: "load" });
  const call = fn(1);
  await invalidating({ save: async () => 1 }, (id) => invalidation(fn, undefined, [id]));
  end.resolve("old");
  expect(await call).toBe("old");
  expect(await fn.cache.peek(1)).toBeUndefined();
});

it("a failure is an error event, and leaves the result and the other invalidations", async () => {
  const { fn, errors } = await withEntry("user");
  const broken = vi.spyOn(fn.cache.constructor.prototype as typeof fn.cache, "invalidate");
  broken.mockRejectedValueOnce(new Error("down"));
  const entry = () => invalidation(fn, undefined, [1]);
  expect(await invalidating({ save: async () => "saved" }, entry, entry)).toBe("saved");
  expect(errors).toMatchObject([{ error: { message: "down" }, reason: "an entry could not be invalidated" }]);
  expect(fn.cache.stats().entries).toBe(0);
});

it("a strict failure rejects", async () => {
  const { fn } = await withEntry("user");
  const broken = vi.spyOn(fn.cache.constructor.prototype as typeof fn.cache, "invalidate");
  broken.mockRejectedValueOnce(new Error("down"));
  const entry = () => invalidation(fn, undefined, [1], true);
  await expect(invalidating({ save: async () => "saved" }, entry)).rejects.toThrow("down");
});

it("an argument that cannot be read, and a function that is not cached, are warnings", async () => {
  const user = undefined as unknown as { id: number };
  const { fn } = await withEntry("user");
  const plain = () => invalidation(() => 1, undefined, []);
  await invalidating({ save: async () => 1 }, () => invalidation(fn, undefined, [user.id]), plain);
  expect(vi.mocked(console.warn).mock.calls.map(([text]) => text as string)).toEqual([
    expect.stringContaining("an entry could not be invalidated: Cannot read properties"),
    expect.stringContaining("is not a cached function"),
  ]);
});

it("a store that is down is one warning, however many calls invalidate tags", async () => {
  const cache = memory();
  vi.spyOn(cache, "invalidateTags").mockRejectedValue(new CacheError("unavailable", "it is down"));
  configure({ default: cache });
  onTestFinished(() => configure({ default: memory() }));
  for (let call = 0; call < 3; call++)
    await invalidating({ save: async () => 1 }, () => ({ tags: ["users"], strict: false }));
  expect(vi.mocked(console.warn).mock.calls).toEqual([[expect.stringContaining("it is down")]]);
});
