import { getEventListeners } from "node:events";
import { describe, expect, it, vi } from "vitest";
import { cached, type CachedOptions } from "aotcache";

const abortReason = new Error("leave");

interface Run {
  readonly signal: AbortSignal | undefined;
  end(value: string): void;
}

/** Functions whose runs end when the test ends them, or when their signal is aborted. */
function abortable(options: CachedOptions = {}) {
  const runs: Run[] = [];
  const run = (signal: AbortSignal | undefined): Promise<string> =>
    new Promise((end, reject) => {
      runs.push({ signal, end });
      if (signal?.aborted) reject(signal.reason);
      signal?.addEventListener("abort", () => reject(signal.reason));
    });
  const direct = cached(async (_: number, signal?: AbortSignal) => run(signal), options);
  const property = cached(async (_: number, { signal }: { signal?: AbortSignal }) => run(signal), options);
  const inside = (n: number, signal?: AbortSignal) => property(n, signal ? { signal } : {});
  return { runs, direct, inside, cache: direct.cache };
}

describe.each(["direct", "inside"] as const)("callers with a signal, %s,", (how) => {
  it("share an entry and a run, whatever their signals", async () => {
    const { runs, [how]: fn } = abortable();
    const calls = [fn(1, new AbortController().signal), fn(1), fn(1, new AbortController().signal)];
    expect(runs).toHaveLength(1);
    runs[0]!.end("value");
    expect(await Promise.all(calls)).toEqual(["value", "value", "value"]);
    expect(await fn(1)).toBe("value");
    expect(runs).toHaveLength(1);
  });

  it("reject alone; the run is aborted with the reason of the last one to abort", async () => {
    const { runs, [how]: fn } = abortable();
    const [one, two] = [new AbortController(), new AbortController()];
    const calls = [fn(1, one.signal), fn(1, two.signal)];
    const last = new Error("last");
    one.abort(abortReason);
    await expect(calls[0]).rejects.toBe(abortReason);
    expect(runs[0]!.signal!.aborted).toBe(false);
    two.abort(last);
    await expect(calls[1]).rejects.toBe(last);
    expect(runs[0]!.signal!.reason).toBe(last);
  });

  it("leave no state when all have aborted: the next call runs again", async () => {
    const { runs, [how]: fn } = abortable();
    const controller = new AbortController();
    const call = fn(1, controller.signal);
    controller.abort(abortReason);
    const next = fn(1, new AbortController().signal);
    expect(runs).toHaveLength(2);
    await expect(call).rejects.toBe(abortReason);
    runs[1]!.end("value");
    expect(await next).toBe("value");
    expect(await fn(1)).toBe("value");
    expect(runs).toHaveLength(2);
  });

  it.each([0, 1])(
    "never end a run that a caller without a signal waits for, at position %i",
    async (place) => {
      const { runs, [how]: fn } = abortable();
      const controller = new AbortController();
      const signals = [controller.signal, controller.signal];
      signals.splice(place, 1, undefined as never);
      const calls = signals.map((signal) => fn(1, signal).catch((error: unknown) => error));
      controller.abort(abortReason);
      expect(await calls[1 - place]).toBe(abortReason);
      expect(runs[0]!.signal?.aborted ?? false).toBe(false);
      runs[0]!.end("value");
      expect(await calls[place]).toBe("value");
    },
  );

  it("do not end a run for its first caller when they joined it and abort", async () => {
    const { runs, [how]: fn } = abortable();
    const [one, two] = [new AbortController(), new AbortController()];
    const first = fn(1, one.signal);
    const second = fn(1, two.signal);
    two.abort(abortReason);
    await expect(second).rejects.toBe(abortReason);
    runs[0]!.end("value");
    expect(await first).toBe("value");
  });

  it("with an aborted signal run the function alone", async () => {
    const { runs, [how]: fn } = abortable();
    const gone = AbortSignal.abort(abortReason);
    const calls = [fn(1, gone), fn(1)];
    expect(runs).toHaveLength(2);
    expect(runs[0]!.signal).toBe(gone);
    await expect(calls[0]).rejects.toBe(abortReason);
    await expect(fn(1, gone)).rejects.toBe(abortReason);
    runs[1]!.end("value");
    expect(await calls[1]).toBe("value");
    expect(await fn(1, gone)).toBe("value");
    expect(runs).toHaveLength(2);
  });
});

