import { expect, test } from "vitest";
import type { CacheContext } from "./contract.ts";

/** Tags of keys. */
export function tags(context: CacheContext): void {
  const tag = (): string => `${context.key()},tag {x}`;

  test("a tag makes all keys that have it misses, for every client", async () => {
    const { cache, other } = context;
    const [one, two, third] = [context.key(), context.key(), context.key()];
    const [red, blue] = [tag(), tag()];
    await cache.set(one, { id: 1 }, { tags: [red] });
    await cache.multiSet({ [two]: "2" }, { tags: [red, blue] });
    await cache.set(third, 3, { tags: [blue] });
    expect(await other.multiGet([one, two, third])).toEqual([{ id: 1 }, "2", 3]);
    await other.invalidateTags(red);
    expect(await cache.multiGet([one, two, third])).toEqual([undefined, undefined, 3]);
    expect(await other.multiGet([one, two, third])).toEqual([undefined, undefined, 3]);
  });

  test("a key whose tag was invalidated is missing for every operation", async () => {
    const { cache, other } = context;
    const key = context.key();
    const red = tag();
    for (const value of [1, "text"]) {
      await cache.set(key, value, { tags: [red], ttl: 100 });
      await other.invalidateTags([red, red]);
      expect(await cache.exists(key)).toBe(false);
      expect(await cache.ttl(key)).toBeUndefined();
      expect(await cache.expire(key, 10)).toBe(false);
      expect(await cache.add(key, "new")).toBe(true);
      expect(await other.get(key)).toBe("new");
    }
  });

  test("a value that replaces another has its own tags only", async () => {
    const { cache, other } = context;
    const key = context.key();
    const [red, blue] = [tag(), tag()];
    await cache.set(key, "a", { tags: [red] });
    expect(await other.get(key)).toBe("a");
    await cache.set(key, "b", { tags: [blue] });
    await cache.invalidateTags(red);
    expect([await cache.get(key), await other.get(key)]).toEqual(["b", "b"]);
    await cache.set(key, "c");
    await cache.invalidateTags(blue);
    expect([await cache.get(key), await other.get(key)]).toEqual(["c", "c"]);
    expect(await cache.add(key, "d", { tags: [red] })).toBe(false);
  });

  test("a value with tags keeps its ttl, and is no counter", async () => {
    const { cache } = context;
    const key = context.key();
    await cache.set(key, 1, { tags: [tag()], ttl: 100 });
    expect(await cache.ttl(key)).toBeGreaterThan(90);
    await expect(cache.increment(key)).rejects.toThrow("is not an integer");
  });

  test("tags of any text, up to a hundred of them", async () => {
    const { cache, other } = context;
    const all = ["", " ", "é\u0000\n", "\ud83d", "x".repeat(512), '"', "{id}"].map((text) => text);
    all.push(...Array.from({ length: 93 }, (_, index) => `n${index}`));
    for (const each of all.slice(0, 8)) {
      const key = context.key();
      await cache.set(key, { large: "é".repeat(100) }, { tags: all });
      expect(await other.get(key)).toEqual({ large: "é".repeat(100) });
      await other.invalidateTags(each);
      expect(await cache.get(key)).toBeUndefined();
    }
  });

  test.each([[["a", 1]], ["text"], [["x".repeat(513)]]])("refuses the tags %j", async (tags) => {
    const set = context.cache.set(context.key(), 1, { tags: tags as never });
    await expect(set).rejects.toMatchObject({ code: "option-value" });
  });
}
