import type { Flight } from "./flight.ts";
import type { Call } from "./slow-path.ts";

// Registered symbols: another copy of the runtime may have made the cache.
/** The store has nothing under a key, and nothing but a run of the function is needed. */
export const MISSING: unique symbol = Symbol.for("aotcache.missing");
/** A key needs more than that: it has a stale result, for example, or a run in flight. */
export const ALONE: unique symbol = Symbol.for("aotcache.alone");

/** Some keys of one function on a store outside of memory, which are read, reserved and stored together. */
export interface BulkKeys {
  /** Fulfils when the store has answered or failed. */
  readonly settled: Promise<unknown>;
  /** The fresh result that was read for a key and counts as a hit, {@link MISSING} or {@link ALONE}. */
  find(index: number): unknown;
  /** Called when the fresh results were found. */
  found(): void;
  /** Answers a call by what was read for its key. */
  answer(call: Call, index: number): unknown;
  /**
   * Prepares a run for keys that are missing. Fulfils with those that need more, because another process was faster.
   * Reports failures of the store: the results of these keys are not stored.
   */
  begin(indexes: readonly number[]): Promise<readonly number[]>;
  /** The run in flight of a key, for calls that join it. */
  flightOf(index: number): Flight;
  /** Notes that the run begins. */
  start(): void;
  /** Adds a result that is fresh for so many milliseconds to those that `end` stores. */
  keep(index: number, value: unknown, ttl: number): void;
  /** Stores the results behind the caller, and releases the keys that have none. */
  end(): void;
}
