/** The faults of a store that tests and benchmarks run. */
import type { Cache } from "../../../runtime/contract/cache.ts";

/** A store that can be made to fail, with a cache on it. */
export interface Stage {
  readonly cache: Cache;
  /** Makes the store fail. */
  strike(): unknown;
  /** Ends the fault; resolves when a new client gets replies. */
  heal(): unknown;
  stop(): Promise<void>;
}

/** One fault of a store. */
export interface Fault {
  /** The name in the table of faults in test/bench/RESULTS.md. */
  readonly name: string;
  readonly store: string;
  /**
   * What fails while it lasts. `all`: the circuit breaker opens after the first failures. `writes`: writes
   * fail, and stored results are returned. `some`: some keys fail.
   */
  readonly fails: "all" | "writes" | "some";
  /** The store is down when the program starts: no results were stored before. */
  readonly fromTheStart?: boolean;
  /** It ends by itself, by a failover: `heal` only waits for that. */
  readonly endsByItself?: boolean;
  stage(): Promise<Stage>;
}

/** The default timeout of the caches, in milliseconds. */
export const TIMEOUT_MS = 250;

/** The margin for a slow machine, in milliseconds. */
export const SLACK_MS = 500;
