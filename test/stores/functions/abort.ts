import { expect, test } from "vitest";
import { cached } from "aotcache";
import { until } from "../../support/servers/until.ts";
import { written, type Bench } from "./bench.ts";

type Lock = "local" | "distributed";
const LOCKS: readonly Lock[] = ["local", "distributed"];

/** A function whose runs end when the test says so, or when their signal is aborted. */
function abortable(bench: Bench, lock: Lock = "local") {
  const runs: { signal: AbortSignal | undefined; end(value: string): void }[] = [];
  const run = (signal: AbortSignal | undefined): Promise<string> =>
    new Promise((resolve, reject) => {
      runs.push({ signal, end: resolve });
      if (signal?.aborted) reject(signal.reason);
      signal?.addEventListener("abort", () => reject(signal.reason));
    });
  const options = { backend: bench.cache, lock } as const;
  const direct = cached(async (_: number, signal?: AbortSignal) => run(signal), {
    ...options,
    name: bench.unique(),
  });
  const inside = cached(async (_: number, { signal }: { signal?: AbortSignal }) => run(signal), {
    ...options,
    name: bench.unique(),
  });
  return { direct, inside, runs };
}

const leave = new Error("leave");

/** Callers that leave. */
export function abort(bench: Bench): void {
  test.each(["direct", "inside"] as const)("a signal makes no difference to the key: %s", async (how) => {
    const { direct, inside, runs } = abortable(bench);
    const call = (signal?: AbortSignal) =>
      how === "direct" ? direct(1, signal) : inside(1, signal ? { signal } : {});
    const first = call(new AbortController().signal);
    const second = call();
    await until("it runs", () => runs.length === 1);
    runs[0]!.end("value");
    expect(await Promise.all([first, second])).toEqual(["value", "value"]);
    expect(await call(new AbortController().signal)).toBe("value");
    expect(runs).toHaveLength(1);
  });

  test.each(LOCKS.flatMap((lock) => (["direct", "inside"] as const).map((how) => [how, lock] as const)))(
    "one who aborts leaves alone; when the last has left the run is aborted: %s, lock=%s",
    async (how, lock) => {
      const { direct, inside, runs } = abortable(bench, lock);
      const [one, two] = [new AbortController(), new AbortController()];
      const call = (signal: AbortSignal) => (how === "direct" ? direct(1, signal) : inside(1, { signal }));
      const calls = [call(one.signal), call(two.signal)];
      await until("it runs", () => runs.length === 1);
      one.abort(leave);
      await expect(calls[0]).rejects.toBe(leave);
      expect(runs[0]!.signal!.aborted).toBe(false);
      two.abort(leave);
      await expect(calls[1]).rejects.toBe(leave);
      expect(runs[0]!.signal!.aborted).toBe(true);
      const next = call(new AbortController().signal);
      await until("it runs anew", () => runs.length === 2);
      runs[1]!.end("value");
      expect(await next).toBe("value");
    },
  );

  test.each(LOCKS)("one without a signal never leaves, whoever came first: lock=%s", async (lock) => {
    for (const first of ["with", "without"]) {
      const { direct, runs } = abortable(bench, lock);
      const controller = new AbortController();
      const signals = first === "with" ? [controller.signal, undefined] : [undefined, controller.signal];
      const calls = signals.map((signal) => direct(1, signal).catch((error: unknown) => error));
      await until("it runs", () => runs.length === 1);
      controller.abort(leave);
      expect(await calls[signals.indexOf(controller.signal)]).toBe(leave);
      expect(runs[0]!.signal?.aborted ?? false).toBe(false);
      runs[0]!.end("value");
      expect(await calls[signals.indexOf(undefined)]).toBe("value");
      await written(bench.cache);
      expect(await direct.cache.peek(1)).toBe("value");
    }
  });

  test.each(LOCKS)(
    "one who joins a run and leaves it does not end it for who began it: lock=%s",
    async (lock) => {
      const { direct, runs } = abortable(bench, lock);
      const [one, two] = [new AbortController(), new AbortController()];
      const first = direct(1, one.signal);
      await until("it runs", () => runs.length === 1);
      const second = direct(1, two.signal);
      two.abort(leave);
      await expect(second).rejects.toBe(leave);
      expect(runs[0]!.signal!.aborted).toBe(false);
      runs[0]!.end("value");
      expect(await first).toBe("value");
    },
  );

  test.each(LOCKS)(
    "one who leaves during the look-up does so at once, and nothing runs: lock=%s",
    async (lock) => {
      const { direct, runs } = abortable(bench, lock);
      const controller = new AbortController();
      const call = direct(1, controller.signal);
      controller.abort(leave);
      await expect(call).rejects.toBe(leave);
      const next = direct(1);
      await until("it runs", () => runs.length === 1);
      expect(runs[0]!.signal?.aborted ?? false).toBe(false);
      runs[0]!.end("value");
      expect(await next).toBe("value");
      expect(runs).toHaveLength(1);
    },
  );

  test.each(LOCKS)("one who leaves during the look-up leaves those who joined: lock=%s", async (lock) => {
    for (const other of [undefined, new AbortController().signal]) {
      const { direct, runs } = abortable(bench, lock);
      const controller = new AbortController();
      const calls = [direct(1, controller.signal), direct(1, other)];
      controller.abort(leave);
      await expect(calls[0]).rejects.toBe(leave);
      await until("it runs", () => runs.length === 1);
      expect(runs[0]!.signal?.aborted ?? false).toBe(false);
      runs[0]!.end("value");
      expect(await calls[1]).toBe("value");
      expect(runs).toHaveLength(1);
    }
  });

  test("one who has left before the call is told by the function itself, and joins nobody", async () => {
    const { direct, runs } = abortable(bench);
    const gone = AbortSignal.abort(leave);
    const calls = [direct(1, gone), direct(1)];
    await expect(calls[0]).rejects.toBe(leave);
    await until("it runs", () => runs.some(({ signal }) => !signal?.aborted));
    const late = direct(1, gone);
    await expect(late).rejects.toBe(leave);
    runs.find(({ signal }) => !signal?.aborted)!.end("value");
    expect(await calls[1]).toBe("value");
    expect(await direct(1, gone)).toBe("value");
  });

  test("one who waits for another process leaves at once, and nothing runs for it", async () => {
    const name = bench.unique();
    const ends: ((value: string) => void)[] = [];
    const holder = cached(async (_: number) => new Promise<string>((resolve) => ends.push(resolve)), {
      backend: bench.other,
      lock: "distributed",
      name,
    });
    const held = holder(1);
    await until("it runs elsewhere", () => ends.length === 1);
    const runs: unknown[] = [];
    const waiting = cached(async (_: number, signal?: AbortSignal) => (runs.push(signal), "second"), {
      backend: bench.cache,
      lock: "distributed",
      name,
    });
    const controller = new AbortController();
    const call = waiting(1, controller.signal);
    await until("it has looked", () => waiting.cache.stats().misses === 1);
    controller.abort(leave);
    await expect(call).rejects.toBe(leave);
    expect(waiting.cache.stats().inFlight).toBe(0);
    const next = waiting(1);
    ends[0]!("first");
    expect(await Promise.all([held, next])).toEqual(["first", "first"]);
    expect(runs).toEqual([]);
  });

  test("the first run of a function whose type does not tell has its caller's own signal, and nobody joins it", async () => {
    const runs: { signal: AbortSignal | undefined; end(value: string): void }[] = [];
    const fn = cached(
      (_: number, signal?: AbortSignal): Promise<string> =>
        new Promise((end, reject) => {
          runs.push({ signal, end });
          signal?.addEventListener("abort", () => reject(signal.reason));
        }),
      { backend: bench.cache, name: bench.unique() },
    );
    const controller = new AbortController();
    const calls = [fn(1, controller.signal), fn(1)];
    await until("both run", () => runs.length === 2);
    expect(runs[0]!.signal).toBe(controller.signal);
    controller.abort(leave);
    await expect(calls[0]).rejects.toBe(leave);
    const joined = fn(1);
    runs[1]!.end("value");
    expect(await Promise.all([calls[1], joined])).toEqual(["value", "value"]);
    expect(runs).toHaveLength(2);
  });
}
