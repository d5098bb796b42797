import { describe, expect, it } from "vitest";
import { sizeOf } from "../../runtime/memory/size.ts";

describe("the size of a value is estimated", () => {
  it.each<[string, unknown, least: number, most: number]>([
    ["letters of Latin-1", "é".repeat(1000), 1000, 1000],
    ["other letters", "ж".repeat(1000), 2000, 2000],
    ["a number", 1.5, 8, 8],
    ["bytes", new Uint8Array(10_000), 10_000, 10_100],
    ["a view of a buffer", new Uint8Array(10_000).subarray(0, 10), 10, 100],
    ["a buffer", new ArrayBuffer(10_000), 10_000, 10_100],
    ["numbers", Array.from({ length: 1000 }, (_, n) => n), 8000, 8100],
    ["a large integer", 2n ** 80_000n, 10_000, 10_100],
    ["a map", new Map([["key".repeat(1000), "value".repeat(1000)]]), 8000, 8200],
    ["a set", new Set(["a".repeat(1000)]), 1000, 1100],
    ["nested objects", { a: { b: [{ c: "x".repeat(1000) }] } }, 1000, 1300],
    [
      "a sparse array",
      Object.assign([], { 4_000_000_000: "x".repeat(1000), length: 4_000_000_001 }),
      1000,
      1100,
    ],
    ["a URL", new URL(`https://example.com/${"x".repeat(1000)}`), 1000, 1200],
    ["a function", () => 1, 1, 100],
    ["nothing", undefined, 1, 100],
  ])("%s", (_, value, least, most) => {
    const bytes = sizeOf(value);
    expect(bytes).toBeGreaterThanOrEqual(least);
    expect(bytes).toBeLessThanOrEqual(most);
  });

  it("and counts shared and cyclic references once", () => {
    const text = { text: "x".repeat(1000) };
    const value: { parts: unknown[]; self?: unknown } = { parts: [text, text, text] };
    value.self = value;
    expect(sizeOf(value)).toBeLessThan(1500);
  });

  it("without running any code of the value", () => {
    const value = {
      get computed(): never {
        throw new Error("was run");
      },
    };
    const shy = new Proxy({}, { ownKeys: () => expect.unreachable() as never });
    expect(sizeOf([value, shy])).toBeLessThan(200);
  });

  it("also for very deep values", () => {
    let deep: unknown = "end";
    for (let level = 0; level < 100_000; level++) deep = [deep];
    expect(sizeOf(deep)).toBeGreaterThan(100_000);
  });
});
