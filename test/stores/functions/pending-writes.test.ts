/** Results on their way to the store, where reads and writes have connections of their own. */
import { expect, onTestFinished, test } from "vitest";
import { cached } from "aotcache";
import { createCache, type Data } from "aotcache/driver";
import { MapDriver, MapServer } from "../../../fixtures/apps/driver/map-driver.ts";
import { deferred } from "../../support/deferred.ts";
import { until } from "../../support/servers/until.ts";
import { writesDone } from "./context.ts";

/** A driver whose replies to reads wait, once the store has answered them. */
class SlowReplies extends MapDriver {
  reply = Promise.resolve();
  reads = 0;

  override async get(keys: readonly string[]): Promise<(Data | undefined)[]> {
    const values = await super.get(keys);
    this.reads++;
    await this.reply;
    return values;
  }
}

test("a read that was answered before a write and arrives after it finds the result", async () => {
  const driver = new SlowReplies(new MapServer());
  const cache = createCache(driver);
  onTestFinished(() => cache.close());
  const ends = deferred<string>();
  let runs = 0;
  const run = async (_: number): Promise<string> => {
    runs++;
    return ends.promise;
  };
  const fn = cached(run, { backend: cache, lock: "none" });

  const first = fn(1);
  await until("it runs", () => runs === 1);
  const held = deferred<undefined>();
  driver.reply = held.promise as Promise<never>;
  const { reads } = driver;
  const second = fn(1);
  await until("the store has answered the second call", () => driver.reads > reads);
  ends.resolve("result");
  expect(await first).toBe("result");
  await writesDone(cache);
  held.resolve(undefined);
  expect(await second).toBe("result");
  expect(runs).toBe(1);
});
