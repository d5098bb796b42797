/** In development, names functions that their cache makes slower. */
import { warn } from "../platform/environment.ts";
import { functionTotal } from "./counters.ts";
import { features } from "./features.ts";
import { balanceOf, enableMeter, type Meter } from "./meter.ts";
import type { Call } from "./slow-path.ts";
import { nameWithPlace } from "./name-with-place.ts";

/** Calls, runs and measured hits that a function must have had before it is named. */
const MIN_CALLS = 1000;
const MIN_RUNS = 15;
const MIN_HITS = 15;
/** A difference that is smaller may be chance. */
const MIN_LOSS = 1.25;

/** Measures functions, and names those that have lost. */
export function enableBalance(): void {
  enableMeter();
  features.balance ??= judge;
}

/** Compares what a run takes with what a hit takes. */
function judge({ cachedFn }: Call, meter: Meter): void {
  if (meter.isNamed || meter.runs.count < MIN_RUNS || meter.hits.count < MIN_HITS) return;
  const { root } = cachedFn;
  const total = functionTotal(root);
  const { run, hit, key, saved } = balanceOf(cachedFn, total);
  if (total.hits + total.misses < MIN_CALLS || saved >= 0 || hit < MIN_LOSS * run) return;
  meter.isNamed = true;
  const advice =
    key > hit / 2 ? "remove the mark, or give `key` an id instead of objects" : "remove the mark";
  warn(
    `${nameWithPlace(cachedFn)} is slower with its cache: a run takes ${shown(run)}, and a cached call ${shown(hit)}; ${advice}.`,
  );
}

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
