import { deepEqual, equal, ok } from "node:assert/strict";
import { forever, SECOND, waitUntil, type Bench } from "./bench.ts";

/** Tests that `setIfCurrent` refuses the result of a run if its key was invalidated after the run began. */
export function invalidation(bench: Bench): void {
  bench.test("invalidate removes a key and tells whether it existed", async () => {
    const key = bench.key();
    await bench.driver.set([forever(key, "1")]);
    equal(await bench.driver.invalidate(key), true);
    equal(await bench.read(key), undefined);
    equal(await bench.driver.invalidate(key), false);
  });

  bench.test("the result of a run is stored if its key was not invalidated", async () => {
    const key = bench.key();
    equal(await bench.driver.setIfCurrent(forever(key, "1"), 5 * SECOND), true);
    equal(await bench.driver.setIfCurrent(forever(key, "2"), 0), true);
    equal(await bench.read(key), "2");
  });

  bench.test(
    "the result of a run that began before an invalidation is refused, for every client",
    async () => {
      const key = bench.key();
      await bench.driver.invalidate(key);
      equal(await bench.driver.setIfCurrent(forever(key, "old"), 60 * SECOND), false);
      equal(await bench.other.setIfCurrent(forever(key, "old"), 60 * SECOND), false);
      equal(await bench.read(key), undefined);
    },
  );

  bench.test("a refused result does not change the stored value", async () => {
    const key = bench.key();
    await bench.driver.invalidate(key);
    await bench.other.set([{ key, data: "new", ttl: 600 * SECOND }]);
    equal(await bench.driver.setIfCurrent(forever(key, "old"), 60 * SECOND), false);
    equal(await bench.read(key), "new");
    ok((await bench.driver.ttl(key))! <= 600 * SECOND + bench.driver.limits.ttlGranularity);
  });

  bench.test("the result of a run that began after an invalidation is stored", async () => {
    const key = bench.key();
    await bench.driver.invalidate(key);
    await waitUntil("a run that begins now is stored", () =>
      bench.other.setIfCurrent(forever(key, "new"), 0),
    );
    equal(await bench.read(key), "new");
  });

  bench.test("an invalidation affects one key only", async () => {
    const [key, near] = [bench.key("a"), bench.key("ab")];
    await bench.driver.invalidate(key);
    equal(await bench.driver.setIfCurrent(forever(near, "1"), 60 * SECOND), true);
  });
}

/** Tests that a lease has one holder, that only the holder can renew and release it, and that it expires. */
export function leases(bench: Bench): void {
  const MINUTE = 60 * SECOND;

  bench.test("of many concurrent acquires of a lease, one succeeds", async () => {
    const key = bench.key();
    const asked = Array.from({ length: 40 }, (_, turn) =>
      bench.client(turn).acquire(key, `token ${turn}`, MINUTE),
    );
    deepEqual((await Promise.all(asked)).filter(Boolean), [true]);
  });

  bench.test("only its holder can renew and release a lease", async () => {
    const key = bench.key();
    equal(await bench.driver.acquire(key, "holder", MINUTE), true);
    equal(await bench.other.renew(key, "other", MINUTE), false);
    await bench.other.release(key, "other");
    equal(await bench.other.acquire(key, "other", MINUTE), false);
    equal(await bench.driver.renew(key, "holder", MINUTE), true);
    await bench.driver.release(key, "holder");
    equal(await bench.other.acquire(key, "other", MINUTE), true);
    equal(await bench.driver.renew(key, "holder", MINUTE), false);
  });

  bench.test("a lease expires, not before its time, and cannot be renewed afterwards", async () => {
    const key = bench.key();
    const start = performance.now();
    equal(await bench.driver.acquire(key, "dead", 200), true);
    await waitUntil("the lease is free", () => bench.other.acquire(key, "next", MINUTE));
    ok(performance.now() - start >= 200 - bench.driver.limits.ttlGranularity, "the lease expired too early");
    equal(await bench.driver.renew(key, "dead", SECOND), false);
    await bench.driver.release(key, "dead");
    equal(await bench.driver.acquire(key, "third", SECOND), false);
  });

  bench.test("a renewed lease lasts for the time of the renewal", async () => {
    const key = bench.key();
    equal(await bench.driver.acquire(key, "holder", MINUTE), true);
    equal(await bench.driver.renew(key, "holder", 1), true);
    await waitUntil("the lease is free", () => bench.other.acquire(key, "next", MINUTE));
  });

  bench.test("a lease without a holder cannot be renewed, and its release does nothing", async () => {
    const key = bench.key();
    equal(await bench.driver.renew(key, "other", SECOND), false);
    equal(await bench.driver.release(key, "other"), undefined);
    equal(await bench.driver.acquire(key, "holder", SECOND), true);
  });

  bench.test("the lease and the value of a key are independent", async () => {
    const key = bench.key();
    await bench.driver.acquire(key, "holder", MINUTE);
    equal(await bench.driver.exists(key), false);
    await bench.driver.set([forever(key, "1")]);
    await bench.driver.invalidate(key);
    equal(await bench.driver.renew(key, "holder", MINUTE), true);
    await bench.driver.release(key, "holder");
    equal(await bench.driver.setIfCurrent(forever(key, "old"), MINUTE), false);
  });
}
