import { expect, test, vi } from "vitest";
import type { RemoteCache } from "../../../runtime/remote/cache.ts";
import type { Driver } from "../../../runtime/contract/driver.ts";
import { counted, elsewhere, written, type Bench } from "./bench.ts";
import { nameOf } from "./values.ts";

/** What a driver was asked while something ran, by method. */
async function asked(
  { driver }: { driver: Driver },
  run: () => Promise<unknown>,
): Promise<Record<string, number>> {
  const names = ["get", "set", "setIfCurrent", "acquire", "release", "delete"] as const;
  const spies = names.map((name) => [name, vi.spyOn(driver, name)] as const);
  await run();
  const counts = spies.map(([name, spy]) => [name, spy.mock.calls.length] as const);
  for (const [, spy] of spies) spy.mockRestore();
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

/** Many callers at once. */
export function herds(bench: Bench): void {
  const cacheWith = () => (bench.cache as unknown as RemoteCache).client;

  test("10,000 calls of a cold key: one look, one run, one write", async () => {
    const { fn, runs } = counted(bench, (n: number) => ({ n }));
    const counts = await asked(cacheWith(), async () => {
      const calls = await Promise.all(Array.from({ length: 10_000 }, () => fn(1)));
      expect(new Set(calls.map(({ n }) => n))).toEqual(new Set([1]));
      await written(bench.cache);
    });
    expect(runs).toHaveLength(1);
    // One for the result, one that asks whether the function was cleared meanwhile.
    expect(counts).toEqual({ get: 1, setIfCurrent: 2 });
  });

  test("10,000 calls of a warm key: one look, and each its own value", async () => {
    const { fn, runs } = counted(bench, (n: number) => ({ n }));
    await fn(1);
    await written(bench.cache);
    const counts = await asked(cacheWith(), async () => {
      const calls = await Promise.all(Array.from({ length: 10_000 }, () => fn(1)));
      expect(new Set(calls).size).toBe(10_000);
    });
    expect(counts).toEqual({ get: 1 });
    expect(runs).toHaveLength(1);
  });

  test("1,000 calls of a key too long for the store: one look, one run, and one error for all", async () => {
    const { fn, runs } = counted(bench, (text: string) => {
      throw new Error(text);
    });
    const counts = await asked(cacheWith(), async () => {
      const long = "x".repeat(5000);
      const calls = Array.from({ length: 1000 }, () => fn(long).catch((error: unknown) => error));
      const errors = new Set(await Promise.all(calls));
      expect([...errors].map((error) => (error as Error).message)).toEqual([long]);
    });
    expect(runs).toHaveLength(1);
    expect(counts).toEqual({ get: 1 });
  });

  test("1,000 calls of as many keys: one look, and few questions behind the writes", async () => {
    const { fn } = counted(bench, (n: number) => n);
    const numbers = Array.from({ length: 1000 }, (_, n) => n);
    const counts = await asked(cacheWith(), async () => {
      expect(await Promise.all(numbers.map((n) => fn(n)))).toEqual(numbers);
      await written(bench.cache);
    });
    expect(counts["get"]).toBe(1);
    expect(counts["setIfCurrent"]).toBeLessThan(1100);
    const two = elsewhere(bench, nameOf(fn.cache.key(0)), (n: number) => n);
    expect(await Promise.all(numbers.map((n) => two.fn(n)))).toEqual(numbers);
    expect(two.runs).toEqual([]);
  });

  test("with lock=distributed, a cold key of one process costs a lease more", async () => {
    const { fn, runs } = counted(bench, (n: number) => n, { lock: "distributed" });
    const counts = await asked(cacheWith(), async () => {
      await Promise.all(Array.from({ length: 1000 }, () => fn(1)));
      await written(bench.cache);
    });
    expect(runs).toHaveLength(1);
    expect(counts).toMatchObject({ acquire: 1, get: 2, setIfCurrent: 2 });
  });
}
