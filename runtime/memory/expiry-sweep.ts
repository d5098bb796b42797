import { hasReliableTimers, memoryTime } from "../platform/clock.ts";
import { clearTimeout, setTimeout } from "../platform/real-timers.ts";
import { MAX_TIMER_MS, unref } from "../platform/timer.ts";

/** What can hold expired values. */
interface Sweepable {
  /** Removes expired values; returns when the next one expires, or `Infinity`. */
  sweep(now: number): number;
}

/** The shortest pause between sweeps, in milliseconds. An expired value stays at most this much longer. */
export const MIN_SWEEP_PAUSE_MS = 1000;

/** The pause before a sweep that goes on with a large tier. */
const UNFINISHED_PAUSE_MS = 10;

const tiers = new Set<Pick<WeakRef<Sweepable>, "deref">>();
let timer: unknown;
let dueAt = Infinity;

/**
 * Sweeps a tier at a time, or a little later, for all tiers at once. The timer keeps neither the process nor a tier
 * alive. Does nothing on platforms where a timer ends with its request: there, writes sweep.
 */
export function sweepAt(tier: Pick<WeakRef<Sweepable>, "deref">, time: number): void {
  if (!hasReliableTimers) return;
  tiers.add(tier);
  if (time >= dueAt) return;
  clearTimeout(timer as never);
  dueAt = time;
  const left = time - memoryTime();
  const pause = left > 0 ? Math.max(left, MIN_SWEEP_PAUSE_MS) : UNFINISHED_PAUSE_MS;
  timer = setTimeout(sweep, Math.min(pause, MAX_TIMER_MS));
  unref(timer);
}

function sweep(): void {
  dueAt = Infinity;
  const now = memoryTime();
  for (const tier of tiers) {
    const next = tier.deref()?.sweep(now) ?? Infinity;
    if (next < Infinity) sweepAt(tier, next);
    else tiers.delete(tier);
  }
}
