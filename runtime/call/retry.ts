/** Runs that are not repeated at once after they failed, while an old value stands in. */
import { keyTextAt } from "./key-text.ts";
import { hashOf } from "../memory/trie.ts";
import { memoryTime } from "../platform/clock.ts";
import type { CachedFunction } from "./cached-function.ts";
import type { CallTarget } from "./store-result.ts";

/** The default of `retry`, in milliseconds. */
const RETRY_MS = 1000;

/** Keys per function that are remembered. */
const MAX_FAILED_KEYS = 1000;

/** When each key may run again, the oldest failure first. */
const pauses = /* @__PURE__ */ new WeakMap<CachedFunction, Map<string, number>>();

/** Remembers that a run failed, although an old value can stand in for its result. */
export function pauseRetries({ cachedFn, place }: CallTarget): void {
  const failed = pauses.get(cachedFn) ?? new Map<string, number>();
  pauses.set(cachedFn, failed);
  const key = hashOf(place) ?? keyTextAt(cachedFn, place)!;
  failed.delete(key);
  failed.set(key, memoryTime() + (cachedFn.options.retry ?? RETRY_MS));
  const [oldest] = failed.keys();
  if (failed.size > MAX_FAILED_KEYS) failed.delete(oldest!);
}

/** Whether the last run of a key failed so recently that it is not repeated. */
export function areRetriesPaused({ cachedFn, place }: CallTarget): boolean {
  const failed = pauses.get(cachedFn);
  if (!failed) return false;
  const key = hashOf(place) ?? keyTextAt(cachedFn, place)!;
  const until = failed.get(key);
  if (until === undefined || until > memoryTime()) return until !== undefined;
  failed.delete(key);
  return false;
}
