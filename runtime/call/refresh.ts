import { memoryTime } from "../platform/clock.ts";
import type { Flight } from "./flight.ts";

/** A background refresh starts in the next turn of the event loop. One that has not after this time was dropped. */
const MAX_START_MS = 1000;
/** A background refresh that takes longer no longer keeps other calls from starting one. */
const MAX_REFRESH_MS = 30_000;

/**
 * Whether a background refresh will not end: an edge platform drops the timers and requests of a request that has its
 * response, unless they were handed to `waitUntil`.
 */
export const isLost = ({ since, promise }: Flight): boolean =>
  memoryTime() - since > (promise ? MAX_REFRESH_MS : MAX_START_MS);
