import type { Cache, CacheEvent } from "../../../runtime/contract/cache.ts";
import { cached, type Cached } from "../../../runtime/functions/cached.ts";
import type { CachedOptions } from "../../../runtime/contract/options.ts";
import { until } from "../../support/servers/index.ts";
import { answerTo, type Answer } from "./load.ts";

/** A cached function, and what is known of its cache. */
export interface Answering {
  readonly answer: Cached<(n: number) => Promise<Answer>>;
  /** Runs so far. */
  readonly runs: () => number;
  readonly hits: () => number;
  /** What went wrong so far. */
  readonly errors: CacheEvent[];
  /** Calls for some numbers until each is answered from the store. */
  keep(...numbers: number[]): Promise<void>;
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
  const keep = async (...numbers: number[]): Promise<void> => {
    for (const n of numbers) {
      await until(`the answer to ${n} is a hit`, async () => {
        const before = runs;
        await answer(n);
        return runs === before;
      });
    }
    // What a run of this process has on its way is a hit before it is there.
    await until("all is written", () => answer.cache.stats().sets >= new Set(numbers).size);
  };
  return { answer, runs: () => runs, hits, errors, keep };
}

/** How long something takes, in milliseconds, with what it gives. */
export async function timed<T>(what: Promise<T>): Promise<{ readonly value: T; readonly took: number }> {
  const start = performance.now();
  const value = await what;
  return { value, took: performance.now() - start };
}
