import { ok } from "node:assert/strict";
import type { Driver } from "../contract/driver.ts";
import { forever, waitUntil, type Bench } from "./bench.ts";

const CHANGES: readonly (readonly [
  what: string,
  change: (other: Driver, key: string) => Promise<unknown>,
])[] = [
  ["set", (other, key) => other.set([forever(key, "2")])],
  ["delete", (other, key) => other.delete([key])],
  ["increment", (other, key) => other.increment(key, 1, Infinity)],
  ["setIf", (other, key) => other.setIf(forever(key, "2"), "1")],
  ["replaceStart", (other, key) => other.replaceStart(key, "1", "2")],
  ["deleteIf", (other, key) => other.deleteIf(key, "1")],
  ["expiry", (other, key) => other.expire(key, 100)],
  ["clear", (other, key) => other.clear(key)],
];

/** Tests that a driver with `follow` reports the changes of keys that it has read. Others have no near tier that needs it. */
export function changes(bench: Bench): void {
  for (const [what, change] of CHANGES) {
    bench.test(`if it follows changes, it reports those of another client: ${what}`, async () => {
      const { driver, other } = bench;
      if (!driver.follow) return;
      const key = bench.key();
      await other.set([forever(key, "1")]);
      const changed = new Set<string | undefined>();
      const following = await driver.follow(
        (keys = [undefined as never]) => keys.forEach((each) => changed.add(each)),
        () => undefined,
        { probe: bench.key("probe") },
      );
      try {
        // What has expired is reported as soon as the store notices.
        await driver.get([key]);
        await change(other, key);
        await waitUntil("the change is reported", async () => {
          await other.exists(key);
          await following?.check?.();
          return changed.has(key) || changed.has(undefined);
        });
      } finally {
        following?.stop?.();
      }
    });
  }

  bench.test("if it follows changes, a check shows that earlier changes were reported", async () => {
    const { driver, other } = bench;
    const changed = new Set<string | undefined>();
    const following = await driver.follow?.(
      (keys = [undefined as never]) => keys.forEach((each) => changed.add(each)),
      () => undefined,
      { probe: bench.key("probe") },
    );
    if (!following?.check) return;
    try {
      for (let turn = 0; turn < 50; turn++) {
        const key = bench.key(`${turn}`);
        await driver.get([key]);
        await other.set([forever(key, "1")]);
        await following.check();
        ok(changed.has(key) || changed.has(undefined), "a check was answered before a change was reported");
      }
    } finally {
      following.stop?.();
    }
  });
}
