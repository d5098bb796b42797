/** What a near tier promises on a store that reports changes. */
import { describe, expect, test } from "vitest";
import type { Cache } from "aotcache";
import { until } from "../../support/servers/index.ts";
import { counting, nearAndFar, type Counting, type MakeCache } from "./context.ts";

export function nearContract(name: string, make: MakeCache): void {
  describe(`a near tier on ${name}`, () => {
    test("answers from memory, and counts that", async () => {
      const { near } = nearAndFar(make);
      const { fn, warm, handle, runs } = counting(near);
      const value = await warm(1);
      const before = handle.stats();
      expect(await fn(1)).toBe(value);
      expect(await fn(1)).toBe(value);
      const { hits, nearHits } = handle.stats();
      expect([hits - before.hits, nearHits - before.nearHits]).toEqual([2, 2]);
      expect(near.stats().nearHits).toBe(nearHits);
      expect(runs()).toBe(1);
    });

    test.each<[string, (far: Counting, cache: Cache) => Promise<unknown>]>([
      ["invalidate", ({ handle }) => handle.invalidate(1)],
      ["refresh", ({ handle }) => handle.refresh(1)],
      ["prime", ({ handle }) => handle.prime([1], { id: 1, run: 7 })],
      ["clear of the function", ({ handle }) => handle.clear()],
      ["clear of the cache", (_, cache) => cache.clear()],
    ])("follows: %s elsewhere", async (_, change) => {
      const { near, far } = nearAndFar(make);
      const { fn, warm, gone } = counting(near);
      const other = counting(far);
      const old = await warm(1);
      await change(other, far);
      await gone(1);
      expect(await fn(1)).not.toBe(old);
    });

    test.each<[string, (own: Counting, cache: Cache) => Promise<unknown>]>([
      ["invalidate", ({ handle }) => handle.invalidate(1)],
      ["refresh", ({ handle }) => handle.refresh(1)],
      ["prime", ({ handle }) => handle.prime([1], { id: 1, run: 7 })],
      ["clear of the function", ({ handle }) => handle.clear()],
      ["clear of the cache", (_, cache) => cache.clear()],
    ])("one's own %s is out before its promise resolves, and before the next call", async (_, change) => {
      const { near } = nearAndFar(make);
      const own = counting(near);
      const old = await own.warm(1);
      const changing = change(own, near);
      expect(await own.isNear(1)).toBe(false);
      await changing;
      expect(await own.fn(1)).not.toBe(old);
    });

    test("tags invalidated elsewhere take their entries out, and no others", async () => {
      const { near, far } = nearAndFar(make);
      const tagged = counting(near, { name: "tagged", tags: ["user:1", "users"] });
      const other = counting(near, { name: "other", tags: ["user:2"] });
      const [old, kept] = [await tagged.warm(1), await other.warm(1)];
      await far.invalidateTags("users");
      await tagged.gone(1);
      expect(await tagged.fn(1)).not.toEqual(old);
      expect(await other.fn(1)).toBe(kept);
    });

    test("keys of one's own are near, and each reader gets its own value", async () => {
      const { near, far } = nearAndFar(make);
      await far.set("a,b", { n: 1 });
      await until("near", async () => (await near.get("a,b"), near.stats().nearHits > 0 || undefined));
      const value = await near.get<{ n: number }>("a,b");
      value!.n = 2;
      expect(await near.multiGet(["a,b", "missing"])).toEqual([{ n: 1 }, undefined]);
      await far.set("a,b", { n: 3 });
      expect(
        await until("changed", async () => (await near.get<{ n: number }>("a,b"))?.n === 3 || undefined),
      ).toBe(true);
      await near.set("a,b", { n: 4 });
      expect(await near.get("a,b")).toEqual({ n: 4 });
    });

    test("an entry ends when it ends in the store", async () => {
      const { near, far } = nearAndFar(make);
      await far.set("brief", 1, { ttl: "400ms" });
      const began = performance.now();
      while ((await near.get("brief")) !== undefined) expect(performance.now() - began).toBeLessThan(3000);
      expect(near.stats().nearHits).toBeGreaterThan(0);
    });
  });
}
