import { gunzipSync, gzipSync } from "node:zlib";
import { Keyv } from "keyv";
import { afterAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { CacheError } from "../../../runtime/contract/errors.ts";
import type { Driver } from "../../../runtime/contract/driver.ts";
import { createKeyvDriver } from "../../../runtime/keyv/driver.ts";
import { keyv, type KeyvAdapter } from "../../../runtime/keyv.ts";
import { KeyvFiles, keyvFolder } from "../../support/keyv-files.ts";
import { driverContract } from "./contract.ts";

const map = new Map<string, unknown>();
const plain = new Keyv();
const raw = new Keyv({ serialize: undefined, deserialize: undefined } as object);
const zipped = new Keyv({
  namespace: "zipped",
  compression: {
    compress: (value: string) => gzipSync(value).toString("base64"),
    decompress: (value: string) => gunzipSync(Buffer.from(value, "base64")).toString(),
  },
});
const folder = keyvFolder(afterAll);

driverContract("keyv on a Map", () => createKeyvDriver(map));
driverContract("keyv on a Keyv", () => createKeyvDriver(plain));
driverContract("keyv on a Keyv that does not serialize", () => createKeyvDriver(raw));
driverContract("keyv on a Keyv that compresses", () => createKeyvDriver(zipped));
// Two adapters on one folder, as in two processes.
driverContract("keyv on a storage adapter", () =>
  createKeyvDriver(new Keyv({ store: new KeyvFiles(folder), namespace: "a_b%" })),
);

const forever = (key: string, data: string) => ({ key, data, ttl: Infinity });

describe("a cache on a store of Keyv", () => {
  test("stores values of all kinds, and accepts the options of every cache", async () => {
    const cache = keyv(new Keyv({ store: new KeyvFiles(keyvFolder()) }), { namespace: "main", ttl: "1h" });
    const value = { at: new Date(0), tags: new Set(["a"]), none: undefined };
    await cache.set("value", value);
    expect(await cache.get("value")).toEqual(value);
    expect(await cache.ttl("value")).toBeGreaterThan(3590);
    expect([await cache.increment("count"), await cache.increment("count", 5)]).toEqual([1, 6]);
    expect(await cache.multiGet(["count", "missing"])).toEqual([6, undefined]);
  });

  test("clears its own namespace only, also in a store that is used without the cache", async () => {
    const store = new Keyv({ store: new KeyvFiles(keyvFolder()) });
    const [mine, near] = [keyv(store, { namespace: "main" }), keyv(store, { namespace: "main2" })];
    await store.set("main:k:theirs", "theirs");
    for (const cache of [mine, near]) await cache.set("key", "ours");
    await mine.clear();
    expect(await mine.get("key")).toBeUndefined();
    expect(await near.get("key")).toBe("ours");
    await keyv(store).clear({ all: true });
    expect(await near.get("key")).toBeUndefined();
    expect(await store.get("main:k:theirs")).toBe("theirs");
  });

  test("leaves the store open on close, because it did not open it", async () => {
    const store = new Keyv();
    const [first, second] = [keyv(store), keyv(store)];
    await first.set("key", 1);
    await first.close();
    expect(await second.get("key")).toBe(1);
  });

  test("rejects a value that is not a store, and unknown options", () => {
    expect(() => keyv({} as Keyv)).toThrow(/keyv\(\) takes a Keyv, a storage adapter of Keyv or a Map/);
    expect(() => keyv(new Map(), { ttll: 5 } as object)).toThrow("keyv() has no option `ttll`; write `ttl`.");
    expect(() => keyv(new Map(), { lease: 5 } as object)).toThrow(CacheError);
  });
});

describe("a store of Keyv is shared with others", () => {
  test.each<[string, (driver: Driver) => Promise<unknown>, unknown]>([
    ["delete", (driver) => driver.delete(["k:a"]), [false]],
    ["deleteIf", (driver) => driver.deleteIf("k:a", "=a "), true],
  ])("%s removes what has expired by the clock of this process only", async (_, remove, answer) => {
    const driver = createKeyvDriver(new Map());
    await driver.set([{ key: "k:a", data: "=a ", ttl: 60_000 }]);
    const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() + 3_600_000);
    onTestFinished(() => clock.mockRestore());
    expect(await remove(driver)).toEqual(answer);
    clock.mockRestore();
    expect(await driver.get(["k:a"])).toEqual([undefined]);
  });

  test.each([
    ["a text", "text"],
    ["a value of another cache", '{"value":"other","expires":null}'],
    ["cut short", '{"value":"aotcache/1\\n=k:a\\ntext,1"'],
    ["a value without a key", '{"value":"aotcache/1\\n"}'],
    ["invalid base64", '{"value":"aotcache/1\\n=k:a\\nbase64,?"}'],
    ["an unknown format", '{"value":"aotcache/1\\n=k:a\\nzip,1"}'],
    ["a number", 7],
    ["null", null],
  ])("an entry of another program is a miss, and is overwritten: %s", async (_, junk) => {
    const store = new Map<string, unknown>([["=k:a", junk]]);
    const driver = createKeyvDriver(store);
    expect(await driver.get(["k:a"])).toEqual([undefined]);
    expect(await driver.delete(["k:a"])).toEqual([false]);
    expect(store.get("=k:a")).toBe(junk);
    expect(await driver.add(forever("k:a", "mine"))).toBe(true);
    expect(await driver.get(["k:a"])).toEqual(["mine"]);
  });

  test("a store that ignores case returns a miss, never the value of the other key", async () => {
    class Folding extends KeyvFiles {
      protected override fileOf(key: string): string {
        return super.fileOf(key.toLowerCase());
      }
    }
    const driver = createKeyvDriver(new Folding(keyvFolder()));
    await driver.set([forever("k:A", "of A")]);
    expect(await driver.get(["k:a"])).toEqual([undefined]);
    expect(await driver.delete(["k:a"])).toEqual([false]);
    expect(await driver.get(["k:A"])).toEqual(["of A"]);
  });

  test("an adapter that lists only the keys of its namespace works", async () => {
    const store = new KeyvFiles(keyvFolder());
    store.namespace = "mine";
    const driver = createKeyvDriver(store);
    await driver.set([forever("main:a", "1")]);
    await driver.clear("main:");
    expect(await driver.exists("main:a")).toBe(false);
  });

  test("clear removes leases and invalidations only after they have ended", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const store = new Map<string, string>();
    const driver = createKeyvDriver(store);
    await driver.set([{ key: "other:a", data: "=1 ", ttl: 1000 }]);
    await driver.setIf({ key: "other:a", data: "=2 ", ttl: 500 }, "=1 ");
    await driver.clear("main:");
    expect([...store.keys()]).toEqual(["=other:a", ">other:a"]);
    vi.setSystemTime(Date.now() + 500);
    await driver.clear("main:");
    expect([...store.keys()]).toEqual(["=other:a"]);
    vi.setSystemTime(Date.now() + 500);
    await driver.clear("main:");
    expect([...store.keys()]).toEqual([]);
  });
});

