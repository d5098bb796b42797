/** What the calls of a function cost, measured at some of them. */
import { assembleSlots, readShape, shapeBuffer } from "../key/shape.ts";
import { isUnshapedSlots, type Slots } from "../key/slots.ts";
import { hashOf } from "../memory/trie.ts";
import { isClockFake, memoryTime } from "../platform/clock.ts";
import { performance } from "../platform/real-timers.ts";
import { shared } from "../platform/shared.ts";
import type { CachedFunction } from "./cached-function.ts";
import type { Counters } from "./counters.ts";
import { features } from "./features.ts";
import { Histogram } from "./histogram.ts";
import { keyPlaceFor, MUST_RUN, type Call } from "./slow-path.ts";

/** Calls that are measured: every 64th of the first ones, and later every 1024th. */
const MANY_CALLS = 4096;
const maskFor = (count: number): number => (count < MANY_CALLS ? 63 : 1023);
const isSampled = (count: number): boolean => (count & maskFor(count)) === 0;

/** What is shorter than a read of the clock is repeated. */
const REPEATS = 16;
/** Samples of which the median is taken. The first ones, of code that is not optimized yet, are soon replaced. */
const MAX_SAMPLES = 15;

/** The last samples of a duration, in milliseconds. Their median is robust against pauses of the process. */
export class Samples {
  count = 0;
  readonly #last: number[] = [];

  add(ms: number): void {
    this.#last[this.count++ % MAX_SAMPLES] = Math.max(0, ms);
  }

  get median(): number {
    return [...this.#last].sort((a, b) => a - b)[this.#last.length >> 1] ?? 0;
  }
}

/** The durations of the runs that each counters count. */
const histograms = /* @__PURE__ */ shared("histograms", () => new WeakMap<Counters, Histogram>());

/** The durations of the runs since they are measured; `undefined` if there was none. */
export const histogramOf = (counters: Counters): Histogram | undefined => histograms.get(counters);

/** The measurements of one function. */
export class Meter {
  readonly #cachedFn: CachedFunction;
  /** From the call to its answer, the key included. */
  readonly hits: Samples = new Samples();
  /** From the call to the start of the run. */
  readonly misses: Samples = new Samples();
  readonly keys: Samples = new Samples();
  readonly runs: Samples = new Samples();
  /** Calls that the inline lookup did not answer. */
  calls = 0;
  /** The inline lookup has left a hit to be measured here. */
  isDue = false;
  /** Whether the function was named. */
  isNamed = false;

  constructor(cachedFn: CachedFunction) {
    this.#cachedFn = cachedFn;
  }

