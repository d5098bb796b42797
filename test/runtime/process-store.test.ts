/** What a store cannot do that is atomic within one process only: here Keyv on a Map. */
import { cached } from "aotcache";
import { keyv } from "aotcache/keyv";
import { describe, expect, it } from "vitest";

const now = async (id: number): Promise<number> => id * 2;

describe("a store that locks within one process only", () => {
  it("refuses a distributed lock, in the call that would need it", async () => {
    const double = cached(now, { name: "double", backend: keyv(new Map()), lock: "distributed" });
    await expect(double(2)).rejects.toMatchObject({
      code: "option-conflict",
      message: expect.stringMatching(/"distributed".*locks within one process only; write "local"/) as string,
    });
  });

  it("takes a local one", async () => {
    const double = cached(now, { name: "double", backend: keyv(new Map()), lock: "local" });
    expect(await Promise.all([double(2), double(2)])).toEqual([4, 4]);
    expect(double.cache.stats().runs).toBe(1);
  });

  it("is not taken for broken when it refuses to clear what it cannot list", async () => {
    const cache = keyv(
      { get: () => undefined, set: () => undefined, delete: () => true },
      { namespace: "n" },
    );
    for (let times = 0; times < 4; times++)
      await expect(cache.clear()).rejects.toMatchObject({ code: "clear-refused" });
    expect(await cache.get("a")).toBeUndefined();
  });
});
