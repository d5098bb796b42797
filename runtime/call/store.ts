import { ABI, type FunctionSpec } from "../contract/spec.ts";
import type { Tier, TierMaker } from "../memory/tier.ts";
import type { KeyPlace } from "../memory/trie.ts";
import type { BulkKeys } from "./bulk.ts";
import type { CachedFunction } from "./cached-function.ts";
import type { Call } from "./slow-path.ts";
import { Counters } from "./counters.ts";
import type { EventSink } from "./events.ts";
import type { CallTarget } from "./store-result.ts";

/** The calls and handle operations of functions on a store outside of memory. */
export interface RemoteCaller {
  /** `redis`, `memcached`: for `explain`. */
  readonly name: string;
  /** Adds a function. Throws if the store cannot serve it, or if another function has the same id. */
  register(cachedFn: CachedFunction): void;
  /** Answers a call from the store, from a run in flight, or by running. `refresh`: always runs. */
  call(call: Call, refresh: boolean): unknown;
  /** The keys of one call of a batch function. */
  bulk(cachedFn: CachedFunction, count: number, placeOf: (index: number) => KeyPlace): BulkKeys;
  /** The stored value, also a stale one that `swr` allows; `undefined` if there is none. */
  peek(target: CallTarget): Promise<unknown>;
  state(target: CallTarget): Promise<"fresh" | "stale" | "absent">;
  /** Whether a copy in memory would answer. */
  isNear(target: CallTarget): boolean;
  invalidate(target: CallTarget): Promise<boolean>;
  /** `ttl`: milliseconds that the value is fresh, without jitter. */
  prime(target: CallTarget, value: unknown, ttl: number): Promise<void>;
  clear(cachedFn: CachedFunction): Promise<void>;
  status(): StoreStatus;
}

/** The state of a store outside of memory, for people. */
export interface StoreStatus {
  /** `open`: calls skip the store until it answers a probe. */
  readonly breaker: "closed" | "open";
  readonly near: { readonly entries: number; readonly bytes: number; readonly serving: boolean } | undefined;
}

/** Stores the results of cached functions. Counts and emits events for every kind of store. */
export abstract class Store {
  /** The ABI of the copy of the runtime that made the cache. Every copy recognises a cache by this property. */
  readonly storeAbi: number = ABI;
  /** Default ttl in milliseconds. */
  abstract readonly ttlMs: number;
  /** `undefined` for memory, whose entries are read directly. */
  abstract readonly remote: RemoteCaller | undefined;
  /** Not in the default store, which no caller can reach to listen. */
  declare readonly events?: EventSink;
  /** Counts of string keys, and of functions that were garbage-collected. */
  readonly counters: Counters = new Counters();
  /** Counts of functions, with the id of each. */
  readonly functionCounters: Map<Counters, FunctionSpec["id"]> = new Map();
  /** Not on Cloudflare Workers before May 2025. */
  readonly #collected =
    typeof FinalizationRegistry === "undefined"
      ? undefined
      : new FinalizationRegistry((clean: () => void) => clean());

  /** Makes a tier for one function. The store does not keep it alive. */
  abstract tier(depth: number, max?: number, make?: TierMaker, cachedFn?: CachedFunction): Tier;

  /** Makes the counters of one function. When the function is collected, its counts stay in the total. */
  countersFor(owner: CachedFunction): Counters {
    const counters = new Counters();
    this.functionCounters.set(counters, owner.spec.id);
    this.onCollected(owner, () => {
      this.functionCounters.delete(counters);
      this.counters.add(counters);
    });
    return counters;
  }

  /** Calls `clean` after `owner` has been garbage-collected. */
  protected onCollected(owner: object, clean: () => void): void {
    this.#collected?.register(owner, clean);
  }
}
