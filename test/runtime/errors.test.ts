import { describe, expect, it, vi } from "vitest";
import { CacheError, cached, cacheOf, configure, memory } from "aotcache";
import { thrown } from "../support/caught.ts";

describe("an error that a function throws", () => {
  it("is passed on unchanged, is not stored, and the next call runs again", () => {
    const error = new TypeError("first");
    const run = vi.fn<() => number>().mockImplementationOnce(() => {
      throw error;
    });
    const fn = cached((_: number) => run());
    expect(thrown(() => fn(1))).toBe(error);
    run.mockReturnValue(2);
    expect(fn(1)).toBe(2);
    expect(fn.cache.stats()).toMatchObject({ errors: 1, runs: 1, entries: 1 });
  });

  it.each([undefined, null, 0, "text"])("may be %o, which is not an Error", async (reason) => {
    const sync = cached((_: number) => {
      throw reason;
    });
    let caught: unknown = "nothing was thrown";
    try {
      sync(1);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBe(reason);
    const fn = cached(async (_: number) => {
      throw reason;
    });
    expect(await fn(1).catch((error: unknown) => [error])).toEqual([reason]);
  });

  it("is a rejection for an async function, never a throw", async () => {
    const error = new Error("at once");
    const fn = cached(async (_: number) => {
      throw error;
    });
    const promise = fn(1);
    await expect(promise).rejects.toBe(error);
  });

  it("is thrown if a function that returns promises throws", () => {
    const error = new Error("at once");
    const fn = cached((n: number): Promise<number> => {
      if (n < 0) throw error;
      return Promise.resolve(n);
    });
    expect(thrown(() => fn(-1))).toBe(error);
  });

  it("has the function in its stack", () => {
    const fn = cached(function findTheCulprit(_: number): number {
      throw new Error("here");
    });
    expect((thrown(() => fn(1)) as Error).stack).toContain("findTheCulprit");
  });
});

describe("every error of the cache itself is a CacheError with a code", () => {
  it.each([
    ["not-cached", () => cacheOf(() => 1)],
    ["not-cached", () => cacheOf(undefined as never)],
    ["not-cached", () => cacheOf({} as never)],
    ["option-unknown", () => cached(() => 1, { tll: 1 } as never)],
    ["option-unknown", () => cached({ tll: 1 } as never)],
    ["option-value", () => cached(() => 1, { copy: "deep" } as never)],
    ["option-value", () => cached(() => 1, 5 as never)],
    ["option-conflict", () => cached(() => 1, { swr: 5 })],
    ["ttl-invalid", () => cached(() => 1, { ttl: 0 })],
    ["ttl-invalid", () => cached(() => 1, { ttl: "1 fortnight" as never })],
    ["option-value", () => cached((id: number) => id, { key: ["other"] })],
    ["option-value", () => cached((id: number) => id, { ignore: ["other"] })],
    ["option-value", () => cached(() => 1, { backend: {} as never })],
    ["option-value", () => cached({ ttl: 1 })("text" as never)],
    ["option-value", () => cached(function* () {} as never)],
    ["option-value", () => cached(async function* () {} as never)],
    ["option-unknown", () => memory({ maximum: 5 } as never)],
    ["option-value", () => memory({ max: 0 })],
    ["option-value", () => memory({ max: 1.5 })],
    ["option-value", () => memory({ namespace: "" })],
    ["option-value", () => memory({ namespace: 5 as never })],
    ["option-value", () => memory(null as never)],
    ["ttl-invalid", () => memory({ ttl: -1 })],
    ["option-unknown", () => configure({ backend: memory() } as never)],
    ["option-value", () => configure({ default: {} as never })],
    ["option-value", () => configure({ backends: { a: {} as never } })],
  ])("%s (%#)", (code, run) => {
    const error = thrown(run);
    expect(error).toBeInstanceOf(CacheError);
    expect(error).toMatchObject({ code, name: "CacheError" });
    expect((error as Error).message).toMatch(/^.{20,}[.!]$/s);
  });
});
