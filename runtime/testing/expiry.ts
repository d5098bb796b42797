import { deepEqual, equal, ok } from "node:assert/strict";
import { DAY, expectTtl, forever, readText, SECOND, waitUntil, type Bench } from "./bench.ts";

const TTLS: readonly (readonly [what: string, ttl: number])[] = [
  ["a minute", 60 * SECOND],
  ["40 days", 40 * DAY],
  ["more than 2^31 milliseconds", 2 ** 31 + 60 * SECOND],
  ["ten years", 3650 * DAY],
  ["a fraction of a millisecond more", 60 * SECOND + 0.25],
];

/** Tests that values expire on time, and that `ttl` and `expire` read and change the expiry. */
export function expiry(bench: Bench): void {
  bench.test("the ttl of a missing key is undefined, that of a key without expiry Infinity", async () => {
    const key = bench.key();
    equal(await bench.driver.ttl(key), undefined);
    await bench.driver.set([forever(key, "1")]);
    equal(await bench.driver.ttl(key), Infinity);
  });

  for (const [what, ttl] of TTLS) {
    bench.test(`the ttl is applied: ${what}`, async () => {
      const [set, added, stored] = [bench.key("set"), bench.key("added"), bench.key("stored")];
      await bench.driver.set([{ key: set, data: "1", ttl }]);
      await bench.driver.add({ key: added, data: "1", ttl });
      await bench.driver.set([forever(stored, "=old ")]);
      await bench.driver.setIf({ key: stored, data: "1", ttl }, "=old ");
      for (const key of [set, added, stored]) await expectTtl(bench.driver, key, Math.ceil(ttl));
    });
  }

  bench.test("a value lasts for its ttl and no longer, also below a second", async () => {
    const key = bench.key();
    const start = performance.now();
    await bench.driver.set([{ key, data: "1", ttl: 300 }]);
    // On a busy machine the read may come too late. Only one that came in time counts.
    const early = await bench.driver.get([key]);
    if (performance.now() - start < 300) deepEqual(early.map(readText), ["1"]);
    await waitUntil("the value is gone", async () => (await bench.read(key)) === undefined);
    ok(performance.now() - start >= 300 - bench.driver.limits.ttlGranularity, "the value was gone too early");
    equal(await bench.driver.exists(key), false);
    equal(await bench.driver.ttl(key), undefined);
    equal(await bench.driver.expire(key, SECOND), false);
    deepEqual(await bench.driver.delete([key]), [false]);
    equal(await bench.driver.add({ key, data: "2", ttl: Infinity }), true);
  });

  bench.test("set replaces the value and the expiry, also by no expiry", async () => {
    const key = bench.key();
    await bench.driver.set([{ key, data: "1", ttl: 60 * SECOND }]);
    await bench.driver.set([{ key, data: "2", ttl: 600 * SECOND }]);
    equal(await bench.read(key), "2");
    await expectTtl(bench.driver, key, 600 * SECOND);
    await bench.driver.set([forever(key, "3")]);
    equal(await bench.driver.ttl(key), Infinity);
  });

  bench.test("values that are stored together each have their own ttl", async () => {
    const [short, long, none] = [bench.key("short"), bench.key("long"), bench.key("none")];
    await bench.driver.set([
      { key: short, data: "1", ttl: 60 * SECOND },
      { key: long, data: "2", ttl: 40 * DAY },
      forever(none, "3"),
    ]);
    await expectTtl(bench.driver, short, 60 * SECOND);
    await expectTtl(bench.driver, long, 40 * DAY);
    equal(await bench.driver.ttl(none), Infinity);
  });

  bench.test("expire adds, changes and removes an expiry, and the value stays", async () => {
    const key = bench.key();
    await bench.driver.set([forever(key, "value")]);
    for (const ttl of [60 * SECOND, 40 * DAY]) {
      equal(await bench.driver.expire(key, ttl), true);
      await expectTtl(bench.driver, key, ttl);
    }
    for (const again of ["the first time", "a second time"]) {
      equal(await bench.driver.expire(key, Infinity), true, again);
      equal(await bench.driver.ttl(key), Infinity, again);
    }
    equal(await bench.read(key), "value");
  });

  bench.test("expire with a short ttl makes the value expire", async () => {
    const key = bench.key();
    await bench.driver.set([forever(key, "value")]);
    equal(await bench.driver.expire(key, 1), true);
    await waitUntil("the value is gone", async () => (await bench.read(key)) === undefined);
  });

  bench.test("expire of a missing key is false and creates no key", async () => {
    const key = bench.key();
    equal(await bench.driver.expire(key, SECOND), false);
    equal(await bench.driver.expire(key, Infinity), false);
    equal(await bench.driver.exists(key), false);
  });
}
