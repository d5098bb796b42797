import { expect, test, vi } from "vitest";
import { countedRuns, recordEvents, writesDone, type FunctionContext } from "./context.ts";

/** The events of cached functions. */
export function events(context: FunctionContext): void {
  test("have a type, a key and a function", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const cache = context.make({ namespace: context.unique() });
    let fails = false;
    const down = new Error("down");
    const { fn } = countedRuns(
      context,
      (n: number) => {
        if (fails) throw down;
        return n;
      },
      { backend: cache, namespace: "x", name: "told", ttl: 10, sie: 10 },
    );
    const all = recordEvents(cache);
    const taken = () => all.splice(0);
    const where = { key: "x:told@0(1)", id: "x:told@0" };
    await fn(1);
    await writesDone(cache);
    expect(taken()).toEqual([
      { type: "miss", ...where },
      { type: "set", ...where },
    ]);
    await fn(1);
    expect(taken()).toEqual([{ type: "hit", ...where }]);
    fails = true;
    vi.setSystemTime(Date.now() + 15_000);
    await fn(1);
    expect(taken()).toEqual([
      { type: "miss", ...where },
      { type: "stale", ...where, error: down },
    ]);
    await fn.cache.prime([1], 2);
    expect(taken()).toEqual([{ type: "set", ...where }]);
    fails = false;
    await fn.cache.refresh(1);
    await writesDone(cache);
    expect(taken()).toEqual([{ type: "set", ...where }]);
  });

  test("are emitted once for each caller: hits and misses add up", async () => {
    const cache = context.make({ namespace: context.unique() });
    const { fn } = countedRuns(context, (n: number) => n, { backend: cache });
    const all = recordEvents(cache);
    await Promise.all(Array.from({ length: 5 }, () => fn(1)));
    await writesDone(cache);
    await Promise.all(Array.from({ length: 5 }, () => fn(1)));
    expect(all.map(({ type }) => type).sort()).toEqual([
      ...Array.from({ length: 5 }, () => "hit"),
      ...Array.from({ length: 5 }, () => "miss"),
      "set",
    ]);
    expect(fn.cache.stats()).toMatchObject({ hits: 5, misses: 5, runs: 1, sets: 1, hitRatio: 0.5 });
    expect(cache.stats()).toMatchObject({ hits: 5, misses: 5, sets: 1 });
  });

  test("a listener that throws affects no call", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const cache = context.make({ namespace: context.unique() });
    for (const type of ["hit", "miss", "set"] as const)
      cache.on(type, () => {
        throw new Error("listener");
      });
    const { fn, runs } = countedRuns(context, (n: number) => n, { backend: cache });
    expect(await fn(1)).toBe(1);
    await writesDone(cache);
    expect(await fn(1)).toBe(1);
    expect(runs).toHaveLength(1);
    warn.mockRestore();
  });
}