describe("a store of Keyv that fails", () => {
  test("rejects where Keyv itself would return a miss or nothing", async () => {
    const store = new KeyvFiles(`${keyvFolder()}/missing`);
    store.get = () => Promise.reject(new Error("the disk is gone"));
    const cache = keyv(new Keyv({ store }));
    await expect(cache.get("key")).rejects.toMatchObject({ code: "unavailable" });
    await expect(cache.set("key", 1)).rejects.toMatchObject({ code: "unavailable" });
  });

  test("rejects if the adapter only returns `false`", async () => {
    const store = { get: () => undefined, set: () => false, delete: () => false };
    await expect(keyv(store).set("key", 1)).rejects.toThrow("refused to store");
  });

  test("an error event of the adapter does not end the process", () => {
    const store = new KeyvFiles(keyvFolder());
    keyv(store);
    expect(store.emit("error", new Error("the disk is gone"))).toBe(true);
  });

  test("a failed operation does not block later ones", async () => {
    const store = new Map<string, string>();
    let failures = 1;
    const adapter = {
      get: (key: string) => store.get(key),
      delete: (key: string) => store.delete(key),
      set(key: string, value: string) {
        if (failures-- > 0) throw new Error("the disk is full");
        store.set(key, value);
      },
    };
    const driver = createKeyvDriver(adapter);
    const [first, second] = [driver.increment("n", 1, Infinity), driver.increment("n", 1, Infinity)];
    await expect(first).rejects.toThrow("the disk is full");
    expect(await second).toBe(1);
  });

  test.each<[string, object, string]>([
    ["cannot list its keys", { iterator: undefined }, "its adapter has no `iterator`"],
    ["lists keys under other names", { iterator: async function* () {} }, "does not list them"],
  ])("clear rejects and changes nothing if the adapter %s", async (_, overrides, message) => {
    const adapter = Object.assign(new KeyvFiles(keyvFolder()), overrides);
    const cache = keyv(adapter as KeyvAdapter, { namespace: "main" });
    await cache.set("key", 1);
    const refusal = await cache.clear().catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "clear-refused", message: expect.stringContaining(message) });
    expect(await cache.get("key")).toBe(1);
  });
});
