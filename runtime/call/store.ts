import type { Call } from "./call.ts";
import { Counters } from "./counters.ts";
import { bumpEpoch } from "./epoch.ts";
import { hitRatio, type EventSink } from "./events.ts";
import type { CacheEventName, CacheListener, CacheStats } from "../contract/cache.ts";
import type { Tier } from "../memory/tier.ts";
import type { CachedFunction } from "./cached-function.ts";
import type { KeyPlace } from "../memory/trie.ts";

/** How the calls of a function go through a store that is not in memory. */
export interface RemoteCaller {
  /** `redis`, `memcached`: for `explain`. */
  readonly name: string;
  /** Lets a function in; throws if its entries could not be told from those of another one. */
  register(cachedFn: CachedFunction): void;
  /** Answers a call: from the store, from a run in flight, or by running; `anew`, by running in any case. */
  call(call: Call, anew: boolean): unknown;
  /** The kept value, also one that `swr` would still give; `undefined` without one. */
  peek(cachedFn: CachedFunction, place: KeyPlace): Promise<unknown>;
  state(cachedFn: CachedFunction, place: KeyPlace): Promise<"fresh" | "stale" | "absent">;
  invalidate(cachedFn: CachedFunction, place: KeyPlace): Promise<boolean>;
  prime(cachedFn: CachedFunction, place: KeyPlace, value: unknown): Promise<void>;
  clear(cachedFn: CachedFunction): Promise<void>;
}

/** The events of the default store, which no caller can reach to listen. */
const NO_EVENTS: EventSink = { on: () => () => undefined, has: () => false, emit: () => undefined };

/** Where functions keep their results, as a {@link CachedFunction} sees it: the same for all that is counted and told. */
export abstract class Store {
  /** Default ttl in milliseconds. */
  abstract readonly ttlMs: number;
  /** Undefined in memory, where an entry is at hand. */
  abstract readonly remote: RemoteCaller | undefined;
  readonly events: EventSink = NO_EVENTS;
  /** What its own keys count, and functions that are gone. */
  readonly counters: Counters = new Counters();
  readonly #counting = new Set<Counters>();
  readonly #gone = new FinalizationRegistry((clean: () => void) => clean());

  /** Makes a tier that lives as long as who asked for it. */
  abstract tier(depth: number, max?: number): Tier;

  /** Makes the counters of one function; when it goes, what they say stays in the sum. */
  countersFor(owner: object): Counters {
    const counters = new Counters();
    this.#counting.add(counters);
    this.onCollected(owner, () => {
      this.#counting.delete(counters);
      this.counters.add(counters);
    });
    return counters;
  }

  /** The sum of all that was counted here. */
  total(): Counters {
    const total = new Counters();
    for (const counters of [this.counters, ...this.#counting]) total.add(counters);
    return total;
  }

  stats(): CacheStats {
    const total = this.total();
    const { hits, misses, stale, sets, errors, bypassed, evictions } = total;
    return { hits, misses, stale, sets, errors, bypassed, evictions, hitRatio: hitRatio(total) };
  }

  on(event: CacheEventName, listener: CacheListener): () => void {
    const off = this.events.on(event, listener);
    // Functions check for listeners when they bind to their store, so that a hit need not.
    bumpEpoch();
    return () => {
      off();
      bumpEpoch();
    };
  }

  /** Cleans up behind something that nobody holds any more. */
  protected onCollected(owner: object, clean: () => void): void {
    this.#gone.register(owner, clean);
  }
}
