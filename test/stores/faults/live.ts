import { cached } from "../../../runtime/functions/cached.ts";
import type { CacheEvent } from "../../../runtime/contract/cache.ts";
import { until } from "../../support/servers/index.ts";
import type { Fault } from "./fault.ts";
import { answerTo, KEPT, Load, type Sample } from "./load.ts";

/** What callers of a cached function saw of a fault. Times are milliseconds. */
export interface Seen {
  readonly calls: number;
  /** Answers that were not those of the call, and errors. */
  readonly wrong: readonly unknown[];
  /** The longest call until the store was left alone, or of all if it never was; the function itself takes no time. */
  readonly first: number;
  /** The median of the calls from then on, until it was well again. */
  readonly after: number;
  /** What 95 of 100 of them did not take longer than. */
  readonly most: number;
  /** The most that timers came late meanwhile. */
  readonly lag: number;
  /** From when the store was well again until every kept result was given from it. */
  readonly back: number;
  /** Calls that were answered from the store while it failed. */
  readonly hits: number;
  readonly errors: readonly CacheEvent[];
  /** Runs that had not ended in the end. */
  readonly inFlight: number;
  /** How long `close()` took. */
  readonly closing: number;
}

/** Calls of each phase. */
const ENOUGH = 100;
const PATIENCE = { within: 30_000 };

/** Calls a function again and again before, while and after a store fails. */
export async function live(fault: Fault): Promise<Seen> {
  const stage = await fault.stage();
  try {
    return await liveOn(stage, fault);
  } finally {
    await stage.cache.close();
    await stage.stop();
  }
}

async function liveOn(
  { cache, strike, heal }: Awaited<ReturnType<Fault["stage"]>>,
  fault: Fault,
): Promise<Seen> {
  const errors: CacheEvent[] = [];
  cache.on("error", (event) => errors.push(event));
  const answer = cached(async (n: number) => answerTo(n), { name: "answer", backend: cache });
  const stats = () => answer.cache.stats();
  const allAreHits = async (): Promise<boolean> => {
    const { hits } = stats();
    for (const n of KEPT) await answer(n);
    return stats().hits >= hits + KEPT.length;
  };

  if (fault.fromTheStart) await strike();
  else await until("results are kept", allAreHits, PATIENCE);
  const load = new Load(answer);
  const calls = (since: number) =>
    until("calls went on", () => load.between(since, Infinity).length >= ENOUGH);

  if (!fault.fromTheStart) {
    await calls(performance.now());
    errors.length = 0;
  }
  const struck = performance.now();
  const before = stats().hits;
  if (!fault.fromTheStart) await strike();
  if (fault.fails === "all") await until("the store is left alone", () => errors.some(isLeftAlone), PATIENCE);
  else await until("something fails", () => errors.length > 0, PATIENCE);
  const left = performance.now();
  await calls(left);
  const { hits } = stats();
  const healing = performance.now();
  await heal();
  const healed = fault.endsByItself ? struck : performance.now();
  await until("kept results are given again", allAreHits, PATIENCE);
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

export const isLeftAlone = ({ error }: CacheEvent): boolean => String(error).includes("failed several times in a row");

const longest = (samples: readonly Sample[]): number => Math.max(0, ...samples.map(({ took }) => took));

function quantile(samples: readonly Sample[], part: number): number {
  const sorted = samples.map(({ took }) => took).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * part)] ?? 0;
}
