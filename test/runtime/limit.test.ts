import { expect, test } from "vitest";
import { Limit } from "../../runtime/platform/limit.ts";

const MAX = 3;
const TASKS = 200_000;

test("tasks run in the order of their calls, a few at a time, and many of them take no longer each", async () => {
  const limit = new Limit(MAX);
  const began: number[] = [];
  let running = 0;
  let most = 0;
  const run = (n: number): Promise<void> =>
    limit.run(async () => {
      began.push(n);
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
    });
  await Promise.all(Array.from({ length: TASKS }, (_, n) => run(n)));
  await run(TASKS);
  expect(most).toBe(MAX);
  expect(began.every((n, at) => n === at)).toBe(true);
  expect(began).toHaveLength(TASKS + 1);
});

test("a task that fails passes its place on", async () => {
  const limit = new Limit(1);
  const failing = limit.run(() => Promise.reject(new Error("failed")));
  const next = limit.run(async () => 1);
  await expect(failing).rejects.toThrow("failed");
  expect(await next).toBe(1);
  expect(await limit.run(async () => 2)).toBe(2);
});
