/** Observers of the calls of all functions, for tools. A program without one pays nothing. */
import type { CacheEventName } from "../contract/cache.ts";
import { warn } from "../platform/environment.ts";
import { clearInterval, setInterval } from "../platform/real-timers.ts";
import type { CachedFunction } from "./cached-function.ts";
import { bumpEpoch } from "./epoch.ts";
import type { CallEvent, EventSink } from "./events.ts";
import { features } from "./features.ts";

/** Gets each event of a cached function when it happens. The target is the call, if there is one. */
export type Observer = (...event: CallEvent) => void;

/** Hits of one function in a second that are seen. The others are only counted, by the function's counters. */
export const MAX_SEEN_HITS = 20;
const WINDOW_MS = 1000;

/**
 * Adds an observer of the calls of all functions of the process, on every cache, those that are made later included;
 * returns a function that removes it.
 *
 * @param options.hits whether it sees hits: {@link MAX_SEEN_HITS} of each function in a second. A hit that is seen
 * takes the slow path. Default: no.
 */
export function observe(observer: Observer, { hits = false }: { hits?: boolean } = {}): () => void {
  const observers = (features.events as Observers | undefined) ?? new Observers();
  features.events = observers;
  return observers.add(observer, hits);
}

/** All observers of a process. Another copy of the runtime may have made it. */
class Observers implements EventSink {
  readonly #all = new Set<{ readonly see: Observer; readonly hits: boolean }>();
  /** The hits that were seen in this second. */
  #hits = new Map<CachedFunction, number>();
  #timer: ReturnType<typeof setInterval> | undefined;

  add(see: Observer, hits: boolean): () => void {
    const own = { see, hits };
    this.#all.add(own);
    this.#changed();
    return () => {
      if (this.#all.delete(own)) this.#changed();
    };
  }

  #changed(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#hits.clear();
    if ([...this.#all].some(({ hits }) => hits)) {
      this.#timer = setInterval(() => this.#begin(), WINDOW_MS);
      (this.#timer as { unref?: () => void }).unref?.();
    }
    if (this.#all.size === 0 && features.events === this) delete features.events;
    bumpEpoch();
  }

  /** Begins a second: functions whose hits were no longer seen take the slow path again. */
  #begin(): void {
    const seen = this.#hits;
    this.#hits = new Map();
    for (const [cachedFn, hits] of seen) if (hits >= MAX_SEEN_HITS) cachedFn.rebind();
  }

  has(_: CacheEventName, cachedFn: CachedFunction): boolean {
    return this.#timer !== undefined && (this.#hits.get(cachedFn) ?? 0) < MAX_SEEN_HITS;
  }

  emitCall(...event: CallEvent): void {
    const [type, { cachedFn }] = event;
    const isHit = type === "hit";
    if (isHit) {
      const hits = (this.#hits.get(cachedFn) ?? 0) + 1;
      if (hits > MAX_SEEN_HITS) return;
      this.#hits.set(cachedFn, hits);
      if (hits === MAX_SEEN_HITS) cachedFn.rebind();
    }
    for (const observer of this.#all) {
      if (isHit && !observer.hits) continue;
      try {
        observer.see(...event);
      } catch (error) {
        warn(`an observer of "${type}" threw: ${error instanceof Error ? error.message : typeof error}`);
      }
    }
  }
}
