import { expect, test } from "vitest";
import type { Cache } from "aotcache";
import type { CacheContext } from "./contract.ts";

/** Isolation of namespaces, and what `clear()` removes. */
export function namespaces(context: CacheContext): void {
  /** Namespaces and keys that would be the same text if they were only concatenated. */
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

  test("namespaces never share keys", async () => {
    const near = NEAR(context.namespace());
    const caches = near.map(([namespace]) => context.make({ namespace }));
    await Promise.all(near.map(([namespace, key], index) => caches[index]!.set(key, namespace)));
    const found = await Promise.all(near.map(([, key], index) => caches[index]!.get(key)));
    expect(found).toEqual(near.map(([namespace]) => namespace));
  });

  test("clear removes its own namespace only", async () => {
    const near = NEAR(context.namespace());
    const caches = near.map(([namespace]) => context.make({ namespace }));
    await Promise.all(near.map(([namespace, key], index) => caches[index]!.set(key, namespace)));
    for (const [index, cache] of caches.entries()) {
      await cache.clear();
      const left = await Promise.all(near.map(([, key], at) => caches[at]!.exists(key)));
      expect(left).toEqual(near.map((_, at) => at > index));
    }
  });

  test("namespaces that look like parts of a stored key work like all others", async () => {
    const plain = context.make({});
    const odd = ["k", "f", "c", "j", "@", "@lease", "@invalidated", "#", "contract2"];
    const caches = odd.map((namespace) => context.make({ namespace }));
    const keys = ["key", "k:key", "f:key", "contract:k:key"];
    await plain.multiSet(keys.map((key) => [key, "plain"] as const));
    await Promise.all(caches.map((cache, index) => cache.set("key", odd[index])));
    expect(await Promise.all(caches.map((cache) => cache.get("key")))).toEqual(odd);
    for (const cache of caches) await cache.clear();
    expect(await plain.multiGet(keys)).toEqual(keys.map(() => "plain"));
    for (const key of keys) await plain.delete(key);
  });

  if (!context.isAlone) {
    test("caches with the same namespace share keys, and so do caches without one", async () => {
      const key = context.key();
      for (const options of [{ namespace: context.namespace() }, {}]) {
        const [one, two] = [context.make(options), context.make(options)];
        await one.set(key, "shared");
        expect(await two.get(key)).toBe("shared");
        expect(await two.delete(key)).toBe(true);
        expect(await one.exists(key)).toBe(false);
      }
    });
  }

  test("clear without a namespace rejects, unless `{ all: true }` is passed", async () => {
    const cache = context.make({});
    const key = context.key();
    await cache.set(key, 1);
    await expect(cache.clear()).rejects.toMatchObject({ name: "CacheError", code: "clear-refused" });
    await expect(cache.clear({ all: false })).rejects.toMatchObject({ code: "clear-refused" });
    expect(await cache.get(key)).toBe(1);
    await cache.clear({ all: true });
    expect(await cache.exists(key)).toBe(false);
  });

  test("clear({ all: true }) with a namespace removes this namespace only", async () => {
    const [one, two] = [context.namespace(), context.namespace()].map((namespace) =>
      context.make({ namespace }),
    );
    await Promise.all([one!.set("key", 1), two!.set("key", 2)]);
    await one!.clear({ all: true });
    expect([await one!.exists("key"), await two!.get("key")]).toEqual([false, 2]);
  });

  test("values stored after a clear remain, for every client", async () => {
    const namespace = context.namespace();
    const caches: Cache[] = [context.make({ namespace })];
    caches.push(context.isAlone ? caches[0]! : context.make({ namespace }));
    const [one, two] = caches as [Cache, Cache];
    await one.multiSet({ a: 1, b: 2 });
    await two.get("a");
    await one.clear();
    await two.set("a", "new");
    expect(await one.multiGet(["a", "b"])).toEqual(["new", undefined]);
  });

  test("clear removes thousands of keys, and accepts an empty namespace", async () => {
    const cache = context.make({ namespace: context.namespace() });
    await cache.clear();
    const keys = Array.from({ length: 3000 }, (_, index) => `key ${index}`);
    await cache.multiSet(keys.map((key) => [key, 1] as const));
    await cache.clear();
    expect(await cache.multiGet(keys)).toEqual(keys.map(() => undefined));
  });
}
