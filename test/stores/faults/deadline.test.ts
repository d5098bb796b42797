import { afterEach, expect, test, vi } from "vitest";
import { Deadline } from "../../../runtime/platform/deadline.ts";

const MS = 100;

/** A deadline, the items it gave up, and the time on its clock. */
function deadline() {
  const late: { readonly name: string; readonly at: number }[] = [];
  const of = new Deadline<{ readonly name: string }>(MS, ({ name }) =>
    late.push({ name, at: Math.round(performance.now()) }),
  );
  return { of, late };
}

afterEach(() => {
  vi.useRealTimers();
});

test("gives up an item when its own time is over, and no finished item", async () => {
  vi.useFakeTimers();
  const start = Math.round(performance.now());
  const { of, late } = deadline();
  const items = ["a", "b", "c"].map((name) => ({ name }));
  of.start(items[0]!);
  await vi.advanceTimersByTimeAsync(60);
  of.start(items[1]!);
  of.start(items[2]!);
  of.end(items[2]!);
  await vi.advanceTimersByTimeAsync(1000);
  expect(late.map(({ name }) => name)).toEqual(["a", "b"]);
  // A timer waits at least a millisecond, twice.
  expect(late[0]!.at - start - MS).toBeLessThan(5);
  expect(late[1]!.at - start - MS - 60).toBeLessThan(5);
});

test("works again after it was idle for long", async () => {
  vi.useFakeTimers();
  const { of, late } = deadline();
  for (let i = 0; i < 3; i++) {
    const item = { name: `over ${i}` };
    of.start(item);
    of.end(item);
    await vi.advanceTimersByTimeAsync(10 * MS);
  }
  of.start({ name: "late" });
  await vi.advanceTimersByTimeAsync(10 * MS);
  expect(late.map(({ name }) => name)).toEqual(["late"]);
});

test("a replaced timer keeps working when the originals are restored", async () => {
  const { of, late } = deadline();
  vi.useFakeTimers();
  const early = { name: "early" };
  of.start(early);
  of.end(early);
  vi.useRealTimers();
  of.start({ name: "late" });
  await expect.poll(() => late.map(({ name }) => name), { timeout: 100 * MS }).toEqual(["late"]);
});

test("does not keep the process alive while nothing is pending", () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const before = timers();
  const { of } = deadline();
  const items = [{ name: "a" }, { name: "b" }];
  for (const item of items) of.start(item);
  expect(timers()).toBe(before + 1);
  of.end(items[0]!);
  expect(timers()).toBe(before + 1);
  of.end(items[1]!);
  expect(timers()).toBe(before);
  of.start(items[0]!);
  expect(timers()).toBe(before + 1);
  of.end(items[0]!);
});
