import { idOf, keyTextAt } from "./key-text.ts";
import { CacheError } from "../contract/errors.ts";
import { memoryTime } from "../platform/clock.ts";
import { MAX_TIMER_MS, unref } from "../platform/timer.ts";
import { features } from "./features.ts";
import type { Flight } from "./flight.ts";
import type { Call } from "./slow-path.ts";

/** Enables the option `deadline`. */
export function enableDeadline(): void {
  features.limitRun = limitRun;
}

/** See `Features.limitRun`. */
function limitRun(
  { cachedFn, place }: Call,
  flight: Flight,
  run: Promise<unknown>,
  keepLate: (value: unknown) => void,
): Promise<unknown> {
  const { deadline = Infinity } = cachedFn.options;
  if (deadline > MAX_TIMER_MS) return run;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      flight.isLate = true;
      // It cannot be found by its key any more, so a removal of any key refuses its result.
      flight.drops ??= cachedFn.drops;
      const error = new CacheError(
        "deadline",
        `The run of ${keyTextAt(cachedFn, place) ?? idOf(cachedFn)} took longer than ${deadline / 1000} s.`,
      );
      reject(error);
      flight.abortGroup?.abort(error);
    }, deadline);
    // The timer alone must not keep the process alive.
    unref(timer);
    const end = (value: unknown): void => {
      if (!flight.isLate) return resolve(value);
      // A fresh entry is newer. (On a store outside of memory, the store tells.)
      const { expires } = flight.tier;
      if (!(expires[flight.tier.find(place)]! > memoryTime())) keepLate(value);
    };
    run.finally(() => clearTimeout(timer)).then(end, reject);
  });
}
