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

const ended = (time: number): Promise<unknown> =>
  vi.waitUntil(() => performance.now() >= time, { interval: 5 });

test("gives up an item when its own time is over, and no finished item", async () => {
  const { of, late } = deadline();
  const items = ["a", "b", "c"].map((name) => ({ name }));
  const start = performance.now();
  of.start(items[0]!);
  await ended(start + 40);
  const second = performance.now();
  of.start(items[1]!);
  of.start(items[2]!);
  of.end(items[2]!);
  await vi.waitUntil(() => late.length === 2);
  expect(late.map(({ name }) => name)).toEqual(["a", "b"]);
  expect(late[0]!.at).toBeGreaterThanOrEqual(Math.floor(start + MS));
  expect(late[0]!.at).toBeLessThan(late[1]!.at);
  expect(late[1]!.at).toBeLessThan(second + 5 * MS);
  expect(late[1]!.at).toBeGreaterThanOrEqual(Math.floor(second + MS));
});

test("works again after it was idle for long", async () => {
  const { of, late } = deadline();
  for (let i = 0; i < 3; i++) {
    const item = { name: `over ${i}` };
    of.start(item);
    of.end(item);
    await ended(performance.now() + 1.2 * MS);
  }
  of.start({ name: "late" });
  await vi.waitUntil(() => late.length > 0);
  expect(late.map(({ name }) => name)).toEqual(["late"]);
});

test("goes on while timers are fake, and when they are restored", async () => {
  const { of, late } = deadline();
  vi.useFakeTimers();
  of.start({ name: "early" });
  await expect.poll(() => late.map(({ name }) => name), { timeout: 100 * MS }).toEqual(["early"]);
  vi.useRealTimers();
  of.start({ name: "late" });
  await expect.poll(() => late.map(({ name }) => name), { timeout: 100 * MS }).toEqual(["early", "late"]);
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
