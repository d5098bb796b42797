/** A cached function that checks its answers, and counts what happens. */
import type { Cache, CacheEvent } from "../../../runtime/contract/cache.ts";
import { cached, type Cached } from "../../../runtime/functions/cached.ts";
import type { CachedOptions } from "../../../runtime/contract/options.ts";
import { until } from "../../support/servers/index.ts";
import { answerTo, type Answer } from "./load.ts";

/** A cached function with counters. */
export interface Answering {
  readonly answer: Cached<(n: number) => Promise<Answer>>;
  /** The number of runs. */
  readonly runs: () => number;
  readonly hits: () => number;
  /** The error events. */
  readonly errors: CacheEvent[];
  /** Calls the function with each number until the store answers. */
  warm(...numbers: number[]): Promise<void>;
}

export function answering(cache: Cache, options: CachedOptions = {}, wait?: Promise<unknown>): Answering {
  const errors: CacheEvent[] = [];
  cache.on("error", (event) => errors.push(event));
  let runs = 0;
  const run = async (n: number): Promise<Answer> => {
    runs++;
    await wait;
    return answerTo(n);
  };
  const answer = cached(run, { name: "answer", backend: cache, ...options });
  const hits = (): number => answer.cache.stats().hits;
  const warm = async (...numbers: number[]): Promise<void> => {
    for (const n of numbers) {
      await until(`the answer to ${n} is a hit`, async () => {
        const before = runs;
        await answer(n);
        return runs === before;
      });
    }
    // A result of this process is a hit before it is written.
    await until("all results are written", () => answer.cache.stats().sets >= new Set(numbers).size);
  };
  return { answer, runs: () => runs, hits, errors, warm };
}

/** Measures a promise: its value, and the milliseconds it took. */
export async function timed<T>(what: Promise<T>): Promise<{ readonly value: T; readonly elapsed: number }> {
  const start = performance.now();
  const value = await what;
  return { value, elapsed: performance.now() - start };
}
