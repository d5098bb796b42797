import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { unstorage, type UnstorageInstance } from "../../../runtime/unstorage.ts";
import { nameOf } from "../../../runtime/unstorage/adapter.ts";
import { createUnstorageDriver } from "../../../runtime/unstorage/driver.ts";
import { loadUnstorage, type Unstorage } from "../../support/unstorage.ts";
import { driverContract } from "./contract.ts";

let library: Unstorage;
const storages = new Map<string, Promise<UnstorageInstance>>();

beforeAll(async () => {
  library = await loadUnstorage();
});

/** One storage for each driver, as all of a process share. */
function storageOf(name: Parameters<Unstorage["driver"]>[0], options?: object): Promise<UnstorageInstance> {
  const make = async (): Promise<UnstorageInstance> =>
    library.createStorage({ driver: await library.driver(name, options) });
  if (!storages.has(name)) storages.set(name, make());
  return storages.get(name)!;
}

const folder = mkdtempSync(join(tmpdir(), "aotcache-unstorage-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

driverContract("unstorage in memory", async () => createUnstorageDriver(await storageOf("memory")));
driverContract("unstorage in an lru-cache", async () =>
  createUnstorageDriver(await storageOf("lru-cache", { max: 10_000 })),
);
// Two storages on one folder, as in two processes.
driverContract("unstorage in files", async () =>
  createUnstorageDriver(library.createStorage({ driver: await library.driver("fs-lite", { base: folder }) })),
);

const memoryStorage = async (changes: object = {}): Promise<UnstorageInstance> =>
  library.createStorage({ driver: { ...(await library.driver("memory")), ...changes } });

describe("a cache on a storage of unstorage", () => {
  test("stores values of all kinds, and accepts the options of every cache", async () => {
    const cache = unstorage(await memoryStorage(), { namespace: "main", ttl: "1h" });
    const value = { at: new Date(0), tags: new Set(["a"]), none: undefined };
    await cache.set("value", value);
    expect(await cache.get("value")).toEqual(value);
    expect(await cache.ttl("value")).toBeGreaterThan(3590);
    expect([await cache.increment("count"), await cache.increment("count", 5)]).toEqual([1, 6]);
    expect(await cache.multiGet(["count", "missing"])).toEqual([6, undefined]);
  });

  test("leaves the items of others alone, and sees only those below its prefix", async () => {
    const storage = await memoryStorage();
    await storage.setItem("page", "theirs");
    const prefixed = library.prefixStorage(storage, "cache");
    await unstorage(prefixed).set("key", "ours");
    expect(await storage.getKeys()).toEqual(["page", "cache:aotcache:~3D~40~3Ak~3Akey"]);
    await unstorage(storage).clear({ all: true });
    expect(await unstorage(prefixed).get("key")).toBe("ours");
    await unstorage(prefixed).clear({ all: true });
    expect(await storage.getKeys()).toEqual(["page"]);
  });

  test("names two keys differently where unstorage would not", () => {
    const keys = [
      "a",
      "a?b",
      "a?c",
      "a/b",
      "a:b",
      "a::b",
      "a\\b",
      "a$",
      "a$$",
      ":a",
      "a%3Ab",
      "a~3Ab",
      "ä",
      "…",
    ];
    const long = ["y", "z"].map((end) => "x".repeat(240) + end);
    const names = [...keys, ...long].map(nameOf);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^aotcache:[\w~-]{1,200}$/);
  });

  test("tells the driver when an item may go, in seconds and never too early", async () => {
    const setItem = vi.fn();
    const driver = createUnstorageDriver(await memoryStorage({ setItem }));
    await driver.set([{ key: "short", data: "1", ttl: 1500 }]);
    await driver.set([{ key: "long", data: "1", ttl: 90_000 }]);
    await driver.set([{ key: "forever", data: "1", ttl: Infinity }]);
    expect(setItem.mock.calls.map(([, , options]) => (options as { ttl?: number }).ttl)).toEqual([
      60,
      91,
      undefined,
    ]);
  });

  test("rejects what is not a storage, a driver that only reads, and unknown options", async () => {
    expect(() => unstorage({} as UnstorageInstance)).toThrow(/takes a Storage of unstorage.*no `getItem`/);
    const readOnly = await memoryStorage({ name: "github", setItem: undefined });
    expect(() => unstorage(readOnly)).toThrow("unstorage() cannot write with the driver github");
    const storage = await memoryStorage();
    expect(() => unstorage(storage, { ttll: 5 } as object)).toThrow(
      "unstorage() has no option `ttll`; write `ttl`.",
    );
  });

  test("names a driver that lists no keys when a cache is cleared", async () => {
    const cache = unstorage(await memoryStorage({ getKeys: () => [] }), { namespace: "main" });
    await expect(cache.clear()).rejects.toThrow(/^This unstorage store cannot list its keys/);
  });

  test("warns once of a driver that is eventually consistent", async () => {
    const warning = vi.spyOn(console, "warn").mockReturnValue();
    onTestFinished(() => {
      warning.mockRestore();
    });
    const storage = await memoryStorage({ name: "cloudflare-kv-binding" });
    unstorage(storage);
    unstorage(storage, { namespace: "other" });
    unstorage(await memoryStorage());
    expect(warning.mock.calls).toEqual([
      [expect.stringMatching(/cloudflare-kv-binding is eventually consistent/)],
    ]);
  });
});
