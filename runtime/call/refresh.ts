import { memoryTime } from "../platform/clock.ts";
import type { Flight } from "./flight.ts";

/** A background refresh starts in the next turn of the event loop. One that has not after this time was dropped. */
const MAX_START_MS = 1000;
/** A background refresh that takes longer no longer keeps other calls from starting one, at first. */
const MAX_REFRESH_MS = 30_000;

/**
 * Whether a background refresh will not end: an edge platform drops the timers and requests of a request that has its
 * response, unless they were handed to `waitUntil`.
 */
export const isLost = ({ since, promise, maxMs = MAX_REFRESH_MS }: Flight): boolean =>
  memoryTime() - since > (promise ? maxMs : MAX_START_MS);

/**
 * Drops a refresh that takes the place of another. Its result would be that of an older run. The next one may take twice
 * as long: a slow function would never be refreshed otherwise.
 */
export function replaceLost(lost: Flight, next: Flight): void {
  lost.dropped = true;
  if (lost.promise) next.maxMs = 2 * (lost.maxMs ?? MAX_REFRESH_MS);
}