describe("a caller's signal", () => {
  it("leaves no listener on it after the result", async () => {
    const { runs, direct } = abortable();
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, "addEventListener");
    const removed = vi.spyOn(signal, "removeEventListener");
    const calls = [direct(1, signal), direct(1, signal)];
    runs[0]!.end("value");
    await Promise.all(calls);
    expect(added).toHaveBeenCalledTimes(1);
    expect(removed).toHaveBeenCalledTimes(1);
  });

  it("that many calls share is no leak to Node.js", async () => {
    const { runs, direct } = abortable();
    const controller = new AbortController();
    const warned = vi.fn();
    process.on("warning", warned);
    const calls = Array.from({ length: 30 }, (_, n) => direct(n, controller.signal));
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(1);
    for (const run of runs) run.end("value");
    await Promise.all(calls);
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    expect(warned).not.toHaveBeenCalled();
    process.off("warning", warned);
  });

  it("has no effect after the result", async () => {
    const { runs, direct } = abortable();
    const controller = new AbortController();
    const call = direct(1, controller.signal);
    runs[0]!.end("value");
    expect(await call).toBe("value");
    controller.abort(abortReason);
    expect(await direct(1, controller.signal)).toBe("value");
    expect(runs[0]!.signal!.aborted).toBe(false);
  });

  it("does not end a background refresh, which belongs to no caller", async () => {
    vi.useFakeTimers({ now: 0 });
    const { runs, direct } = abortable({ ttl: 10, swr: 10 });
    const first = direct(1);
    runs[0]!.end("old");
    await first;
    vi.setSystemTime(15_000);
    const controller = new AbortController();
    expect(await direct(1, controller.signal)).toBe("old");
    await vi.advanceTimersByTimeAsync(1);
    controller.abort(abortReason);
    expect(runs[1]!.signal!.aborted).toBe(false);
    runs[1]!.end("new");
    await vi.advanceTimersByTimeAsync(1);
    expect(await direct(1)).toBe("new");
    vi.useRealTimers();
  });

  it("ends the run of refresh(), and nothing is stored", async () => {
    const { runs, direct } = abortable();
    await direct.cache.prime([1], "old");
    const controller = new AbortController();
    const call = direct.cache.refresh(1, controller.signal);
    controller.abort(abortReason);
    await expect(call).rejects.toBe(abortReason);
    expect(runs[0]!.signal!.aborted).toBe(true);
    expect(await direct(1)).toBe("old");
  });

  it("may be one of several; any of them rejects the call", async () => {
    const run = vi.fn();
    const fn = cached(
      async (_: AbortSignal, { signal }: { signal: AbortSignal }) =>
        new Promise((_, reject) => {
          run();
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
    );
    const controller = new AbortController();
    const call = fn(new AbortController().signal, { signal: controller.signal });
    controller.abort(abortReason);
    await expect(call).rejects.toBe(abortReason);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it("with lock: none ends the caller's own run only", async () => {
    const { runs, direct } = abortable({ lock: "none" });
    const controller = new AbortController();
    const calls = [direct(1, controller.signal), direct(1, new AbortController().signal)];
    controller.abort(abortReason);
    await expect(calls[0]).rejects.toBe(abortReason);
    expect(runs.map(({ signal }) => signal!.aborted)).toEqual([true, false]);
    runs[1]!.end("value");
    expect(await calls[1]).toBe("value");
    expect(await direct(1)).toBe("value");
  });

  it("is passed to a sync function unchanged", () => {
    const fn = cached((signal: AbortSignal) => ({ signal }));
    const { signal } = new AbortController();
    expect(fn(signal).signal).toBe(signal);
  });
});
