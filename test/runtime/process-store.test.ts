/** Limits of a store that is atomic within one process only, such as Keyv on a Map. */
import { cached } from "aotcache";
import { keyv } from "aotcache/keyv";
import { describe, expect, it } from "vitest";

const now = async (id: number): Promise<number> => id * 2;

describe("a store that locks within one process only", () => {
  it("rejects a distributed lock, at the call that needs it", async () => {
    const double = cached(now, { name: "double", backend: keyv(new Map()), lock: "distributed" });
    await expect(double(2)).rejects.toMatchObject({
      code: "option-conflict",
      message: expect.stringMatching(/"distributed".*locks within one process only; write "local"/) as string,
    });
  });

  it("accepts a local lock", async () => {
    const double = cached(now, { name: "double", backend: keyv(new Map()), lock: "local" });
    expect(await Promise.all([double(2), double(2)])).toEqual([4, 4]);
    expect(double.cache.stats().runs).toBe(1);
  });

  it("does not count as failing when it refuses to clear keys that it cannot list", async () => {
    const cache = keyv(
      { get: () => undefined, set: () => undefined, delete: () => true },
      { namespace: "n" },
    );
    for (let times = 0; times < 4; times++)
      await expect(cache.clear()).rejects.toMatchObject({ code: "clear-refused" });
    expect(await cache.get("a")).toBeUndefined();
  });
});