  /** Notes the duration of a run that succeeded. */
  ran(ms: number): void {
    this.runs.add(ms);
    const { counters } = this.#cachedFn;
    let histogram = histograms.get(counters);
    if (!histogram) histograms.set(counters, (histogram = new Histogram()));
    histogram.add(ms / 1000);
    features.ran?.(this.#cachedFn, ms / 1000);
  }
}

/** Costs of a function over all calls, in milliseconds. */
export interface Balance {
  /** The mean of all runs. */
  readonly averageRun: number;
  /** The median of the last runs: the first ones are of code that the engine has not optimized. */
  readonly run: number;
  readonly hit: number;
  readonly key: number;
  /** Negative if the cache costs more than it spares. */
  readonly saved: number;
}

/** Measures some calls of every function. Without it, a function costs nothing more. */
export function enableMeter(): void {
  features.meter ??= { isDue, answer, servedRemotely, isAmong };
}

export const meterOf = ({ root }: CachedFunction): Meter => (root.meter ??= new Meter(root));

export function balanceOf(cachedFn: CachedFunction, { hits, stale, misses, runs, runMs }: Counters): Balance {
  const meter = meterOf(cachedFn);
  const average = runMs / (runs || 1);
  const [averageRun, run] = [average, meter.runs.count > 0 ? meter.runs.median : average].map((ms) =>
    Math.max(0, ms - clockMs(true)),
  ) as [number, number];
  const hit = meter.hits.median;
  const saved = (hits + stale) * (run - hit) - misses * meter.misses.median;
  return { averageRun, run, hit, key: Math.min(hit, meter.keys.median), saved };
}

/** The time that a read of the clock takes, in milliseconds: the shortest that was measured. */
function clockMs(isKnown = false): number {
  if (!isKnown || shortestClockMs === Infinity)
    shortestClockMs = Math.min(shortestClockMs, timeOf(memoryTime));
  return isClockFake() ? 0 : shortestClockMs;
}
let shortestClockMs = Infinity;

/** The average duration of an action in milliseconds. */
function timeOf(action: () => unknown, repeats: number = REPEATS): number {
  const start = performance.now();
  for (let n = 0; n < repeats; n++) action();
  return (performance.now() - start) / repeats;
}

/** Whether a hit of the inline lookup is to be measured. */
function isDue(cachedFn: CachedFunction): boolean {
  const isVerified = features.verify?.isDue(cachedFn) === true;
  return (isSampled(cachedFn.counters.hits) && (meterOf(cachedFn).isDue = true)) || isVerified;
}

function isAmong(cachedFn: CachedFunction, calls: number): boolean {
  const meter = meterOf(cachedFn);
  const first = meter.calls;
  meter.calls += calls;
  meter.isDue = (-first & maskFor(first)) < calls;
  return meter.isDue;
}

/** When calls of a store outside of memory that are measured began. */
const asked = /* @__PURE__ */ new WeakMap<Call, number>();

function answer(call: Call, slots: Slots, answerCall: (call: Call, slots: Slots) => unknown): unknown {
  features.callBegan?.(call);
  const measured = (): unknown => measure(call, slots, answerCall);
  return features.verify ? features.verify.answer(call, measured) : measured();
}

function measure(call: Call, slots: Slots, answerCall: (call: Call, slots: Slots) => unknown): unknown {
  const { cachedFn } = call;
  const meter = meterOf(cachedFn);
  const wasDue = meter.isDue;
  meter.isDue = false;
  if (cachedFn.handleRequest || !(isSampled(meter.calls++) || wasDue)) return answerCall(call, slots);
  const { hits } = cachedFn.counters;
  // The key was made by the inline lookup. It is made again, because it is part of what the call costs.
  features.hashes?.forget();
  const start = performance.now();
  asked.set(call, start);
  const result = answerCall(call, slots);
  const took = performance.now() - start - clockMs();
  if (call.uncached || !cachedFn.store) return result;
  const isHit = cachedFn.counters.hits > hits;
  if (result === MUST_RUN) meter.misses.add(took);
  if (!isHit && !cachedFn.store.remote) return result;
  const key = keyMs(call, slots);
  meter.keys.add(key);
  if (isHit) {
    const { tier } = cachedFn;
    // A hit that an observer sees took the slow path for that.
    meter.hits.add(wasDue || features.events ? key + timeOf(() => void tier.find(call.place)) : took);
    features.balance?.(call, meter);
  }
  return result;
}

/** The time that it takes to make the key of a call from objects; 0 if it has none. */
function keyMs({ cachedFn, place }: Call, slots: Slots): number {
  const { parts } = cachedFn.spec;
  if (typeof place.more === "symbol") {
    const { hashes } = features;
    // Not `keyPlaceFor` in memory: it runs seldom, so it is not optimized, and takes longer than the inline lookup.
    const make =
      hashOf(place) === undefined || isUnshapedSlots(slots) || "objects" in place
        ? () => void keyPlaceFor(cachedFn, slots)
        : () => void hashes!.find(cachedFn, slots);
    return Math.max(0, timeOf(make, 1) - clockMs());
  }
  const values = assembleSlots(parts, slots);
  return parts.reduce((sum, { shape }, index) => {
    if (!shape) return sum;
    const value = values[index] as object;
    const buffer = shapeBuffer({ ...value });
    return sum + timeOf(() => void readShape(buffer, value));
  }, 0);
}

/** Notes a hit on a store outside of memory. */
function servedRemotely(call: Call): void {
  features.verify?.servedRemotely(call);
  const start = asked.get(call);
  if (start !== undefined) meterOf(call.cachedFn).hits.add(performance.now() - start);
}
