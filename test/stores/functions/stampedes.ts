import { expect, test, vi } from "vitest";
import type { RemoteCache } from "../../../runtime/remote/cache.ts";
import type { Driver } from "../../../runtime/contract/driver.ts";
import { countedRuns, onOtherClient, writesDone, type FunctionContext } from "./context.ts";
import { nameOf } from "./values.ts";

/** Counts the calls of each driver method during `run`. */
async function driverCalls(
  { driver }: { driver: Driver },
  run: () => Promise<unknown>,
): Promise<Record<string, number>> {
  const names = ["get", "set", "add", "setIf", "deleteIf", "delete"] as const;
  const spies = names.map((name) => [name, vi.spyOn(driver, name)] as const);
  await run();
  const counts = spies.map(([name, spy]) => [name, spy.mock.calls.length] as const);
  for (const [, spy] of spies) spy.mockRestore();
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

/** Many concurrent calls. */
export function stampedes(context: FunctionContext): void {
  const cacheWith = () => (context.cache as unknown as RemoteCache).client;

  test("10,000 calls of a missing key: one read, one run, one write", async () => {
    const { fn, runs } = countedRuns(context, (n: number) => ({ n }));
    const counts = await driverCalls(cacheWith(), async () => {
      const calls = await Promise.all(Array.from({ length: 10_000 }, () => fn(1)));
      expect(new Set(calls.map(({ n }) => n))).toEqual(new Set([1]));
      await writesDone(context.cache);
    });
    expect(runs).toHaveLength(1);
    // The run begins with a placeholder, which its result replaces.
    expect(counts).toEqual({ get: 1, add: 1, setIf: 1 });
  });

  test("10,000 calls of a stored key: one read, and a separate value for each caller", async () => {
    const { fn, runs } = countedRuns(context, (n: number) => ({ n }));
    await fn(1);
    await writesDone(context.cache);
    const counts = await driverCalls(cacheWith(), async () => {
      const calls = await Promise.all(Array.from({ length: 10_000 }, () => fn(1)));
      expect(new Set(calls).size).toBe(10_000);
    });
    expect(counts).toEqual({ get: 1 });
    expect(runs).toHaveLength(1);
  });

  test("1,000 calls of a key too long for the store: one read, one run, and one error for all", async () => {
    const { fn, runs } = countedRuns(context, (text: string) => {
      throw new Error(text);
    });
    const counts = await driverCalls(cacheWith(), async () => {
      const long = "x".repeat(5000);
      const calls = Array.from({ length: 1000 }, () => fn(long).catch((error: unknown) => error));
      const errors = new Set(await Promise.all(calls));
      expect([...errors].map((error) => (error as Error).message)).toEqual([long]);
    });
    expect(runs).toHaveLength(1);
    expect(counts).toEqual({ get: 1, add: 1, deleteIf: 1 });
  });

  test("1,000 calls of as many keys: one read, and a placeholder and a write for each", async () => {
    const { fn } = countedRuns(context, (n: number) => n);
    const numbers = Array.from({ length: 1000 }, (_, n) => n);
    const counts = await driverCalls(cacheWith(), async () => {
      expect(await Promise.all(numbers.map((n) => fn(n)))).toEqual(numbers);
      await writesDone(context.cache);
    });
    expect(counts).toEqual({ get: 1, add: 1000, setIf: 1000 });
    const two = onOtherClient(context, nameOf(fn.cache.key(0)), (n: number) => n);
    expect(await Promise.all(numbers.map((n) => two.fn(n)))).toEqual(numbers);
    expect(two.runs).toEqual([]);
  });

  test("with lock=distributed, a missing key costs one process one lease more", async () => {
    const { fn, runs } = countedRuns(context, (n: number) => n, { lock: "distributed" });
    const counts = await driverCalls(cacheWith(), async () => {
      await Promise.all(Array.from({ length: 1000 }, () => fn(1)));
      await writesDone(context.cache);
    });
    expect(runs).toHaveLength(1);
    expect(counts).toMatchObject({ get: 2, add: 2, setIf: 1, deleteIf: 1 });
  });
}
