import { expect, test } from "vitest";
import { cached } from "aotcache";
import { until } from "../../support/servers/until.ts";
import { writesDone, type FunctionContext } from "./context.ts";

type Lock = "local" | "distributed";
const LOCKS: readonly Lock[] = ["local", "distributed"];

/** A function whose runs end when the test ends them, or when their signal is aborted. */
function abortable(context: FunctionContext, lock: Lock = "local") {
  const runs: { signal: AbortSignal | undefined; end(value: string): void }[] = [];
  const run = (signal: AbortSignal | undefined): Promise<string> =>
    new Promise((resolve, reject) => {
      runs.push({ signal, end: resolve });
      if (signal?.aborted) reject(signal.reason);
      signal?.addEventListener("abort", () => reject(signal.reason));
    });
  const options = { backend: context.cache, lock } as const;
  const direct = cached(async (_: number, signal?: AbortSignal) => run(signal), {
    ...options,
    name: context.unique(),
  });
  const inside = cached(async (_: number, { signal }: { signal?: AbortSignal }) => run(signal), {
    ...options,
    name: context.unique(),
  });
  return { direct, inside, runs };
}

const abortReason = new Error("leave");

/** Callers that abort. */
export function abort(context: FunctionContext): void {
  test.each(["direct", "inside"] as const)("a signal is not part of the key: %s", async (how) => {
    const { direct, inside, runs } = abortable(context);
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
    "an aborting caller rejects alone; the last one aborts the run: %s, lock=%s",
    async (how, lock) => {
      const { direct, inside, runs } = abortable(context, lock);
      const [one, two] = [new AbortController(), new AbortController()];
      const call = (signal: AbortSignal) => (how === "direct" ? direct(1, signal) : inside(1, { signal }));
      const calls = [call(one.signal), call(two.signal)];
      await until("it runs", () => runs.length === 1);
      one.abort(abortReason);
      await expect(calls[0]).rejects.toBe(abortReason);
      expect(runs[0]!.signal!.aborted).toBe(false);
      two.abort(abortReason);
      await expect(calls[1]).rejects.toBe(abortReason);
      expect(runs[0]!.signal!.aborted).toBe(true);
      const next = call(new AbortController().signal);
      await until("it runs again", () => runs.length === 2);
      runs[1]!.end("value");
      expect(await next).toBe("value");
    },
  );

  test.each(LOCKS)(
    "a caller without a signal keeps the run going, whoever called first: lock=%s",
    async (lock) => {
      for (const first of ["with", "without"]) {
        const { direct, runs } = abortable(context, lock);
        const controller = new AbortController();
        const signals = first === "with" ? [controller.signal, undefined] : [undefined, controller.signal];
        const calls = signals.map((signal) => direct(1, signal).catch((error: unknown) => error));
        await until("it runs", () => runs.length === 1);
        controller.abort(abortReason);
        expect(await calls[signals.indexOf(controller.signal)]).toBe(abortReason);
        expect(runs[0]!.signal?.aborted ?? false).toBe(false);
        runs[0]!.end("value");
        expect(await calls[signals.indexOf(undefined)]).toBe("value");
        await writesDone(context.cache);
        expect(await direct.cache.peek(1)).toBe("value");
      }
    },
  );

  test.each(LOCKS)("an abort by a joined caller does not end the run of the first: lock=%s", async (lock) => {
    const { direct, runs } = abortable(context, lock);
    const [one, two] = [new AbortController(), new AbortController()];
    const first = direct(1, one.signal);
    await until("it runs", () => runs.length === 1);
    const second = direct(1, two.signal);
    two.abort(abortReason);
    await expect(second).rejects.toBe(abortReason);
    expect(runs[0]!.signal!.aborted).toBe(false);
    runs[0]!.end("value");
    expect(await first).toBe("value");
  });

  test.each(LOCKS)("an abort during the lookup rejects at once, and nothing runs: lock=%s", async (lock) => {
    const { direct, runs } = abortable(context, lock);
    const controller = new AbortController();
    const call = direct(1, controller.signal);
    controller.abort(abortReason);
    await expect(call).rejects.toBe(abortReason);
    const next = direct(1);
    await until("it runs", () => runs.length === 1);
    expect(runs[0]!.signal?.aborted ?? false).toBe(false);
    runs[0]!.end("value");
    expect(await next).toBe("value");
    expect(runs).toHaveLength(1);
  });

  test.each(LOCKS)("an abort during the lookup does not affect joined callers: lock=%s", async (lock) => {
    for (const other of [undefined, new AbortController().signal]) {
      const { direct, runs } = abortable(context, lock);
      const controller = new AbortController();
      const calls = [direct(1, controller.signal), direct(1, other)];
      controller.abort(abortReason);
      await expect(calls[0]).rejects.toBe(abortReason);
      await until("it runs", () => runs.length === 1);
      expect(runs[0]!.signal?.aborted ?? false).toBe(false);
      runs[0]!.end("value");
      expect(await calls[1]).toBe("value");
      expect(runs).toHaveLength(1);
    }
  });

  test("a call with an aborted signal runs the function itself, and joins no other call", async () => {
    const { direct, runs } = abortable(context);
    const gone = AbortSignal.abort(abortReason);
    const calls = [direct(1, gone), direct(1)];
    await expect(calls[0]).rejects.toBe(abortReason);
    await until("it runs", () => runs.some(({ signal }) => !signal?.aborted));
    const late = direct(1, gone);
    await expect(late).rejects.toBe(abortReason);
    runs.find(({ signal }) => !signal?.aborted)!.end("value");
    expect(await calls[1]).toBe("value");
    expect(await direct(1, gone)).toBe("value");
  });

  test("an abort while waiting for another process rejects at once, and nothing runs", async () => {
    const name = context.unique();
    const ends: ((value: string) => void)[] = [];
    const holder = cached(async (_: number) => new Promise<string>((resolve) => ends.push(resolve)), {
      backend: context.other,
      lock: "distributed",
      name,
    });
    const running = holder(1);
    await until("it runs in the other process", () => ends.length === 1);
    const runs: unknown[] = [];
    const waiting = cached(async (_: number, signal?: AbortSignal) => (runs.push(signal), "second"), {
      backend: context.cache,
      lock: "distributed",
      name,
    });
    const controller = new AbortController();
    const call = waiting(1, controller.signal);
    await until("the lookup was a miss", () => waiting.cache.stats().misses === 1);
    controller.abort(abortReason);
    await expect(call).rejects.toBe(abortReason);
    expect(waiting.cache.stats().inFlight).toBe(0);
    const next = waiting(1);
    ends[0]!("first");
    expect(await Promise.all([running, next])).toEqual(["first", "first"]);
    expect(runs).toEqual([]);
  });

  test("the first run of a function of unknown type gets its caller's own signal, and is not joined", async () => {
    const runs: { signal: AbortSignal | undefined; end(value: string): void }[] = [];
    const fn = cached(
      (_: number, signal?: AbortSignal): Promise<string> =>
        new Promise((end, reject) => {
          runs.push({ signal, end });
          signal?.addEventListener("abort", () => reject(signal.reason));
        }),
      { backend: context.cache, name: context.unique() },
    );
    const controller = new AbortController();
    const calls = [fn(1, controller.signal), fn(1)];
    await until("both run", () => runs.length === 2);
    expect(runs[0]!.signal).toBe(controller.signal);
    controller.abort(abortReason);
    await expect(calls[0]).rejects.toBe(abortReason);
    const joined = fn(1);
    runs[1]!.end("value");
    expect(await Promise.all([calls[1], joined])).toEqual(["value", "value"]);
    expect(runs).toHaveLength(2);
  });
}
