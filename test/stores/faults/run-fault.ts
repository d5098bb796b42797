/** Runs load on a cached function before, during and after a fault. */
import { cached } from "../../../runtime/functions/cached.ts";
import type { CacheEvent } from "../../../runtime/contract/cache.ts";
import { until } from "../../support/servers/index.ts";
import type { Fault } from "./fault.ts";
import { answerTo, STORED_KEYS, Load, type Sample } from "./load.ts";

/** Measurements of one fault. Times are milliseconds. */
export interface FaultMeasurement {
  readonly calls: number;
  /** Wrong answers and errors. */
  readonly wrong: readonly unknown[];
  /**
   * The longest call until the breaker opened, or of all if it never did. The function itself takes no time.
   */
  readonly first: number;
  /** The median of the later calls, until the fault ended. */
  readonly after: number;
  /** The 95th percentile of the same calls. */
  readonly most: number;
  /** The longest delay of a timer. */
  readonly lag: number;
  /** From the end of the fault until every stored result was a hit. */
  readonly back: number;
  /** Hits during the fault. */
  readonly hits: number;
  readonly errors: readonly CacheEvent[];
  /** Runs that had not ended at the end. */
  readonly inFlight: number;
  /** The duration of `close()`. */
  readonly closing: number;
}

/**
 * The minimum number of calls before a fault, and until it ends. One pause of a busy server delays a call of each
 * caller at once: it has to stay far below the 5 % that `most` leaves out.
 */
const CALLS_BEFORE = 100;
const CALLS_UNTIL_HEALED = 1000;
const PHASE_TIMEOUT = { within: 30_000 };

/** Calls a function continuously before, during and after a fault. */
export async function runFault(fault: Fault): Promise<FaultMeasurement> {
  const stage = await fault.stage();
  try {
    return await runOn(stage, fault);
  } finally {
    await stage.cache.close();
    await stage.stop();
  }
}

async function runOn(
  { cache, strike, heal }: Awaited<ReturnType<Fault["stage"]>>,
  fault: Fault,
): Promise<FaultMeasurement> {
  const errors: CacheEvent[] = [];
  cache.on("error", (event) => errors.push(event));
  const answer = cached(async (n: number) => answerTo(n), { name: "answer", backend: cache });
  const stats = () => answer.cache.stats();
  const allAreHits = async (): Promise<boolean> => {
    const { hits } = stats();
    for (const n of STORED_KEYS) await answer(n);
    return stats().hits >= hits + STORED_KEYS.length;
  };

  if (fault.fromTheStart) await strike();
  else await until("results are stored", allAreHits, PHASE_TIMEOUT);
  const load = new Load(answer);
  const calls = (since: number, count: number) =>
    until("more calls were made", () => load.between(since, Infinity).length >= count, PHASE_TIMEOUT);

  if (!fault.fromTheStart) {
    await calls(performance.now(), CALLS_BEFORE);
    errors.length = 0;
  }
  const struck = performance.now();
  const before = stats().hits;
  if (!fault.fromTheStart) await strike();
  if (fault.fails === "all")
    await until("the breaker opens", () => errors.some(isBreakerOpen), PHASE_TIMEOUT);
  else await until("something fails", () => errors.length > 0, PHASE_TIMEOUT);
  const left = performance.now();
  await calls(left, CALLS_UNTIL_HEALED);
  const { hits } = stats();
  const healing = performance.now();
  await heal();
  const healed = fault.endsByItself ? struck : performance.now();
  await until("stored results are hits again", allAreHits, PHASE_TIMEOUT);
  const back = performance.now();
  await load.stop();
  await until("all runs have ended", () => stats().inFlight === 0);

  const closing = performance.now();
  await cache.close();
  return {
    calls: load.samples.length,
    wrong: load.wrong,
    first: longest(load.between(struck, fault.fails === "all" ? left : healing)),
    after: quantile(load.between(left, healing), 0.5),
    most: quantile(load.between(left, healing), 0.95),
    lag: load.lag,
    back: back - healed,
    hits: hits - before,
    errors,
    inFlight: stats().inFlight,
    closing: performance.now() - closing,
  };
}

export const isBreakerOpen = ({ error }: CacheEvent): boolean =>
  String(error).includes("failed several times in a row");

const longest = (samples: readonly Sample[]): number => Math.max(0, ...samples.map(({ elapsed }) => elapsed));

function quantile(samples: readonly Sample[], part: number): number {
  const sorted = samples.map(({ elapsed }) => elapsed).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * part)] ?? 0;
}
