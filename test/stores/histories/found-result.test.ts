/** A call does not get a result that was removed before the call, and that a run before it still found. */
import { expect, test } from "vitest";
import { cached } from "aotcache";
import { keyv } from "aotcache/keyv";
import type { RemoteCache } from "../../../runtime/remote/cache.ts";
import { deferred } from "../../support/deferred.ts";
import { until } from "../../support/servers/until.ts";
import { writesDone } from "../functions/context.ts";

test("a call that joins another one does not get what that found before a removal", async () => {
  const records = new Map<string, unknown>();
  const late = deferred<unknown>();
  let hasRead = false;
  /** Reads that are answered late, after the placeholder was refused. */
  let isLate = false;
  const adapter = {
    async getMany(keys: string[]): Promise<unknown[]> {
      const found = keys.map((key) => records.get(key));
      if (isLate) {
        isLate = false;
        hasRead = true;
        await late.promise;
      }
      return found;
    },
    get: (key: string) => records.get(key),
    set: (key: string, value: never) => void records.set(key, value),
    delete: (key: string) => records.delete(key),
  };
  const [mine, other] = [keyv(adapter, { timeout: 10 }), keyv(records as Map<string, never>)];
  const options = { name: "work", namespace: "found" };
  const own = cached(async (_: number) => "new", { ...options, backend: mine });
  const others = cached(async (_: number) => "old", { ...options, backend: other });
  const { driver } = (mine as RemoteCache).client;
  const add = driver.add.bind(driver);
  // Between the read of the first call and its placeholder, the other process stores its result.
  driver.add = async (item) => {
    await others(1);
    await writesDone(other);
    const isAdded = await add(item);
    isLate = true;
    return isAdded;
  };

  const first = own(1);
  await until("the first call has found the result", () => hasRead);
  expect(await others.cache.invalidate(1)).toBe(true);
  const second = own(1);
  const third = own(1);
  // Both have read the store, and have joined the first call.
  await until("both wait", () => own.cache.stats().misses === 3);
  driver.add = add;
  late.resolve(undefined);
  expect(await first).toBe("old");
  expect(await Promise.all([second, third])).toEqual(["new", "new"]);
  expect(own.cache.stats()).toMatchObject({ misses: 3, runs: 1 });
});
