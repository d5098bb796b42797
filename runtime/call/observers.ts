/** Observers of the calls of all functions, for tools. A program without one pays nothing. */
import type { CacheEvent, CacheEventName } from "../contract/cache.ts";
import { warn } from "../platform/environment.ts";
import { clearInterval, setInterval } from "../platform/real-timers.ts";
import { unref } from "../platform/timer.ts";
import type { CachedFunction } from "./cached-function.ts";
import { bumpEpoch } from "./epoch.ts";
import type { CallEvent, EventSink } from "./events.ts";
import { features } from "./features.ts";
import { enableKeyTexts } from "./key-text.ts";

/** Gets each event of a cached function when it happens. The target is the call, if there is one. */
export type Observer = (...event: CallEvent) => void;

/** Gets each event of a string key, and the kind of its cache. */
export type KeyObserver = (type: CacheEventName, info: Omit<CacheEvent, "type">, cache: string) => void;

/** What an observer sees besides the other events of functions. */
export interface ObserverOptions {
  /** Hits: {@link MAX_SEEN_HITS} of each function in a second, or all. One that is seen takes the slow path. Default: none. */
  readonly hits?: boolean | "all";
  readonly keys?: KeyObserver;
}

/** Hits of one function in a second that are seen. The others are only counted, by the function's counters. */
export const MAX_SEEN_HITS = 20;
const WINDOW_MS = 1000;

/**
 * Adds an observer of the calls of all functions of the process, on every cache, those that are made later included;
 * returns a function that removes it.
 */
export function observe(observer: Observer, options: ObserverOptions = {}): () => void {
  enableKeyTexts();
  const observers = (features.events as Observers | undefined) ?? new Observers();
  features.events = observers;
  return observers.add(observer, options);
}

/** All observers of a process. Another copy of the runtime may have made it. */
class Observers implements EventSink {
  readonly #all = new Set<ObserverOptions & { readonly see: Observer }>();
  #seesAllHits = false;
  /** The hits that were seen in this second. */
  #hits = new Map<CachedFunction, number>();
  #timer: ReturnType<typeof setInterval> | undefined;

  add(see: Observer, options: ObserverOptions): () => void {
    const own = { see, ...options };
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
    this.#seesAllHits = [...this.#all].some(({ hits }) => hits === "all");
    if ([...this.#all].some(({ hits }) => hits)) {
      this.#timer = setInterval(() => this.#begin(), WINDOW_MS);
      unref(this.#timer);
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
    return (
      this.#seesAllHits || (this.#timer !== undefined && (this.#hits.get(cachedFn) ?? 0) < MAX_SEEN_HITS)
    );
  }

  emitCall(...event: CallEvent): void {
    const [type, { cachedFn }] = event;
    let hits = 0;
    if (type === "hit") {
      hits = (this.#hits.get(cachedFn) ?? 0) + 1;
      this.#hits.set(cachedFn, hits);
      if (hits === MAX_SEEN_HITS && !this.#seesAllHits) cachedFn.rebind();
    }
    for (const observer of this.#all) {
      if (hits > 0 && !(observer.hits === "all" || (observer.hits && hits <= MAX_SEEN_HITS))) continue;
      attempt(type, () => observer.see(...event));
    }
  }

  emitKey(type: CacheEventName, info: () => Omit<CacheEvent, "type">, cache: string): void {
    for (const { keys } of this.#all) if (keys) attempt(type, () => keys(type, info(), cache));
  }
}

function attempt(type: CacheEventName, see: () => void): void {
  try {
    see();
  } catch (error) {
    warn(`an observer of "${type}" threw: ${error instanceof Error ? error.message : typeof error}`);
  }
}
