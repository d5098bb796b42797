import { expect, test, vi } from "vitest";
import { cached, type Cache, type CachedOptions } from "aotcache";
import type { RemoteCache } from "../../../runtime/remote/cache.ts";
import { random } from "../../support/random.ts";
import { deferred, type Deferred } from "../../support/deferred.ts";
import { until } from "../../support/servers/until.ts";
import { writesDone, type FunctionContext } from "./context.ts";

type Users = (ids: readonly number[], lang?: string) => Promise<string[]>;

/** A batch function, and the ids of its runs. */
function batchOn(cache: Cache, name: string, options: CachedOptions = {}) {
  const runs: (readonly number[])[] = [];
  const ends: Deferred<void>[] = [];
  const run: Users = async (ids: readonly number[], lang = "en") => {
    runs.push(ids);
    await ends[runs.length - 1]?.promise;
    return ids.map((id) => `${id} ${lang}`);
  };
  return { fn: cached(run, { multi: "ids", backend: cache, name, ...options }), runs, ends };
}

const range = (count: number): number[] => Array.from({ length: count }, (_, id) => id);

/** The options `multi` and `one`. */
export function batches(context: FunctionContext): void {
  const both = (options: CachedOptions = {}) => {
    const name = context.unique();
    return { ...batchOn(context.cache, name, options), far: batchOn(context.other, name, options) };
  };

  test("a batch runs once for the ids that no process has stored", async () => {
    const { fn, runs, far } = both();
    expect(await fn([2, 1, 2])).toEqual(["2 en", "1 en", "2 en"]);
    await writesDone(context.cache);
    expect(await far.fn([3, 1, 2, 4])).toEqual(["3 en", "1 en", "2 en", "4 en"]);
    await writesDone(context.other);
    expect(await fn([4, 3, 2])).toEqual(["4 en", "3 en", "2 en"]);
    await fn([1], "de");
    expect([runs, far.runs]).toEqual([[[2, 1], [1]], [[3, 4]]]);
    expect(fn.cache.stats()).toMatchObject({ hits: 3, misses: 3 });
  });

  test("it is read in one request, and many ids in requests of bounded size", async () => {
    const cache = context.make({ namespace: context.unique() });
    const { fn, runs } = batchOn(cache, context.unique());
    await fn(range(100));
    await writesDone(cache);
    const get = vi.spyOn((cache as unknown as RemoteCache).client.driver, "get");
    expect(await fn(range(100))).toHaveLength(100);
    expect(get.mock.calls.map(([keys]) => keys.length)).toEqual([100]);
    get.mockClear();
    expect(await fn(range(10_000))).toEqual(range(10_000).map((id) => `${id} en`));
    expect(Math.max(...get.mock.calls.map(([keys]) => keys.length))).toBe(1000);
    expect(runs.map(({ length }) => length)).toEqual([100, 9900]);
    await writesDone(cache);
    expect(await fn(range(10_000))).toHaveLength(10_000);
    expect(runs).toHaveLength(2);
  });

  test("batches of two processes that overlap get each id's own result, none that was removed before", async () => {
    const next = random(18);
    const pick = (count: number): number => Math.floor(next() * count);
    const versions = range(12).map(() => 0);
    const removed = [...versions];
    const turns = async (count: number): Promise<void> => {
      for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
    };
    const run = async (ids: readonly number[]): Promise<string[]> => {
      const read = ids.map((id) => `${id} ${versions[id]!}`);
      await turns(pick(20));
      return read;
    };
    const options = { multi: "ids", name: context.unique() };
    const sides = [context.cache, context.other].map((backend) => cached(run, { ...options, backend }));
    const wrong: string[] = [];
    const work: Promise<unknown>[] = [];
    for (let step = 0; step < 800; step++) {
      const fn = sides[pick(2)]!;
      const ids = range(1 + pick(5)).map(() => pick(12));
      if (next() < 0.8) {
        const oldest = ids.map((id) => removed[id]!);
        const answer = fn(ids).then((results) => {
          for (const [at, result] of results.entries()) {
            const [id, version = -1] = result.split(" ").map(Number);
            if (id !== ids[at] || version < oldest[at]!) wrong.push(`${step}: ${ids[at]!} got ${result}`);
          }
        });
        work.push(answer);
      } else {
        const [id] = ids as [number];
        const version = ++versions[id]!;
        const end = fn.cache.invalidate([id]).then(() => (removed[id] = Math.max(removed[id]!, version)));
        work.push(end);
      }
      await turns(pick(3));
    }
    await Promise.all(work);
    expect(wrong).toEqual([]);
  });

  test("batches in flight share the ids that they share", async () => {
    const { fn, runs, ends } = both();
    ends.push(deferred(), deferred());
    const first = fn([1, 2]);
    await until("the run has begun", () => runs.length === 1);
    const second = fn([2, 3]);
    await until("the run has begun", () => runs.length === 2);
    ends[1]!.resolve();
    ends[0]!.resolve();
    expect(await Promise.all([first, second])).toEqual([
      ["1 en", "2 en"],
      ["2 en", "3 en"],
    ]);
    expect(runs).toEqual([[1, 2], [3]]);
  });

  test("batches of several processes at once run for all that is missing, and store it", async () => {
    const { fn, far, runs } = both();
    const [a, b] = await Promise.all([fn([1, 2, 3]), far.fn([4, 3, 2])]);
    expect([a, b]).toEqual([
      ["1 en", "2 en", "3 en"],
      ["4 en", "3 en", "2 en"],
    ]);
    await writesDone(context.cache);
    await writesDone(context.other);
    const count = runs.length + far.runs.length;
    expect(await fn([1, 2, 3, 4])).toEqual(["1 en", "2 en", "3 en", "4 en"]);
    expect(runs.length + far.runs.length).toBe(count);
  });

  test("a single call joins the run of a batch, and the ids in flight can be seen", async () => {
    const { fn, runs, ends } = both();
    ends.push(deferred());
    const batch = fn([1, 2]);
    await until("the run has begun", () => runs.length === 1);
    expect(fn.cache.stats().inFlight).toBe(2);
    const joined = fn([2]);
    await fn.cache.explain([2]); // The second call has read the store before.
    ends[0]!.resolve();
    expect([await batch, await joined]).toEqual([["1 en", "2 en"], ["2 en"]]);
    expect(fn.cache.stats()).toMatchObject({ inFlight: 0, misses: 3, runs: 2 });
    expect(runs).toHaveLength(1);
  });

  test("a result that cannot be stored is returned, and the others are stored", async () => {
    const runs: (readonly number[])[] = [];
    const run = async (ids: readonly number[]) => {
      runs.push(ids);
      return ids.map((id) => (id === 2 ? () => id : id));
    };
    const fn = cached(run, { multi: "ids", backend: context.cache, name: context.unique() });
    expect(await fn([1, 2, 3])).toEqual([1, expect.any(Function), 3]);
    await writesDone(context.cache);
    await fn([1, 2, 3]);
    expect(runs).toEqual([[1, 2, 3], [2]]);
    expect(fn.cache.stats()).toMatchObject({ errors: 2, sets: 2, hits: 2 });
  });

  test("the form of results is found out by a run", async () => {
    const name = context.unique();
    const make = (cache: Cache) => {
      const runs: (readonly number[])[] = [];
      const run = async (ids: readonly number[]) => (runs.push(ids), new Map(ids.map((id) => [id, `${id}`])));
      return { runs, fn: cached(run, { multi: "ids", backend: cache, name }) };
    };
    const [first, second] = [make(context.cache), make(context.other)];
    await first.fn([1, 2]);
    await writesDone(context.cache);
    // The other process has seen no result yet.
    const expected = new Map([2, 1].map((id) => [id, `${id}`]));
    for (let n = 0; n < 2; n++) expect(await second.fn([2, 1])).toEqual(expected);
    expect(second.runs).toEqual([[2, 1]]);
  });

  test("an id that is removed during the run is not kept, and the others are", async () => {
    const { fn, runs, ends, far } = both();
    ends.push(deferred());
    const result = fn([1, 2]);
    await until("the run has begun", () => runs.length === 1);
    await far.fn.cache.invalidate([2]);
    ends[0]!.resolve();
    expect(await result).toEqual(["1 en", "2 en"]);
    await writesDone(context.cache);
    await fn([1, 2]);
    expect(runs).toEqual([[1, 2], [2]]);
  });

  test("a handle reads, stores, refreshes and removes each id", async () => {
    const { fn, runs } = both();
    const handle = fn.cache;
    await handle.prime([[1, 2]], ["one", "two"]);
    expect(await handle.peek([1, 3])).toEqual(["one", undefined]);
    expect(await handle.refresh([2])).toEqual(["2 en"]);
    expect(await fn([1, 2])).toEqual(["one", "2 en"]);
    expect(await handle.invalidate([1, 2])).toBe(true);
    await fn([1, 2]);
    expect(runs).toEqual([[2], [1, 2]]);
  });

  test("a single-id function shares entries and runs", async () => {
    const { fn, runs, ends } = both({ tags: ["id:{ids}"] });
    const one = cached(async (id: number, lang = "en") => `alone ${id} ${lang}`, { one: fn });
    expect(await one(1)).toBe("alone 1 en");
    await writesDone(context.cache);
    ends.push(deferred());
    // The keys are those of the arguments as they are given: without the compiler, no default is known.
    const batch = fn([1, 2]);
    await until("the run has begun", () => runs.length === 1);
    const joined = one(2);
    ends[0]!.resolve();
    expect([await batch, await joined]).toEqual([["alone 1 en", "2 en"], "2 en"]);
    await context.cache.invalidateTags("id:1");
    expect(await fn([1, 2])).toEqual(["1 en", "2 en"]);
    expect(runs).toEqual([[2], [1]]);
  });

  test("`swr` refreshes all stale ids in one run behind the caller", async () => {
    const { fn, runs } = both({ ttl: "50ms", swr: "1h" });
    await fn([1, 2, 3]);
    await writesDone(context.cache);
    await until("the results are stale", async () => (await fn.cache.explain([1])).state === "stale");
    expect(await fn([3, 1, 2])).toEqual(["3 en", "1 en", "2 en"]);
    await until("the run has begun", () => runs.length === 2);
    expect(runs[1]).toEqual([3, 1, 2]);
    await writesDone(context.cache);
  });

  test("an error rejects the batch, and that of an id stays with it", async () => {
    let isDown = true;
    const runs: (readonly number[])[] = [];
    const run = async (ids: readonly number[]): Promise<(number | Error)[]> => {
      runs.push(ids);
      if (isDown) throw new Error("down");
      return ids.map((id) => (id === 2 ? new Error("no 2") : id));
    };
    const fn = cached(run, { multi: "ids", backend: context.cache, name: context.unique() });
    await expect(fn([1, 2])).rejects.toThrow("down");
    isDown = false;
    expect(await fn([1, 2])).toEqual([1, new Error("no 2")]);
    await writesDone(context.cache);
    expect(await fn([1, 2])).toEqual([1, new Error("no 2")]);
    expect(runs).toEqual([[1, 2], [1, 2], [2]]);
  });

  test("a caller that aborts leaves, and the run is aborted when all have left", async () => {
    const signals: AbortSignal[] = [];
    const end = deferred<string>();
    const run = async (ids: readonly number[], signal?: AbortSignal): Promise<readonly number[]> => {
      signals.push(signal!);
      await end.promise;
      return ids;
    };
    const fn = cached(run, { multi: "ids", backend: context.cache, name: context.unique() });
    const controllers = [new AbortController(), new AbortController()] as const;
    const first = fn([1, 2], controllers[0].signal).catch(String);
    await until("the run has begun", () => signals.length === 1);
    const second = fn([2], controllers[1].signal).catch(String);
    await fn.cache.explain([2]); // The second call has read the store before, and has joined the run.
    controllers[0].abort("first");
    expect([await first, signals[0]!.aborted]).toEqual(["first", false]);
    controllers[1].abort("second");
    expect(await second).toBe("second");
    await until("the run is aborted", () => signals[0]!.aborted);
    end.resolve("");
  });
}
