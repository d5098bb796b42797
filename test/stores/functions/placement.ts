import { expect, test, vi } from "vitest";
import { cached, cacheOf, configure, memory } from "aotcache";
import { named } from "aotcache/internal";
import { thrown } from "../../support/caught.ts";
import { countedRuns, recordEvents, storedEntry, writesDone, type FunctionContext } from "./context.ts";

/** Which functions use a remote store, and when the store is chosen. */
export function placement(context: FunctionContext): void {
  test("a sync function stays in memory when the default cache is remote, named or not", () => {
    const cache = context.make({ namespace: context.unique() });
    configure({ default: cache });
    const events = recordEvents(cache);
    const run = vi.fn((n: number) => ({ n }));
    for (const fn of [
      cached((n: number) => run(n), { name: context.unique() }),
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

  test("a sync function whose own backend is remote throws at every call", () => {
    const fn = cached((n: number) => n, { backend: context.cache, name: context.unique() });
    for (let time = 0; time < 2; time++)
      expect(thrown(() => fn(1))).toMatchObject({ name: "CacheError", code: "backend-remote" });
    configure({ backends: { far: context.cache } });
    const aliased = cached((n: number) => n, { backend: "far", name: context.unique() });
    expect((thrown(() => aliased(1)) as Error).message).toMatch(/"far".*make it async/);
  });

  test("a function that caches per instance stays in memory, and rejects a remote backend", async () => {
    const run = vi.fn();
    async function find(this: object, n: number): Promise<number> {
      run(this);
      return n;
    }
    configure({ default: context.cache });
    const events = recordEvents(context.cache);
    const [one, two] = [{ find: cached(find) }, {}] as const;
    await one.find(1);
    await one.find(1);
    await one.find.call(two, 1);
    expect(run.mock.calls).toEqual([[one], [two]]);
    expect(events).toEqual([]);
    const far = { find: cached(find, { name: context.unique(), backend: context.cache }) };
    await expect(far.find(1)).rejects.toMatchObject({ code: "backend-remote" });
    expect(run).toHaveBeenCalledTimes(2);
  });

  test("a function that tells objects apart by identity rejects a remote store, however that is chosen", async () => {
    const run = vi.fn();
    const make = (backend?: string | typeof context.cache): ((drawing: object) => Promise<number>) =>
      cached(async (drawing: object) => (run(drawing), Promise.resolve(1)), {
        name: context.unique(),
        identity: ["drawing"],
        ...(backend === undefined ? {} : { backend }),
      });
    configure({ default: context.cache, backends: { far: context.cache, near: memory() } });
    for (const backend of [undefined, "far", context.cache])
      await expect(make(backend)({})).rejects.toMatchObject({
        name: "CacheError",
        code: "option-conflict",
      });
    expect(run).not.toHaveBeenCalled();
    const [near, drawing] = [make("near"), {}];
    await near(drawing);
    await near(drawing);
    expect(run.mock.calls).toEqual([[drawing]]);
  });

  test("the first run of a function of unknown type shows that it returns promises", async () => {
    const run = vi.fn();
    const fn = cached((n: number) => (run(n), Promise.resolve({ n })), {
      backend: context.cache,
      name: context.unique(),
    });
    const calls = [fn(1), fn(1), fn(1)];
    for (const call of calls) expect(call).toBeInstanceOf(Promise);
    expect(await Promise.all(calls)).toEqual([{ n: 1 }, { n: 1 }, { n: 1 }]);
    expect(run.mock.calls).toEqual([[1]]);
    // That run began before the store was asked what its result would replace, so the result is not stored.
    for (const n of [1, 2, 1, 2]) expect(await fn(n)).toEqual({ n });
    expect(run.mock.calls).toEqual([[1], [1], [2]]);
    expect(fn.cache.stats()).toMatchObject({ inFlight: 0, runs: 3 });
  });

  test("the first run of such a function may fail, at once or later, and nothing is stored", async () => {
    for (const later of [false, true]) {
      const down = new Error("down");
      let fails = true;
      const fn = cached(
        (n: number): Promise<number> => {
          if (!fails) return Promise.resolve(n);
          if (later) return Promise.reject(down);
          throw down;
        },
        { backend: context.cache, name: context.unique() },
      );
      if (later) await expect(fn(1)).rejects.toBe(down);
      else expect(thrown(() => void fn(1))).toBe(down);
      fails = false;
      expect(await fn(1)).toBe(1);
      expect(await fn(1)).toBe(1);
      await writesDone(context.cache);
      expect(await fn.cache.peek(1)).toBe(1);
      expect(fn.cache.stats().inFlight).toBe(0);
    }
  });

  test("without the compiler, a function without a name is rejected: async at once, others when they return a promise", async () => {
    configure({ default: context.cache });
    const run = vi.fn();
    const options = [{}, { backend: context.cache }];
    for (const each of options) {
      const fn = cached(async () => run(), each);
      await expect(fn()).rejects.toMatchObject({ name: "CacheError", code: "name-missing" });
    }
    expect(run).not.toHaveBeenCalled();
    const fn = cached(() => Promise.resolve(1));
    await expect((async () => fn())()).rejects.toMatchObject({ code: "name-missing" });
    await expect((async () => fn())()).rejects.toMatchObject({ code: "name-missing" });
  });

  test("without the compiler, a second function with the same id is rejected, and the first still works", async () => {
    const name = context.unique();
    const [one, two] = [1, 2].map((n) => cached(async () => n, { backend: context.cache, name }));
    expect(await one!()).toBe(1);
    await expect(two!()).rejects.toMatchObject({ name: "CacheError", code: "id-duplicate" });
    await expect(two!.cache.prime([], 2)).rejects.toMatchObject({ code: "id-duplicate" });
    expect(await one!()).toBe(1);
    expect(await cached(async () => 3, { backend: context.cache, name, namespace: "another" })()).toBe(3);
    expect(await cached(async () => 4, { backend: context.cache, name, version: "2" })()).toBe(4);
  });

  test("a compiled call that caches another function each time is rejected, unless it is the same one", async () => {
    const spec = { id: ["app", context.unique(), "1"], mode: "either", parts: [], isVariable: true } as const;
    const cache = <T>(fn: () => Promise<T>): (() => Promise<T>) =>
      cached(
        named(fn, () => spec),
        { backend: context.cache },
      );
    const load = async (): Promise<number> => 1;
    expect(await cache(load)()).toBe(1);
    expect(await cache(load)()).toBe(1);
    await expect(cache(async () => 2)()).rejects.toMatchObject({ code: "id-duplicate" });
  });

  test("two such functions of unknown type are also rejected, before either gets the other's result", async () => {
    const name = context.unique();
    const [one, two] = [1, 2].map((n) => cached(() => Promise.resolve(n), { backend: context.cache, name }));
    expect(await one!()).toBe(1);
    await expect((async () => two!())()).rejects.toMatchObject({ code: "id-duplicate" });
  });

  test("after configure(), the next call uses the new cache, also during a run", async () => {
    const [first, second] = [1, 2].map(() => context.make({ namespace: context.unique() }));
    const ends: ((value: string) => void)[] = [];
    const fn = cached(async (_: number) => new Promise<string>((resolve) => ends.push(resolve)), {
      name: context.unique(),
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
    await Promise.all([writesDone(first!), writesDone(second!)]);
    expect(await fn(1)).toBe("second");
    configure({ default: first! });
    expect(await fn(1)).toBe("first");
    configure({ default: memory() });
    const inMemory = fn(1);
    await vi.waitUntil(() => ends.length === 3);
    ends[2]!("third");
    expect(await inMemory).toBe("third");
  });

  test("AOTCACHE_DISABLE=1 runs the function every time, and sends no request", async () => {
    const { fn, runs } = countedRuns(context, (n: number) => n);
    await fn(1);
    await writesDone(context.cache);
    vi.stubEnv("AOTCACHE_DISABLE", "1");
    configure({});
    const events = recordEvents(context.cache);
    expect([await fn(1), await fn(1)]).toEqual([1, 1]);
    expect(runs).toHaveLength(3);
    expect(events).toEqual([]);
    const off = cached(async () => 1, { backend: context.cache, name: context.unique() });
    expect(await off()).toBe(1);
    expect(await storedEntry(context.cache, cacheOf(off).key()).get()).toBeUndefined();
  });
}
