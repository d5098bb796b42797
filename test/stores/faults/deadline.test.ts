import { afterEach, expect, test, vi } from "vitest";
import { Deadline } from "../../../runtime/platform/deadline.ts";

const MS = 100;

/** A deadline, what it gave up, and the time on its clock. */
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

test("what is not over in time is given up, each in its own time, and what is over is not", async () => {
  vi.useFakeTimers();
  const start = Math.round(performance.now());
  const { of, late } = deadline();
  const things = ["a", "b", "c"].map((name) => ({ name }));
  of.start(things[0]!);
  await vi.advanceTimersByTimeAsync(60);
  of.start(things[1]!);
  of.start(things[2]!);
  of.end(things[2]!);
  await vi.advanceTimersByTimeAsync(1000);
  expect(late.map(({ name }) => name)).toEqual(["a", "b"]);
  // A timer waits a millisecond at the least, twice.
  expect(late[0]!.at - start - MS).toBeLessThan(5);
  expect(late[1]!.at - start - MS - 60).toBeLessThan(5);
});

test("it works again after all was over for long", async () => {
  vi.useFakeTimers();
  const { of, late } = deadline();
  for (let i = 0; i < 3; i++) {
    const thing = { name: `over ${i}` };
    of.start(thing);
    of.end(thing);
    await vi.advanceTimersByTimeAsync(10 * MS);
  }
  of.start({ name: "late" });
  await vi.advanceTimersByTimeAsync(10 * MS);
  expect(late.map(({ name }) => name)).toEqual(["late"]);
});

test("timers that were replaced, and put back, do not take it along", async () => {
  const { of, late } = deadline();
  vi.useFakeTimers();
  const early = { name: "early" };
  of.start(early);
  of.end(early);
  vi.useRealTimers();
  of.start({ name: "late" });
  await expect.poll(() => late.map(({ name }) => name), { timeout: 100 * MS }).toEqual(["late"]);
});

test("it keeps no process from ending while nothing is under way", () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const before = timers();
  const { of } = deadline();
  const things = [{ name: "a" }, { name: "b" }];
  for (const thing of things) of.start(thing);
  expect(timers()).toBe(before + 1);
  of.end(things[0]!);
  expect(timers()).toBe(before + 1);
  of.end(things[1]!);
  expect(timers()).toBe(before);
  of.start(things[0]!);
  expect(timers()).toBe(before + 1);
  of.end(things[0]!);
});
