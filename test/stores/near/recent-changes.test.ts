/** What a near tier remembers of changed keys: enough to refuse reads that a change has overtaken, and no more. */
import { expect, test } from "vitest";
import { RecentChanges } from "../../../runtime/near/recent-changes.ts";
import { collectGarbage } from "../../support/garbage.ts";

const MANY = 300_000;
const MAX_BYTES = 8 * 1024 * 1024;

test("a burst of changes takes bounded memory", async () => {
  const changes = new RecentChanges();
  await collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < MANY; i++) changes.add(`namespace:f:a-function-of-some-module@${i}`);
  await collectGarbage();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(MAX_BYTES);
  expect(changes.last).toBe(MANY);
});

test("no change is missed, however many come behind it, and a read that was sent behind it is kept", () => {
  const changes = new RecentChanges();
  const sent = changes.last;
  changes.add("key");
  const later = changes.last;
  expect([changes.hasSince("other", sent), changes.hasSince("key", later)]).toEqual([false, false]);
  for (let i = 0; i < MANY; i++) {
    changes.add(`${i}`);
    if (!changes.hasSince("key", sent)) expect.fail(`missed behind ${i} changes`);
    if (changes.hasSince("key", changes.last)) expect.fail(`a new read is refused behind ${i} changes`);
  }
  changes.addAll();
  expect(changes.hasSince("key", changes.last - 1)).toBe(true);
  expect(changes.hasSince("key", changes.last)).toBe(false);
});
