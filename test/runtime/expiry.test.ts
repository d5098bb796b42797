/** When a hit reads the clock: expiry is exact, although most hits do not read it. */
import { mock } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, expect, it, vi } from "vitest";
import { cached } from "aotcache";
import type { Duration } from "../../runtime/contract/duration.ts";
import { clock, isFresh, memoryTime } from "../../runtime/platform/clock.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A function that counts its runs. Its entry had enough hits that the next ones do not read the clock. */
function burst(ttl: Duration): { fn: (n: number) => number; runs: () => number } {
  let runs = 0;
  const fn = cached((n: number) => ((runs += 1), n), { ttl, name: "burst" });
  for (let i = 0; i < 100; i++) fn(1);
  return { fn, runs: () => runs };
}

it("uses a horizon of one second after a burst of hits, and serves entries that expire later without the clock", () => {
  const { fn, runs } = burst("1h");
  expect(clock.horizon).toBeGreaterThan(memoryTime());
  expect(clock.horizon).toBeLessThanOrEqual(memoryTime() + 1000);
  fn(1);
  expect(runs()).toBe(1);
});

it.each([
  ["fake timers", () => void vi.useFakeTimers({ now: Date.now() + 60_001 })],
  ["a new system time", () => void vi.setSystemTime(Date.now() + 60_001)],
])("notices %s just after a burst of hits", (_, move) => {
  const { fn, runs } = burst("1m");
  move();
  fn(1);
  expect(runs()).toBe(2);
});

it.each([-3_600_000, 3_600_000])("takes no notice of a wall clock that is set by %i ms", async (jump) => {
  const fn = vi.fn((n: number) => n);
  const long = cached(fn, { ttl: "1m", name: "long" });
  long(1);
  const short = burst("20ms");
  const time = Date.now.bind(Date);
  vi.spyOn(Date, "now").mockImplementation(() => time() + jump);
  long(1);
  expect(fn).toHaveBeenCalledTimes(1);
  expect(short.runs()).toBe(1);
  await vi.waitUntil(() => short.fn(1) && short.runs() === 2, { interval: 5 });
});

it("moves with the mock timers of node:test", () => {
  const { fn, runs } = burst("1m");
  mock.timers.enable({ apis: ["Date"], now: Date.now() });
  try {
    mock.timers.tick(59_000);
    fn(1);
    expect(runs()).toBe(1);
    mock.timers.tick(1_001);
    fn(1);
    expect(runs()).toBe(2);
  } finally {
    mock.timers.reset();
  }
});

it("resets the horizon when the event loop turns", async () => {
  burst("1h");
  expect(clock.horizon).toBeLessThan(Number.MAX_VALUE);
  while (clock.horizon < Number.MAX_VALUE) await pause(1);
  expect(clock.horizon).toBe(Number.MAX_VALUE);
});

it("does not serve an entry that expired while the event loop was blocked, if it expires within a second", () => {
  const { fn, runs } = burst("5ms");
  const ran = runs();
  for (const end = performance.now() + 6; performance.now() < end;);
  fn(1);
  expect(runs()).toBe(ran + 1);
});

it("reads the clock at least at every 64th hit, whatever the horizon", () => {
  const { fn, runs } = burst("5ms");
  for (const end = performance.now() + 6; performance.now() < end;);
  const ran = runs();
  // As if the clock had been read a minute ago, and no timer had fired since.
  clock.horizon = memoryTime() - 60_000;
  let late = 0;
  for (; runs() === ran && late < 1000; late++) fn(1);
  expect(late).toBeLessThanOrEqual(64);
});

it.each([true, false])(
  "uses a horizon only if timers are not throttled, with a hidden page: %s",
  async (hidden) => {
    vi.resetModules();
    vi.stubGlobal("document", { hidden });
    try {
      const { clock, isFresh } = await import("../../runtime/platform/clock.ts");
      for (let i = 0; i < 100; i++) isFresh(memoryTime() + 60_000);
      expect(clock.horizon === Number.MAX_VALUE).toBe(hidden);
    } finally {
      vi.unstubAllGlobals();
    }
  },
);

it.each([
  ["there are no timers", undefined],
  [
    "timers may not be set",
    () => {
      throw new Error("Disallowed operation called within global scope.");
    },
  ],
])("reads the clock if timers do not work: %s", async (_, setTimeout) => {
  vi.resetModules();
  vi.stubGlobal("setTimeout", setTimeout);
  try {
    const { clock, isFresh } = await import("../../runtime/platform/clock.ts");
    for (let i = 0; i < 100; i++) expect(isFresh(memoryTime() + 60_000)).toBe(true);
    expect(isFresh(memoryTime() - 1)).toBe(false);
    expect(clock.horizon).toBe(Number.MAX_VALUE);
  } finally {
    vi.unstubAllGlobals();
  }
});

it("reads the clock for hits that are more than a millisecond apart, in any turn of the event loop", () => {
  const { fn } = burst("1h");
  for (const end = performance.now() + 3; performance.now() < end;);
  // One of these reads the clock, and detects that the burst is over.
  for (let i = 0; i < 64; i++) fn(1);
  for (const end = performance.now() + 3; performance.now() < end;);
  isFresh(memoryTime() + 5000);
  expect(clock.horizon).toBe(Number.MAX_VALUE);
});
