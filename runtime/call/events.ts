import { enableKeyTexts, idOf, keyTextAt } from "./key-text.ts";
import type { CacheEvent, CacheEventName, CacheListener } from "../contract/cache.ts";
import { CacheError } from "../contract/errors.ts";
import { warn } from "../platform/environment.ts";
import { NO_PLACE } from "../memory/trie.ts";
import { bumpEpoch } from "./epoch.ts";
import { features } from "./features.ts";
import type { CachedFunction } from "./cached-function.ts";
import type { CallTarget } from "./store-result.ts";

export const EVENT_NAMES: readonly string[] = [
  "hit",
  "miss",
  "stale",
  "set",
  "bypass",
  "error",
  "evict",
  "mismatch",
] satisfies CacheEventName[];

/** Whether there is a listener of any event. */
export const isHeard = (events: EventSink | undefined): boolean =>
  events !== undefined && EVENT_NAMES.some((name) => events.has(name as CacheEventName));

/** An event of a cached function: the function and the place of the key, and what else the event has. */
export type CallEvent = [
  type: CacheEventName,
  target: CallTarget,
  more?: Pick<CacheEvent, "error" | "reason" | "kept" | "computed" | "path">,
];

/** Receives the events of the functions on a cache. */
export interface EventSink {
  /** For `hit`, which takes the slow path to be emitted: whether it is wanted of this function now. */
  has(type: CacheEventName, cachedFn?: CachedFunction): boolean;
  emitCall(...event: CallEvent): void;
  emitKey?(type: CacheEventName, info: () => Omit<CacheEvent, "type">, cache: string): void;
}

/** The listeners of one cache. */
export class Events implements EventSink {
  /** The kind of the cache. */
  readonly #cache: string;
  readonly #listeners = new Map<CacheEventName, readonly { readonly call: CacheListener }[]>();

  constructor(cache: string) {
    enableKeyTexts();
    this.#cache = cache;
  }

  /**
   * Adds a listener, and returns a function that removes it. Bound functions look for listeners again.
   *
   * @throws {CacheError} `option-value` for a listener that would never be called.
   */
  on(type: CacheEventName, listener: CacheListener): () => void {
    if (!EVENT_NAMES.includes(type)) {
      const names = `${EVENT_NAMES.slice(0, -1).join(", ")} or ${EVENT_NAMES.at(-1)!}`;
      throw new CacheError("option-value", `There is no event "${type as string}"; listen to ${names}.`);
    }
    if (typeof listener !== "function") {
      throw new CacheError(
        "option-value",
        `The listener of "${type}" is not a function; write on("${type}", (event) => { … }).`,
      );
    }
    // A new object for each registration: a function that was registered twice is removed once per call.
    const own = { call: listener };
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), own]);
    bumpEpoch();
    return () => {
      const left = this.#listeners.get(type)!.filter((each) => each !== own);
      this.#listeners.set(type, left);
      bumpEpoch();
    };
  }

  has(type: CacheEventName): boolean {
    return (this.#listeners.get(type)?.length ?? 0) > 0;
  }

  emitCall(...[type, { cachedFn, place }, more]: CallEvent): void {
    this.#emit(type, () => ({
      // A call without a key has no place.
      key: place === NO_PLACE ? undefined : keyTextAt(cachedFn, place),
      id: idOf(cachedFn),
      ...more,
    }));
  }

  /** Emits an event of a string key, or of the cache. */
  emit(type: CacheEventName, make: () => Omit<CacheEvent, "type">): void {
    features.events?.emitKey?.(type, make, this.#cache);
    this.#emit(type, make);
  }

  /** Calls `make` only if there is a listener, because building the key text takes longer than a hit. */
  #emit(type: CacheEventName, make: () => Omit<CacheEvent, "type">): void {
    if (!this.has(type)) return;
    const event = { type, ...make() };
    const report = (error: unknown): void => {
      warn(`a listener of "${type}" threw: ${error instanceof Error ? error.message : typeof error}`);
    };
    for (const listener of this.#listeners.get(type)!) {
      try {
        // The rejection of an `async` listener would end the process.
        const result: unknown = listener.call(event);
        if (result instanceof Promise) result.catch(report);
      } catch (error) {
        report(error);
      }
    }
  }
}
