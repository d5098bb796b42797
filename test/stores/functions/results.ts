import { expect, test, vi } from "vitest";
import { cached, configure } from "aotcache";
import * as $aot from "../../../runtime/internal.ts";
import { deferred } from "../../support/deferred.ts";
import { thrown } from "../../support/caught.ts";
import { countedRuns, pausedRuns, recordEvents, writesDone, type FunctionContext } from "./context.ts";

/** Results that only some callers may get, and what callers of one run share. */
export function results(context: FunctionContext): void {
  const silence = (): void => void vi.spyOn(console, "warn").mockImplementation(() => undefined);

  test("a response is given to the caller that ran, and every call that joined runs for itself", async () => {
    silence();
    const cache = context.make({ namespace: context.unique() });
    const events = recordEvents(cache);
    const gate = deferred<undefined>();
    const { fn, runs } = countedRuns(context, async (_: number) => (await gate.promise, new Response("a")), {
      backend: cache,
    });
    const calls = [fn(1), fn(1), fn(1)];
    gate.resolve(undefined);
    const responses = await Promise.all(calls);
    expect(new Set(responses).size).toBe(3);
    expect(await (await fn(1)).text()).toBe("a");
    await writesDone(cache);
    expect(runs).toHaveLength(4);
    expect(fn.cache.stats()).toMatchObject({ bypassed: 4, sets: 0, inFlight: 0, errors: 0 });
    const types = events.map(({ type }) => type).filter((type) => type !== "miss");
    expect(types).toEqual(["bypass", "bypass", "bypass", "bypass"]);
    await expect(fn.cache.prime([1], new Response("b"))).rejects.toMatchObject({ code: "unstorable" });
  });

  test("a query builder is returned as it is by a function of unknown type, and not started", () => {
    silence();
    const query = { where: () => query, then: () => expect.unreachable() };
    const fn = cached((_: number) => query, { backend: context.cache, name: context.unique() });
    expect([fn(1), fn(1)]).toEqual([query, query]);
    expect(fn.cache.stats()).toMatchObject({ bypassed: 2, inFlight: 0 });
  });

  test.each(["local", "distributed"] as const)(
    "with copy=clone and lock=%s, calls that share a run get separate values",
    async (lock) => {
      const gate = deferred<undefined>();
      const { fn, runs } = countedRuns(
        context,
        async (_: number) => (await gate.promise, { list: [1] }),
        context.name === "Keyv" ? { copy: "clone" } : { copy: "clone", lock },
      );
      const calls = [fn(1).then((value) => (value.list.push(2), value)), fn(1), fn(1)];
      gate.resolve(undefined);
      const [one, two, three] = await Promise.all(calls);
      expect([one!.list, two!.list, three!.list]).toEqual([[1, 2], [1], [1]]);
      expect(two).not.toBe(three);
      expect(runs).toHaveLength(1);
    },
  );

  test("a function whose runs return a promise for some arguments only rejects a backend of its own", async () => {
    const make = (): ((id: number) => unknown) =>
      cached((id: number): unknown => (id > 0 ? Promise.resolve(id) : id), {
        backend: context.cache,
        name: context.unique(),
      });
    const [one, two] = [make(), make()];
    expect(await one(5)).toBe(5);
    await expect(one(0)).rejects.toMatchObject({ code: "result-mixed" });
    await expect(one(6)).rejects.toMatchObject({ code: "result-mixed" });
    expect(thrown(() => two(0))).toMatchObject({ code: "backend-remote" });
  });

  test("a function whose type is a promise or a value stays in memory, and throws if its own backend is not", async () => {
    const compile = (options: $aot.SpecOptions): ((id: number) => unknown) => {
      const parts = [{ name: "id" }];
      const id = ["x", context.unique(), "1"] as const;
      const made = $aot.define(
        $aot.ABI,
        { id, mode: "either", mixed: true, parts, options },
        $aot.enableBackends,
        $aot.enableResultChecks,
      );
      const fn = (id: number): number | Promise<number> => (id > 0 ? Promise.resolve(id) : id);
      return (id) => made.get1(id)?.result() ?? made.run([id], { fn });
    };
    configure({ default: context.cache, backends: { far: context.cache } });
    const events = recordEvents(context.cache);
    const fn = compile({});
    for (const id of [5, 0, 5, 0]) {
      expect(fn(id) instanceof Promise).toBe(id > 0);
      expect(await fn(id)).toBe(id);
    }
    expect(events).toEqual([]);
    const far = compile({ backend: "far" });
    for (const id of [5, 0])
      expect(thrown(() => far(id))).toMatchObject({ name: "CacheError", code: "result-mixed" });
  });

  test("in development, a run that waits for itself rejects", async () => {
    vi.stubEnv("NODE_ENV", "development");
    const { fn, runs } = countedRuns(context, async (id: number): Promise<number> => fn(id));
    await expect(fn(1)).rejects.toMatchObject({ code: "recursion-same-key" });
    expect(runs).toHaveLength(1);
    expect(fn.cache.stats()).toMatchObject({ inFlight: 0 });
  });

  test("an error of a shared run goes to all of its callers", async () => {
    const { fn, ends, runs } = pausedRuns(context, { copy: "clone" });
    const calls = [fn(1), fn(1)];
    await vi.waitFor(() => expect(runs).toHaveLength(1));
    ends[0]!.reject(new Error("down"));
    for (const outcome of await Promise.allSettled(calls)) expect(outcome.status).toBe("rejected");
  });
}
