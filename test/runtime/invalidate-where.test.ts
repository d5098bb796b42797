/** `invalidateWhere` removes entries by some of the values of their keys. */
import { afterEach, expect, it } from "vitest";
import { cached, cacheOf, configure, memory, CacheError } from "aotcache";
import { deferred } from "../support/deferred.ts";

afterEach(() => configure({ default: memory() }));

const user = () =>
  cached(async (id: number, locale: string) => `${id}${locale}`, { backend: memory(), name: "user" });

it("removes the entries with the values, and returns their number", async () => {
  const fn = user();
  for (const id of [1, 2]) for (const locale of ["en", "de", "fr"]) await fn(id, locale);
  expect(await fn.cache.invalidateWhere({ id: 1 })).toBe(3);
  expect(await fn.cache.invalidateWhere({ id: 1 })).toBe(0);
  expect(await fn.cache.invalidateWhere({ id: 2, locale: "de" })).toBe(1);
  expect(await Promise.all(["en", "de", "fr"].map((locale) => fn.cache.peek(2, locale)))).toEqual([
    "2en",
    undefined,
    "2fr",
  ]);
  await fn(3, "en");
  expect(await fn.cache.invalidateWhere({ locale: "en" })).toBe(2);
});

it("removes at once, before it is awaited", async () => {
  const fn = user();
  await fn(1, "en");
  void fn.cache.invalidateWhere({ id: 1 });
  expect(fn.cache.stats().entries).toBe(0);
});

it("drops the results of runs in flight", async () => {
  const end = deferred<string>();
  const fn = cached(async (_: number) => end.promise, { backend: memory(), name: "load" });
  const calls = [fn(1), fn(2)];
  expect(await fn.cache.invalidateWhere({ _: 1 })).toBe(0);
  end.resolve("value");
  expect(await Promise.all(calls)).toEqual(["value", "value"]);
  expect(await fn.cache.peek(1)).toBeUndefined();
  expect(await fn.cache.peek(2)).toBe("value");
});

it.each([NaN, -0, undefined, null, 1n, true])("tells %s from other values", async (value) => {
  const fn = cached(async (of: unknown) => [of], { backend: memory(), name: "any" });
  const others = [NaN, 0, -0, undefined, null, 1, "1", 1n, true, "true"];
  for (const other of others) await fn(other);
  expect(await fn.cache.invalidateWhere({ of: value })).toBe(1);
  expect(await fn.cache.peek(value)).toBeUndefined();
  expect(fn.cache.stats().entries).toBe(others.length - 1);
});

it("finds a parameter that `key` or `identity` names", async () => {
  const backend = memory();
  const keyed = cached(async (opts: { locale: string; at: number }) => opts.at, {
    ...{ backend, name: "keyed", key: ["opts.locale"] },
  });
  await keyed({ locale: "en", at: 1 });
  await keyed({ locale: "de", at: 1 });
  expect(await keyed.cache.invalidateWhere({ "opts.locale": "en" })).toBe(1);
  const drawings = [{ name: "a" }, { name: "a" }];
  const drawn = cached(async (drawing: { name: string }, size: number) => drawing.name + size, {
    ...{ backend, name: "drawn", identity: ["drawing"] },
  });
  for (const drawing of drawings) for (const size of [1, 2]) await drawn(drawing, size);
  expect(await drawn.cache.invalidateWhere({ drawing: drawings[0] })).toBe(2);
  expect(await drawn.cache.invalidateWhere({ size: 1 })).toBe(1);
  expect(await drawn.cache.peek(drawings[1]!, 2)).toBe("a2");
});

it("removes entries of which only a hash is known, with any values", async () => {
  const fn = cached(async (ids: number[], locale: string) => ids.length + locale, {
    ...{ backend: memory(), name: "hashed" },
  });
  await fn([1, 2], "en");
  expect(await fn.cache.invalidateWhere({ locale: "de" })).toBe(1);
});

it.each<[Record<string, unknown>, string]>([
  [{ idd: 1 }, "`idd` is not a part of the key of user; write `id`."],
  [{ tenant: 1 }, "`tenant` is not a part of the key of user; its parts are `id`, `locale`."],
  [{}, "invalidateWhere() was given no value; clear() removes all entries of the function."],
])("refuses %s", async (where, message) => {
  await expect(cacheOf(user()).invalidateWhere(where)).rejects.toThrow(
    expect.objectContaining({ code: "option-value", message }) as CacheError,
  );
});
