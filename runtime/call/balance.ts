/** In development, names functions that their cache makes slower. */
import { warn } from "../platform/environment.ts";
import { features } from "./features.ts";
import { InlineRun } from "./inline-run.ts";
import { balanceOf, enableMeter, timeOf, type Meter } from "./meter.ts";
import type { Call } from "./slow-path.ts";

/** Calls that a function must have made before it is named. */
const MIN_CALLS = 1000;
/** Runs that take longer are not repeated, nor those that took ten times as long when the code was new. In milliseconds. */
const MAX_RUN_MS = 1;
/** A function that takes so many times as long as a hit pays, even if it was measured before the engine optimized it. */
const CLEAR_RATIO = 50;
/** A single run may have been interrupted; the shortest of so many was not. */
const CHECKS = 3;
/** Repeats of a run at a hit that is measured, and measurements until the engine has optimized the function. */
const REPEATS = 16;
const MIN_MEASUREMENTS = 32;
/** A difference that is smaller may be chance. */
const MIN_LOSS = 1.25;

/** Measures functions, and names those that have lost. */
export function enableBalance(): void {
  enableMeter();
  features.balance ??= judge;
}

/**
 * Compares what a run takes with what a hit takes. The runs of a few keys are too few to be optimized by the engine, so
 * at hits that are measured, a sync function runs again, and the result is dropped.
 */
function judge(call: Call, meter: Meter): void {
  const { cachedFn } = call;
  const { spec, root } = cachedFn;
  const isSync = spec.mode === "sync" || (spec.mode === "either" && root.promises === false);
  // Without a hit of measurable length, the clock is too coarse.
  if (meter.isJudged || !isSync || call instanceof InlineRun || meter.hits.median === 0) return;
  const total = root.total();
  meter.isJudged = total.runMs > 10 * MAX_RUN_MS * total.runs;
  if (meter.isJudged) return;
  try {
    meter.shortestRun = Math.min(
      meter.shortestRun,
      timeOf(() => void call.run(), 1),
    );
    if (meter.shortestRun > Math.min(MAX_RUN_MS, CLEAR_RATIO * meter.hits.median)) {
      meter.isJudged = ++meter.checks >= CHECKS;
      return;
    }
    const callMs = timeOf(() => void Reflect.apply(doNothing, call.self, call.inputs), REPEATS);
    meter.runs.add(timeOf(() => void call.run(), REPEATS) - callMs);
  } catch {
    meter.isJudged = true;
    return;
  }
  const { run, hit, key, saved } = balanceOf(cachedFn, total);
  const calls = total.hits + total.misses;
  if (meter.runs.count < MIN_MEASUREMENTS || calls < MIN_CALLS || saved >= 0) return;
  if (hit < MIN_LOSS * run) return;
  meter.isJudged = true;
  const place = spec.at === undefined ? "" : ` (${spec.at})`;
  const advice =
    key > hit / 2 ? "remove the mark, or give `key` an id instead of objects" : "remove the mark";
  warn(
    `${spec.id[1]}${place} is slower with its cache: a run takes ${shown(run)}, and a cached call ${shown(hit)}; ${advice}.`,
  );
}

const doNothing = (): void => undefined;

const UNITS = [
  ["ns", 1e6],
  ["µs", 1e3],
  ["ms", 1],
] as const;

/** A duration in milliseconds as a text with two digits. */
function shown(ms: number): string {
  const [unit, factor] = UNITS.find(([, size]) => ms * size < 1000) ?? UNITS[2];
  return `${Number((ms * factor).toPrecision(2))} ${unit}`;
}
