import { describe, expect, it, vi } from "vitest";
import { cached, type CachedOptions } from "aotcache";

const leave = new Error("leave");

interface Run {
  readonly signal: AbortSignal | undefined;
  end(value: string): void;
}

/** Functions whose runs end when the test says so, or when their signal is aborted. */
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
  it("share an entry and a run with those that have another or none", async () => {
    const { runs, [how]: fn } = abortable();
    const calls = [fn(1, new AbortController().signal), fn(1), fn(1, new AbortController().signal)];
    expect(runs).toHaveLength(1);
    runs[0]!.end("value");
    expect(await Promise.all(calls)).toEqual(["value", "value", "value"]);
    expect(await fn(1)).toBe("value");
    expect(runs).toHaveLength(1);
  });

  it("leave alone: the run is aborted when the last of them has left, with the last one's reason", async () => {
    const { runs, [how]: fn } = abortable();
    const [one, two] = [new AbortController(), new AbortController()];
    const calls = [fn(1, one.signal), fn(1, two.signal)];
    const last = new Error("last");
    one.abort(leave);
    await expect(calls[0]).rejects.toBe(leave);
    expect(runs[0]!.signal!.aborted).toBe(false);
    two.abort(last);
    await expect(calls[1]).rejects.toBe(last);
    expect(runs[0]!.signal!.reason).toBe(last);
  });

  it("that all have left leave nothing behind: the next call runs anew", async () => {
    const { runs, [how]: fn } = abortable();
    const controller = new AbortController();
    const call = fn(1, controller.signal);
    controller.abort(leave);
    const next = fn(1, new AbortController().signal);
    expect(runs).toHaveLength(2);
    await expect(call).rejects.toBe(leave);
    runs[1]!.end("value");
    expect(await next).toBe("value");
    expect(await fn(1)).toBe("value");
    expect(runs).toHaveLength(2);
  });

  it.each([0, 1])(
    "never end a run that one without a signal waits for, which came at place %i",
    async (place) => {
      const { runs, [how]: fn } = abortable();
      const controller = new AbortController();
      const signals = [controller.signal, controller.signal];
      signals.splice(place, 1, undefined as never);
      const calls = signals.map((signal) => fn(1, signal).catch((error: unknown) => error));
      controller.abort(leave);
      expect(await calls[1 - place]).toBe(leave);
      expect(runs[0]!.signal?.aborted ?? false).toBe(false);
      runs[0]!.end("value");
      expect(await calls[place]).toBe("value");
    },
  );

  it("may leave a run that they joined without ending it for who began it", async () => {
    const { runs, [how]: fn } = abortable();
    const [one, two] = [new AbortController(), new AbortController()];
    const first = fn(1, one.signal);
    const second = fn(1, two.signal);
    two.abort(leave);
    await expect(second).rejects.toBe(leave);
    runs[0]!.end("value");
    expect(await first).toBe("value");
  });

  it("that left before they called are told by the function, alone", async () => {
    const { runs, [how]: fn } = abortable();
    const gone = AbortSignal.abort(leave);
    const calls = [fn(1, gone), fn(1)];
    expect(runs).toHaveLength(2);
    expect(runs[0]!.signal).toBe(gone);
    await expect(calls[0]).rejects.toBe(leave);
    await expect(fn(1, gone)).rejects.toBe(leave);
    runs[1]!.end("value");
    expect(await calls[1]).toBe("value");
    expect(await fn(1, gone)).toBe("value");
    expect(runs).toHaveLength(2);
  });
});

describe("a caller's signal", () => {
  it("leaves no listener on it when the answer is there", async () => {
    const { runs, direct } = abortable();
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, "addEventListener");
    const removed = vi.spyOn(signal, "removeEventListener");
    const calls = [direct(1, signal), direct(1, signal)];
    runs[0]!.end("value");
    await Promise.all(calls);
    expect(added).toHaveBeenCalledTimes(2);
    expect(removed).toHaveBeenCalledTimes(2);
  });

  it("that is aborted behind the answer changes nothing", async () => {
    const { runs, direct } = abortable();
    const controller = new AbortController();
    const call = direct(1, controller.signal);
    runs[0]!.end("value");
    expect(await call).toBe("value");
    controller.abort(leave);
    expect(await direct(1, controller.signal)).toBe("value");
    expect(runs[0]!.signal!.aborted).toBe(false);
  });

  it("does not end a refresh behind a stale value, which is nobody's in particular", async () => {
    vi.useFakeTimers({ now: 0 });
    const { runs, direct } = abortable({ ttl: 10, swr: 10 });
    const first = direct(1);
    runs[0]!.end("old");
    await first;
    vi.setSystemTime(15_000);
    const controller = new AbortController();
    expect(await direct(1, controller.signal)).toBe("old");
    await vi.advanceTimersByTimeAsync(1);
    controller.abort(leave);
    expect(runs[1]!.signal!.aborted).toBe(false);
    runs[1]!.end("new");
    await vi.advanceTimersByTimeAsync(1);
    expect(await direct(1)).toBe("new");
    vi.useRealTimers();
  });

  it("ends what refresh() runs, and keeps nothing", async () => {
    const { runs, direct } = abortable();
    await direct.cache.prime([1], "old");
    const controller = new AbortController();
    const call = direct.cache.refresh(1, controller.signal);
    controller.abort(leave);
    await expect(call).rejects.toBe(leave);
    expect(runs[0]!.signal!.aborted).toBe(true);
    expect(await direct(1)).toBe("old");
  });

  it("of several, one is enough to leave", async () => {
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
    controller.abort(leave);
    await expect(call).rejects.toBe(leave);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it("with lock: none ends the caller's own run and no other", async () => {
    const { runs, direct } = abortable({ lock: "none" });
    const controller = new AbortController();
    const calls = [direct(1, controller.signal), direct(1, new AbortController().signal)];
    controller.abort(leave);
    await expect(calls[0]).rejects.toBe(leave);
    expect(runs.map(({ signal }) => signal!.aborted)).toEqual([true, false]);
    runs[1]!.end("value");
    expect(await calls[1]).toBe("value");
    expect(await direct(1)).toBe("value");
  });

  it("reaches a sync function as it is", () => {
    const fn = cached((signal: AbortSignal) => ({ signal }));
    const { signal } = new AbortController();
    expect(fn(signal).signal).toBe(signal);
  });
});
