import { keyTextAt } from "../../runtime/call/key-text.ts";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, expect, it, vi } from "vitest";
import { cached, memory } from "aotcache";
import { MAX_SEEN_HITS, observe, type Observer } from "../../runtime/call/observers.ts";
import { cachedFunctionOf } from "../../runtime/functions/link.ts";
import { rememberedFunctions } from "../../runtime/functions/registry.ts";

const seen: string[] = [];
const note: Observer = (type, { cachedFn, place }, more) => {
  seen.push([type, cachedFn.spec.id[1], keyTextAt(cachedFn, place), more?.reason].filter(Boolean).join(" "));
};
afterEach(() => {
  seen.length = 0;
});

it("sees the calls of functions on every cache, those that are made later included", () => {
  const double = cached((n: number) => 2 * n, { name: "double" });
  const stop = observe(note, { hits: true });
  double(1);
  double(1);
  const other = memory();
  const half = cached((n: number) => n / 2, { name: "half", backend: other });
  half(2);
  stop();
  double(3);
  expect(seen).toEqual([
    "miss double uncompiled:double@0(1)",
    "set double uncompiled:double@0(1)",
    "hit double uncompiled:double@0(1)",
    "miss half uncompiled:half@0(2)",
    "set half uncompiled:half@0(2)",
  ]);
});

it("sees some hits of each second, and lets the others take the inline lookup", async () => {
  const double = cached((n: number) => 2 * n);
  const stop = observe(note, { hits: true });
  double(1);
  for (let n = 0; n < 1000; n++) double(1);
  expect(seen.filter((line) => line.startsWith("hit"))).toHaveLength(MAX_SEEN_HITS);
  expect(cachedFunctionOf(double)!.counters.hits).toBe(1000);
  expect(cachedFunctionOf(double)!.hitTier).toBeDefined();
  await vi.waitFor(() => {
    seen.length = 0;
    double(1);
    expect(seen).toHaveLength(1);
  }, 5000);
  stop();
});

it("leaves hits alone for an observer that does not ask for them", () => {
  const double = cached((n: number) => 2 * n);
  const stop = observe(note);
  for (let n = 0; n < 3; n++) double(1);
  expect(seen.map((line) => line.split(" ")[0])).toEqual(["miss", "set"]);
  expect(cachedFunctionOf(double)!.hitTier).toBeDefined();
  stop();
});

it("survives an observer that throws", () => {
  const warning = vi.spyOn(console, "warn").mockReturnValue();
  const stop = observe(() => {
    throw new Error("no");
  });
  expect(cached((n: number) => 2 * n)(1)).toBe(2);
  expect(warning).toHaveBeenCalledWith('aotcache: an observer of "miss" threw: no');
  stop();
  warning.mockRestore();
});

it("lists functions that were never called", () => {
  const never = cached((n: number) => n);
  expect(rememberedFunctions()).toContain(never);
});

it("keeps no function alive", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const before = rememberedFunctions().length;
  for (let n = 0; n < 2000; n++) cached(() => n)();
  await vi.waitFor(() => {
    collect();
    expect(rememberedFunctions().length).toBeLessThan(before + 1000);
  }, 10_000);
});
