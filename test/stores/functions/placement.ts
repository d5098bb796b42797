import { expect, test, vi } from "vitest";
import { cached, cacheOf, configure, memory } from "aotcache";
import { thrown } from "../../support/caught.ts";
import { counted, heard, stored, written, type Bench } from "./bench.ts";

/** Which functions a store outside of memory takes, and when it is looked up. */
export function placement(bench: Bench): void {
  test("a sync function stays in memory when the default cache is elsewhere, named or not", () => {
    const cache = bench.make({ namespace: bench.unique() });
    configure({ default: cache });
    const events = heard(cache);
    const run = vi.fn((n: number) => ({ n }));
    for (const fn of [
      cached((n: number) => run(n), { name: bench.unique() }),
      cached((n: number) => run(n)),
    ]) {
      run.mockClear();
      const first = fn(1);
      expect(first).toEqual({ n: 1 });
      expect(fn(1)).toBe(first);
      expect(run).toHaveBeenCalledTimes(1);
      expect(fn.cache.stats()).toMatchObject({ hits: 1, entries: 1 });
    }
    expect(events).toEqual([]);
  });

  test("a sync function whose own backend is elsewhere throws, at the first call and after", () => {
    const fn = cached((n: number) => n, { backend: bench.cache, name: bench.unique() });
    for (let time = 0; time < 2; time++)
      expect(thrown(() => fn(1))).toMatchObject({ name: "CacheError", code: "backend-remote" });
    configure({ backends: { far: bench.cache } });
    const aliased = cached((n: number) => n, { backend: "far", name: bench.unique() });
    expect((thrown(() => aliased(1)) as Error).message).toMatch(/"far".*make it async/);
  });

  test("what is kept with its instance stays in memory, or is an error", async () => {
    const run = vi.fn();
    async function find(this: object, n: number): Promise<number> {
      run(this);
      return n;
    }
    configure({ default: bench.cache });
    const events = heard(bench.cache);
    const [one, two] = [{ find: cached(find) }, {}] as const;
    await one.find(1);
    await one.find(1);
    await one.find.call(two, 1);
    expect(run.mock.calls).toEqual([[one], [two]]);
    expect(events).toEqual([]);
    const far = { find: cached(find, { name: bench.unique(), backend: bench.cache }) };
    await expect(far.find(1)).rejects.toMatchObject({ code: "backend-remote" });
    expect(run).toHaveBeenCalledTimes(2);
  });

  test("of a function whose type does not tell, the first run does: here it gives promises", async () => {
    const run = vi.fn();
    const fn = cached((n: number) => (run(n), Promise.resolve({ n })), {
      backend: bench.cache,
      name: bench.unique(),
    });
    const calls = [fn(1), fn(1), fn(1)];
    for (const call of calls) expect(call).toBeInstanceOf(Promise);
    expect(await Promise.all(calls)).toEqual([{ n: 1 }, { n: 1 }, { n: 1 }]);
    await written(bench.cache);
    expect(await fn(1)).toEqual({ n: 1 });
    expect(await fn(2)).toEqual({ n: 2 });
    expect(run.mock.calls).toEqual([[1], [2]]);
    expect(fn.cache.stats()).toMatchObject({ inFlight: 0, runs: 2 });
  });

  test("the first run of such a function may fail, at once or later, and nothing is kept", async () => {
    for (const later of [false, true]) {
      const down = new Error("down");
      let fails = true;
      const fn = cached(
        (n: number): Promise<number> => {
          if (!fails) return Promise.resolve(n);
          if (later) return Promise.reject(down);
          throw down;
        },
        { backend: bench.cache, name: bench.unique() },
      );
      if (later) await expect(fn(1)).rejects.toBe(down);
      else expect(thrown(() => void fn(1))).toBe(down);
      fails = false;
      expect(await fn(1)).toBe(1);
      await written(bench.cache);
      expect(await fn.cache.peek(1)).toBe(1);
      expect(fn.cache.stats().inFlight).toBe(0);
    }
  });

  test("without the compiler, a function without a name is refused: async at once, others when it is told", async () => {
    configure({ default: bench.cache });
    const run = vi.fn();
    const options = [{}, { backend: bench.cache }];
    for (const each of options) {
      const fn = cached(async () => run(), each);
      await expect(fn()).rejects.toMatchObject({ name: "CacheError", code: "name-missing" });
    }
    expect(run).not.toHaveBeenCalled();
    const fn = cached(() => Promise.resolve(1));
    await expect((async () => fn())()).rejects.toMatchObject({ code: "name-missing" });
    await expect((async () => fn())()).rejects.toMatchObject({ code: "name-missing" });
  });

  test("without the compiler, a second function under one id is refused, and the first goes on", async () => {
    const name = bench.unique();
    const [one, two] = [1, 2].map((n) => cached(async () => n, { backend: bench.cache, name }));
    expect(await one!()).toBe(1);
    await expect(two!()).rejects.toMatchObject({ name: "CacheError", code: "id-duplicate" });
    await expect(two!.cache.prime([], 2)).rejects.toMatchObject({ code: "id-duplicate" });
    expect(await one!()).toBe(1);
    expect(await cached(async () => 3, { backend: bench.cache, name, namespace: "another" })()).toBe(3);
    expect(await cached(async () => 4, { backend: bench.cache, name, version: "2" })()).toBe(4);
  });

  test("two such functions whose type does not tell are refused, too, before either gets the other's", async () => {
    const name = bench.unique();
    const [one, two] = [1, 2].map((n) => cached(() => Promise.resolve(n), { backend: bench.cache, name }));
    expect(await one!()).toBe(1);
    await expect((async () => two!())()).rejects.toMatchObject({ code: "id-duplicate" });
  });

  test("configure() again: the next call goes to the other cache, also during a run", async () => {
    const [first, second] = [1, 2].map(() => bench.make({ namespace: bench.unique() }));
    const ends: ((value: string) => void)[] = [];
    const fn = cached(async (_: number) => new Promise<string>((resolve) => ends.push(resolve)), {
      name: bench.unique(),
    });
    configure({ default: first! });
    const early = fn(1);
    await vi.waitUntil(() => ends.length === 1);
    configure({ default: second! });
    const late = fn(1);
    await vi.waitUntil(() => ends.length === 2);
    ends[0]!("first");
    ends[1]!("second");
    expect(await Promise.all([early, late])).toEqual(["first", "second"]);
    await Promise.all([written(first!), written(second!)]);
    expect(await fn(1)).toBe("second");
    configure({ default: first! });
    expect(await fn(1)).toBe("first");
    configure({ default: memory() });
    const inMemory = fn(1);
    await vi.waitUntil(() => ends.length === 3);
    ends[2]!("third");
    expect(await inMemory).toBe("third");
  });

  test("AOTCACHE_DISABLE=1: runs as if unmarked, and asks nothing of the store", async () => {
    const { fn, runs } = counted(bench, (n: number) => n);
    await fn(1);
    await written(bench.cache);
    vi.stubEnv("AOTCACHE_DISABLE", "1");
    configure({});
    const events = heard(bench.cache);
    expect([await fn(1), await fn(1)]).toEqual([1, 1]);
    expect(runs).toHaveLength(3);
    expect(events).toEqual([]);
    const off = cached(async () => 1, { backend: bench.cache, name: bench.unique() });
    expect(await off()).toBe(1);
    expect(await stored(bench.cache, cacheOf(off).key()).get()).toBeUndefined();
  });
}
