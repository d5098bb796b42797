import { describe, expect, it, vi } from "vitest";
import { cached, memory } from "aotcache";

const FULL = [0, false, " ", [0], { a: undefined }, new Map([[1, 1]]), new Set([1]), new Date(0)];

describe("skip", () => {
  it.each([
    ["null", [null], [undefined, "", ...FULL]],
    ["undefined", [undefined], [null, "", ...FULL]],
    ["nullish", [null, undefined], ["", [], ...FULL]],
    ["empty", [null, undefined, "", [], {}, new Map(), new Set()], FULL],
  ] as const)("%s returns such results and does not store them", (skip, skipped, kept) => {
    const run = vi.fn<() => unknown>();
    const fn = cached((_: number) => run(), { skip });
    for (const [results, runs] of [
      [skipped, 2],
      [kept, 1],
    ] as const) {
      for (const result of results) {
        run.mockReset().mockReturnValue(result);
        expect([fn(1), fn(1)]).toEqual([result, result]);
        expect(run).toHaveBeenCalledTimes(runs);
        void fn.cache.invalidate(1);
      }
    }
  });

  it("accepts a function of the result and the arguments", async () => {
    const skip = vi.fn((result: number, _a: number, b: number) => result > b);
    const fn = cached(async (a: number, b: number) => a * 2 + b * 0, { skip });
    await fn(1, 10);
    await fn(9, 10);
    expect(skip.mock.calls).toEqual([
      [2, 1, 10],
      [18, 9, 10],
    ]);
    expect(await fn.cache.peek(1, 10)).toBe(2);
    expect(await fn.cache.peek(9, 10)).toBeUndefined();
  });

  it("that throws loses the entry and not the result, and emits an error", () => {
    const backend = memory();
    const onError = vi.fn();
    backend.on("error", onError);
    const error = new Error("in skip");
    const fn = cached((n: number) => n, {
      backend,
      skip: () => {
        throw error;
      },
    });
    expect(fn(1)).toBe(1);
    expect(onError).toHaveBeenCalledWith(expect.objectContaining({ type: "error", error }));
    expect(fn.cache.stats().entries).toBe(0);
  });

  it("applies to a refresh, which removes the value before it all the same", async () => {
    let result: number | null = 1;
    const fn = cached(async (_: number) => result, { skip: "null" });
    await fn(1);
    result = null;
    expect(await fn.cache.refresh(1)).toBeNull();
    expect(await fn.cache.peek(1)).toBeUndefined();
    expect(await fn(1)).toBeNull();
  });
});
