import { ok } from "node:assert/strict";
import type { Driver, Following } from "../contract/driver.ts";
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

/**
 * Tests that a driver with `follow` reports the changes of keys that it has read. It may refuse to follow, where the store
 * does not allow it.
 */
export function changes(bench: Bench): void {
  for (const [what, change] of CHANGES) {
    bench.test(`a driver that follows changes reports those of another client: ${what}`, () =>
      following(bench, async (hasChanged, check) => {
        const key = bench.key();
        await bench.other.set([forever(key, "1")]);
        await bench.driver.get([key]);
        await change(bench.other, key);
        await waitUntil("the change is reported", async () => {
          // What has expired is reported as soon as the store notices.
          await bench.other.exists(key);
          await check?.();
          return hasChanged(key);
        });
      }),
    );
  }

  bench.test("a driver that follows changes answers no check before it has reported them", () =>
    following(bench, async (hasChanged, check) => {
      for (let turn = 0; check && turn < 50; turn++) {
        const key = bench.key(`${turn}`);
        await bench.driver.get([key]);
        await bench.other.set([forever(key, "1")]);
        await check();
        ok(hasChanged(key), "a check was answered before a change was reported");
      }
    }),
  );
}

type HasChanged = (key: string) => boolean;

/** Runs a test while the driver follows changes, if it can. */
async function following(
  { driver, key }: Bench,
  run: (hasChanged: HasChanged, check: (() => Promise<void>) | undefined) => Promise<void>,
): Promise<void> {
  const changed = new Set<string>();
  let isAll = false;
  const onChange = (keys: readonly string[] | undefined): void => {
    if (keys) for (const each of keys) changed.add(each);
    else isAll = true;
  };
  let started: Following | undefined;
  try {
    if (!driver.follow) return;
    started = await driver.follow(onChange, () => undefined, { probe: key("probe") });
  } catch (error) {
    if ((error as { refused?: unknown }).refused) return;
    throw error;
  }
  try {
    await run((each) => isAll || changed.has(each), started?.check?.bind(started));
  } finally {
    started?.stop?.();
  }
}
