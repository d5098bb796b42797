import { expect, test } from "vitest";
import type { Cache } from "aotcache";
import type { Bench } from "./contract.ts";

/** Who shares keys with whom, and what `clear()` takes along. */
export function namespaces(bench: Bench): void {
  /** Namespaces and keys that would be one text if they were just joined. */
  const NEAR = (name: string): [namespace: string, key: string][] => [
    [name, "b:c"],
    [`${name}:b`, "c"],
    [`${name}:b:c`, ""],
    [`${name}%3ab`, "c"],
    [`${name}b`, "c"],
    [`${name}:k`, "b:c"],
    [`x${name}`, "b:c"],
    [`${name}*`, "b:c"],
    [`${name}?`, "b:c"],
    [`[${name}]`, "b:c"],
    [`${name}\\`, "b:c"],
    [`${name} `, "b:c"],
    [`${name}\n`, "b:c"],
    [`{${name}}`, "b:c"],
    [`#${name}`, "b:c"],
    [`@${name}`, "b:c"],
    [`😀${name}`, "b:c"],
    [`é${name}`, "b:c"],
    [`${name.repeat(200)}`, "b:c"],
    [`${name.repeat(200)}2`, "b:c"],
  ];

  test("namespaces do not run into each other", async () => {
    const near = NEAR(bench.namespace());
    const caches = near.map(([namespace]) => bench.make({ namespace }));
    await Promise.all(near.map(([namespace, key], index) => caches[index]!.set(key, namespace)));
    const found = await Promise.all(near.map(([, key], index) => caches[index]!.get(key)));
    expect(found).toEqual(near.map(([namespace]) => namespace));
  });

  test("clear removes this namespace, and takes nothing of the neighbours", async () => {
    const near = NEAR(bench.namespace());
    const caches = near.map(([namespace]) => bench.make({ namespace }));
    await Promise.all(near.map(([namespace, key], index) => caches[index]!.set(key, namespace)));
    for (const [index, cache] of caches.entries()) {
      await cache.clear();
      const left = await Promise.all(near.map(([, key], at) => caches[at]!.exists(key)));
      expect(left).toEqual(near.map((_, at) => at > index));
    }
  });

  test("namespaces that are named like the parts of a key are like all others", async () => {
    const plain = bench.make({});
    const odd = ["k", "f", "c", "j", "@", "@lease", "@invalidated", "#", "contract2"];
    const caches = odd.map((namespace) => bench.make({ namespace }));
    const keys = ["key", "k:key", "f:key", "contract:k:key"];
    await plain.multiSet(keys.map((key) => [key, "plain"] as const));
    await Promise.all(caches.map((cache, index) => cache.set("key", odd[index])));
    expect(await Promise.all(caches.map((cache) => cache.get("key")))).toEqual(odd);
    for (const cache of caches) await cache.clear();
    expect(await plain.multiGet(keys)).toEqual(keys.map(() => "plain"));
    for (const key of keys) await plain.delete(key);
  });

  if (!bench.isAlone) {
    test("caches of one namespace share their keys, and those without one share theirs", async () => {
      const key = bench.key();
      for (const options of [{ namespace: bench.namespace() }, {}]) {
        const [one, two] = [bench.make(options), bench.make(options)];
        await one.set(key, "shared");
        expect(await two.get(key)).toBe("shared");
        expect(await two.delete(key)).toBe(true);
        expect(await one.exists(key)).toBe(false);
      }
    });
  }

  test("clear is refused without a namespace, unless it is said that all is meant", async () => {
    const cache = bench.make({});
    const key = bench.key();
    await cache.set(key, 1);
    await expect(cache.clear()).rejects.toMatchObject({ name: "CacheError", code: "clear-refused" });
    await expect(cache.clear({ all: false })).rejects.toMatchObject({ code: "clear-refused" });
    expect(await cache.get(key)).toBe(1);
    await cache.clear({ all: true });
    expect(await cache.exists(key)).toBe(false);
  });

  test("clear of all, with a namespace, is no more than clear", async () => {
    const [one, two] = [bench.namespace(), bench.namespace()].map((namespace) => bench.make({ namespace }));
    await Promise.all([one!.set("key", 1), two!.set("key", 2)]);
    await one!.clear({ all: true });
    expect([await one!.exists("key"), await two!.get("key")]).toEqual([false, 2]);
  });

  test("what is kept after a clear stays, for every client", async () => {
    const namespace = bench.namespace();
    const caches: Cache[] = [bench.make({ namespace })];
    caches.push(bench.isAlone ? caches[0]! : bench.make({ namespace }));
    const [one, two] = caches as [Cache, Cache];
    await one.multiSet({ a: 1, b: 2 });
    await two.get("a");
    await one.clear();
    await two.set("a", "new");
    expect(await one.multiGet(["a", "b"])).toEqual(["new", undefined]);
  });

  test("clear removes thousands of keys, and an empty namespace has none", async () => {
    const cache = bench.make({ namespace: bench.namespace() });
    await cache.clear();
    const keys = Array.from({ length: 3000 }, (_, index) => `key ${index}`);
    await cache.multiSet(keys.map((key) => [key, 1] as const));
    await cache.clear();
    expect(await cache.multiGet(keys)).toEqual(keys.map(() => undefined));
  });
}
