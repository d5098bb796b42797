/** `copy: freeze`, the default in development, freezes nothing that a caller goes on using. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { cacheKey, cached } from "aotcache";
import { inlineRun } from "../../runtime/call/inline-run.ts";
import { ABI, define } from "../../runtime/internal.ts";

interface Options {
  title?: string;
  list?: string[];
}

const withDefaults = (options: Options): Required<Options> => ({ title: "", list: [], ...options });

afterEach(() => vi.unstubAllEnvs());

describe.each(["development", "production"])("in %s", (mode) => {
  const setUp = (): { copy?: "freeze" } => {
    vi.stubEnv("NODE_ENV", mode);
    return mode === "development" ? {} : { copy: "freeze" };
  };

  it("freezes the result, but not the objects of the arguments in it", () => {
    const fn = cached(withDefaults, setUp());
    const options = { list: ["a"] };
    const result = fn(options);
    expect(Object.isFrozen(result)).toBe(true);
    expect(result.list).toBe(options.list);
    options.list.push("b");
    expect(fn({ title: "x" }).list.length).toBe(0);
    expect(Object.isFrozen(fn({ title: "x" }).list)).toBe(true);
  });

  it("leaves alone what arguments hold at any depth, in maps, sets and instances too", async () => {
    class Row {
      tags = ["a"];
      [cacheKey](): string {
        return this.tags.join();
      }
    }
    const fn = cached(
      async (...all: unknown[]) => Promise.resolve({ all: all.map((each) => each), own: [1] }),
      setUp(),
    );
    const inner = { deep: [{ n: 1 }] };
    const [map, set, row] = [new Map([["a", { n: 1 }]]), new Set([inner]), new Row()];
    const result = await fn(map, set, row, inner, [map.get("a"), row.tags]);
    expect(Object.isFrozen(result.own)).toBe(true);
    for (const each of [inner, inner.deep, inner.deep[0], map.get("a"), row.tags])
      expect(Object.isFrozen(each)).toBe(false);
  });

  it("runs no getter of an argument", () => {
    const getter = vi.fn(() => 1);
    const fn = cached((options: object) => ({ options }), setUp());
    const options = Object.defineProperty({}, "lazy", { get: getter, enumerable: false });
    expect(fn(options).options).toBe(options);
    expect(Object.isFrozen(options)).toBe(false);
    expect(getter).not.toHaveBeenCalled();
  });

  it("leaves a primed value to the one who primes", async () => {
    const fn = cached((_: number) => ({ list: [0] }), setUp());
    const mine = { list: [1] };
    await fn.cache.prime([1], mine);
    mine.list.push(2);
    expect(fn(1)).toEqual({ list: [1] });
    expect(Object.isFrozen(fn(1).list)).toBe(true);
  });

  it("knows the arguments of a body that stays in its place", () => {
    const options = setUp();
    const fn = define(ABI, {
      id: ["x", "f", "1"],
      at: "a.ts:1",
      mode: "sync",
      parts: [{ name: "row", type: "object" }],
      options,
    });
    const row = { tags: ["a"] };
    fn.get1(row);
    const result = inlineRun(fn, [row]).keep({ row, own: [1] });
    expect([Object.isFrozen(result.row), Object.isFrozen(result.own)]).toEqual([false, true]);
    // A slot may hold a property of an argument only.
    const other = { id: 1, tags: ["a"] };
    expect(Object.isFrozen(inlineRun(fn, [other.id], [other]).keep({ other }).other)).toBe(false);
  });
});
